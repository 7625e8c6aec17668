"""The tagger of things: SciREX (Apache-2.0) and BioRED (NCBI; a work of the United States Government).

Every seventh paper of SciREX and BioRED's development part are held out to measure on.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nlp.entities import TAGGED
from nlp.evaluation.gold.marked import biored_sentences, scirex_papers
from nlp.learned.chain_training import example, train

BITS = 18
EPOCHS = 6


def models(gold: Path) -> Iterator[tuple[str, bytes]]:
    """(file name, content) of what is trained here."""
    sentences = list(biored_sentences(gold / "biored", "train"))
    for paper in scirex_papers(gold / "scirex", "train"):
        sentences += paper
    print(f"entities: {len(sentences)} sentences")
    examples = [one for s in sentences if (one := example(s.text, s.spans, TAGGED, BITS))]
    yield "entities.npz", train(examples, TAGGED, bits=BITS, epochs=EPOCHS).packed()

"""Relations of genes, chemicals, diseases and variants from BioRED's training part."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nlp.evaluation.gold.relating import biored
from nlp.learned.hashing import rows_of
from nlp.learned.logistic import cross_validated, train
from nlp.relations import BITS, features


def models(gold: Path) -> Iterator[tuple[str, bytes]]:
    """(file name, content) of what is trained here."""
    found = [pair for abstract in biored(gold / "biored", "train") for pair in abstract]
    print(f"relations: {len(found)} pairs")
    examples = [rows_of(features(p.words, p.named, p.one, p.other), BITS) for p in found]
    labels = [pair.label for pair in found]
    model = train(examples, labels, bits=BITS, balance=0.0, epochs=8)
    model.temperature = cross_validated(examples, labels, bits=BITS, balance=0.0, epochs=8).temperature
    yield "relations.npz", model.packed()

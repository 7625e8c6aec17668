"""Sentences with marked things: SciREX (Jain et al., ACL 2020), full papers of machine learning as JSON with
word offsets, and BioRED (Luo et al., 2022), abstracts in PubTator's format.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from nlp.evaluation.gold.parts import files_of
from nlp.evaluation.gold.pubtator import read_pubtator
from nlp.learned.tagger import Span
from nlp.sentences import sentences

_TYPES: Final = {"Task": "task", "Method": "method", "Metric": "metric", "Material": "dataset"}
BIORED: Final = {
    "GeneOrGeneProduct": "gene", "ChemicalEntity": "chemical", "DiseaseOrPhenotypicFeature": "disease",
    "OrganismTaxon": "organism", "SequenceVariant": "variant", "CellLine": "cell-line",
}  # fmt: skip
_HELD_OUT: Final = 7


class MarkedSentence(msgspec.Struct, frozen=True):
    """A sentence and the spans annotators marked in it (places in the sentence)."""

    text: str
    spans: tuple[Span, ...]


class _Paper(msgspec.Struct):
    words: list[str]
    sentences: list[tuple[int, int]]
    ner: list[tuple[int, int, str]]


_decode = msgspec.json.Decoder(_Paper).decode


def scirex_papers(place: Path, part: str) -> Iterator[list[MarkedSentence]]:
    """The papers of a part, each as its sentences, tokens joined by blanks.

    Published parts are files of one paper a line; of a folder with a file for each paper every seventh is
    the development part and the others the training part.
    """
    files = files_of(place, part, (".json", ".jsonl"))
    one_each = len(files) > 3
    for number, file in enumerate(files):
        if not one_each or part == "test" or (number % _HELD_OUT == 0) == (part == "dev"):
            for line in file.read_bytes().splitlines():
                if line.strip():
                    yield list(_sentences(_decode(line)))


def biored_sentences(place: Path, part: str) -> Iterator[MarkedSentence]:
    """The sentences of BioRED's abstracts with their entities."""
    for file in files_of(place, part):
        for abstract in read_pubtator(file):
            document = abstract.document()
            for sentence in sentences(document, "en"):
                inside = (m for m in abstract.annotations if sentence.begin <= m.begin and m.end <= sentence.end)
                yield MarkedSentence(
                    document.text[sentence.begin : sentence.end],
                    tuple(
                        Span(m.begin - sentence.begin, m.end - sentence.begin, BIORED[m.type], 1.0)
                        for m in inside
                        if m.type in BIORED
                    ),
                )


def _sentences(paper: _Paper) -> Iterator[MarkedSentence]:
    for first, last in paper.sentences:
        begins, length = [], 0
        for word in paper.words[first:last]:
            begins.append(length)
            length += len(word) + 1
        spans = tuple(
            Span(begins[b - first], begins[e - 1 - first] + len(paper.words[e - 1]), _TYPES[kind], 1.0)
            for b, e, kind in paper.ner
            if first <= b < e <= last and kind in _TYPES
        )
        yield MarkedSentence(" ".join(paper.words[first:last]), spans)

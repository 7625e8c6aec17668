"""Linking measured against curated corpora. Figures are printed with `pytest -s -m gold`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from nlp.reader import Reader
from ontology.documents import of_record
from ontology.records import Record, Title

pytestmark = [pytest.mark.shared, pytest.mark.gold]


class Score(NamedTuple):
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / max(1e-9, self.precision + self.recall)


def _pubtator(text: str) -> list[tuple[str, str, set[str]]]:
    """(title, abstract, MeSH descriptors of the annotations) of each document."""
    documents = []
    for block in re.split(r"\n\s*\n", text.strip()):
        title = re.search(r"\|t\|(.*)", block)
        abstract = re.search(r"\|a\|(.*)", block)
        ids = {i for row in re.findall(r"\t([^\t\n]+)\s*$", block, re.M) for i in re.findall(r"\bD\d{6}\b", row)}
        assert title and abstract
        documents.append((title.group(1), abstract.group(1), ids))
    return documents


def _score(reader: Reader, documents: list[tuple[str, str, set[str]]], kept: set[str]) -> Score:
    right = found = wanted = 0
    for title, abstract, ids in documents:
        document = of_record(Record(key="x", format="test", titles=(Title(title),), abstract=abstract))
        assert document is not None
        concepts = {m.concept.rpartition("/")[2] for m in reader.read_one(document).mentions} & kept
        gold = ids & kept
        right, found, wanted = right + len(concepts & gold), found + len(concepts), wanted + len(gold)
    return Score(right / max(1, found), right / wanted)


def _branches(shared: Path, pattern: str) -> set[str]:
    lines = (shared / "vocab/mesh/mesh_id_label_mappings.tsv").read_text().splitlines()
    return {row[0] for row in (line.split("\t") for line in lines) if re.search(pattern, row[3])}


def test_diseases_of_abstracts_are_linked(mesh_reader: Reader, shared: Path) -> None:
    text = (shared / "gold/ncbi_disease/devel/NCBIdevelopset_corpus.txt").read_text()
    score = _score(mesh_reader, _pubtator(text), _branches(shared, r"(^|\|)(C|F03)"))
    print(f"NCBI Disease, development, descriptors per abstract: {score} F {score.f1:.3f}")
    assert score.f1 > 0.6


def test_diseases_and_chemicals_of_abstracts_are_linked(mesh_reader: Reader, shared: Path) -> None:
    text = (shared / "gold/biored/Dev.PubTator").read_text()
    score = _score(mesh_reader, _pubtator(text), _branches(shared, r"(^|\|)(C|F03|D0[1-6]|D09|D1[03])"))
    print(f"BioRED, development, descriptors per abstract: {score} F {score.f1:.3f}")
    assert score.f1 > 0.5

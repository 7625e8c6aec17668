"""Pairs of typed things in a sentence with the relation that holds between them: BioRED."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from nlp.evaluation.gold.marked import BIORED
from nlp.evaluation.gold.parts import files_of
from nlp.evaluation.gold.pubtator import Abstract, read_pubtator
from nlp.relations import NONE, TYPES, Thing, pairs, things
from nlp.sentences import sentences

_RELATION: Final = re.compile(r"^(\d+)\t([A-Z]\w+)\t(\S+)\t(\S+)\t", re.M)
_CLASSES: Final = {"Positive_Correlation": "positive", "Negative_Correlation": "negative"}


class Pair(msgspec.Struct, frozen=True):
    """Two things of a sentence (numbers in `named`), the relation's class, and what names the pair in its document."""

    words: tuple[str, ...]
    named: tuple[Thing, ...]
    one: int
    other: int
    label: str
    keys: tuple[tuple[str, ...], ...] = ()


def biored(place: Path, part: str) -> Iterator[list[Pair]]:
    """For each abstract the pairs of its sentences that might be related. BioRED relates identifiers in the
    whole abstract: each sentence that names both counts as saying so."""
    for file in files_of(place, part):
        held: dict[str, dict[frozenset[str], str]] = {}
        for key, name, one, other in _RELATION.findall(file.read_text("utf-8")):
            held.setdefault(key, {})[frozenset((one, other))] = _CLASSES.get(name, "association")
        for abstract in read_pubtator(file):
            yield list(_biored(abstract, held.get(abstract.key, {})))


def _biored(abstract: Abstract, held: dict[frozenset[str], str]) -> Iterator[Pair]:
    document = abstract.document()
    for sentence in sentences(document, "en"):
        inside = sorted(
            m for m in abstract.annotations
            if sentence.begin <= m.begin and m.end <= sentence.end and BIORED.get(m.type) in TYPES
        )  # fmt: skip
        spans = [(m.begin - sentence.begin, m.end - sentence.begin, BIORED[m.type]) for m in inside]
        words, named = things(document.text[sentence.begin : sentence.end], spans)
        if len(named) != len(spans):
            continue
        for one, other in pairs(named):
            keys = tuple(
                tuple(sorted((a, b))) for a in inside[one].ids for b in inside[other].ids if a != b
            )  # fmt: skip
            label = next((held[frozenset(key)] for key in keys if frozenset(key) in held), NONE)
            if keys:
                yield Pair(tuple(words), tuple(named), one, other, label, keys)

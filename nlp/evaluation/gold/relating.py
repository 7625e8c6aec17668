"""Pairs of typed things in a sentence with the relation that holds between them: SciERC and BioRED."""

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


class _Document(msgspec.Struct):
    sentences: list[list[str]]
    ner: list[list[tuple[int, int, str]]]
    relations: list[list[tuple[int, int, int, int, str]]]


_decode = msgspec.json.Decoder(_Document).decode


def scierc(place: Path, part: str) -> Iterator[tuple[list[Pair], int]]:
    """For each abstract its pairs, and how many relations the gold has. Classes end in > where the relation
    leads from the first thing to the second, in < where it leads back."""
    for file in files_of(place, part, (".json",)):
        for line in file.read_bytes().splitlines():
            if line.strip():
                document = _decode(line)
                yield list(_scierc(document)), sum(map(len, document.relations))


def _scierc(document: _Document) -> Iterator[Pair]:
    begin = 0
    for words, marked, relations in zip(document.sentences, document.ner, document.relations, strict=True):
        named = tuple(sorted(Thing(b - begin, e - begin, kind) for b, e, kind in marked))
        held = {((a - begin, b - begin), (c - begin, d - begin)): name for a, b, c, d, name in relations}
        lower = tuple(word.lower() for word in words)
        for one, other in pairs(named):
            left, right = named[one][:2], named[other][:2]
            label = f"{held[left, right]}>" if (left, right) in held else NONE
            label = f"{held[right, left]}<" if (right, left) in held else label
            yield Pair(lower, named, one, other, label)
        begin += len(words)


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

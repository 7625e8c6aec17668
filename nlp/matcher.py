"""Finding every label of every vocabulary in a text, in one pass.

Each distinct folded word becomes one character, so a label is a short string, a text is a string of
as many characters as it has words, and an Aho–Corasick automaton (daachorse) over those strings finds
only whole words. Words of no label share one character, breaks another. A million labels fit: what
limits is the number of *distinct* words, 1.1 million (Unicode's code points).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import numpy as np
from daachorse import CharwiseDoubleArrayAhoCorasick

from nlp.dictionary import FORMAT, Tables, character, compiled
from nlp.hierarchy import Hierarchy
from nlp.labels import Case, case_fits, possessives_fit
from nlp.normalise import WORD, fold
from nlp.trained_labels import TrainedLabels, packaged
from ontology.errors import VocabularyError
from ontology.files import write_whole
from ontology.scheme import Scheme

_BREAK: Final = "\x00"
_UNKNOWN: Final = "\x01"
_MEMO_LIMIT: Final = 400_000
_OF_A_FIELD: Final = 0.85
"""Faithfulness of an adjective that folds like the name of a field ("electronic" is seldom about electronics)."""


class Counted(NamedTuple):
    """In the annotated abstracts: how often the wording stood there, was annotated, and as this concept."""

    seen: int
    annotated: int
    named: int


class Candidate(NamedTuple):
    """A concept that a stretch of text may name: its number, its vocabulary's label, and how
    faithful (`quality`) and how telling (`specificity`) the label is, each in (0, 1]."""

    concept: int
    label: str
    quality: float
    specificity: float
    words: int = 1
    counted: Counted = Counted(0, 0, 0)


class Way(IntEnum):
    """How a stretch of text came to be a hit."""

    LABEL = 0
    INSIDE = 1
    """A label that annotated abstracts tell about, inside or across a longer one that they do not tell about
    ("dengue" in "dengue vaccine")."""
    COMPOSED = 2
    """No label, but made of an organ and what is wrong with it (nlp.composition)."""


class Hit(NamedTuple):
    """`text[begin:end]` is, word by word, a label of each of the candidates."""

    begin: int
    end: int
    candidates: tuple[Candidate, ...]
    way: Way = Way.LABEL


class Matcher:
    """All labels of some vocabularies, ready to be found. Build once, save, load in each worker."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.configuration: str = tables.configuration
        """Hash of the vocabularies' content."""
        self.concepts: list[str] = tables.concepts
        self.names: list[str] = tables.names
        self.schemes: list[str] = tables.schemes
        self.scheme_of = np.frombuffer(tables.concept_scheme, dtype="<u2")
        self.hierarchy = Hierarchy.from_bytes(tables.hierarchy)
        self._automaton = CharwiseDoubleArrayAhoCorasick.deserialize(tables.automaton)
        self._added = CharwiseDoubleArrayAhoCorasick(tables.added) if tables.added else None
        self._before_added = len(tables.first) // 4 - 1 - len(tables.added)
        self.edition = tables.edition
        self._codes = {word: character(number) for number, word in enumerate(tables.words)}
        self._memo: dict[str, str] = {"": _BREAK}
        self._first = np.frombuffer(tables.first, dtype="<u4")
        self._entry_concept = np.frombuffer(tables.entry_concept, dtype="<u4")
        self._entry_label = np.frombuffer(tables.entry_label, dtype="<u4")
        self._entry_language = np.frombuffer(tables.entry_language, dtype="<u2")
        self._entry_case = np.frombuffer(tables.entry_case, dtype="u1")
        self._entry_quality = np.frombuffer(tables.entry_quality, dtype="<f4")
        self._entry_specificity = np.frombuffer(tables.entry_specificity, dtype="<f4")
        self._entry_named = np.frombuffer(tables.entry_named, dtype="<u4")
        self._pattern_seen = np.frombuffer(tables.pattern_seen, dtype="<u4")
        self._pattern_annotated = np.frombuffer(tables.pattern_annotated, dtype="<u4")
        self._telling = (self._pattern_annotated * 2 > self._pattern_seen).tolist()
        """Of patterns: whether curators took the wording for a name more often than not."""
        self.trained = tables.trained
        """One byte for each concept: 1 where annotated abstracts taught when its labels mean it."""
        self._taught = self._patterns_taught()
        self._language_number = {name: number for number, name in enumerate(tables.languages)}
        self._counts: dict[tuple[str, bool], frozenset[int]] = {}

    @cached_property
    def number_of(self) -> dict[str, int]:
        """Concept IRI → the number candidates carry."""
        return {iri: number for number, iri in enumerate(self.concepts) if iri}

    def __len__(self) -> int:
        """Number of distinct word sequences searched for."""
        return len(self._first) - 1

    @classmethod
    def build(
        cls, schemes: Iterable[Scheme], trained: TrainedLabels | None = None, basis: Iterable[Scheme] = (),
        edition: str = "",
    ) -> Matcher:  # fmt: skip
        """From vocabularies in memory; deprecated concepts are left out.

        `trained` says what is known of labels from annotated abstracts (default: what comes with Gnomon). `basis` are
        the same vocabularies without curators' edits, where there are any: what they say names the matcher, and how
        much a concept says is counted there. VocabularyError where there are more distinct words than code points.
        """
        listed = list(schemes)
        known = packaged() if trained is None else trained
        return cls(compiled(listed, known, list(basis) or listed, edition))

    @property
    def tables(self) -> Tables:
        return self._tables

    def save(self, path: Path) -> None:
        write_whole(path, msgspec.msgpack.encode(self._tables))

    @classmethod
    def load(cls, path: Path) -> Matcher:
        """VocabularyError where the file is damaged or of another version."""
        try:
            tables = msgspec.msgpack.decode(path.read_bytes(), type=Tables)
        except msgspec.DecodeError as error:
            raise VocabularyError(
                "the matcher's file cannot be read", place=str(path), hint="build it again"
            ) from error
        if tables.format != FORMAT:
            raise VocabularyError("the matcher's file is of another version", place=str(path), hint="build it again")
        return cls(tables)

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages that labels are in, as the vocabularies tag them."""
        return tuple(self._language_number)

    def find(self, text: str, language: str = "en") -> list[Hit]:
        """Hits in text order that do not overlap: of two that do, the longer wins, else the one that
        curators annotate, else the first. Concepts that annotated abstracts tell about are found beside longer labels
        of others, too (Way.INSIDE).

        Labels in `language` count (of Chinese in any script: "zh-Hant" is "zh"), and English labels of several words
        in any language.
        """
        begins: list[int] = []
        ends: list[int] = []
        codes: list[str] = []
        for found in WORD.finditer(text):
            codes.append(self._code(found.group("word") or ""))
            begins.append(found.start())
            ends.append(found.end())
        raw = self._raw("".join(codes))
        raw.sort(key=lambda hit: (hit[0] - hit[1], not self._telling[hit[2]], hit[0]))
        taken, taught = bytearray(len(codes)), bytearray(len(codes))
        hits: list[Hit] = []
        for start, stop, pattern in raw:
            covered = any(taken[start:stop])
            if covered and (not self._taught[pattern] or any(taught[start:stop])):
                continue
            begin, end = begins[start], ends[stop - 1]
            surface = text[begin:end]
            candidates = self._candidates(pattern, surface, stop - start, language, text[max(0, begin - 4) : begin])
            if covered:
                candidates = tuple(c for c in candidates if self.trained[c.concept])
            idiom = pattern < self._tables.idioms and self._first[pattern] == self._first[pattern + 1]
            if candidates or idiom:
                taken[start:stop] = b"\x01" * (stop - start)
            if idiom or any(self.trained[c.concept] for c in candidates):
                taught[start:stop] = b"\x01" * (stop - start)
            if candidates:
                way = Way.INSIDE if covered else Way.LABEL
                hits.append(Hit(begin, begin + len(_unpossessed(surface)), candidates, way))
        hits.sort()
        return hits

    def _raw(self, codes: str) -> list[tuple[int, int, int]]:
        """(start, end, pattern) of all patterns in a string of codes."""
        raw = list(self._automaton.find_overlapping(codes))
        if self._added is not None:
            raw += [(start, end, at + self._before_added) for start, end, at in self._added.find_overlapping(codes)]
        return raw

    def pattern_of(self, key: Sequence[str]) -> int | None:
        """The pattern of a label's folded words; None where no label has them."""
        codes = "".join(self._codes.get(word, _UNKNOWN) for word in key)
        return next((at for start, end, at in self._raw(codes) if end - start == len(codes)), None)

    def _patterns_taught(self) -> bytes:
        """One byte for each pattern: 1 where a concept that annotated abstracts tell about is among its own."""
        marks = np.frombuffer(self.trained, dtype="u1")[self._entry_concept]
        sums = np.concatenate([[0], np.cumsum(marks, dtype=np.int64)])[self._first]
        return bytes((np.diff(sums) > 0).tolist())

    def _counting(self, language: str, several: bool) -> frozenset[int]:
        """Numbers of the languages whose labels count in a text in this one."""
        known = self._counts.get((language, several))
        if known is None:
            wanted = {language, "en"} if several else {language}
            known = self._counts[language, several] = frozenset(
                number for name, number in self._language_number.items() if not name or name.split("-")[0] in wanted
            )
        return known

    def _code(self, word: str) -> str:
        code = self._memo.get(word)
        if code is None:
            if len(self._memo) > _MEMO_LIMIT:
                self._memo = {"": _BREAK}
            code = self._memo[word] = self._codes.get(fold(word), _UNKNOWN)
        return code

    def _candidates(self, pattern: int, surface: str, count: int, language: str, before: str) -> tuple[Candidate, ...]:
        counting = self._counting(language, count > 1)
        seen, annotated = int(self._pattern_seen[pattern]), int(self._pattern_annotated[pattern])
        best: dict[int, Candidate] = {}
        for entry in range(int(self._first[pattern]), int(self._first[pattern + 1])):
            if int(self._entry_language[entry]) not in counting:
                continue
            label = self._tables.labels[self._entry_label[entry]]
            if not case_fits(Case(self._entry_case[entry]), label, _unpossessed(surface)):
                continue
            if count > 1 and not possessives_fit(label, surface, before):
                continue
            concept = int(self._entry_concept[entry])
            quality = float(self._entry_quality[entry])
            if label.endswith("ics") and not surface.endswith("s"):
                quality *= _OF_A_FIELD
            if concept not in best or best[concept].quality < quality:
                best[concept] = Candidate(
                    concept, label, quality, float(self._entry_specificity[entry]), count,
                    Counted(seen, annotated, int(self._entry_named[entry])),
                )  # fmt: skip
        return tuple(best.values())


def _unpossessed(surface: str) -> str:
    return surface[:-2] if surface.endswith(("'s", "’s")) else surface

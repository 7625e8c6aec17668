"""Finding every label of every vocabulary in a text, in one pass.

Each distinct folded word becomes one character, so a label is a short string, a text is a string of
as many characters as it has words, and an Aho–Corasick automaton (daachorse) over those strings finds
only whole words. Words of no label share one character, breaks another. A million labels fit: what
limits is the number of *distinct* words, 1.1 million (Unicode's code points).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import numpy as np
from daachorse import CharwiseDoubleArrayAhoCorasick

from nlp.hierarchy import Hierarchy, build_hierarchy
from nlp.labels import Case, case_fits, forms
from nlp.lexicon import idioms
from nlp.normalise import WORD, fold, fold_label
from nlp.trained_labels import TrainedLabels, packaged
from ontology.errors import VocabularyError
from ontology.files import write_whole
from ontology.scheme import Scheme

FORMAT: Final = 3
_BREAK: Final = "\x00"
_UNKNOWN: Final = "\x01"
_SURROGATES: Final = 0xD800
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


class _Tables(msgspec.Struct, frozen=True):
    """What is written to disk; bytes are little-endian numpy arrays."""

    format: int
    configuration: str
    words: list[str]
    concepts: list[str]
    names: list[str]
    schemes: list[str]
    languages: list[str]
    labels: list[str]
    concept_scheme: bytes
    first: bytes
    """Entries of pattern i are numbers first[i] to first[i + 1] of the entry arrays."""
    entry_concept: bytes
    entry_label: bytes
    entry_language: bytes
    entry_case: bytes
    entry_quality: bytes
    entry_specificity: bytes
    entry_named: bytes
    pattern_seen: bytes
    pattern_annotated: bytes
    trained: bytes
    hierarchy: bytes
    automaton: bytes


class Matcher:
    """All labels of some vocabularies, ready to be found. Build once, save, load in each worker."""

    def __init__(self, tables: _Tables) -> None:
        self._tables = tables
        self.configuration: str = tables.configuration
        """Hash of the vocabularies' content."""
        self.concepts: list[str] = tables.concepts
        self.names: list[str] = tables.names
        self.schemes: list[str] = tables.schemes
        self.scheme_of = np.frombuffer(tables.concept_scheme, dtype="<u2")
        self.hierarchy = Hierarchy.from_bytes(tables.hierarchy)
        self._automaton = CharwiseDoubleArrayAhoCorasick.deserialize(tables.automaton)
        self._codes = {word: _character(number) for number, word in enumerate(tables.words)}
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
        return {iri: number for number, iri in enumerate(self.concepts)}

    def __len__(self) -> int:
        """Number of distinct word sequences searched for."""
        return len(self._first) - 1

    @classmethod
    def build(cls, schemes: Iterable[Scheme], trained: TrainedLabels | None = None) -> Matcher:
        """From vocabularies in memory; deprecated concepts are left out.

        `trained` says what is known of labels from annotated abstracts (default: what comes with Gnomon).
        VocabularyError where there are more distinct words than code points.
        """
        return cls(_compile(list(schemes), packaged() if trained is None else trained))

    def save(self, path: Path) -> None:
        write_whole(path, msgspec.msgpack.encode(self._tables))

    @classmethod
    def load(cls, path: Path) -> Matcher:
        """VocabularyError where the file is damaged or of another version."""
        try:
            tables = msgspec.msgpack.decode(path.read_bytes(), type=_Tables)
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
        raw = self._automaton.find_overlapping("".join(codes))
        raw.sort(key=lambda hit: (hit[0] - hit[1], not self._telling[hit[2]], hit[0]))
        taken, taught = bytearray(len(codes)), bytearray(len(codes))
        hits: list[Hit] = []
        for start, stop, pattern in raw:
            covered = any(taken[start:stop])
            if covered and (not self._taught[pattern] or any(taught[start:stop])):
                continue
            begin, end = begins[start], ends[stop - 1]
            surface = text[begin:end]
            candidates = self._candidates(pattern, surface, stop - start, language)
            if covered:
                candidates = tuple(c for c in candidates if self.trained[c.concept])
            idiom = self._first[pattern] == self._first[pattern + 1]
            if candidates or idiom:
                taken[start:stop] = b"\x01" * (stop - start)
            if idiom or any(self.trained[c.concept] for c in candidates):
                taught[start:stop] = b"\x01" * (stop - start)
            if candidates:
                way = Way.INSIDE if covered else Way.LABEL
                hits.append(Hit(begin, begin + len(_unpossessed(surface)), candidates, way))
        hits.sort()
        return hits

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

    def _candidates(self, pattern: int, surface: str, count: int, language: str) -> tuple[Candidate, ...]:
        counting = self._counting(language, count > 1)
        seen, annotated = int(self._pattern_seen[pattern]), int(self._pattern_annotated[pattern])
        best: dict[int, Candidate] = {}
        for entry in range(int(self._first[pattern]), int(self._first[pattern + 1])):
            if int(self._entry_language[entry]) not in counting:
                continue
            label = self._tables.labels[self._entry_label[entry]]
            if not case_fits(Case(self._entry_case[entry]), label, _unpossessed(surface)):
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


def _character(number: int) -> str:
    """The character of the word with this number; 0 and 1 are the break and the unknown word."""
    code = number + 2
    return chr(code if code < _SURROGATES else code + 0x800)


class _Entry(NamedTuple):
    named: int
    concept: int
    label: int
    language: int
    case: int
    quality: float
    specificity: float


def _compile(originals: Sequence[Scheme], trained: TrainedLabels) -> _Tables:
    schemes = [trained.with_labels(scheme) for scheme in originals]
    concepts = [
        (number, concept) for number, scheme in enumerate(schemes) for concept in scheme if not concept.deprecated
    ]
    numbers: dict[str, int] = {}
    labels: dict[str, int] = {}
    languages: dict[str, int] = {}
    # Idioms are patterns without entries: found, so that they take their words, and dropped.
    patterns: dict[tuple[str, ...], list[_Entry]] = {fold_label(idiom): [] for idiom in idioms()}
    said: set[tuple[int, str, str]] = set()
    for _, concept in concepts:
        number = numbers.setdefault(concept.iri, len(numbers))
        for label in concept.labels:
            # Two vocabularies may describe one concept, the second in another language.
            if (number, label.text, label.language) in said:
                continue
            said.add((number, label.text, label.language))
            for form in forms(label):
                count = trained.counts.get(form.key)
                entry = _Entry(
                    count.named.get(concept.iri, 0) if count else 0,
                    number,
                    labels.setdefault(label.text, len(labels)),
                    languages.setdefault(label.language, len(languages)),
                    form.case, form.quality, form.specificity,
                )  # fmt: skip
                patterns.setdefault(form.key, []).append(entry)
    vocabulary = {word: number for number, word in enumerate(dict.fromkeys(w for key in patterns for w in key))}
    if len(vocabulary) > 0x10F7FD:
        raise VocabularyError(f"{len(vocabulary)} distinct words are more than a matcher holds (1,111,037)")
    unique = {concept.iri: (scheme, concept) for scheme, concept in reversed(concepts)}
    ordered = [unique[iri] for iri in numbers]
    counted = [trained.counts.get(key) for key in patterns]
    entries = [entry for group in patterns.values() for entry in group]
    automaton = CharwiseDoubleArrayAhoCorasick(["".join(_character(vocabulary[w]) for w in key) for key in patterns])
    return _Tables(
        format=FORMAT,
        configuration=_content_hash(schemes),
        words=list(vocabulary),
        concepts=list(numbers),
        names=[concept.name() for _, concept in ordered],
        schemes=[scheme.name for scheme in schemes],
        languages=list(languages),
        labels=list(labels),
        concept_scheme=np.array([scheme for scheme, _ in ordered], dtype="<u2").tobytes(),
        first=np.cumsum([0, *(len(group) for group in patterns.values())], dtype="<u4").tobytes(),
        entry_concept=np.array([e.concept for e in entries], dtype="<u4").tobytes(),
        entry_label=np.array([e.label for e in entries], dtype="<u4").tobytes(),
        entry_language=np.array([e.language for e in entries], dtype="<u2").tobytes(),
        entry_case=np.array([e.case for e in entries], dtype="u1").tobytes(),
        entry_quality=np.array([e.quality for e in entries], dtype="<f4").tobytes(),
        entry_specificity=np.array([e.specificity for e in entries], dtype="<f4").tobytes(),
        entry_named=np.array([e.named for e in entries], dtype="<u4").tobytes(),
        pattern_seen=np.array([c.seen if c else 0 for c in counted], dtype="<u4").tobytes(),
        pattern_annotated=np.array([c.annotated if c else 0 for c in counted], dtype="<u4").tobytes(),
        trained=_trained(originals, trained, numbers),
        hierarchy=build_hierarchy(schemes, numbers).to_bytes(),
        automaton=automaton.serialize(),
    )


def _trained(schemes: Sequence[Scheme], trained: TrainedLabels, numbers: Mapping[str, int]) -> bytes:
    """Marks the concepts that were annotated, and all that lie below the roots they have in common."""
    marks = bytearray(len(numbers))
    if trained.counts:
        named = set(trained.labels)
        for scheme in schemes:
            below = {
                iri for root in trained.roots if root in scheme.concepts for iri in (root, *scheme.descendants(root))
            }
            for iri in (below | named) & scheme.concepts.keys() & numbers.keys():
                marks[numbers[iri]] = 1
    return bytes(marks)


def _content_hash(schemes: Sequence[Scheme]) -> str:
    digest = blake2b(digest_size=16)
    for scheme in schemes:
        digest.update(f"{scheme.iri}\x1e{scheme.version}\x1e".encode())
        for concept in sorted(scheme, key=lambda c: c.iri):
            digest.update(msgspec.msgpack.encode(concept))
    return digest.hexdigest()

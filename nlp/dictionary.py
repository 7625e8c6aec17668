"""The dictionary of all labels, compiled: what a `Matcher` searches texts with, as plain tables.

Each distinct folded word is a character, a label a string of them (a *pattern*), and each pattern has entries: the
concepts it names, and how faithful and telling it is as a name of theirs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Final, NamedTuple

import msgspec
import numpy as np
from daachorse import CharwiseDoubleArrayAhoCorasick

from nlp.hierarchy import build_hierarchy
from nlp.labels import forms
from nlp.lexicon import idioms
from nlp.normalise import fold_label
from nlp.trained_labels import TrainedLabels
from ontology.errors import VocabularyError
from ontology.scheme import Label, Scheme

FORMAT: Final = 4
_SURROGATES: Final = 0xD800


class Tables(msgspec.Struct, frozen=True):
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
    idioms: int
    """So many of the first patterns take their words even without entries."""
    added: list[str] = []
    """Patterns after those of the automaton, as strings of its characters."""
    edition: str = ""
    """What the caller calls this state of the vocabularies."""


def character(number: int) -> str:
    """The character of the word with this number; 0 and 1 are the break and the unknown word."""
    code = number + 2
    return chr(code if code < _SURROGATES else code + 0x800)


class Entry(NamedTuple):
    named: int
    concept: int
    label: int
    language: int
    case: int
    quality: float
    specificity: float


def compiled(originals: Sequence[Scheme], trained: TrainedLabels, basis: Sequence[Scheme], edition: str) -> Tables:
    schemes = [trained.with_labels(scheme) for scheme in originals]
    concepts = [
        (number, concept) for number, scheme in enumerate(schemes) for concept in scheme if not concept.deprecated
    ]
    numbers: dict[str, int] = {}
    labels: dict[str, int] = {}
    languages: dict[str, int] = {}
    # Idioms are patterns without entries: found, so that they take their words, and dropped.
    patterns: dict[tuple[str, ...], list[Entry]] = {fold_label(idiom): [] for idiom in idioms()}
    idiom_count = len(patterns)
    said: set[tuple[int, str, str]] = set()
    for _, concept in concepts:
        number = numbers.setdefault(concept.iri, len(numbers))
        for label in concept.labels:
            # Two vocabularies may describe one concept, the second in another language.
            if (number, label.text, label.language) in said:
                continue
            said.add((number, label.text, label.language))
            for key, entry in entries_of(concept.iri, number, label, trained, labels, languages):
                patterns.setdefault(key, []).append(entry)
    vocabulary = {word: number for number, word in enumerate(dict.fromkeys(w for key in patterns for w in key))}
    if len(vocabulary) > 0x10F7FD:
        raise VocabularyError(f"{len(vocabulary)} distinct words are more than a matcher holds (1,111,037)")
    unique = {concept.iri: (scheme, concept) for scheme, concept in reversed(concepts)}
    ordered = [unique[iri] for iri in numbers]
    counted = [trained.counts.get(key) for key in patterns]
    entries = [entry for group in patterns.values() for entry in group]
    automaton = CharwiseDoubleArrayAhoCorasick(["".join(character(vocabulary[w]) for w in key) for key in patterns])
    return Tables(
        format=FORMAT,
        configuration=_content_hash([trained.with_labels(scheme) for scheme in basis if len(scheme)]),
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
        trained=marks(originals, trained, numbers, len(numbers)),
        hierarchy=build_hierarchy(schemes, numbers, basis).to_bytes(),
        automaton=automaton.serialize(),
        idioms=idiom_count,
        edition=edition,
    )


def entries_of(
    iri: str, number: int, label: Label, trained: TrainedLabels, labels: dict[str, int], languages: dict[str, int]
) -> Iterator[tuple[tuple[str, ...], Entry]]:
    """Folded words and entry of each form of a label; texts and languages that are new are given numbers."""
    for form in forms(label):
        count = trained.counts.get(form.key)
        yield form.key, Entry(
            count.named.get(iri, 0) if count else 0, number, labels.setdefault(label.text, len(labels)),
            languages.setdefault(label.language, len(languages)), form.case, form.quality, form.specificity,
        )  # fmt: skip


def marks(schemes: Sequence[Scheme], trained: TrainedLabels, numbers: Mapping[str, int], size: int) -> bytes:
    """Marks the concepts that were annotated, and all that lie below the roots they have in common."""
    found = bytearray(size)
    if trained.counts:
        named = set(trained.labels)
        for scheme in schemes:
            below = {
                iri for root in trained.roots if root in scheme.concepts for iri in (root, *scheme.descendants(root))
            }
            for iri in (below | named) & scheme.concepts.keys() & numbers.keys():
                found[numbers[iri]] = 1
    return bytes(found)


def _content_hash(schemes: Sequence[Scheme]) -> str:
    digest = blake2b(digest_size=16)
    for scheme in schemes:
        digest.update(f"{scheme.iri}\x1e{scheme.version}\x1e".encode())
        for concept in sorted(scheme, key=lambda c: c.iri):
            digest.update(msgspec.msgpack.encode(concept))
    return digest.hexdigest()

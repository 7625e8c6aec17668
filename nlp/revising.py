"""A dictionary brought up to date with an edit of its vocabularies, in milliseconds, and what texts may change by it.

The outcome finds what a dictionary compiled anew would find. Which texts can be read otherwise follows from what a
reader looks up: labels (whole, or put together from words of the text), and the hierarchy around the concepts found.
So a text can change only if it has all words of a label of a concept that is *touched*: whose labels changed, or what
lies near or above it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from itertools import chain

import msgspec
import numpy as np

from nlp.composition import LOOKED_UP
from nlp.dictionary import Entry, Tables, character, entries_of, marks
from nlp.hierarchy import Hierarchy, Row, content, homes, row_of
from nlp.labels import forms
from nlp.matcher import Matcher
from nlp.trained_labels import TrainedLabels, packaged
from ontology.scheme import Concept, Label, Scheme

MOST_ADDED = 20_000
"""Patterns beside the compiled ones, from which on the dictionary is compiled anew."""
Key = tuple[str, ...]


class Reach(msgspec.Struct, frozen=True):
    """What an edit touches. `labelled`: concepts with other labels; `moved`: with another place in the hierarchy, or
    below one that has; `keys`: the folded words of every label by which a text may name one of them, before or
    after."""

    labelled: frozenset[str]
    moved: frozenset[str]
    keys: frozenset[Key]


class Views:
    """The vocabularies before and after an edit, with the hand-written labels that belong to them."""

    def __init__(
        self, before: Sequence[Scheme], after: Sequence[Scheme], basis: Sequence[Scheme],
        trained: TrainedLabels | None = None,
    ) -> None:  # fmt: skip
        self.before, self.after, self.basis = before, after, basis
        self.trained = packaged() if trained is None else trained

    def concepts(self, schemes: Sequence[Scheme], iri: str) -> Iterator[Concept]:
        """The concept in use, as each vocabulary has it."""
        for scheme in schemes:
            concept = scheme.concepts.get(iri)
            if concept is not None and not concept.deprecated:
                yield self.trained.extended(concept)

    def labels(self, schemes: Sequence[Scheme], iri: str) -> tuple[Label, ...]:
        return tuple(dict.fromkeys(chain.from_iterable(one.labels for one in self.concepts(schemes, iri))))

    def place(self, schemes: Sequence[Scheme], iri: str) -> tuple[object, ...]:
        """Whether the concept is in use, and below what; topmost ones are known by their names, too."""
        found = [(one.broader, "" if one.broader else one.name()) for one in self.concepts(schemes, iri)]
        return tuple(found)


def reach(views: Views, changed: Collection[str]) -> Reach:
    """What an edit of the concepts `changed` touches."""
    before, after = views.before, views.after
    labelled = {iri for iri in changed if views.labels(before, iri) != views.labels(after, iri)}
    placed = {iri for iri in changed if views.place(before, iri) != views.place(after, iri)}
    moved = placed | {one for schemes in (before, after) for one in _below(schemes, placed)}
    if grown := {up for iri in placed for up in _above(after, iri)} - _editions(views.basis):
        moved |= grown | set(_below(after, grown))
    keys = {
        form.key
        for iri in labelled | moved
        for schemes in (before, after)
        for label in views.labels(schemes, iri)
        for form in forms(label)
    }
    return Reach(frozenset(labelled), frozenset(moved), frozenset(keys))


def _below(schemes: Sequence[Scheme], tops: Collection[str]) -> Iterator[str]:
    for scheme in schemes:
        for top in tops & scheme.concepts.keys() if isinstance(tops, Set) else tops:
            yield from scheme.descendants(top)


def _above(schemes: Sequence[Scheme], iri: str) -> Iterator[str]:
    for scheme in schemes:
        if iri in scheme.concepts:
            yield from scheme.ancestors(iri)


def _editions(basis: Sequence[Scheme]) -> set[str]:
    return {iri for scheme in basis for iri in scheme.concepts}


def words_asked(key: Key) -> frozenset[str]:
    """Words that a text must have for this label to be looked up in it. The last one may be another (composition)."""
    return frozenset(key[:-1] if len(key) > 1 and key[-1] in LOOKED_UP else key)


def revised(old: Matcher, views: Views, touched: Reach, edition: str) -> Matcher | None:
    """The matcher after an edit; None where so much was added that it is better compiled anew."""
    tables = old.tables
    concepts, names = list(tables.concepts), list(tables.names)
    scheme_of = [*old.scheme_of.tolist()]
    numbers = dict(old.number_of)
    at = {name: number for number, name in enumerate(tables.schemes)}
    for iri in sorted(touched.labelled | touched.moved):
        found = [(scheme.name, one) for scheme in views.after for one in views.concepts([scheme], iri)]
        if iri in numbers and not found:
            concepts[numbers[iri]] = names[numbers[iri]] = ""
            del numbers[iri]
        elif found:
            number = numbers.setdefault(iri, len(concepts))
            if number == len(concepts):
                concepts.append(iri)
                names.append("")
                scheme_of.append(0)
            names[number], scheme_of[number] = found[0][1].name(), at[found[0][0]]
    tables = msgspec.structs.replace(
        tables, concepts=concepts, names=names, edition=edition,
        concept_scheme=np.array(scheme_of, dtype="<u2").tobytes(),
        trained=_marks(old, views, touched, numbers, len(concepts)),
        hierarchy=_hierarchy(old, views, touched, numbers, len(concepts)).to_bytes(),
    )  # fmt: skip
    made = _with_entries(old, tables, views, touched, numbers)
    return None if made is None else Matcher(made)


def _marks(old: Matcher, views: Views, touched: Reach, numbers: Mapping[str, int], size: int) -> bytes:
    found = bytearray(old.trained.ljust(size, b"\x00"))
    if not any(found) or touched.moved.isdisjoint(numbers):
        return bytes(found)
    now = marks(views.after, views.trained, numbers, size)
    for iri in touched.moved & numbers.keys():
        found[numbers[iri]] = now[numbers[iri]]
    return bytes(found)


def _hierarchy(old: Matcher, views: Views, touched: Reach, numbers: Mapping[str, int], size: int) -> Hierarchy:
    home, here = (
        homes(views.after),
        {scheme.name: edition for scheme, edition in zip(views.after, views.basis, strict=True)},
    )

    def telling(iri: str) -> float:
        scheme = home.get(iri)
        if scheme is None:
            return 0.0
        edition = here[scheme.name]
        if iri in edition.concepts:
            number = old.number_of.get(iri)
            return (
                old.hierarchy.content(number) if number is not None else content(len(edition.descendants(iri)), edition)
            )
        return content(len(scheme.descendants(iri)), edition)

    rows = {numbers[iri]: row_of(iri, home[iri], numbers, telling) for iri in touched.moved & numbers.keys()}
    gone: dict[int, Row] = {number: [] for iri, number in old.number_of.items() if iri not in numbers}
    return old.hierarchy.with_rows(rows | gone, size)


def _with_entries(
    old: Matcher, tables: Tables, views: Views, touched: Reach, numbers: Mapping[str, int]
) -> Tables | None:
    """The tables with the entries of concepts with other labels in the place of those they had."""
    labels = {text: number for number, text in enumerate(tables.labels)}
    languages = {name: number for number, name in enumerate(tables.languages)}
    new: dict[Key, list[Entry]] = {}
    for iri in sorted(touched.labelled & numbers.keys()):
        for label in views.labels(views.after, iri):
            for key, entry in entries_of(iri, numbers[iri], label, views.trained, labels, languages):
                new.setdefault(key, []).append(entry)
    words = {word: number for number, word in enumerate(tables.words)}
    places = {key: place for key in new if (place := old.pattern_of(key)) is not None}
    fresh = [key for key in new if key not in places]
    if len(tables.added) + len(fresh) > MOST_ADDED:
        return None
    for word in chain.from_iterable(fresh):
        words.setdefault(word, len(words))
    size = len(tables.first) // 4 - 1
    places |= {key: size + number for number, key in enumerate(fresh)}
    dropped = {old.number_of[iri] for iri in touched.labelled & old.number_of.keys()}
    added = [(places[key], entry) for key, entries in new.items() for entry in entries]
    counts = [views.trained.counts.get(key) for key in fresh]
    return msgspec.structs.replace(
        tables,
        words=list(words), labels=list(labels), languages=list(languages),
        added=[*tables.added, *("".join(character(words[word]) for word in key) for key in fresh)],
        pattern_seen=tables.pattern_seen + np.array([c.seen if c else 0 for c in counts], dtype="<u4").tobytes(),
        pattern_annotated=tables.pattern_annotated
        + np.array([c.annotated if c else 0 for c in counts], dtype="<u4").tobytes(),
        **_entries(tables, size + len(fresh), dropped, added),
    )  # fmt: skip


_COLUMNS = (
    ("entry_concept", "<u4", "concept"), ("entry_label", "<u4", "label"), ("entry_language", "<u2", "language"),
    ("entry_case", "u1", "case"), ("entry_quality", "<f4", "quality"), ("entry_specificity", "<f4", "specificity"),
    ("entry_named", "<u4", "named"),
)  # fmt: skip


def _entries(
    tables: Tables, patterns: int, dropped: Iterable[int], added: Sequence[tuple[int, Entry]]
) -> dict[str, bytes]:
    """Columns of the entries without those of some concepts and with others, ordered by pattern and concept."""
    first = np.frombuffer(tables.first, dtype="<u4").astype(np.int64)
    concept = np.frombuffer(tables.entry_concept, dtype="<u4")
    of = np.repeat(np.arange(len(first) - 1), np.diff(first))
    kept = ~np.isin(concept, np.array(sorted(dropped), dtype=np.int64))
    pattern = np.concatenate([of[kept], np.array([place for place, _ in added], dtype=np.int64)])
    named = np.concatenate([concept[kept], np.array([entry.concept for _, entry in added], dtype="<u4")])
    order = np.lexsort((named, pattern))
    found = {}
    for name, kind, field in _COLUMNS:
        old = np.frombuffer(getattr(tables, name), dtype=kind)[kept]
        column = np.concatenate([old, np.array([getattr(entry, field) for _, entry in added], dtype=kind)])
        found[name] = column[order].astype(kind).tobytes()
    counts = np.bincount(pattern, minlength=patterns)
    found["first"] = np.concatenate([[0], np.cumsum(counts)]).astype("<u4").tobytes()
    return found

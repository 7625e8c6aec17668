"""Concepts of two vocabularies that may be the same: pairs that share a label, and how far they can be trusted.

Labels are compared by the keys that matching texts uses (`nlp/normalise.py`), inverted ones ("Abscess, Hepatic") in
both orders. For a pair speaks that preferred labels agree, that several do, that the concepts beside them agree, too;
against it that the label is another concept's as well, or short. This is the evidence of label-based ontology matchers
(for example AgreementMakerLight, Faria et al. 2013), added up in log odds; `python -m bench.alignments` holds it
against the cross-references of the Human Phenotype Ontology to MeSH.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from math import exp
from typing import Final, NamedTuple

import msgspec

from nlp.normalise import fold_label
from ontology.scheme import Concept, Scheme

_KINDS: Final = {"pref": 1.6, "alt": 0.4, "hidden": -0.6}
"""Log odds that a label of this kind brings to a pair."""
_MORE: Final = 0.8
"""For each further label that agrees, up to three."""
_BESIDE: Final = 1.2
"""For each pair of broader, narrower or related concepts that share a label, up to three."""
_SHORT: Final = -1.5
"""For a single word of up to four letters: mostly an abbreviation, which may stand for anything."""
_WORD: Final = -0.4
"""For any other single word."""
_RIVAL: Final = -1.3
"""For each other concept, of either vocabulary, that has the label, too."""
_FEW: Final = 3
MOST_RIVALS: Final = 8
"""A label of more concepts of a vocabulary than this says nothing."""

Key = tuple[str, ...]


class Shared(msgspec.Struct, frozen=True):
    """A label that both concepts have; `kinds` are pref, alt or hidden, of the subject and of the object."""

    subject: str
    object: str
    kinds: tuple[str, str]


class Alignment(msgspec.Struct, frozen=True, kw_only=True):
    """Two concepts that may be the same. `confidence` lies in (0, 1); `beside` counts the neighbours that share a
    label, `rivals` the other concepts that have the telling label."""

    subject: str
    object: str
    confidence: float
    labels: tuple[Shared, ...]
    beside: int
    rivals: int


class _Label(NamedTuple):
    concept: str
    text: str
    kind: str


class Labels:
    """The labels of a vocabulary by their keys. Deprecated concepts are left out: they are nobody's counterpart."""

    def __init__(self, scheme: Scheme) -> None:
        self.scheme = scheme
        self.by_key: dict[Key, list[_Label]] = defaultdict(list)
        self._keys: dict[str, frozenset[Key]] = {}
        for concept in scheme:
            if not concept.deprecated:
                self._keys[concept.iri] = frozenset(self._enter(concept))

    def _enter(self, concept: Concept) -> Iterator[Key]:
        for label in concept.labels:
            for key in keys_of(label.text):
                held = self.by_key[key]
                if all(one.concept != concept.iri for one in held):
                    held.append(_Label(concept.iri, label.text, label.kind))
                yield key

    def keys(self, iri: str) -> frozenset[Key]:
        """Of all labels of a concept; empty for one that is not there."""
        return self._keys.get(iri, frozenset())

    def beside(self, iri: str) -> Iterator[str]:
        """Broader, narrower and related concepts."""
        concept = self.scheme.concepts[iri]
        yield from (*concept.broader, *self.scheme.narrower.get(iri, ()), *concept.related)


def keys_of(label: str) -> set[Key]:
    """What a label is compared by; the natural order of an inverted one as well."""
    first, comma, last = label.partition(", ")
    found = {fold_label(label)}
    if comma and "," not in last:
        found.add(fold_label(f"{last} {first}"))
    return found - {()}


def alignments(mine: Labels, theirs: Labels, least: float = 0.0) -> list[Alignment]:
    """Pairs of concepts that share a label, from `least` confidence on, the surest first. Subjects are of `mine`."""
    shared: dict[tuple[str, str], dict[Key, tuple[_Label, _Label]]] = defaultdict(dict)
    for key in mine.by_key.keys() & theirs.by_key.keys():
        here, there = mine.by_key[key], theirs.by_key[key]
        if max(len(here), len(there)) <= MOST_RIVALS:
            for one in here:
                for other in there:
                    if one.concept != other.concept:
                        shared[one.concept, other.concept][key] = one, other
    found = (_weighed(pair, keys, mine, theirs) for pair, keys in shared.items())
    return sorted(
        (one for one in found if one.confidence >= least), key=lambda one: (-one.confidence, one.subject, one.object)
    )


def _weighed(
    pair: tuple[str, str], keys: Mapping[Key, tuple[_Label, _Label]], mine: Labels, theirs: Labels
) -> Alignment:
    worth = {key: _worth(key, *labels, mine, theirs) for key, labels in keys.items()}
    telling = max(keys, key=lambda key: (worth[key], key))
    beside = _neighbours(pair, mine, theirs)
    odds = worth[telling] + _MORE * min(len(keys) - 1, _FEW) + _BESIDE * min(beside, _FEW)
    ranked = sorted(keys, key=lambda key: (-worth[key], key))
    return Alignment(
        subject=pair[0], object=pair[1], confidence=round(1 / (1 + exp(-odds)), 4),
        labels=tuple(dict.fromkeys(_shared(*keys[key]) for key in ranked)),
        beside=beside, rivals=_rivals(telling, mine, theirs),
    )  # fmt: skip


def _worth(key: Key, one: _Label, other: _Label, mine: Labels, theirs: Labels) -> float:
    worth = _KINDS.get(one.kind, 0.0) + _KINDS.get(other.kind, 0.0) + _RIVAL * _rivals(key, mine, theirs)
    if len(key) == 1:
        worth += _SHORT if len(key[0]) <= 4 and key[0].isascii() else _WORD
    return worth


def _rivals(key: Key, mine: Labels, theirs: Labels) -> int:
    return len(mine.by_key[key]) + len(theirs.by_key[key]) - 2


def _neighbours(pair: tuple[str, str], mine: Labels, theirs: Labels) -> int:
    """Neighbours of the subject that share a label with a neighbour of the object."""
    around: set[Key] = set()
    for iri in theirs.beside(pair[1]):
        around |= theirs.keys(iri)
    return sum(not around.isdisjoint(mine.keys(iri)) for iri in mine.beside(pair[0])) if around else 0


def _shared(one: _Label, other: _Label) -> Shared:
    return Shared(one.text, other.text, (one.kind, other.kind))


def best(found: Iterable[Alignment]) -> Iterator[Alignment]:
    """The first pair of each concept on either side: of several that share a label the one to look at first."""
    seen: set[str] = set()
    for one in found:
        if not {one.subject, one.object} & seen:
            seen |= {one.subject, one.object}
            yield one

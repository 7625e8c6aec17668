"""The vocabularies' hierarchies by number: each concept's near ancestors and how much they say.

Two concepts that share a narrow ancestor are about the same matter; sharing "chemicals" or "computer
science" means nothing. An ancestor's weight is its information content,
`1 - log(1 + descendants) / log(1 + concepts)` (Seco, Veale and Hayes, ECAI 2004), over its distance.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from ontology.scheme import Scheme

REACH = 3
"""How many steps up an ancestor still counts as near."""


class _Stored(msgspec.Struct, frozen=True):
    first: bytes
    ancestor: bytes
    weight: bytes
    distance: bytes


class Hierarchy:
    """Near ancestors of all concepts as one compressed-row matrix."""

    def __init__(self, stored: _Stored) -> None:
        self._stored = stored
        self._first = np.frombuffer(stored.first, dtype="<u4")
        self._ancestor = np.frombuffer(stored.ancestor, dtype="<u4")
        self._weight = np.frombuffer(stored.weight, dtype="<f4")
        self._distance = np.frombuffer(stored.distance, dtype="u1")

    def near(self, concept: int) -> list[tuple[int, float]]:
        """(ancestor, weight in (0, 1]) up to REACH steps above, and the concept itself first."""
        here = slice(self._first[concept], self._first[concept + 1])
        return list(zip(self._ancestor[here].tolist(), self._weight[here].tolist(), strict=True))

    def parents(self, concept: int) -> list[int]:
        """Directly broader concepts."""
        here = slice(self._first[concept], self._first[concept + 1])
        return [int(a) for a in self._ancestor[here][self._distance[here] == 1]]

    def to_bytes(self) -> bytes:
        return msgspec.msgpack.encode(self._stored)

    @classmethod
    def from_bytes(cls, data: bytes) -> Hierarchy:
        return cls(msgspec.msgpack.decode(data, type=_Stored))


def build_hierarchy(schemes: Sequence[Scheme], numbers: Mapping[str, int]) -> Hierarchy:
    """Of the concepts in `numbers` (IRI → number, in order of number)."""
    home = {iri: scheme for scheme in reversed(schemes) for iri in scheme.concepts}
    content: dict[str, float] = {}
    for scheme in schemes:
        scale = math.log(1 + len(scheme)) or 1.0
        below = _descendant_counts(scheme)
        content.update({iri: 1.0 - math.log(1 + below.get(iri, 0)) / scale for iri in scheme.concepts})
    first, ancestor, weight, distance = [0], [], [], []
    for iri, number in numbers.items():
        near = {iri: 0, **_near(home[iri], iri)}
        for other, steps in near.items():
            worth = content.get(other, 0.0) / (1 + steps)
            if other in numbers and (worth > 0.05 or steps <= 1):
                ancestor.append(numbers[other])
                weight.append(max(worth, 1e-6))
                distance.append(steps)
        first.append(len(ancestor))
        assert len(first) == number + 2
    return Hierarchy(
        _Stored(
            first=np.array(first, dtype="<u4").tobytes(),
            ancestor=np.array(ancestor, dtype="<u4").tobytes(),
            weight=np.array(weight, dtype="<f4").tobytes(),
            distance=np.array(distance, dtype="u1").tobytes(),
        )
    )


def _near(scheme: Scheme, iri: str) -> dict[str, int]:
    seen: dict[str, int] = {}
    frontier = [iri]
    for steps in range(1, REACH + 1):
        frontier = [
            up
            for here in frontier
            if here in scheme.concepts
            for up in scheme.concepts[here].broader
            if up != iri and up not in seen
        ]
        seen.update(dict.fromkeys(frontier, steps))
    return seen


def _descendant_counts(scheme: Scheme) -> dict[str, int]:
    """How many concepts lie below each (each counted once per ancestor it has)."""
    counts: dict[str, int] = {}
    for iri in scheme.concepts:
        for above in scheme.ancestors(iri):
            counts[above] = counts.get(above, 0) + 1
    return counts

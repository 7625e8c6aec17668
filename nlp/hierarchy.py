"""The vocabularies' hierarchies by number: each concept's near ancestors and how much they say.

Two concepts that share a narrow ancestor are about the same matter; sharing "chemicals" or "computer
science" means nothing. An ancestor's weight is its information content,
`1 - log(1 + descendants) / log(1 + concepts)` (Seco, Veale and Hayes, ECAI 2004), over its distance.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

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

    def with_rows(self, rows: Mapping[int, Row], size: int) -> Hierarchy:
        """The same for `size` concepts, with these rows in the place of theirs; new ones without a row have none."""
        old = len(self._first) - 1
        lengths = np.zeros(size, dtype=np.int64)
        lengths[:old] = np.diff(self._first)
        kept = np.repeat(np.isin(np.arange(old), list(rows), invert=True), lengths[:old])
        lengths[list(rows)] = [len(row) for row in rows.values()]
        first = np.concatenate([[0], np.cumsum(lengths)])
        places = np.concatenate([np.arange(first[n], first[n + 1]) for n in rows]) if rows else np.zeros(0, np.int64)
        others = np.ones(first[-1], dtype=bool)
        others[places] = False
        made = [one for row in rows.values() for one in row]
        columns = []
        for at, (array, kind) in enumerate(
            ((self._ancestor, "<u4"), (self._weight, "<f4"), (self._distance, "u1"))
        ):  # fmt: skip
            column = np.zeros(first[-1], dtype=kind)
            column[others] = array[kept]
            column[places] = np.array([one[at] for one in made], dtype=kind)
            columns.append(column.tobytes())
        return Hierarchy(_Stored(first.astype("<u4").tobytes(), *columns))

    def content(self, concept: int) -> float:
        """How much the concept says, as `contents` has it."""
        return float(self._weight[self._first[concept]])


Row = list[tuple[int, float, int]]
"""Near ancestors of a concept, itself first: number, weight, distance in steps."""
_UNKNOWN_SIZE = 1000
"""Concepts that a vocabulary counts for which has no edition."""


def build_hierarchy(schemes: Sequence[Scheme], numbers: Mapping[str, int], basis: Sequence[Scheme] = ()) -> Hierarchy:
    """Of the concepts in `numbers` (IRI → number, in order of number). How much a concept says is counted in the
    editions (`basis`), so that an edit changes nothing far away; what no edition has counts as it is now."""
    home = homes(schemes)
    telling = contents(schemes, basis or schemes)
    rows = [row_of(iri, home[iri], numbers, lambda other: telling.get(other, 0.0)) for iri in numbers]
    return Hierarchy(
        _Stored(
            first=np.cumsum([0, *map(len, rows)], dtype="<u4").tobytes(),
            ancestor=np.array([one[0] for row in rows for one in row], dtype="<u4").tobytes(),
            weight=np.array([one[1] for row in rows for one in row], dtype="<f4").tobytes(),
            distance=np.array([one[2] for row in rows for one in row], dtype="u1").tobytes(),
        )
    )


def homes(schemes: Sequence[Scheme]) -> dict[str, Scheme]:
    """Concept IRI → the first vocabulary that has it."""
    return {iri: scheme for scheme in reversed(schemes) for iri in scheme.concepts}


def contents(schemes: Sequence[Scheme], basis: Sequence[Scheme]) -> dict[str, float]:
    """Concept IRI → how much it says, in [0, 1]."""
    found: dict[str, float] = {}
    for scheme, edition in zip(schemes, basis, strict=True):
        below = _descendant_counts(edition)
        found.update({iri: content(below.get(iri, 0), edition) for iri in edition.concepts})
        for iri in scheme.concepts.keys() - edition.concepts.keys():
            found[iri] = content(len(scheme.descendants(iri)), edition)
    return found


def content(below: int, edition: Scheme) -> float:
    """Of a concept with so many below it."""
    size = len(edition) or _UNKNOWN_SIZE
    return float(np.float32(max(0.0, 1.0 - math.log(1 + below) / math.log(1 + size))))


def row_of(iri: str, home: Scheme, numbers: Mapping[str, int], telling: Callable[[str], float]) -> Row:
    """The near ancestors of a concept that `numbers` has; `telling` says how much each of them says."""
    row = []
    for other, steps in {iri: 0, **_near(home, iri)}.items():
        worth = telling(other) / (1 + steps) if other in numbers else 0.0
        if other in numbers and (worth > 0.05 or steps <= 1):
            row.append((numbers[other], max(worth, 1e-6), steps))
    return row


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

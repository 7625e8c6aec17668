"""Several rankings → one: their scores, each made comparable, added up.

A score counts as what it is above the least of its ranking, in standard deviations of the ranking's scores
(z-scores but for a constant; Bruch, Gai and Ingber, TOIS 2023, compare such sums with ranks added up). What a
ranking does not have gets nothing from it, so that every share is at least 0.

Results are kept as columns; what one of them is made of is put together where somebody asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from graph.search.works import Place

LEAST_SPREAD: Final = 1e-9
Numbers = NDArray[np.float64]


class Ranking(msgspec.Struct, frozen=True):
    """Results with their raw scores (BM25 or cosines), best first.

    `size` is how many there would be if everything matched: those that are missing count as scores of 0, so that
    a match by words that few have weighs more.
    """

    name: str
    weight: float
    hits: Sequence[tuple[Place, float]]
    size: int = 0


class Share(msgspec.Struct, frozen=True):
    """What one ranking gives a result: its part of the fused score, its own score, its rank (from 1; 0: none)."""

    name: str
    value: float
    raw: float
    rank: int


class Fused(msgspec.Struct, frozen=True):
    """A result with the shares that sum to `score`."""

    key: Place
    score: float
    shares: tuple[Share, ...]


class Column(msgspec.Struct, frozen=True):
    """The shares of one name: parts of the scores, raw scores, ranks; `has` marks the results that have one."""

    name: str
    values: Numbers
    raw: Numbers
    ranks: NDArray[np.int64]
    has: NDArray[np.bool_]


class Results(msgspec.Struct, frozen=True):
    """Works with their scores, best first; equal ones in the order of their keys. `more` are shares that only some
    have."""

    keys: Sequence[Place]
    scores: Numbers
    columns: tuple[Column, ...] = ()
    more: Mapping[Place, tuple[Share, ...]] = {}

    def __len__(self) -> int:
        return len(self.keys)

    def page(self, begin: int, end: int) -> list[Fused]:
        """Results `begin` to `end`, with their shares."""
        return [self._made(at) for at in range(begin, min(end, len(self.keys)))]

    def with_columns(self, columns: Sequence[Column], factor: float = 1.0) -> Results:
        """In a new order, with what columns add to each score, of which `factor` is kept."""
        kept = [msgspec.structs.replace(one, values=factor * one.values) for one in self.columns]
        return ordered(self.keys, (*kept, *columns), self.more)

    def _made(self, at: int) -> Fused:
        shares = [
            Share(one.name, float(one.values[at]), float(one.raw[at]), int(one.ranks[at]))
            for one in self.columns
            if one.has[at]
        ]
        shares += self.more.get(self.keys[at], ())
        return Fused(self.keys[at], sum(share.value for share in shares), tuple(shares))


def fuse(rankings: Sequence[Ranking]) -> Results:
    """The union."""
    at: dict[Place, int] = {}
    for ranking in rankings:
        for place, _ in ranking.hits:
            at.setdefault(place, len(at))
    return ordered(list(at), [_column(ranking, at) for ranking in rankings])


def plain(name: str, hits: Sequence[tuple[Place, float]], values: float = 1.0) -> Results:
    """One ranking in the order it came in; its scores times `values` are those of the results."""
    raw = np.array([score for _, score in hits], dtype=np.float64)
    ranks = np.arange(1, len(hits) + 1)
    column = Column(name, values * raw, raw, ranks, np.ones(len(hits), dtype=bool))
    return Results([place for place, _ in hits], values * raw, (column,))


def ordered(
    keys: Sequence[Place], columns: Iterable[Column], more: Mapping[Place, tuple[Share, ...]] | None = None
) -> Results:
    """Best first by the sums of all shares."""
    columns, more = tuple(columns), more or {}
    scores = np.sum([one.values for one in columns], axis=0) if columns else np.zeros(len(keys))
    if more:
        scores = scores + np.array([sum(share.value for share in more.get(key, ())) for key in keys])
    order = np.lexsort((*np.array(keys, dtype=np.int64).reshape(-1, 2).T[::-1], -scores))
    moved = [
        Column(one.name, one.values[order], one.raw[order], one.ranks[order], one.has[order]) for one in columns
    ]  # fmt: skip
    return Results([keys[at] for at in order], scores[order], tuple(moved), more)


def _column(ranking: Ranking, at: Mapping[Place, int]) -> Column:
    """The shares of a ranking for all results."""
    numbers = [at[place] for place, _ in ranking.hits]
    scores = np.array([score for _, score in ranking.hits], dtype=np.float64)
    least, spread = _scale(scores, ranking.size)
    values, raw = np.zeros(len(at)), np.zeros(len(at))
    ranks, has = np.zeros(len(at), dtype=np.int64), np.zeros(len(at), dtype=bool)
    values[numbers], raw[numbers] = ranking.weight * (scores - least) / spread, scores
    ranks[numbers], has[numbers] = np.arange(1, len(numbers) + 1), True
    return Column(ranking.name, values, raw, ranks, has)


def _scale(scores: Numbers, size: int) -> tuple[float, float]:
    """The least score of a ranking and how widely they are spread."""
    padded = np.concatenate([scores, np.zeros(max(0, size - len(scores)))])
    if not len(padded):
        return 0.0, 1.0
    spread = float(padded.std())
    return float(padded.min()), spread if spread > LEAST_SPREAD else 1.0

"""Several rankings → one: their scores, each made comparable, added up.

A score counts as what it is above the least of its ranking, in standard deviations of the ranking's scores
(z-scores but for a constant; Bruch, Gai and Ingber, TOIS 2023, compare such sums with ranks added up). What a
ranking does not have gets nothing from it, so that every share is at least 0.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Final, Generic, TypeVar

import msgspec
import numpy as np

K = TypeVar("K", bound=Hashable)

LEAST_SPREAD: Final = 1e-9


class Ranking(msgspec.Struct, Generic[K], frozen=True):
    """Results with their raw scores (BM25 or cosines), best first.

    `size` is how many there would be if everything matched: those that are missing count as scores of 0, so that
    a match by words that few have weighs more.
    """

    name: str
    weight: float
    hits: Sequence[tuple[K, float]]
    size: int = 0


class Share(msgspec.Struct, frozen=True):
    """What one ranking gives a result: its part of the fused score, its own score, its rank (from 1)."""

    name: str
    value: float
    raw: float
    rank: int


class Fused(msgspec.Struct, Generic[K], frozen=True):
    """A result with the shares that sum to `score`."""

    key: K
    score: float
    shares: tuple[Share, ...]


def fuse(rankings: Sequence[Ranking[K]]) -> list[Fused[K]]:
    """The union, best first; equal ones in the order of their keys."""
    shares: dict[K, list[Share]] = {}
    for ranking in rankings:
        least, spread = _scale(ranking)
        for rank, (key, raw) in enumerate(ranking.hits, start=1):
            value = ranking.weight * (raw - least) / spread
            shares.setdefault(key, []).append(Share(ranking.name, value, raw, rank))
    return in_order(Fused(key, sum(share.value for share in found), tuple(found)) for key, found in shares.items())


def in_order(results: Iterable[Fused[K]]) -> list[Fused[K]]:
    """Best first; equal ones in the order of their keys."""
    return sorted(results, key=lambda one: (-one.score, one.key))


def _scale(ranking: Ranking[K]) -> tuple[float, float]:
    """The least score of a ranking and how widely they are spread."""
    missing = max(0, ranking.size - len(ranking.hits))
    scores = np.array([raw for _, raw in ranking.hits] + [0.0] * missing)
    if not len(scores):
        return 0.0, 1.0
    spread = float(scores.std())
    return float(scores.min()), spread if spread > LEAST_SPREAD else 1.0

"""Several rankings → one: reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009).

A result gets `weight / (RANK_CONSTANT + rank)` from each ranking that has it. Only ranks count, so that nothing has
to be known of how BM25 scores and cosines of a model, a language or a collection are spread.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Final, Generic, TypeVar

import msgspec

K = TypeVar("K", bound=Hashable)

RANK_CONSTANT: Final = 10
"""Smaller than the customary 60: what is first by words or by meaning is more often right than the average
of both (`python -m bench.search_quality` prints both)."""


class Ranking(msgspec.Struct, Generic[K], frozen=True):
    """Results with their raw scores (BM25 or cosines), best first."""

    name: str
    weight: float
    hits: Sequence[tuple[K, float]]


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


def worth(rank: int, weight: float) -> float:
    """What a rank (from 1) is worth."""
    return weight / (RANK_CONSTANT + rank)


def fuse(rankings: Sequence[Ranking[K]]) -> list[Fused[K]]:
    """The union, best first; equal ones in the order of their keys."""
    shares: dict[K, list[Share]] = {}
    for ranking in rankings:
        for rank, (key, raw) in enumerate(ranking.hits, start=1):
            shares.setdefault(key, []).append(Share(ranking.name, worth(rank, ranking.weight), raw, rank))
    results = [Fused(key, sum(share.value for share in found), tuple(found)) for key, found in shares.items()]
    return sorted(results, key=lambda one: (-one.score, one.key))

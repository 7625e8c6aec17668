"""Two rankings → one: a weighted sum of scores, each scaled to [0, 1] over its own pool.

CombSUM (Fox and Shaw 1994) with the weight as a parameter (Bruch, Gai and Ingber 2023). BM25 is divided
by the best score, cosines are stretched between the last and the best of their pool.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Final, Generic, TypeVar

import msgspec

K = TypeVar("K", bound=Hashable)

DENSE_WEIGHT: Final = 0.3
"""Best mean over Cranfield and CISI with both packaged models. By five-fold cross-validation over queries
with the default model this way of fusing reaches nDCG@10 .404 and .420, reciprocal ranks (constant
10 or 60, weight fitted likewise) .404 and .409; `bench/search_quality.py` states the protocol."""


class Share(msgspec.Struct, frozen=True):
    """What one ranking gives a result: its part of the fused score, its own score, its rank (from 1)."""

    value: float
    raw: float
    rank: int


class Fused(msgspec.Struct, Generic[K], frozen=True):
    """A result with the shares that sum to `score`; None: the ranking doesn't have it."""

    key: K
    score: float
    lexical: Share | None
    dense: Share | None


def fuse(
    lexical: Mapping[K, float], dense: Mapping[K, float], floor: float, dense_weight: float = DENSE_WEIGHT
) -> list[Fused[K]]:
    """The union, best first.

    `lexical` holds BM25 scores (≥ 0), `dense` cosines; a key in one only counts nothing in the other.
    `floor` is the cosine worth nothing (the last of the dense pool). `dense_weight` in [0, 1].
    """
    best = max(lexical.values(), default=0.0)
    top = max(dense.values(), default=floor)
    words = {key: score / best if best > 0 else 0.0 for key, score in lexical.items()}
    width = top - floor
    meaning = {key: max(0.0, (score - floor) / width) if width > 0 else 1.0 for key, score in dense.items()}
    first = _shares(words, lexical, 1 - dense_weight)
    second = _shares(meaning, dense, dense_weight)
    results = []
    for key in {**first, **second}:
        shares = first.get(key), second.get(key)
        results.append(Fused(key, sum(share.value for share in shares if share), *shares))
    return sorted(results, key=lambda one: (-one.score, one.key))


def _shares(scaled: Mapping[K, float], raw: Mapping[K, float], weight: float) -> dict[K, Share]:
    order = sorted(scaled, key=lambda key: (-raw[key], key))
    return {key: Share(weight * scaled[key], raw[key], rank) for rank, key in enumerate(order, start=1)}

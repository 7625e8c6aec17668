"""Figures with counts and bootstrap confidence intervals.

The bootstrap resamples whole documents (Berg-Kirkpatrick, Burkett and Klein, EMNLP 2012), since what
stands in one abstract is not independent. It is seeded: the same answers give the same intervals.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Hashable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp.evaluation.base import Measure

RESAMPLES: Final = 1_000
_SEED: Final = 20261127
Array = NDArray[np.float64]


class Tally(NamedTuple):
    """Of one document: how many answers were right, how many were given, how many are in the gold."""

    right: int
    found: int
    wanted: int


def tally(found: Collection[Hashable], wanted: Collection[Hashable]) -> Tally:
    """Of two sets of answers."""
    return Tally(len(set(found) & set(wanted)), len(set(found)), len(set(wanted)))


def counts(tallies: Sequence[Tally]) -> dict[str, int]:
    """The sums behind precision and recall."""
    sums = [sum(column) for column in zip(*tallies, strict=True)] or [0, 0, 0]
    return {"documents": len(tallies), "right": sums[0], "found": sums[1], "wanted": sums[2]}


def micro(tallies: Sequence[Tally]) -> tuple[Measure, ...]:
    """Precision, recall and F1 over all answers of all documents."""
    table = np.array(tallies, dtype=float).reshape(-1, 3)
    return (
        measured("precision", table, lambda sums: _ratio(sums[..., 0], sums[..., 1])),
        measured("recall", table, lambda sums: _ratio(sums[..., 0], sums[..., 2])),
        measured("F1", table, lambda sums: _ratio(2 * sums[..., 0], sums[..., 1] + sums[..., 2])),
    )


def macro(gold: Sequence[str], *given: Sequence[str]) -> tuple[Measure, ...]:
    """The mean F1 of the gold's classes, and accuracy; where several answers are `given` to each item, by as many
    models, the models' mean."""
    classes = sorted(set(gold))
    truth = np.array([[wanted == name for name in classes] for wanted in gold], dtype=float)
    guesses = [np.array([[answer == name for name in classes] for answer in one], dtype=float) for one in given]
    table = np.hstack([truth, *(part for guess in guesses for part in (truth * guess, guess))])

    def parts(sums: Array) -> tuple[Array, Array, Array]:
        """Wanted, right and found, with the axes (…, models, classes)."""
        each = sums.reshape(*sums.shape[:-1], 1 + 2 * len(given), len(classes))
        return each[..., :1, :], each[..., 1::2, :], each[..., 2::2, :]

    def f1(sums: Array) -> Array:
        wanted, right, found = parts(sums)
        return np.asarray(_ratio(2 * right, found + wanted).mean(axis=(-1, -2)))

    def accuracy(sums: Array) -> Array:
        wanted, right, _ = parts(sums)
        return np.asarray(_ratio(right.sum(axis=-1), wanted.sum(axis=-1)).mean(axis=-1))

    return measured("macro F1", table, f1), measured("accuracy", table, accuracy)


def mean(name: str, values: Sequence[float]) -> Measure:
    """The mean of one value for each document."""
    table = np.array([(value, 1.0) for value in values], dtype=float).reshape(-1, 2)
    return measured(name, table, lambda sums: _ratio(sums[..., 0], sums[..., 1]))


def measured(name: str, table: Array, figure: Callable[[Array], Array]) -> Measure:
    """`figure` of the column sums of `table` (one row a document), and its interval.

    `figure` maps sums of shape (..., columns) to values of shape (...).
    """
    value = float(figure(table.sum(axis=0)))
    if len(table) < 2:
        return Measure(name, value, value, value)
    draws = np.random.default_rng(_SEED).multinomial(len(table), np.full(len(table), 1 / len(table)), RESAMPLES)
    low, high = np.percentile(figure(draws @ table), (2.5, 97.5))
    return Measure(name, value, float(low), float(high))


def f1_at(ranked: Sequence[Hashable], wanted: Collection[Hashable], limit: int) -> float:
    """F1 of the first `limit` answers of one document."""
    right = len(set(ranked[:limit]) & set(wanted))
    return 2 * right / (len(ranked[:limit]) + len(set(wanted))) if right else 0.0


def ndcg_at(ranked: Sequence[Hashable], wanted: Collection[Hashable], limit: int) -> float:
    """Normalised discounted cumulative gain with binary relevance (Järvelin and Kekäläinen, 2002)."""
    gold = set(wanted)
    gain = sum(1 / math.log2(place + 2) for place, answer in enumerate(ranked[:limit]) if answer in gold)
    best = sum(1 / math.log2(place + 2) for place in range(min(limit, len(gold))))
    return gain / best if best else 0.0


def _ratio(over: Array, under: Array) -> Array:
    ratio: Array = np.divide(over, under, out=np.zeros_like(np.asarray(over, dtype=float)), where=np.asarray(under) > 0)
    return ratio

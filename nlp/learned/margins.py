"""Linear support vector machines over hashed features: one for each class against the rest, squared hinge loss.

They are trained by dual coordinate descent (Hsieh et al., ICML 2008). With some thousand short texts they do better
than logistic regression by steps (`nlp.learned.logistic`). Deterministic: one thread, a fixed seed, a fixed order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp.learned.hashing import Rows
from nlp.learned.linear import LinearModel

_SEED: Final = 20261128
_EPOCHS: Final = 40
_TOLERANCE: Final = 0.01
"""Passes over the examples at most, and the largest step of a pass after which there is none."""


def train(
    examples: Sequence[Rows],
    labels: Sequence[str],
    *,
    bits: int,
    cost: float,
    balance: float = 0.0,
    weights: Sequence[float] | None = None,
) -> LinearModel:
    """A model; `cost` is what an error costs against large weights, `weights` what each example counts, `balance` in
    [0, 1] how far rare classes are made to weigh as much as common ones."""
    classes = tuple(sorted(set(labels)))
    answers = np.array([classes.index(label) for label in labels])
    signs = np.where(answers[:, None] == np.arange(len(classes)), 1.0, -1.0)
    share = np.bincount(answers, minlength=len(classes)) / len(answers)
    each = (np.ones(len(labels)) if weights is None else np.asarray(weights)) * (
        1 / (share[answers] * len(classes))
    ) ** balance
    give = 1 / (2 * cost * each)
    scales = np.array([1 / np.sqrt(max(len(rows), 1)) for rows in examples])
    table = np.zeros((1 << bits, len(classes)))
    bias = np.zeros(len(classes))
    dual = np.zeros_like(signs)
    random = np.random.default_rng(_SEED)
    for _ in range(_EPOCHS):
        if _pass(random.permutation(len(examples)), examples, scales, signs, give, dual, table, bias) < _TOLERANCE:
            break
    return LinearModel(classes, table.astype(np.float32), bias.astype(np.float32))


def _pass(
    order: NDArray[np.int64],
    examples: Sequence[Rows],
    scales: NDArray[np.float64],
    signs: NDArray[np.float64],
    give: NDArray[np.float64],
    dual: NDArray[np.float64],
    table: NDArray[np.float64],
    bias: NDArray[np.float64],
) -> float:
    """Sets each example's dual variables to their best value in turn; the largest change of a gradient's share.

    A text's features have the length 1 together, and the bias is one more of them: the curvature is 2 and what errors
    may give.
    """
    largest = 0.0
    for number in order.tolist():
        rows = examples[number]
        score = bias + table[rows].sum(axis=0) * scales[number]
        slope = signs[number] * score - 1 + give[number] * dual[number]
        fresh = np.maximum(dual[number] - slope / (2 + give[number]), 0)
        step = fresh - dual[number]
        change = float(np.abs(step).max())
        if change < _TOLERANCE * 1e-2:
            continue
        largest = max(largest, change * (2 + give[number]))
        dual[number] = fresh
        step *= signs[number]
        bias += step
        table[rows] += step * scales[number]
    return largest

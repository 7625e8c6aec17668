"""Logistic regression by Newton's method (iteratively reweighted least squares; Hastie, Tibshirani and Friedman, The
Elements of Statistical Learning, 2009, 4.4.1), with a ridge, on standardised facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

RIDGE: Final = 1.0
STEPS: Final = 30
_CLOSE: Final = 1e-8

Matrix = npt.NDArray[np.float64]


class Scale(msgspec.Struct, frozen=True):
    """Mean and spread of each fact."""

    mean: tuple[float, ...]
    spread: tuple[float, ...]

    @classmethod
    def of(cls, facts: Sequence[Sequence[float]]) -> Scale:
        table = np.asarray(facts, dtype=float)
        return cls(tuple(map(float, table.mean(axis=0))), tuple(map(float, table.std(axis=0) + 1e-9)))

    def standard(self, facts: Sequence[Sequence[float]]) -> Matrix:
        """Facts as distances from the mean, in spreads: shape (rows, facts)."""
        return (np.asarray(facts, dtype=float) - self.mean) / self.spread


class Logistic(msgspec.Struct, frozen=True):
    """`weights` of standardised facts; `bias` is log odds."""

    weights: tuple[float, ...]
    bias: float

    def probabilities(self, rows: Matrix) -> list[float]:
        """One for each row of standardised facts, in (0, 1)."""
        return [float(one) for one in _sigmoid(rows @ np.asarray(self.weights) + self.bias)]


def fit(rows: Matrix, outcomes: Sequence[bool]) -> Logistic:
    """Learn from rows of standardised facts and whether each came true; both outcomes must occur."""
    truth = np.asarray(outcomes, dtype=float)
    rows = np.column_stack([rows, np.ones(len(rows))])
    ridge = RIDGE * np.eye(rows.shape[1])
    ridge[-1, -1] = 0.0
    weights = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        chance = _sigmoid(rows @ weights)
        slope = rows.T @ (truth - chance) - ridge @ weights
        curve = (rows * (chance * (1 - chance))[:, None]).T @ rows + ridge
        step = np.linalg.solve(curve, slope)
        weights += step
        if float(np.abs(step).max()) < _CLOSE:
            break
    found = [float(one) for one in weights]
    return Logistic(tuple(found[:-1]), found[-1])


def _sigmoid(odds: Matrix) -> Matrix:
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -30, 30))))

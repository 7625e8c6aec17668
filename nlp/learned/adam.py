"""AdamW (Loshchilov and Hutter, ICLR 2019) with warm-up, decline to zero, clipped slopes and averaged weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from nlp.learned.tape import Array, Weights

_FIRST, _SECOND, _TINY = np.float32(0.9), np.float32(0.98), np.float32(1e-8)
_WARM: Final = 0.08


class Adam:
    """Changes `weights` in place; `rates` holds the names that are trained and how fast."""

    def __init__(
        self, weights: Weights, rates: Mapping[str, float], steps: int, *, decay: float = 0.01, clip: float = 2.0,
        average: float = 0.99,
    ) -> None:  # fmt: skip
        self._weights, self._rates, self._steps = weights, rates, steps
        self._decay, self._clip, self._average = decay, clip, average
        self._means = {name: np.zeros_like(weights[name]) for name in rates}
        self._squares = {name: np.zeros_like(weights[name]) for name in rates}
        self.averaged: Weights = {name: weights[name].copy() for name in rates}
        self._done = 0

    def step(self, slopes: Mapping[str, Array]) -> None:
        """One step down the slopes; names that are not trained are passed over."""
        length = float(
            np.sqrt(sum(float(np.vdot(slopes[name], slopes[name])) for name in self._rates if name in slopes))
        )
        shrink = np.float32(min(1.0, self._clip / (length + 1e-6)))
        self._done += 1
        pace = self._pace()
        level, spread = 1 - _FIRST**self._done, 1 - _SECOND**self._done
        keep = min(self._average, self._done / (10 + self._done))
        for name, rate in self._rates.items():
            if name not in slopes:
                continue
            slope, mean, square = slopes[name] * shrink, self._means[name], self._squares[name]
            weight, fast = self._weights[name], np.float32(rate * pace)
            _near(mean, slope, 1 - _FIRST)
            slope *= slope
            _near(square, slope, 1 - _SECOND)
            step = np.divide(square, spread, out=slope)
            np.sqrt(step, out=step)
            step += _TINY
            np.divide(mean, step, out=step)
            step *= fast / level
            weight *= 1 - fast * np.float32(self._decay)
            weight -= step
            _near(self.averaged[name], weight, np.float32(1 - keep))

    def _pace(self) -> float:
        warm = max(1.0, _WARM * self._steps)
        rest = (self._steps - self._done) / max(1.0, self._steps - warm)
        return min(self._done / warm, max(0.02, rest))


def _near(values: Array, aim: Array, share: np.float32) -> None:
    """Moves values towards an aim by a share of the way."""
    values *= 1 - share
    values += share * aim

"""Linear classifiers over bags of hashed features, with probabilities that mean what they say."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp.learned.hashing import rows_of

Array = NDArray[np.float32]
_STEPS: Final = 127


class Reason(NamedTuple):
    """A feature and what it adds to the score of the class that was chosen."""

    feature: str
    weight: float


class LinearModel:
    """P(class | features) = softmax of the sums of the features' weights, over a temperature.

    `weights` has one row for each hashed feature and one column for each class; the sum is divided by
    the root of the number of features, so that long texts are no surer than short ones.
    """

    def __init__(self, classes: tuple[str, ...], weights: Array, bias: Array, temperature: float = 1.0) -> None:
        self.classes = classes
        self.weights = weights
        self.bias = bias
        self.temperature = temperature
        self.bits = len(weights).bit_length() - 1

    def probabilities(self, features: Iterable[str]) -> Array:
        """One probability for each class."""
        rows = rows_of(features, self.bits)
        total = self.bias + self.weights[rows].sum(axis=0) / np.sqrt(max(len(rows), 1))
        return softmax(total / self.temperature)

    def best(self, features: Iterable[str]) -> tuple[str, float]:
        """The likeliest class and its probability."""
        shares = self.probabilities(features)
        return self.classes[int(shares.argmax())], float(shares.max())

    def reasons(self, features: Iterable[str], name: str, limit: int = 5) -> list[Reason]:
        """The features that speak most for class `name` (against the mean of the others), strongest first."""
        names = sorted(set(features))
        column = self.classes.index(name)
        rows = [int(rows_of((feature,), self.bits)[0]) for feature in names]
        gains = self.weights[rows, column] - self.weights[rows].mean(axis=1)
        scale = np.sqrt(max(len(names), 1)) * self.temperature
        ranked = sorted(zip(gains.tolist(), names, strict=True), key=lambda pair: (-pair[0], pair[1]))
        return [Reason(feature, round(gain / scale, 4)) for gain, feature in ranked[:limit] if gain > 0]

    def packed(self) -> bytes:
        """The model as a file: weights in 8 bits, one scale for each class."""
        scale = np.maximum(np.abs(self.weights).max(axis=0), 1e-9) / _STEPS
        small = np.rint(self.weights / scale).astype(np.int8)
        file = BytesIO()
        np.savez_compressed(
            file, classes=np.array(self.classes), weights=small, scale=scale, bias=self.bias,
            temperature=np.float32(self.temperature),
        )  # fmt: skip
        return file.getvalue()

    @classmethod
    def unpacked(cls, data: bytes) -> LinearModel:
        with np.load(BytesIO(data), allow_pickle=False) as file:
            weights = file["weights"].astype(np.float32) * file["scale"].astype(np.float32)
            classes = tuple(str(name) for name in file["classes"])
            return cls(classes, weights, file["bias"].astype(np.float32), float(file["temperature"]))


def softmax(scores: Array) -> Array:
    """Over the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Array = powers / powers.sum(axis=-1, keepdims=True)
    return shares


@cache
def shipped(name: str) -> LinearModel:
    """A model of `nlp/data`, loaded once in a process."""
    return LinearModel.unpacked(files("nlp.data").joinpath(f"{name}.npz").read_bytes())

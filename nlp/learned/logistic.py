"""Multinomial logistic regression over hashed features: AdaGrad, averaged, then a temperature.

Deterministic: one thread, a fixed seed, the examples in a fixed order to begin with.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp.learned.hashing import Rows
from nlp.learned.linear import LinearModel, softmax

_SEED: Final = 20261127
_BATCH: Final = 32
FOLDS: Final = 5
_TEMPERATURES: Final = np.geomspace(0.25, 4, 33)


def train(
    examples: Sequence[Rows],
    labels: Sequence[str],
    *,
    bits: int,
    epochs: int = 20,
    rate: float = 0.3,
    decay: float = 1e-4,
    balance: float = 0.5,
) -> LinearModel:
    """A model; `balance` in [0, 1] is how far rare classes are made to weigh as much as common ones."""
    classes = tuple(sorted(set(labels)))
    answers = np.array([classes.index(label) for label in labels])
    share = np.bincount(answers, minlength=len(classes)) / len(answers)
    weight = (1 / (share * len(classes))) ** balance
    table = np.zeros((1 << bits, len(classes)))
    mean, squares = np.zeros_like(table), np.full_like(table, 1e-3)
    bias, bias_squares = np.zeros(len(classes)), np.full(len(classes), 1e-3)
    random = np.random.default_rng(_SEED)
    steps = 0
    for epoch in range(epochs):
        order = random.permutation(len(examples))
        for begin in range(0, len(order), _BATCH):
            chosen = order[begin : begin + _BATCH]
            lengths = np.array([max(len(examples[i]), 1) for i in chosen])
            rows = np.concatenate([examples[i] for i in chosen])
            owner = np.repeat(np.arange(len(chosen)), [len(examples[i]) for i in chosen])
            scores = np.zeros((len(chosen), len(classes)))
            np.add.at(scores, owner, table[rows])
            scores = bias + scores / np.sqrt(lengths)[:, None]
            error = softmax(scores)
            error[np.arange(len(chosen)), answers[chosen]] -= 1
            error *= weight[answers[chosen]][:, None]
            slope = (error / np.sqrt(lengths)[:, None])[owner] + decay * table[rows]
            np.add.at(squares, rows, slope**2)
            np.add.at(table, rows, -rate * slope / np.sqrt(squares[rows]))
            gradient = error.sum(axis=0)
            bias_squares += gradient**2
            bias -= rate * gradient / np.sqrt(bias_squares)
        if epoch >= epochs // 2:
            steps += 1
            mean += (table - mean) / steps
    return LinearModel(classes, mean.astype(np.float32), bias.astype(np.float32))


def scores_of(model: LinearModel, examples: Sequence[Rows]) -> NDArray[np.float32]:
    """Scores before the softmax, one row for each example."""
    return np.array([model.bias + model.weights[r].sum(axis=0) / np.sqrt(max(len(r), 1)) for r in examples])


def folds(count: int, number: int, draw: int = 0) -> list[NDArray[np.int64]]:
    """The examples' numbers in `number` parts of like size, drawn at random, in every `draw` otherwise."""
    return np.array_split(np.random.default_rng(_SEED + draw).permutation(count), number)


def temperature(scores: NDArray[np.float32], answers: NDArray[np.int64]) -> float:
    """That by which held-out scores are to be divided for their probabilities to be true (Guo et al., ICML 2017)."""

    def loss(value: float) -> float:
        return float(-np.log(softmax(scores / value)[np.arange(len(answers)), answers] + 1e-9).mean())

    return float(min(_TEMPERATURES, key=loss))


class HeldOut(NamedTuple):
    """What cross-validation answered: a class for each example, and the temperature its scores ask for."""

    given: list[str]
    temperature: float


def cross_validated(
    examples: Sequence[Rows], labels: Sequence[str], *, bits: int, balance: float, epochs: int = 20
) -> HeldOut:
    """Answers for every example from models that have not seen it (five folds)."""

    classes = tuple(sorted(set(labels)))
    scores = np.zeros((len(labels), len(classes)), dtype=np.float32)
    for held in folds(len(labels), FOLDS):
        chosen = np.setdiff1d(np.arange(len(labels)), held).tolist()
        model = train(
            [examples[i] for i in chosen], [labels[i] for i in chosen], bits=bits, balance=balance, epochs=epochs
        )
        columns = [classes.index(name) for name in model.classes]
        scores[np.ix_(held, np.array(columns))] = scores_of(model, [examples[i] for i in held])
    answers = np.array([classes.index(label) for label in labels])
    return HeldOut([classes[number] for number in scores.argmax(axis=1)], temperature(scores, answers))

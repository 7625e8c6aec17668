"""Linear classifiers over hashed features by least squares with squared weights: one for each class against the rest.

They are found from how alike the texts are, some thousand unknowns instead of some hundred thousand weights. What a
model without some of the texts would say of these follows from the same equations (the block of the inverse that
belongs to them), so that cross-validation by many draws of folds takes little more than one training.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp.learned.hashing import Rows
from nlp.learned.linear import LinearModel

Array = NDArray[np.float32]
Numbers = NDArray[np.int64]
_OFTEN: Final = 300
"""Features of more texts than this are multiplied as a matrix, of the others the pairs of texts are counted."""
_PAIRS: Final = 1_000_000
"""Pairs that are counted at once."""


class Terms(NamedTuple):
    """What an error costs against large weights, and in [0, 1] how far rare classes count as much as common ones."""

    cost: float
    balance: float = 0.0


class Lessons(NamedTuple):
    """Texts as hashed features, their classes, what each counts, and how alike they are (`likeness`)."""

    texts: Sequence[Rows]
    labels: Sequence[str]
    counts: Sequence[float]
    likeness: Array


def likeness(texts: Sequence[Rows]) -> Array:
    """Products of the texts' features, each text's of length one."""
    columns = np.concatenate(texts)
    owners = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    owners = owners[np.argsort(columns, kind="stable")]
    sizes = np.unique(columns, return_counts=True)[1]
    begins = np.cumsum(sizes) - sizes
    products = _shared(owners, begins, sizes, len(texts))
    products += products.T.copy()
    common = np.flatnonzero(sizes > _OFTEN)
    table = np.zeros((len(texts), len(common)), dtype=np.float32)
    for number, feature in enumerate(common):
        table[owners[begins[feature] : begins[feature] + sizes[feature]], number] = 1
    products += table @ table.T
    lengths = np.sqrt([max(len(text), 1) for text in texts]).astype(np.float32)
    products[np.diag_indices(len(texts))] = lengths**2
    products /= lengths
    products /= lengths[:, None]
    return products


def _shared(owners: Numbers, begins: Numbers, sizes: Numbers, count: int) -> Array:
    """How many of the features that are not common each text shares with each later one; a feature's texts are
    `owners`, in order, from its begin on."""
    found = np.zeros(count * count, dtype=np.float32)
    for size in range(2, _OFTEN + 1):
        first, second = np.triu_indices(size, 1)
        chosen = begins[sizes == size]
        for some in np.array_split(chosen, 1 + len(chosen) * len(first) // _PAIRS):
            texts = owners[some[:, None] + np.arange(size)]
            np.add.at(found, (texts[:, first] * count + texts[:, second]).reshape(-1), np.float32(1))
    return found.reshape(count, count)


def train(lessons: Lessons, terms: Terms, *, bits: int) -> LinearModel:
    """A model of 2**`bits` weights for each class, the same for the same lessons."""
    classes, matrix, signs = _equations(lessons, terms)
    shares = np.linalg.solve(matrix.astype(np.float64), signs)
    table = np.zeros((1 << bits, len(classes)))
    for text, share in zip(lessons.texts, shares, strict=True):
        table[text] += share / np.sqrt(max(len(text), 1))
    return LinearModel(classes, table.astype(np.float32), shares.sum(axis=0).astype(np.float32))


def left_out(lessons: Lessons, terms: Terms, draws: Sequence[Sequence[Numbers]]) -> list[Array]:
    """For each draw of folds the scores (texts, classes in order) of the first texts, those that the folds hold by
    number, each from a model of all lessons but its fold. What classes count is by the shares of all lessons."""
    classes, matrix, signs = _equations(lessons, terms)
    own = sum(len(fold) for fold in draws[0])
    told = np.linalg.solve(matrix[own:, own:], np.hstack([matrix[own:, :own], signs[own:]]))
    rest = matrix[:own, :own] - matrix[:own, own:] @ told[:, :own]
    inverse = np.linalg.inv(rest.astype(np.float64))
    weights = inverse @ (signs[:own] - matrix[:own, own:] @ told[:, own:])
    found = []
    for draw in draws:
        scores = np.zeros((own, len(classes)), dtype=np.float32)
        for fold in draw:
            scores[fold] = signs[fold] - np.linalg.solve(inverse[np.ix_(fold, fold)], weights[fold])
        found.append(scores)
    return found


def _equations(lessons: Lessons, terms: Terms) -> tuple[tuple[str, ...], Array, Array]:
    """The classes in order, and what is to be solved: a matrix, and 1 or -1 for each text and class."""
    classes = tuple(sorted(set(lessons.labels)))
    answers = np.array([classes.index(label) for label in lessons.labels])
    share = np.bincount(answers, minlength=len(classes)) / len(answers)
    counts = np.asarray(lessons.counts) * (1 / (share[answers] * len(classes))) ** terms.balance
    matrix = lessons.likeness + np.float32(1)
    matrix[np.diag_indices(len(answers))] += (1 / (terms.cost * counts)).astype(np.float32)
    return classes, matrix, np.where(answers[:, None] == np.arange(len(classes)), 1, -1).astype(np.float32)

"""Trains the ranking of Chinese keyphrases on works with their authors' keywords.

A softmax over the phrases of a work, whose mass is to lie on its keywords (ListNet with binary relevance, Cao et al.,
ICML 2007); AdaGrad, averaged. Deterministic.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
import rjieba

from nlp.keyphrases.candidates import Block
from nlp.keyphrases.chinese import BITS, folded, phrases_of, score_of, spread, weighed
from nlp.learned.linear import LinearModel
from nlp.learned.logistic import FOLDS, folds

_SEED: Final = 20261128
_EPOCHS: Final = 16
_BATCH: Final = 16
_RATE: Final = 0.1
_DECAY: Final = 3e-3
_LONGEST: Final = 4
"""Words of what is counted in titles."""


class Lesson(NamedTuple):
    """The phrases of a work, their features one after the other with the number of the phrase, and which of them are
    its keywords."""

    keys: list[str]
    rows: np.ndarray[tuple[int], np.dtype[np.int64]]
    owner: np.ndarray[tuple[int], np.dtype[np.int64]]
    right: np.ndarray[tuple[int], np.dtype[np.bool_]]


def lesson(blocks: Sequence[Block], keywords: Iterable[str]) -> Lesson:
    """Of one work."""
    found = list(weighed(blocks))
    wanted = {folded(word) for word in keywords}
    sizes = [len(one.rows) for one in found]
    rows = np.concatenate([one.rows for one in found]) if found else np.zeros(0, dtype=np.int64)
    keys = [one.key for one in found]
    return Lesson(keys, rows, np.repeat(np.arange(len(found)), sizes), np.array([key in wanted for key in keys], bool))


def trained(lessons: Sequence[Lesson]) -> LinearModel:
    """A model whose scores are log-odds; works none of whose keywords stand in the text teach nothing."""
    given = [one for one in lessons if one.right.any()]
    weights = _fitted(given)
    scores = np.concatenate([np.bincount(one.owner, weights[one.rows], len(one.keys)) for one in given])
    slope, bias = _calibrated(scores, np.concatenate([one.right for one in given]))
    table = weights.astype(np.float32).reshape(-1, 1)
    return LinearModel(("keyphrase",), table, np.array([bias / slope], dtype=np.float32), temperature=1 / slope)


def _fitted(given: Sequence[Lesson]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    weights, squares = np.zeros(1 << BITS), np.full(1 << BITS, 1e-2)
    mean, steps = np.zeros(1 << BITS), 0
    random = np.random.default_rng(_SEED)
    for epoch in range(_EPOCHS):
        order = random.permutation(len(given))
        for begin in range(0, len(order), _BATCH):
            slope = _DECAY * weights
            for number in order[begin : begin + _BATCH]:
                one = given[number]
                scores = np.bincount(one.owner, weights[one.rows], len(one.keys))
                shares = np.exp(scores - scores.max())
                error = shares / shares.sum() - one.right / one.right.sum()
                slope += np.bincount(one.rows, error[one.owner], 1 << BITS) / _BATCH
            squares += slope**2
            weights -= _RATE * slope / np.sqrt(squares)
        if epoch >= _EPOCHS // 2:
            steps += 1
            mean += (weights - mean) / steps
    return mean


def _calibrated(
    scores: np.ndarray[tuple[int], np.dtype[np.float64]], right: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> tuple[float, float]:
    """Slope and intercept of the log-odds by the score (Platt, 1999; Newton's method)."""
    table = np.column_stack([scores, np.ones(len(scores))])
    found = np.array([1.0, -3.0])
    for _ in range(25):
        shares = 1 / (1 + np.exp(-table @ found))
        curve = (table * (shares * (1 - shares))[:, None]).T @ table + 1e-6 * np.eye(2)
        found -= np.linalg.solve(curve, table.T @ (shares - right))
    return max(float(found[0]), 1e-3), float(found[1])


def best(model: LinearModel, one: Lesson, most: int) -> list[str]:
    """The first phrases of a work, as `chinese.rank` has them."""
    parts = np.split(one.rows, np.cumsum(np.bincount(one.owner, minlength=len(one.keys)))[:-1])
    scores = spread({key: score_of(model, rows) for key, rows in zip(one.keys, parts, strict=True)} if one.keys else {})
    return sorted(scores, key=lambda key: -scores[key])[:most]


def cross_validated(lessons: Sequence[Lesson], most: int) -> list[list[str]]:
    """The first phrases of each work by a model that has not seen it (five folds)."""
    answers: list[list[str]] = [[] for _ in lessons]
    for held in folds(len(lessons), FOLDS):
        rest = np.setdiff1d(np.arange(len(lessons)), held)
        model = LinearModel.unpacked(trained([lessons[i] for i in rest]).packed())
        for number in held:
            answers[number] = best(model, lessons[number], most)
    return answers


def title_words(titles: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Words and short runs of words that stand in two titles or more, with in how many."""
    counts: Counter[str] = Counter()
    for title in titles:
        words = rjieba.cut(title)
        counts.update({
            folded("".join(words[first : last + 1]))
            for first, last in phrases_of(words)
            if last - first < _LONGEST
        })  # fmt: skip
    return ((words, count) for words, count in sorted(counts.items()) if count > 1 and len(words) < 15)

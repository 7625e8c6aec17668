"""A subject indexer: learns from works with subjects, and proposes terms of the same vocabulary for others.

Three witnesses speak for a term: it stands in the text (whole or in part), works like this one carry it (nearest
neighbours), and the words of the text go with it (ridge regression on the kernel of the works). A logistic
function learned on the training works themselves, each judged without itself, weighs what they say; it is what
Maui and Annif's fusion learn in two steps (Medelyan 2009; Suominen, LIBER Quarterly 2019). numpy only.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp.subjects.lexical import Standing, Terms
from nlp.subjects.vectors import Space, Text, bag

MOST_WORKS: Final = 6_000
"""Training works that the kernel takes; of more, an even sample."""
_NEAREST: Final = 25
_RIDGE: Final = 1.0
_BY_KERNEL: Final = 40
_BY_NEIGHBOURS: Final = 30
_COVERED: Final = 0.75
_TOP: Final = 8
_PRIOR: Final = (0.3, 1.5)
"""Added to (hits, chances) of a term that stands in a text being one of its subjects."""
Array = NDArray[np.float64]


class Example(NamedTuple):
    """A work with its subjects (numbers of terms)."""

    text: Text
    subjects: frozenset[int]


class Suggestion(NamedTuple):
    """A term, how likely it is a subject, and what each witness adds to the log-odds."""

    term: int
    probability: float
    reasons: Mapping[str, float]


_FACTS: Final = (
    "kernel", "kernel rank", "kernel place", "neighbours", "neighbours rank", "stands", "in title", "early", "covered",
    "all words", "rarest word", "one word", "two words", "long", "known", "unknown", "taken before",
    "stands, taken before", "stands, known", "kernel and stands", "kernel share", "stands, unknown",
    "in title, unknown", "goes with", "stands, long",
)  # fmt: skip
_WITNESS: Final = {"kernel": "words", "neighbours": "similar works", "goes with": "similar works"}


class Indexer:
    """Trained by `train`; `suggest` is safe to call from several threads."""

    def __init__(self, labels: Sequence[Sequence[str]], examples: Sequence[Example], language: str = "en") -> None:
        """`labels` of each term, by number. Training takes the cube of the works: 1,000 take seconds."""
        step = max(1, math.ceil(len(examples) / MOST_WORKS))
        kept = list(examples[::step])
        bags = [bag(example.text) for example in kept]
        self._space = Space.of(bags)
        self._works = self._space.matrix(bags)
        frequency = Counter(name for one in bags for name in one if " " not in name)
        self._terms = Terms(labels, frequency, len(kept), language)
        self._subjects = np.zeros((len(kept), len(labels)), dtype=np.float32)
        for row, example in enumerate(kept):
            self._subjects[row, list(example.subjects)] = 1.0
        self._known = self._subjects.sum(axis=0)
        self._together = self._subjects.T @ self._subjects
        standing = [self._terms.standing(example.text) for example in kept]
        self._chances: Counter[int] = Counter(t for here in standing for t, one in here.items() if one.times)
        self._hits: Counter[int] = Counter(
            t
            for here, e in zip(standing, kept, strict=True)
            for t, one in here.items()
            if one.times and t in e.subjects
        )
        self._learn(standing)

    def _learn(self, standing: Sequence[Mapping[int, Standing]]) -> None:
        likeness = self._works @ self._works.T
        inverse = np.linalg.inv(likeness + _RIDGE * np.eye(len(likeness), dtype=np.float32))
        self._kernel = (inverse @ self._subjects).astype(np.float32)
        without = (self._subjects - self._kernel / np.diag(inverse)[:, None]).astype(np.float32)
        rows, answers = [], []
        for row, here in enumerate(standing):
            near = likeness[row].copy()
            near[row] = -1.0
            terms, facts = self._facts(without[row], self._neighbours(near), here, self._subjects[row])
            rows.append(facts)
            answers.append(self._subjects[row, terms])
        table, answer = np.vstack(rows), np.concatenate(answers).astype(float)
        self._mean, self._spread = table.mean(axis=0), table.std(axis=0) + 1e-6
        self._weights = _fitted((table - self._mean) / self._spread, answer)

    def suggest(self, text: Text, limit: int = 10) -> list[Suggestion]:
        """The likeliest terms, best first."""
        places, values = self._space.vector(bag(text))
        likeness = self._works[:, places] @ values
        kernel = (likeness @ self._kernel).astype(np.float32)
        terms, facts = self._facts(kernel, self._neighbours(likeness), self._terms.standing(text), None)
        parts = (facts - self._mean) / self._spread * self._weights[1:]
        scores = self._weights[0] + parts.sum(axis=1)
        best = np.argsort(-scores, kind="stable")[:limit]
        return [Suggestion(int(terms[n]), float(1 / (1 + math.exp(-scores[n]))), _reasons(parts[n])) for n in best]

    def _neighbours(self, likeness: NDArray[np.float32]) -> NDArray[np.float32]:
        """Term → likeness of the nearest works that carry it, added up."""
        count = min(_NEAREST, len(likeness))
        near = np.argpartition(-likeness, count - 1)[:count]
        sums: NDArray[np.float32] = np.maximum(likeness[near], 0.0) @ self._subjects[near]
        return sums

    def _facts(
        self, kernel: NDArray[np.float32], neighbours: NDArray[np.float32], here: Mapping[int, Standing],
        own: NDArray[np.float32] | None,
    ) -> tuple[NDArray[np.int64], Array]:  # fmt: skip
        """(terms, facts on each); `own` are the work's subjects where it is itself a training work."""
        by_kernel, by_neighbours = np.argsort(-kernel, kind="stable"), np.argsort(-neighbours, kind="stable")
        chosen = {*by_kernel[:_BY_KERNEL].tolist(), *by_neighbours[:_BY_NEIGHBOURS].tolist()}
        chosen |= {term for term, one in here.items() if one.times or one.covered > _COVERED}
        terms = np.array(sorted(chosen), dtype=np.int64)
        place, next_place = np.empty(len(kernel), int), np.empty(len(kernel), int)
        place[by_kernel] = next_place[by_neighbours] = np.arange(len(kernel))
        top = by_kernel[:_TOP]
        best = float(kernel[top[0]]) or 1.0
        facts = []
        for term in terms.tolist():
            mine = 0.0 if own is None else float(own[term])
            one = here.get(term, Standing(0, False, 1.0, 0.0, 0))
            known = float(self._known[term]) - mine
            with_top = self._together[term, top] - (0.0 if own is None or not mine else own[top])
            goes = float((kernel[top] * with_top)[top != term].sum()) / (1 + known)
            counted = own is not None and one.times > 0
            taken = (self._hits[term] - mine * counted + _PRIOR[0]) / (self._chances[term] - counted + _PRIOR[1])
            facts.append(
                _row(float(kernel[term]), int(place[term]), float(neighbours[term]), int(next_place[term]), one,
                     self._terms.lengths[term], known, taken, goes, best)
            )  # fmt: skip
        return terms, np.array(facts, dtype=float)


def _row(
    kernel: float, place: int, neighbours: float, next_place: int, one: Standing, words: int, known: float,
    taken: float, goes: float, best: float,
) -> list[float]:  # fmt: skip
    """The facts on one term, in the order of _FACTS."""
    stands, unknown = float(one.times > 0), float(known == 0)
    return [
        kernel, 1 / (1 + place), math.log1p(place), neighbours, 1 / (1 + next_place), math.log1p(one.times),
        float(one.in_title), stands * (1 - one.first), one.covered, float(one.covered > 0.999), math.log1p(one.least),
        float(words == 1), float(words == 2), float(words > 2), math.log1p(known), unknown, taken, stands * taken,
        stands * math.log1p(known), kernel * stands, kernel / best, unknown * stands, unknown * one.in_title, goes,
        stands * (words > 1),
    ]  # fmt: skip


def _reasons(parts: Array) -> dict[str, float]:
    sums: dict[str, float] = {}
    for name, part in zip(_FACTS, parts.tolist(), strict=True):
        witness = _WITNESS.get(name.split(" ")[0], "similar works" if name == "goes with" else "the text itself")
        sums[witness] = sums.get(witness, 0.0) + part
    return {name: round(value, 3) for name, value in sums.items()}


def _fitted(rows: Array, answers: Array) -> Array:
    """Weights of a logistic regression with a ridge (Newton's method), the bias first."""
    table = np.hstack([np.ones((len(rows), 1)), rows])
    weights = np.zeros(table.shape[1])
    ridge = np.full(table.shape[1], 1.0)
    for _ in range(25):
        shares = 1 / (1 + np.exp(-np.clip(table @ weights, -30, 30)))
        slope = table.T @ (shares - answers) + ridge * weights
        curve = (table * (shares * (1 - shares))[:, None]).T @ table + np.diag(ridge)
        weights -= np.linalg.solve(curve, slope)
    return weights

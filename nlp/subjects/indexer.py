"""A subject indexer: learns from works with subjects, and proposes terms of the same vocabulary for others.

Four witnesses speak for a term: it stands in the text (whole or in part), works like this one carry it (nearest
neighbours), the words of the text go with it (ridge regression on the kernel of the works), and they go with the words
that terms are made of, which speaks for terms that no work carries yet. A logistic
function learned on the training works themselves, each judged without itself, weighs what they say; it is what
Maui and Annif's fusion learn in two steps (Medelyan 2009; Suominen, LIBER Quarterly 2019). numpy only.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from nlp.subjects.lexical import Standing, Terms
from nlp.subjects.vectors import Postings, Space, Text, bag, stems
from ontology.errors import VocabularyError
from ontology.files import write_whole

MOST_WORKS: Final = 4_000
"""Training works that the kernel takes; of more, an even sample."""
_FORMAT: Final = 1
_AGAIN: Final = "train it again"
_FEW, _NEAREST, _MANY = 5, 25, 100
_RIDGE: Final = 1.0
_BY_KERNEL: Final = 40
_BY_NEIGHBOURS: Final = 30
_BY_PIECES: Final = 20
_MOST_PIECES: Final = 6
_ABSENT: Final = Standing(0, False, 1.0, 0.0, 0)
_COVERED: Final = 0.75
_TOP: Final = 8
_PRIOR: Final = (0.3, 1.5)
"""Added to (hits, chances) of a term that stands in a text being one of its subjects."""
Array = NDArray[np.float64]
Vector = NDArray[np.float32]


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
    "parts", "parts least", "parts place", "neighbours few", "neighbours many", "kernel best", "neighbours best",
    "kernel", "kernel rank", "kernel place", "neighbours", "neighbours rank", "stands", "in title", "early", "covered",
    "all words", "rarest word", "one word", "two words", "long", "known", "unknown", "taken before",
    "stands, taken before", "stands, known", "kernel and stands", "kernel share", "stands, unknown",
    "in title, unknown", "goes with", "stands, long",
)  # fmt: skip
_WITNESS: Final = {"kernel": "words", "parts": "words", "neighbours": "similar works", "goes": "similar works"}


class _Kept(msgspec.Struct, frozen=True):
    """An indexer as it is written to disk; bytes are little-endian numpy arrays, matrices with a row for each work."""

    format: int
    language: str
    labels: list[list[str]]
    stems: dict[str, int]
    features: list[str]
    idf: bytes
    first: bytes
    works: bytes
    values: bytes
    subjects: bytes
    chances: bytes
    hits: bytes
    kernel: bytes
    piece_kernel: bytes
    weights: bytes


class Indexer:
    """Made by `train` or `load`; `suggest` is safe to call from several threads."""

    def __init__(self, kept: _Kept) -> None:
        self._kept = kept
        self._space = Space(dict(zip(kept.features, _floats(kept.idf).tolist(), strict=True)))
        first, works = np.frombuffer(kept.first, "<i8"), np.frombuffer(kept.works, "<i4")
        self._subjects = np.frombuffer(kept.subjects, "u1").reshape(-1, len(kept.labels)).astype(np.float32)
        count = len(self._subjects)
        self._postings = Postings(first, works, _floats(kept.values), count)
        self._terms = Terms(kept.labels, kept.stems, count, kept.language)
        self._lengths = np.array(self._terms.lengths)
        self._pieces = _Pieces(kept.labels, kept.language)
        self._known = self._subjects.sum(axis=0)
        self._together = self._subjects.T @ self._subjects
        self._chances, self._hits = _floats(kept.chances), _floats(kept.hits)
        self._kernel = _floats(kept.kernel).reshape(count, -1)
        self._piece_kernel = _floats(kept.piece_kernel).reshape(count, -1)
        self._mean, self._spread, self._weights = np.split(
            np.frombuffer(kept.weights, "<f8"), [len(_FACTS), -len(_FACTS) - 1]
        )

    @classmethod
    def train(cls, labels: Sequence[Sequence[str]], examples: Sequence[Example], language: str = "en") -> Indexer:
        """`labels` of each term, by number. Training takes the cube of the works: 1,000 take seconds."""
        step = max(1, math.ceil(len(examples) / MOST_WORKS))
        used = list(examples[::step])
        bags = [bag(example.text) for example in used]
        space = Space.of(bags)
        vectors = [space.vector(one) for one in bags]
        postings = Postings.of(vectors, len(space.names))
        subjects = np.zeros((len(used), len(labels)), dtype=np.float32)
        for row, example in enumerate(used):
            subjects[row, list(example.subjects)] = 1.0
        frequency = Counter(name for one in bags for name in one if " " not in name)
        terms = Terms(labels, frequency, len(used), language)
        standing = [terms.standing(example.text) for example in used]
        chances, hits = _taken(standing, subjects)
        likeness = np.stack([postings.likeness(*vector) for vector in vectors])
        inverse = np.linalg.inv(likeness + _RIDGE * np.eye(len(likeness), dtype=np.float32)).astype(np.float32)
        kernel, without = _ridge(inverse, subjects)
        piece_kernel, pieces = _ridge(inverse, _Pieces(labels, language).of(subjects))
        kept = _Kept(
            format=_FORMAT, language=language, labels=[list(names) for names in labels], stems=terms.works,
            features=space.names, idf=_bytes(space.idf), first=postings.first.tobytes(), works=postings.works.tobytes(),
            values=_bytes(postings.values), subjects=subjects.astype("u1").tobytes(), chances=_bytes(chances),
            hits=_bytes(hits), kernel=_bytes(kernel), piece_kernel=_bytes(piece_kernel),
            weights=np.ones(3 * len(_FACTS) + 1).tobytes(),
        )  # fmt: skip
        return cls(kept)._weighed(likeness, without, pieces, standing)

    def save(self, path: Path) -> None:
        write_whole(path, msgspec.msgpack.encode(self._kept))

    @classmethod
    def load(cls, path: Path) -> Indexer:
        """VocabularyError where the file is damaged or of another version."""
        try:
            kept = msgspec.msgpack.decode(path.read_bytes(), type=_Kept)
        except msgspec.DecodeError as error:
            raise VocabularyError("the model of topics cannot be read", place=str(path), hint=_AGAIN) from error
        if kept.format != _FORMAT:
            raise VocabularyError("the model of topics is of another version", place=str(path), hint=_AGAIN)
        return cls(kept)

    def _weighed(
        self, likeness: Vector, kernel: Vector, pieces: Vector, standing: Sequence[Mapping[int, Standing]]
    ) -> Indexer:
        """With the weights that the witnesses deserve on the training works, each judged without itself."""
        rows, answers = [], []
        for row, here in enumerate(standing):
            near = likeness[row].copy()
            near[row] = -1.0
            terms, facts = self._facts(kernel[row], pieces[row], near, here, self._subjects[row])
            rows.append(facts)
            answers.append(self._subjects[row, terms])
        table, answer = np.vstack(rows), np.concatenate(answers).astype(float)
        mean, spread = table.mean(axis=0), table.std(axis=0) + 1e-6
        weights = np.concatenate([mean, spread, _fitted((table - mean) / spread, answer)])
        return Indexer(msgspec.structs.replace(self._kept, weights=weights.tobytes()))

    def suggest(self, text: Text, limit: int = 10) -> list[Suggestion]:
        """The likeliest terms, best first."""
        places, values = self._space.vector(bag(text))
        likeness = self._postings.likeness(places, values)
        kernel = (likeness @ self._kernel).astype(np.float32)
        pieces = (likeness @ self._piece_kernel).astype(np.float32)
        terms, facts = self._facts(kernel, pieces, likeness, self._terms.standing(text), None)
        parts = (facts - self._mean) / self._spread * self._weights[1:]
        scores = self._weights[0] + parts.sum(axis=1)
        best = np.argsort(-scores, kind="stable")[:limit]
        return [Suggestion(int(terms[n]), float(1 / (1 + math.exp(-scores[n]))), _reasons(parts[n])) for n in best]

    def _neighbours(self, likeness: Vector, count: int) -> Vector:
        """Term → likeness of the nearest works that carry it, added up."""
        count = min(count, len(likeness))
        near = np.argpartition(-likeness, count - 1)[:count]
        sums: Vector = np.maximum(likeness[near], 0.0) @ self._subjects[near]
        return sums

    def _facts(
        self, kernel: Vector, pieces: Vector, likeness: Vector, here: Mapping[int, Standing], own: Vector | None
    ) -> tuple[NDArray[np.int64], Array]:
        """(terms, facts on each, in the order of _FACTS); `own` are the work's subjects where it is itself a training
        work: what it says of itself is left out."""
        few, near, many = (self._neighbours(likeness, count) for count in (_FEW, _NEAREST, _MANY))
        mean, least = self._pieces.scores(pieces)
        kernel_place, near_place, piece_place = (_places(scores) for scores in (kernel, near, least))
        chosen = (kernel_place < _BY_KERNEL) | (near_place < _BY_NEIGHBOURS) | (piece_place < _BY_PIECES)
        chosen[[term for term, one in here.items() if one.times or one.covered > _COVERED]] = True
        terms = np.flatnonzero(chosen)
        mine = np.zeros(len(terms)) if own is None else own[terms].astype(float)
        stand = np.array([here.get(term, _ABSENT) for term in terms.tolist()], dtype=float).reshape(-1, 5)
        times, title, first, covered, rarest = stand.T
        stands, words = (times > 0).astype(float), self._lengths[terms]
        known = self._known[terms] - mine
        unknown, counted = (known == 0).astype(float), stands * (own is not None)
        taken = (self._hits[terms] - mine * counted + _PRIOR[0]) / (self._chances[terms] - counted + _PRIOR[1])
        goes = self._goes(terms, kernel, mine, own) / (1 + known)
        best = float(kernel.max()) or 1.0
        many_known = np.log1p(known)
        facts = [
            mean[terms], least[terms], 1 / (1 + piece_place[terms]), few[terms], many[terms],
            np.full(len(terms), best), np.full(len(terms), near.max()),
            kernel[terms], 1 / (1 + kernel_place[terms]), np.log1p(kernel_place[terms]), near[terms],
            1 / (1 + near_place[terms]), np.log1p(times), title, stands * (1 - first), covered, covered > 0.999,
            np.log1p(rarest), words == 1, words == 2, words > 2, many_known, unknown, taken, stands * taken,
            stands * many_known, kernel[terms] * stands, kernel[terms] / best, unknown * stands, unknown * title, goes,
            stands * (words > 1),
        ]  # fmt: skip
        return terms, np.stack(facts, axis=1).astype(float)

    def _goes(self, terms: NDArray[np.int64], kernel: Vector, mine: Array, own: Vector | None) -> Array:
        """How often each term goes with those that the words speak for most."""
        top = np.argsort(-kernel, kind="stable")[:_TOP]
        with_top = self._together[np.ix_(terms, top)].astype(float)
        if own is not None:
            with_top -= mine[:, None] * own[top]
        sums: Array = (np.where(terms[:, None] == top, 0.0, with_top) * kernel[top]).sum(axis=1)
        return sums


def _taken(standing: Sequence[Mapping[int, Standing]], subjects: Vector) -> tuple[Vector, Vector]:
    """Of each term in how many works it stands, and in how many of those it is a subject."""
    chances, hits = np.zeros((2, subjects.shape[1]), dtype=np.float32)
    for row, here in enumerate(standing):
        whole = [term for term, one in here.items() if one.times]
        chances[whole] += 1
        hits[whole] += subjects[row, whole]
    return chances, hits


def _bytes(array: NDArray[np.floating]) -> bytes:
    return array.astype("<f4").tobytes()


def _floats(held: bytes) -> Vector:
    return np.frombuffer(held, "<f4")


class _Pieces:
    """The words that terms are made of."""

    def __init__(self, labels: Sequence[Sequence[str]], language: str) -> None:
        words = [tuple(dict.fromkeys(stems(names[0], language)))[:_MOST_PIECES] if names else () for names in labels]
        numbers = {word: number for number, word in enumerate(sorted({word for one in words for word in one}))}
        self._size = len(numbers)
        # Terms shorter than the longest are filled up with a piece that is always there.
        self._table = np.full((len(labels), _MOST_PIECES), len(numbers), dtype=np.int64)
        for term, one in enumerate(words):
            self._table[term, : len(one)] = [numbers[word] for word in one]
        self._counts = np.maximum(1, (self._table < len(numbers)).sum(axis=1))

    def of(self, subjects: Vector) -> Vector:
        """Which works (rows) have a subject with which word."""
        found = np.zeros((len(subjects), self._size), dtype=np.float32)
        for row, one in enumerate(subjects):
            pieces = self._table[np.flatnonzero(one)].ravel()
            found[row, pieces[pieces < self._size]] = 1.0
        return found

    def scores(self, pieces: Vector) -> tuple[Vector, Vector]:
        """Of each term the mean and the least of what its words score."""
        sums = np.append(pieces, 0.0)[self._table].sum(axis=1) / self._counts
        least = np.append(pieces, np.float32(np.inf))[self._table].min(axis=1)
        return sums, np.where(np.isfinite(least), least, 0.0)


def proposed(suggestions: Sequence[Suggestion], most: int) -> list[Suggestion]:
    """As many of the first, at most `most`, as the expected F1 is best with (Nan et al., ICML 2012)."""
    expected = sum(one.probability for one in suggestions)
    right, best, cut = 0.0, -1.0, 0
    for count, one in enumerate(suggestions[:most], 1):
        right += one.probability
        if (value := 2 * right / (count + expected)) > best:
            best, cut = value, count
    return list(suggestions[:cut])


def _ridge(inverse: Vector, answers: Vector) -> tuple[Vector, Vector]:
    """(Weights of the training works, what each of them would be answered without itself), in closed form."""
    weights = (inverse @ answers).astype(np.float32)
    return weights, (answers - weights / np.diag(inverse)[:, None]).astype(np.float32)


def _places(scores: Vector) -> NDArray[np.int64]:
    places = np.empty(len(scores), dtype=np.int64)
    places[np.argsort(-scores, kind="stable")] = np.arange(len(scores))
    return places


def _reasons(parts: Array) -> dict[str, float]:
    sums: dict[str, float] = {}
    for name, part in zip(_FACTS, parts.tolist(), strict=True):
        witness = _WITNESS.get(name.split(" ")[0], "the text itself")
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

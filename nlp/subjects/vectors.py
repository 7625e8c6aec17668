"""Works as bags of stems and pairs of stems, and as vectors of them (tf-idf, unit length)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from Stemmer import Stemmer

from nlp.lexicon import rows
from nlp.normalise import fold_label

TITLE: Final = 3.0
"""A word of the title counts as so many in the abstract."""
_LEAST_WORKS: Final = 2
MOST_FEATURES: Final = 60_000
Vector = NDArray[np.float32]


class Text(NamedTuple):
    """What is read of a work; `language` chooses the stemmer."""

    title: str
    abstract: str
    language: str = "en"


def stems(text: str, language: str = "en") -> list[str]:
    """Stems of the folded words; the words themselves where there is no stemmer for the language."""
    words = list(fold_label(text))
    stemmer = _stemmer(language)
    return stemmer.stemWords(words) if stemmer else words


@cache
def _stemmer(language: str) -> Stemmer | None:
    names = {"en": "english", "de": "german", "fr": "french", "es": "spanish", "fi": "finnish", "sv": "swedish"}
    return Stemmer(names[language]) if language in names else None


def bag(text: Text) -> dict[str, float]:
    """Stem, or pair of stems, → weighted count; function words left out."""
    counts: Counter[str] = Counter()
    for part, weight in ((text.title, TITLE), (text.abstract, 1.0)):
        words = stems(part, text.language)
        for number, word in enumerate(words):
            if len(word) > 1 and word not in _plain():
                counts[word] += weight  # type: ignore[assignment]
                after = words[number + 1] if number + 1 < len(words) else ""
                if after and after not in _plain():
                    counts[f"{word} {after}"] += weight  # type: ignore[assignment]
    return dict(counts)


@cache
def _plain() -> frozenset[str]:
    return frozenset(row[0] for row in rows("function_words.txt"))


class Space:
    """The features that count, with their inverse document frequencies."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self.names = list(weights)
        self._places = {name: place for place, name in enumerate(self.names)}
        self.idf = np.array(list(weights.values()), dtype=np.float32)

    @classmethod
    def of(cls, bags: Sequence[Mapping[str, float]]) -> Space:
        """Of training works: features that at least two have, the commonest where there are too many."""
        works = Counter(name for one in bags for name in one)
        kept = [(name, n) for name, n in works.most_common() if n >= min(_LEAST_WORKS, len(bags))][:MOST_FEATURES]
        return cls({name: math.log(1 + len(bags) / n) for name, n in sorted(kept)})

    def vector(self, one: Mapping[str, float]) -> tuple[NDArray[np.int64], Vector]:
        """(places, values) of the features that are not 0; values of length one."""
        pairs = [(place, count) for name, count in one.items() if (place := self._places.get(name)) is not None]
        places = np.array([place for place, _ in pairs], dtype=np.int64)
        values = (1 + np.log(np.array([count for _, count in pairs] or [1.0], dtype=np.float32)))[: len(pairs)]
        values = values * self.idf[places]
        length = float(np.linalg.norm(values)) or 1.0
        return places, (values / length).astype(np.float32)


class Postings:
    """Vectors of works by feature: whatever has none of a text's features is never looked at."""

    def __init__(self, first: NDArray[np.int64], works: NDArray[np.int32], values: Vector, count: int) -> None:
        """Entries of feature i are numbers first[i] to first[i + 1]; `count` works."""
        self.first, self.works, self.values, self.count = first, works, values, count

    @classmethod
    def of(cls, vectors: Sequence[tuple[NDArray[np.int64], Vector]], features: int) -> Postings:
        places = np.concatenate([places for places, _ in vectors] or [np.zeros(0, np.int64)])
        values = np.concatenate([values for _, values in vectors] or [np.zeros(0, np.float32)])
        works = np.repeat(np.arange(len(vectors), dtype=np.int32), [len(places) for places, _ in vectors])
        order = np.argsort(places, kind="stable")
        first = np.searchsorted(places[order], np.arange(features + 1))
        return cls(first.astype(np.int64), works[order], values[order].astype(np.float32), len(vectors))

    def likeness(self, places: NDArray[np.int64], values: Vector) -> Vector:
        """Cosine of a vector and each work."""
        sums = np.zeros(self.count, dtype=np.float32)
        for place, value in zip(places.tolist(), values.tolist(), strict=True):
            here = slice(self.first[place], self.first[place + 1])
            sums[self.works[here]] += value * self.values[here]
        return sums

"""Terms that stand in a text, whole or in part."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from nlp.subjects.vectors import Text, stems


class Standing(NamedTuple):
    """How a term stands in a text: times as a whole, in the title, where first (0 to 1), the share of its words
    that stand anywhere (weighed by rarity), and how often its rarest word does."""

    times: int
    in_title: bool
    first: float
    covered: float
    least: int


class Terms:
    """Labels of the terms (one or more for each), by the stems of their words."""

    def __init__(self, labels: Sequence[Sequence[str]], works: Mapping[str, int], total: int, language: str) -> None:
        """`works` counts in how many of `total` training works a stem stands."""
        self.works = {
            word: works[word] for names in labels for name in names for word in stems(name, language) if word in works
        }
        self._words: list[tuple[int, tuple[str, ...], float]] = []
        self._holding: dict[str, list[int]] = {}
        self._rarity: dict[str, float] = {}
        self.lengths = [0] * len(labels)
        for term, names in enumerate(labels):
            for words in dict.fromkeys(tuple(stems(name, language)) for name in names):
                if words:
                    for word in words:
                        self._rarity.setdefault(word, math.log((total + 1) / (1 + works.get(word, 0))) + 0.1)
                    weight = sum(self._rarity[word] for word in set(words))
                    for word in set(words):
                        self._holding.setdefault(word, []).append(len(self._words))
                    self._words.append((term, words, weight))
                    self.lengths[term] = self.lengths[term] or len(words)

    def standing(self, text: Text) -> dict[int, Standing]:
        """Term → how it stands in the text, of all terms with a word there."""
        title, abstract = stems(text.title, text.language), stems(text.abstract, text.language)
        words = [*title, "|", *abstract]
        counts = Counter(words)
        whole, heading = f" {' '.join(words)} ", f" {' '.join(title)} "
        covered: Counter[int] = Counter()
        for word in counts:
            for label in self._holding.get(word, ()):
                covered[label] += self._rarity[word]  # type: ignore[assignment]
        found: dict[int, Standing] = {}
        for label, weight in covered.items():
            term, parts, full = self._words[label]
            phrase = f" {' '.join(parts)} "
            times = whole.count(phrase) if weight >= full - 1e-6 else 0
            first = whole.index(phrase) / len(whole) if times else 1.0
            least = min(counts[part] for part in parts) if len(parts) > 1 else times
            one = Standing(times, times > 0 and phrase in heading, first, weight / full, least)
            if term not in found or (one.times, one.covered) > (found[term].times, found[term].covered):
                found[term] = one
        return found

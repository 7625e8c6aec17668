"""How much two titles say for and against being one, in bits. Pure."""

from __future__ import annotations

from typing import Final

from rapidfuzz.distance import Indel, JaroWinkler

from ingest.identity.text import title_words, weight

_LETTER: Final = 1.5
"""Bits: titles that are the same to the letter say more than their words do."""


def titles_bits(a: str, b: str) -> float:
    """The words that two folded titles share speak for, words that only one of them has against; a
    subtitle that only one has hardly speaks against. 0 where one is empty."""
    if not a or not b:
        return 0.0
    words_a, words_b = title_words(a), title_words(b)
    if words_a == words_b:
        return weight(words_a) + _LETTER
    shared, alone_a, alone_b = _matched(words_a, words_b)
    own = weight(alone_a), weight(alone_b)
    against = 0.75 * (own[0] + own[1]) if all(own) else 0.4 * max(own)
    short, long = sorted((words_a, words_b), key=len)
    if long[: len(short)] == short:
        against *= 0.5  # cut short, or without its subtitle
    elif all(own) and Indel.normalized_similarity(a, b) >= 0.9:
        against *= 0.5
    return max(-9.0, weight(shared) - against)


def _matched(left: list[str], right: list[str]) -> tuple[list[str], list[str], list[str]]:
    """Words in both titles (or nearly: "diagnosing", "diagnosis"), words only here, words only there."""
    rest = dict.fromkeys(right)
    shared, alone = [], []
    for word in dict.fromkeys(left):
        found = word if word in rest else next((w for w in rest if _near(word, w)), None)
        if found is None:
            alone.append(word)
        else:
            shared.append(word)
            del rest[found]
    return shared, alone, list(rest)


def _near(a: str, b: str) -> bool:
    return min(len(a), len(b)) >= 5 and a[:2] == b[:2] and JaroWinkler.similarity(a, b) >= 0.9

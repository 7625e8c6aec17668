"""Names of institutions in running text: what stands inside one names no subject ("College of Science and Health").

A run of capitalised words, joined by "of", "and" and the like, with the word of an institution in it
(`data/institution_words.txt`). Lines that capitalise most of their words are titles: there no run is told apart.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache
from typing import Final

from nlp.lexicon import rows

_WORD: Final = r"[A-Z][\w'’-]*"
_RUN: Final = re.compile(rf"\b{_WORD}(?: (?:(?:of|and|for|the|&|in|on) ){{0,3}}{_WORD})+")
_LONG: Final = re.compile(r"\b[^\W\d_]{4,}")
_OWN_LABEL: Final = 3
"""Words from which a label that has such a word is an institution's own ("World Health Organization")."""


class Institutions:
    """The names of institutions in one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._runs = [run.span() for run in _RUN.finditer(text) if not _words().isdisjoint(run.group().split())]

    def hold(self, begin: int, end: int) -> bool:
        """Whether begin–end is a part of such a name, and not all of it."""
        number = bisect_right(self._runs, (begin, len(self._text))) - 1
        if number < 0 or end > self._runs[number][1] or (begin, end) == self._runs[number]:
            return False
        parts = self._text[begin:end].split()
        if len(parts) >= _OWN_LABEL and not _words().isdisjoint(parts):
            return False
        return not self._in_title(begin)

    def _in_title(self, at: int) -> bool:
        stop = self._text.find("\n", at)
        line = self._text[self._text.rfind("\n", 0, at) + 1 : stop if stop >= 0 else len(self._text)]
        words: list[str] = _LONG.findall(line)
        return sum(word[0].isupper() for word in words) * 2 > len(words)


@cache
def _words() -> frozenset[str]:
    return frozenset(word for row in rows("institution_words.txt") for word in row[0].split())

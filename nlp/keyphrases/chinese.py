"""Chinese keyphrases: runs of words (jieba's) without function words, ranked by weights fitted on CSL.

CSL's works with their authors' keywords (Li et al., COLING 2022) are Apache-2.0. A phrase that begins and ends
where function words or punctuation stand, early, often, of four to seven characters, wins.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import Final

import rjieba

from nlp.keyphrases.candidates import Block, Ranked
from nlp.lexicon import rows

MOST_WORDS: Final = 5
_LONGEST: Final = 14
_SHORTEST: Final = 2
_REACH: Final = 60.0
"""Characters after which being early counts for a third."""
_WORD: Final = re.compile(r"[\w·\-]+")
_PLAIN: Final = frozenset(row[0] for row in rows("function_words_zh.txt"))
_LENGTHS: Final = {2: -1.5, 3: -0.4, 4: 0.15, 5: 0.0, 6: -0.4, 7: -0.4, 8: -0.45}
_LONGER: Final = -1.25
_WORDS: Final = {1: 1.5, 2: 0.8, 3: 0.0}
_MANY_WORDS: Final = -1.1
_BIAS: Final = -4.25
_FREQUENT: Final = 0.9
_EARLY: Final = 1.65
_CUT_BEFORE: Final = 0.35
_CUT_AFTER: Final = 0.5
_CUT_BOTH: Final = -0.6
_TITLE_CUT_BEFORE: Final = 0.55
_TITLE_CUT_AFTER: Final = 0.4
_LATIN: Final = -0.95
_INSIDE: Final = -0.6
_INSIDE_OFTEN: Final = -0.55
_ASCII: Final = re.compile(r"[a-z0-9]")


class _Seen:
    """A phrase's first place, its count, and how often a boundary stands before and after it."""

    def __init__(self, block: Block, begin: int, end: int, words: int, place: int) -> None:
        self.block, self.begin, self.end = block.begin, block.begin + begin, block.begin + end
        self.words, self.place, self.in_title = words, place, block.is_title
        self.count = self.before = self.after = 0


def rank(blocks: Sequence[Block]) -> Iterator[Ranked]:
    """Every distinct phrase with its score."""
    seen: dict[str, _Seen] = {}
    done = 0
    for block in blocks:
        words = rjieba.cut(block.text)
        _gather(block, words, done, seen)
        done += len(block.text)
    longer = _inside(seen)
    for key, one in seen.items():
        score = _score(key, one, longer.get(key, 0))
        yield Ranked(one.begin, one.end, one.block, one.count, 1.0 / (1.0 + math.exp(-score)))


def _gather(block: Block, words: Sequence[str], done: int, seen: dict[str, _Seen]) -> None:
    usable = [_WORD.fullmatch(word) is not None and word not in _PLAIN for word in words]
    starts = [0]
    for word in words:
        starts.append(starts[-1] + len(word))
    for first in range(len(words)):
        for last in range(first, min(first + MOST_WORDS, len(words))):
            if not usable[last]:
                break
            begin, end = starts[first], starts[last + 1]
            text = block.text[begin:end]
            if not _SHORTEST <= len(text) <= _LONGEST or text.isdigit():
                continue
            one = seen.setdefault(
                "".join(text.lower().split()),
                _Seen(block, begin, end, last - first + 1, done + begin),
            )
            one.count += 1
            one.before += first == 0 or not usable[first - 1]
            one.after += last + 1 == len(words) or not usable[last + 1]


def _inside(seen: dict[str, _Seen]) -> dict[str, int]:
    """Phrase → the highest count of a longer phrase that holds it."""
    found: dict[str, int] = {}
    for key, one in seen.items():
        for begin in range(len(key)):
            for end in range(begin + _SHORTEST, len(key) + 1):
                part = key[begin:end]
                if part != key and part in seen:
                    found[part] = max(found.get(part, 0), one.count)
    return found


def _score(key: str, one: _Seen, longer: int) -> float:
    before, after = one.before / one.count, one.after / one.count
    return (
        _BIAS
        + _FREQUENT * math.log(one.count)
        + _EARLY * math.exp(-one.place / _REACH)
        + _LENGTHS.get(len(key), _LONGER)
        + _WORDS.get(one.words, _MANY_WORDS)
        + (_CUT_BEFORE + _TITLE_CUT_BEFORE * one.in_title) * before
        + (_CUT_AFTER + _TITLE_CUT_AFTER * one.in_title) * after
        + _CUT_BOTH * before * after
        + _LATIN * (_ASCII.search(key) is not None)
        + _INSIDE * (longer >= one.count)
        + _INSIDE_OFTEN * math.log1p(longer)
    )

"""Chinese keyphrases: runs of words (jieba's) that begin and end with no function word, ranked by a linear model.

The model and the counts of words in titles are made of CSL's works with their authors' keywords (Li et al., COLING
2022; Apache-2.0) by `python -m bench.training keyphrases`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Final, NamedTuple

from nlp.keyphrases.candidates import Block, Ranked
from nlp.keyphrases.chinese_features import Phrase, features
from nlp.learned.hashing import Rows, rows_of
from nlp.learned.linear import LinearModel, shipped
from nlp.lexicon import rows

BITS: Final = 17
_MOST_WORDS: Final = 6
_LONGEST: Final = 14
_SHORTEST: Final = 2
_MOST_PHRASES: Final = 4_000
"""Distinct phrases of a text that are looked at; abstracts have about 200."""
_CROWDED: Final = 0.3
"""Taken off a phrase's score for each better one that holds it or lies in it."""
_CHOSEN: Final = 12
_WORD: Final = re.compile(r"[\w·\-]+")
_PLAIN: Final = frozenset(row[0] for row in rows("function_words_zh.txt"))


class Weighed(NamedTuple):
    """A phrase with its features as rows of the model's table."""

    key: str
    phrase: Phrase
    rows: Rows


def rank(blocks: Sequence[Block]) -> Iterator[Ranked]:
    """Every distinct phrase with its score."""
    model = _model()
    found = list(weighed(blocks))
    scores = spread({one.key: score_of(model, one.rows) for one in found})
    for key, phrase, _ in found:
        share = 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, scores[key]))))
        yield Ranked(phrase.begin, phrase.end, phrase.block, phrase.count, share)


def weighed(blocks: Sequence[Block]) -> Iterator[Weighed]:
    """The distinct phrases of a text in the order of their first places."""
    seen = _phrases(blocks)
    longer = _longer(seen)
    for key, phrase in seen.items():
        yield Weighed(key, phrase, rows_of(features(key, phrase, longer.get(key, 0), title_count), BITS))


def score_of(model: LinearModel, phrase: Rows) -> float:
    """Log-odds that the phrase is one of the text's keywords."""
    return float((model.weights[phrase, 0].sum() + model.bias[0]) / model.temperature)


def spread(scores: dict[str, float]) -> dict[str, float]:
    """The scores, less for phrases that say much the same as better ones."""
    left = dict(sorted(scores.items(), key=lambda one: -one[1])[: 4 * _CHOSEN])
    final = dict(scores)
    for _ in range(min(_CHOSEN, len(left))):
        best = max(left, key=left.__getitem__)
        final[best] = left.pop(best)
        for key in left:
            if key in best or best in key:
                final[key] = left[key] = left[key] - _CROWDED
    return final


def title_count(phrase: str) -> int:
    """How many of CSL's titles hold the words; 0 for fewer than two."""
    return _title_counts().get(phrase, 0)


def phrases_of(words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """First and last word of the runs that may be phrases."""
    word = [_WORD.fullmatch(one) is not None for one in words]
    usable = [right and one not in _PLAIN for right, one in zip(word, words, strict=True)]
    for first in range(len(words)):
        for last in range(first, min(first + _MOST_WORDS, len(words))):
            if not word[last] or not usable[first]:
                break
            if usable[last]:
                yield first, last


def _phrases(blocks: Iterable[Block]) -> dict[str, Phrase]:
    seen: dict[str, Phrase] = {}
    import rjieba  # reads its dictionary, a sixth of a second

    done = 0
    for block in blocks:
        tagged = rjieba.tag(block.text)
        words = [word for word, _ in tagged]
        starts = [0]
        for word in words:
            starts.append(starts[-1] + len(word))
        for first, last in phrases_of(words):
            begin, end = starts[first], starts[last + 1]
            key = folded(block.text[begin:end])
            if not _SHORTEST <= len(key) <= _LONGEST or key.isdigit():
                continue
            phrase = seen.get(key)
            if phrase is None:
                if len(seen) >= _MOST_PHRASES:
                    continue
                phrase = seen[key] = Phrase(
                    block=block.begin, begin=block.begin + begin, end=block.begin + end, place=done + begin,
                    words=tuple(tagged[first : last + 1]),
                    title_ends=(begin, len(block.text) - end) if block.is_title else None,
                )  # fmt: skip
            before = words[first - 1] if first else "^"
            after = words[last + 1] if last + 1 < len(words) else "$"
            phrase.seen(before, after, cuts=(_cuts(before), _cuts(after)), in_title=block.is_title)
        done += len(block.text)
    return seen


def folded(text: str) -> str:
    """What phrases are told apart by."""
    return "".join(text.lower().split())


def _cuts(word: str) -> bool:
    return word in _PLAIN or _WORD.fullmatch(word) is None


def _longer(seen: dict[str, Phrase]) -> dict[str, int]:
    """Phrase → the highest count of a longer phrase that holds it."""
    found: dict[str, int] = {}
    for key, one in seen.items():
        for begin in range(len(key)):
            for end in range(begin + _SHORTEST, len(key) + 1):
                part = key[begin:end]
                if part != key and part in seen:
                    found[part] = max(found.get(part, 0), one.count)
    return found


@cache
def _model() -> LinearModel:
    return shipped("keyphrases_zh")


@cache
def _title_counts() -> dict[str, int]:
    return {row[0]: int(row[1]) for row in rows("title_words_zh.tsv")}

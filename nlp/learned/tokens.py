"""Tokens of a sentence and their hashed features for the tagger: words, shapes, endings, neighbours, pairs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from nlp.learned.hashing import Rows, code, combined
from nlp.lexicon import word_specificity

_TOKEN: Final = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_")
_DIGITS: Final = re.compile(r"\d+")
_EDGE: Final = [(code("edge"),) * 7] * 2
MOST: Final = 400
"""Tokens of a sentence that are looked at."""

_WORD, _CASED, _SHAPE, _HEAD, _TAIL, _END, _RARITY = range(7)
_TEMPLATES: Final[tuple[tuple[tuple[int, int], ...], ...]] = (
    ((_WORD, 0),), ((_WORD, -1),), ((_WORD, 1),), ((_WORD, -2),), ((_WORD, 2),), ((_CASED, 0),),
    ((_WORD, -1), (_WORD, 0)), ((_WORD, 0), (_WORD, 1)), ((_WORD, -2), (_WORD, -1)), ((_WORD, 1), (_WORD, 2)),
    ((_WORD, -1), (_WORD, 1)),
    ((_SHAPE, 0),), ((_SHAPE, -1), (_SHAPE, 0)), ((_SHAPE, 0), (_SHAPE, 1)), ((_SHAPE, -1), (_SHAPE, 0), (_SHAPE, 1)),
    ((_HEAD, 0),), ((_TAIL, 0),), ((_END, 0),), ((_TAIL, -1),), ((_TAIL, 1),),
    ((_WORD, -1), (_SHAPE, 0)), ((_SHAPE, 0), (_WORD, 1)), ((_TAIL, 0), (_WORD, 1)),
    ((_RARITY, -1), (_RARITY, 0), (_RARITY, 1)), ((_SHAPE, 0), (_RARITY, 0)),
)  # fmt: skip
"""Each feature of a token: what of which neighbour, together."""


class Token(NamedTuple):
    begin: int
    end: int


def tokens(text: str) -> list[Token]:
    """Runs of letters, runs of digits and single signs, with their places; at most MOST of them."""
    found = []
    for match in _TOKEN.finditer(text):
        found.append(Token(*match.span()))
        if len(found) == MOST:
            break
    return found


def feature_rows(sentences: Sequence[Sequence[str]], bits: int) -> Rows:
    """(tokens of all sentences, features) rows in a table of 2**bits; no sentence sees another's words."""
    codes: list[tuple[int, ...]] = [*_EDGE]
    places: list[int] = []
    for words in sentences:
        places += range(len(codes), len(codes) + len(words))
        codes += map(_codes, words)
        codes += _EDGE
    table = np.array(codes, dtype=np.uint64)
    here = np.array(places, dtype=np.int64)
    columns = [
        combined(number, [table[here + offset, kind] for kind, offset in template], bits)
        for number, template in enumerate(_TEMPLATES, start=1)
    ]
    return np.stack(columns, axis=1)


@lru_cache(1 << 16)
def _codes(word: str) -> tuple[int, ...]:
    lower = _DIGITS.sub("0", word.lower())
    names = (
        lower, f"c {word}", f"s {_shape(word)}", f"h {lower[:3]}", f"t {lower[-3:]}", f"e {lower[-2:]}",
        f"r {word_specificity(lower):.1f}",
    )  # fmt: skip
    return tuple(code(name) for name in names)


def _shape(word: str) -> str:
    if word.isdigit():
        return "0" * min(len(word), 4)
    if not word[0].isalpha():
        return word
    if word.islower():
        return "x"
    if word.isupper():
        return "X" * min(len(word), 4)
    return "Xx" if word[0].isupper() and word[1:].islower() else "xX"

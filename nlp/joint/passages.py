"""Texts as an encoder takes them: sub-word tokens, the words they make up, and the stretches of words to judge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

Numbers = NDArray[np.int64]
WIDEST: Final = 10
"""Words of the longest stretch that is looked at."""
LONGEST: Final = 400
"""Tokens of a passage; a longer text is cut between sentences, a longer sentence at its end."""


class Passage(msgspec.Struct, frozen=True):
    """Sentences that are read at once.

    `ids` are the tokens; `first` and `last` say for each word at which token it begins and ends (the last token
    for words past the end); `spans` is (stretches, 2): first and last word; `sentence` numbers the first sentence,
    `begins` are the sentences' first words, one more at the end.
    """

    ids: Numbers
    first: Numbers
    last: Numbers
    spans: Numbers
    sentence: int
    begins: tuple[int, ...]


class Pair(msgspec.Struct, frozen=True, array_like=True):
    """Two stretches of a passage by first word, last word and type's number; the left one first."""

    first: int
    last: int
    type: int
    other_first: int
    other_last: int
    other_type: int


def passages(tokenizer: Tokenizer, sentences: Sequence[Sequence[str]]) -> Iterator[Passage]:
    """The sentences (as words) of a text, in as few passages as hold them."""
    held: list[Sequence[str]] = []
    begin = size = 0
    for number, words in enumerate(sentences):
        length = len(tokenizer.encode(list(words), is_pretokenized=True, add_special_tokens=False)) if words else 0
        if held and size + length > LONGEST - 2:
            yield _passage(tokenizer, held, begin)
            held, begin, size = [], number, 0
        held.append(words)
        size += length
    if held:
        yield _passage(tokenizer, held, begin)


def _passage(tokenizer: Tokenizer, sentences: Sequence[Sequence[str]], number: int) -> Passage:
    words = [word for sentence in sentences for word in sentence]
    encoding = tokenizer.encode(words, is_pretokenized=True)
    ids = encoding.ids[:LONGEST]
    end = len(ids) - 1
    first, last = np.full(len(words), end), np.full(len(words), end)
    for place, word in reversed(list(enumerate(encoding.word_ids[:LONGEST]))):
        if word is not None:
            first[word] = place
    for place, word in enumerate(encoding.word_ids[:LONGEST]):
        if word is not None:
            last[word] = place
    begins = np.cumsum([0, *(len(sentence) for sentence in sentences)]).tolist()
    spans = [
        (begin, stop)
        for start, close in pairwise(begins)
        for begin in range(start, close)
        for stop in range(begin, min(close, begin + WIDEST))
    ]
    return Passage(np.array(ids), first, last, np.array(spans).reshape(-1, 2), number, tuple(begins))

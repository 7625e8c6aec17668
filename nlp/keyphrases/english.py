"""English keyphrases: noun phrases, ranked by a handful of weights set by hand.

A phrase is a maximal run of adjectives, participles and nouns that ends in a noun (Hulth, EMNLP 2003); hyphenated
words are one. Frequent, early, specific phrases of several words win. Nothing is learned from keywords.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from Stemmer import Stemmer

from nlp import model
from nlp.keyphrases.candidates import Block, Ranked
from nlp.lexicon import word_specificity
from nlp.normalise import fold

FREQUENT: Final = 1.0
EARLY: Final = 1.0
IN_TITLE: Final = 0.5
SPECIFIC: Final = 2.0
LONE: Final = -1.6
NUMBERS: Final = -2.0
PARTICIPLE: Final = -1.0
_BIAS: Final = -2.5
_REACH: Final = 50.0
"""Words after which being early counts for a third."""
_NOUNS: Final = frozenset({"NN", "NNS", "NNP", "NNPS"})
_MODIFIERS: Final = frozenset({"JJ", "FW"})
_BETWEEN: Final = frozenset({"VBG", "VBN", "CD"})
_JOINS: Final = frozenset({"-", "/", "‐", "–"})
_STEMMER: Final = Stemmer("english")


class Token(NamedTuple):
    """A word, or several joined by hyphens, with its Penn tag; offsets within the block."""

    text: str
    tag: str
    begin: int
    end: int


def rank(blocks: Sequence[Block]) -> Iterator[Ranked]:
    """Every distinct phrase with its score, in order of first occurrence."""
    first: dict[str, tuple[Block, list[Token], int]] = {}
    counts: dict[str, int] = {}
    in_title: set[str] = set()
    done = 0
    for block, words in zip(blocks, model.tags([block.text for block in blocks]), strict=True):
        tokens = joined([Token(*word) for word in words])
        for start, phrase in noun_phrases(tokens):
            key = stemmed(" ".join(token.text for token in phrase))
            first.setdefault(key, (block, phrase, done + start))
            counts[key] = counts.get(key, 0) + 1
            if block.is_title:
                in_title.add(key)
        done += len(tokens)
    for key, (block, phrase, place) in first.items():
        score = _score(phrase, counts[key], place, key in in_title)
        begin = block.begin + phrase[0].begin
        yield Ranked(begin, block.begin + phrase[-1].end, block.begin, counts[key], 1.0 / (1.0 + math.exp(-score)))


def stemmed(text: str) -> str:
    """The key that phrases are compared by: stems of their words."""
    words = "".join(c if c.isalnum() else " " for c in text.lower()).split()
    return " ".join(_STEMMER.stemWords(words))


def _score(phrase: Sequence[Token], count: int, place: int, in_title: bool) -> float:
    words = [word for token in phrase for word in token.text.replace("-", " ").replace("/", " ").split()]
    specific = sum(word_specificity(fold(word)) for word in words) / max(1, len(words))
    return (
        _BIAS
        + FREQUENT * math.log(count)
        + EARLY * math.exp(-place / _REACH)
        + IN_TITLE * in_title
        + SPECIFIC * specific
        + LONE * (len(words) == 1)
        + NUMBERS * any(token.tag == "CD" for token in phrase)
        + PARTICIPLE * (phrase[0].tag in _BETWEEN)
    )


def joined(tokens: Sequence[Token]) -> list[Token]:
    """Words with a hyphen or slash between them as one, a noun where one part is."""
    found: list[Token] = []
    number = 0
    while number < len(tokens):
        token = tokens[number]
        while number + 2 < len(tokens) and tokens[number + 1].text in _JOINS:
            mark, other = tokens[number + 1], tokens[number + 2]
            if mark.begin != token.end or other.begin != mark.end:
                break
            tag = other.tag if other.tag in _NOUNS | _MODIFIERS or token.tag not in _NOUNS | _MODIFIERS else token.tag
            token = Token(token.text + mark.text + other.text, tag, token.begin, other.end)
            number += 2
        found.append(token)
        number += 1
    return found


def noun_phrases(tokens: Sequence[Token]) -> Iterator[tuple[int, list[Token]]]:
    """(number of the first token, tokens) of each maximal noun phrase without its article."""
    start = 0
    while start < len(tokens):
        end = start
        while end < len(tokens) and _fits(tokens, end):
            end += 1
        last = end
        while last > start and tokens[last - 1].tag not in _NOUNS:
            last -= 1
        if last > start:
            yield start, list(tokens[start:last])
        start = max(end, start + 1)


def _fits(tokens: Sequence[Token], number: int) -> bool:
    tag = tokens[number].tag
    if tag in _NOUNS or tag in _MODIFIERS:
        return True
    following = tokens[number + 1].tag if number + 1 < len(tokens) else ""
    return tag in _BETWEEN and following in _NOUNS | _MODIFIERS

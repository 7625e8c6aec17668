"""Why a sentence cites: what a classifier with the three classes of SciCite (Cohan et al., NAACL 2019) looks at.

They are coarse: background, method, result. `nlp.citations` makes CiTO properties of them, finer ones where cue words
tell more; `nlp.intent_training` says how the classifier is trained.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from itertools import combinations, islice
from typing import Final

from nlp.lexicon import rows

MARK: Final = "␟"
"""What stands for a citation marker."""
_CITATION: Final = re.compile(
    r"\((?:[^()]{0,160}?\b(?:19|20)\d\d[a-z]?\b[^()]{0,120}|\s*\d{1,3}(?:\s*[-–,;]\s*\d{1,3})*\s*)\)"
    r"|\[[\d,;–\-\s]{1,60}\]"
    r"|\b[A-Z][\w'’-]+(?: (?:and|&) [A-Z][\w'’-]+| et al\.?),? \(?(?:19|20)\d\d[a-z]?\)?"
    r"|\bet al\.?(?:\s?[\(\[]?\d{1,4}[\)\]]?)?"
)
_GROUP: Final = re.compile(rf"\((?=[^()]*{MARK})[^()]{{0,300}}\)")
_SERIES: Final = re.compile(rf"[\[(]?\s*{MARK}(?:\s*[\])]?\s*[,;–\-]\s*(?:and\s*)?[\[(]?\s*{MARK})*\s*[\])]?")
_DIGIT: Final = re.compile(r"\d")
_TOKEN: Final = re.compile(r"␟|[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+(?:[.,]\d+)*%?|[^\w\s]")
BITS: Final = 18
"""Size of the table of weights: 2**BITS rows."""
_MOST_CHARACTERS: Final = 1_500
_MOST_WORDS: Final = 200
_MOST_CUES: Final = 50
_NEAR: Final = 4
_PLAIN: Final = 3


def features(context: str) -> Iterator[str]:
    """Names of what tells: words and pairs, word parts, what stands beside a marker, cue patterns, pieces of spelling.

    `context` is a citing sentence with its markers written as MARK; citations that are still in it as
    text are found by their form.
    """
    context = signed(context)
    words = [_word(t) for t in _TOKEN.findall(context)][:_MOST_WORDS]
    yield f"length {len(words).bit_length()}"
    for place, word in enumerate(words):
        yield f"1 {word}"
        if place + 1 < len(words):
            yield f"2 {word} {words[place + 1]}"
        if place + 2 < len(words):
            yield f"3 {word} {words[place + 1]} {words[place + 2]}"
            yield f"s {word} {words[place + 2]}"
        if len(word) > _PLAIN:
            yield f"< {word[:4]}"
            yield f"> {word[-3:]}"
        if word == MARK:
            yield from (f"b {w}" for w in words[max(0, place - _NEAR) : place])
            yield from (f"a {w}" for w in words[place + 1 : place + 1 + _NEAR])
    for word in words[:3]:
        yield f"first {word}"
    lower = context.lower()
    yield from (f"cue {name} {number}" for number, name, pattern in _cues() if pattern.search(lower))
    yield from _kinds_of_words(lower)
    yield from _pieces(lower)


def signed(context: str) -> str:
    """A citing sentence, cut where it is very long, with the citations that are in it as text written as MARK, too."""
    return _CITATION.sub(MARK, context[:_MOST_CHARACTERS])


def grouped(context: str) -> str:
    """The sentence with one MARK for a series of markers, and for a bracket with one in it."""
    return _SERIES.sub(f" {MARK} ", _GROUP.sub(MARK, context))


def _pieces(sentence: str) -> Iterator[str]:
    """Stretches of three to five characters."""
    text = f" {_DIGIT.sub('#', grouped(sentence))} "
    for size in (3, 4, 5):
        yield from (f"c {text[begin : begin + size]}" for begin in range(len(text) - size + 1))


def _kinds_of_words(sentence: str) -> Iterator[str]:
    """Which kinds of words stand there, together with which others and how far from the first marker, and where in the
    sentence the markers stand; `sentence` is in lower case."""
    tokens = list(_TOKEN.finditer(sentence))[:_MOST_WORDS]
    begins = [token.start() for token in tokens]
    marks = [place for place, token in enumerate(tokens) if token.group() == MARK]
    found = {name: list(islice(pattern.finditer(sentence), _MOST_CUES)) for name, pattern in _kinds()}
    present = [name for name, matches in found.items() if matches]
    yield from (f"kinds {one} {other}" for one, other in combinations(present, 2))
    for name in present:
        yield from (
            f"kind {name}",
            f"kind {name} {min(len(found[name]), 3)}",
            f"kind {name} {found[name][0].group()[:12]}",
        )
    yield f"markers {min(len(marks), 4)}"
    if not marks:
        return
    yield from (f"at {4 * marks[0] // len(tokens)}", f"last {marks[-1] >= len(tokens) - 2}", f"begins {marks[0] < 3}")
    for name in present:
        for match in found[name]:
            away = bisect_left(begins, match.start()) - marks[0]
            yield f"away {name} {'before' if away < 0 else 'after'} {min(abs(away) // 4, 4)}"


def _word(token: str) -> str:
    return "#" if token[0].isdigit() else token.lower()


@cache
def _kinds() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(pattern)) for name, pattern in rows("intent_cues.tsv"))


@cache
def _cues() -> tuple[tuple[int, str, re.Pattern[str]], ...]:
    return tuple((number, row[0], re.compile(row[2])) for number, row in enumerate(rows("citation_cues.tsv")))

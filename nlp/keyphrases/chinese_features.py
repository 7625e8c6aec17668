"""What tells whether a phrase of a Chinese text is one of its keywords."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

_ASCII: Final = re.compile(r"[a-z0-9]")
_EARLY: Final = (5, 10, 20, 40, 80, 150)
_TITLES: Final = (2, 4, 8, 16, 40)
_WORD_TITLES: Final = (2, 4, 16, 60, 200)
_TITLE_END: Final = (1, 2, 3, 5, 8)
_MOST: Final = 6


@dataclass
class Phrase:
    """A phrase's first place, its words with their classes, and what was seen around it so far.

    `place` counts characters from the text's begin; `title_ends` are the characters of the title before and after it.
    """

    block: int
    begin: int
    end: int
    place: int
    words: tuple[tuple[str, str], ...]
    title_ends: tuple[int, int] | None
    count: int = 0
    in_title: int = 0
    cut_before: int = 0
    cut_after: int = 0
    before: set[str] = field(default_factory=set)
    after: set[str] = field(default_factory=set)

    def seen(self, before: str, after: str, *, cuts: tuple[bool, bool], in_title: bool) -> None:
        """Count one occurrence; `cuts` say whether what stands before and after it ends a phrase."""
        self.count += 1
        self.in_title += in_title
        self.cut_before += cuts[0]
        self.cut_after += cuts[1]
        self.before.add(before)
        self.after.add(after)


def features(key: str, phrase: Phrase, longer: int, titles: Callable[[str], int]) -> Iterator[str]:
    """Names of what tells; `longer` is the highest count of a phrase that holds this one, `titles` says in how many
    titles of other works words stand."""
    count, size, often = len(phrase.words), len(key), min(phrase.count, _MOST)
    title = phrase.in_title > 0
    yield from ("bias", f"n {often}", f"len {size}", f"w {count}", f"lw {size} {count}", f"lt {size} {title}")
    yield from (f"t {title}", f"nt {min(phrase.in_title, 4)}", f"early {bisect_right(_EARLY, phrase.place)}")
    yield from _cuts(phrase, often, title)
    yield f"in {longer >= phrase.count} {min(longer, 4)}"
    yield f"in {longer >= phrase.count} {min(often, 4)} {size}"
    yield f"latin {_ASCII.search(key) is not None} {count}"
    yield from _words(key, phrase)
    yield from _titled(key, phrase, titles)


def _cuts(phrase: Phrase, often: int, title: bool) -> Iterator[str]:
    """How regularly function words, punctuation or ends of sentences stand around it."""
    before, after = _share(phrase.cut_before, phrase.count), _share(phrase.cut_after, phrase.count)
    yield from (f"b {before}", f"a {after}", f"ba {before} {after}")
    yield f"bat {before > 2} {after > 2} {title} {min(often, 3)}"
    yield from (f"pr {word}" for word in phrase.before)
    yield from (f"ne {word}" for word in phrase.after)


def _words(key: str, phrase: Phrase) -> Iterator[str]:
    """Its words and their classes."""
    count, classes = len(phrase.words), [name for _, name in phrase.words]
    yield from (f"p {' '.join(classes)}", f"pl {classes[-1]} {count}", f"pf {classes[0]} {count}")
    yield from (f"W {phrase.words[-1][0]} {count > 1}", f"F {phrase.words[0][0]} {count > 1}", f"c {key[-1]}")
    yield from (f"m {word}" for word, _ in phrase.words)


def _titled(key: str, phrase: Phrase, titles: Callable[[str], int]) -> Iterator[str]:
    """How common it and its words are in titles, and where it stands in its own."""
    known = bisect_right(_TITLES, titles(key))
    yield from (f"df {known}", f"df {known} {len(phrase.words)} {phrase.in_title > 0}")
    each = [bisect_right(_WORD_TITLES, titles(word.lower())) for word, _ in phrase.words]
    yield f"dfw {max(each)} {min(each)} {len(each)}"
    if phrase.title_ends:
        before, after = phrase.title_ends
        yield from (f"ts {before == 0} {after == 0}", f"te {bisect_right(_TITLE_END, after)}")


def _share(part: int, count: int) -> int:
    """0 for never to 4 for always."""
    return bisect_right((0.01, 0.34, 0.67, 0.99), part / count)

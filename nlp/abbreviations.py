"""Abbreviations that a document defines: "support vector machine (SVM)" and "SVM (support vector machine)".

Schwartz and Hearst, "A simple algorithm for identifying abbreviation definitions in biomedical text"
(PSB 2003): a short form in parentheses is matched, from its last character to its first, against the
words before it; the first character must begin a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

MAX_DEFINITIONS: Final = 500
"""Per document."""
_BACK: Final = 250
"""Characters before a parenthesis in which a long form is looked for."""
_PARENTHESES: Final = re.compile(r"[(\[]([^()\[\]]{2,120})[)\]]")
_SHORT: Final = re.compile(r"[^\W_][\w\-/&.+]{0,8}[\w+]")
_WORDS_BACK: Final = re.compile(r"[^\s]+")


class Definition(NamedTuple):
    """`text[begin:end]` is the long form that the document abbreviates as `short`."""

    short: str
    long: str
    begin: int
    end: int


def definitions(text: str) -> dict[str, Definition]:
    """Short form → its definition; the first one of a text counts."""
    found: dict[str, Definition] = {}
    for definition in _definitions(text):
        found.setdefault(definition.short, definition)
        if len(found) >= MAX_DEFINITIONS:
            break
    return found


def _definitions(text: str) -> Iterator[Definition]:
    for match in _PARENTHESES.finditer(text):
        inside = re.split(r"[;,]\s", match.group(1), maxsplit=1)[0].strip()
        least = max(0, match.start() - _BACK)
        before = text[max(least, text.rfind("\n", least, match.start()) + 1) : match.start()]
        offset = match.start() - len(before)
        if _is_short(inside):
            # at most min(|A| + 5, 2|A|) words, the paper's limit
            count = min(len(inside) + 5, len(inside) * 2)
            tokens = list(_WORDS_BACK.finditer(before))[-count:]
            if tokens:
                yield from _in_window(inside, before, offset, tokens[0].start())
        else:
            last = before.rsplit(None, 1)
            short = last[-1] if last else ""
            if _is_short(short) and sum(c.isupper() for c in short) >= 2 and len(inside.split()) >= 2:
                start = match.start(1)
                position = best_long_form(short, inside)
                if position == 0:
                    yield Definition(short, inside, start, start + len(inside))


def _in_window(short: str, before: str, offset: int, start: int) -> Iterator[Definition]:
    window = before[start:].rstrip()
    position = best_long_form(short, window)
    if position is None:
        return
    long = window[position:]
    if len(long) <= len(short) or short.lower() in long.lower().split() or not _balanced(long):
        return
    begin = offset + start + position
    yield Definition(short, long, begin, begin + len(long))


def best_long_form(short: str, window: str) -> int | None:
    """Where the long form of `short` begins in `window`, or None where its characters do not fit."""
    right = len(window) - 1
    for index in range(len(short) - 1, -1, -1):
        wanted = short[index].lower()
        if not wanted.isalnum():
            continue
        while right >= 0 and (
            window[right].lower() != wanted or (index == 0 and right > 0 and window[right - 1].isalnum())
        ):
            right -= 1
        if right < 0:
            return None
        right -= 1
    start = right + 1
    # The long form begins where its first word begins ("non-X" is one word).
    while start > 0 and not window[start - 1].isspace() and window[start - 1] not in "(-/":
        start -= 1
    return start


def _is_short(text: str) -> bool:
    return (
        _SHORT.fullmatch(text) is not None
        and len(text) <= 10
        and any(char.isalpha() and char.isupper() for char in text)
        and sum(char.isalpha() for char in text) * 2 >= len(text)
    )


def _balanced(text: str) -> bool:
    return text.count("(") == text.count(")") and text.count("[") == text.count("]")

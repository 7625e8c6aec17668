"""Citation markers kept in place while the text around them is cleaned."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from ontology.documents import clean

_EDGE = "|"
"""Keeps the white space at a part's edges through cleaning; composes with no combining character."""


class Mark(NamedTuple):
    """A citation marker: its range in the clean text and the keys of the references it denotes."""

    begin: int
    end: int
    refs: tuple[str, ...]


def settle(parts: Sequence[str], marks: Iterable[tuple[int, int, tuple[str, ...]]]) -> tuple[str, list[Mark]]:
    """The parts joined and cleaned, and marks over parts (first, after last) as marks over its text."""
    marks = list(marks)
    if not marks:
        return clean("".join(parts)), []
    cuts = sorted({0, len(parts), *(cut for begin, end, _ in marks for cut in (begin, end))})
    pieces: list[str] = []
    length, gap = 0, False
    begins, ends = {len(parts): 0}, {0: 0}
    for first, last in pairwise(cuts):
        inner = clean(f"{_EDGE}{''.join(parts[first:last])}{_EDGE}")[1:-1]
        if text := inner.strip():
            if length and (gap or inner[0] == " "):
                pieces.append(" ")
                length += 1
            begins[first] = length
            pieces.append(text)
            length += len(text)
            gap = inner[-1] == " "
        else:
            begins[first] = length
            gap = gap or bool(inner)
        ends[last] = length
    text = "".join(pieces)
    ranges = [(min(begins.get(b, length), ends[e]), ends[e], refs) for b, e, refs in marks]
    if not unicodedata.is_normalized("NFC", text):
        text, ranges = _composed(text, ranges)
    return text, [Mark(*each) for each in ranges]


def _composed(
    text: str, ranges: list[tuple[int, int, tuple[str, ...]]]
) -> tuple[str, list[tuple[int, int, tuple[str, ...]]]]:
    """Where pieces begin with combining characters: NFC over the whole, offsets moved along."""
    whole = unicodedata.normalize("NFC", text)

    def moved(offset: int) -> int:
        return min(len(unicodedata.normalize("NFC", text[:offset])), len(whole))

    return whole, [(moved(begin), moved(end), refs) for begin, end, refs in ranges]

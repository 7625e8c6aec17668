"""The spot in a payload that an error names, as text a person can look at."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from ingest.formats.detect import as_utf8

_LINE: Final = re.compile(r"line (\d+)(?:, column (\d+))?")
_JSON: Final = re.compile(r"\$[^\s,]*")
_STEP: Final = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_AROUND: Final = 2
"""Lines shown before and after the one that is named."""
_WIDE: Final = 400
"""Characters of a line that are shown, and of a payload where no place is named."""
_MOST: Final = 64 << 20
"""Bytes that are decoded in search of a place; beyond them the beginning is shown."""


class Excerpt(msgspec.Struct, frozen=True):
    """`text` is as in the payload (bytes that are no UTF-8 as U+FFFD), cut to a few hundred characters
    a line. `line` counts from 1, 0 where the place names none; `found` says whether `text` shows the
    place or, where it could not be found, the beginning."""

    text: str
    line: int = 0
    found: bool = False


def excerpt(body: bytes, place: str) -> Excerpt:
    """What stands at `place` ("line 3, column 7", "$.author[2]", "end of payload (byte 7)")."""
    body = body[:_MOST]
    if named := _LINE.search(place):
        return _lines(as_utf8(body), int(named.group(1)), int(named.group(2) or 1))
    if named := _JSON.search(place):
        return _value(as_utf8(body), named.group())
    if place.startswith("end"):
        return Excerpt(as_utf8(body)[-_WIDE:].decode("utf-8", "replace"), found=True)
    return Excerpt(as_utf8(body[: 8 * _WIDE]).decode("utf-8", "replace")[:_WIDE])


def _lines(body: bytes, line: int, column: int) -> Excerpt:
    if not 0 < line <= body.count(b"\n") + 1:
        return Excerpt(body[:_WIDE].decode("utf-8", "replace"))
    lines = body.split(b"\n", line + _AROUND)
    first = max(0, line - 1 - _AROUND)
    shown = lines[first : line + _AROUND]
    # Only the line that is named is cut around its column, all others at their beginning.
    cut = [_cut(one, column if first + at == line - 1 else 1) for at, one in enumerate(shown)]
    return Excerpt("\n".join(cut), line=line, found=True)


def _cut(line: bytes, column: int) -> str:
    begin = max(0, column - 1 - _WIDE // 2) if len(line) > _WIDE else 0
    return line[begin : begin + _WIDE].decode("utf-8", "replace").rstrip("\r")


def _value(body: bytes, path: str) -> Excerpt:
    """The value at a JSON path, or the nearest one above it that can be reached."""
    value = msgspec.Raw(body)
    try:
        for name, number in _STEP.findall(path):
            value = (
                msgspec.json.decode(value, type=list[msgspec.Raw])[int(number)]
                if number
                else msgspec.json.decode(value, type=dict[str, msgspec.Raw])[name]
            )
    except (msgspec.MsgspecError, KeyError, IndexError, RecursionError):
        return Excerpt(bytes(value)[:_WIDE].decode("utf-8", "replace"), found=bytes(value) != body)
    return Excerpt(bytes(value)[:_WIDE].decode("utf-8", "replace"), found=bytes(value) != body or path == "$")

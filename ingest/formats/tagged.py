"""Tagged text, one field a line: what RIS and MEDLINE's own format have in common.

A field is a tag, a hyphen and a value; a line without tag continues the value before it
(an empty one parts its paragraphs).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from ontology.errors import MalformedPayload

MAX_ENTRY: Final = 4 * 1024 * 1024
"""Characters in one entry."""
MAX_FIELDS: Final = 100_000
"""Fields in one entry."""


class Entry(msgspec.Struct, frozen=True):
    """The fields of one record in order, as (tag, value) with values stripped, and its first line."""

    fields: tuple[tuple[str, str], ...]
    line: int

    def all(self, *tags: str) -> list[str]:
        """Values of these tags that are not empty: all of the first tag, then all of the next."""
        return [value for tag in tags for name, value in self.fields if name == tag and value]

    def first(self, *tags: str) -> str:
        """The first value that is not empty, of the earliest of these tags that has one."""
        return next(iter(self.all(*tags)), "")


class _Gathering:
    def __init__(self, line: int) -> None:
        self.line = line
        self.fields: list[tuple[str, list[str]]] = []
        self.size = 0

    def entry(self) -> Entry:
        return Entry(tuple((tag, "\n".join(parts).strip()) for tag, parts in self.fields), self.line)


def entries(text: str, field: re.Pattern[str], opening: str, closing: str) -> Iterator[Entry | MalformedPayload]:
    """The entries of a text: each begins with a field `opening` and ends with `closing` (if one is
    given), a further `opening` or the end of the text. Lines between entries are comment.

    `field` matches a whole line with groups for tag and value. An entry beyond the limits is
    answered by its error, as `one_by_one` wants it.
    """
    current: _Gathering | None = None
    for number, line in enumerate(text.split("\n"), 1):
        found = field.match(line)
        tag = found[1] if found else ""
        if tag == opening or (closing and tag == closing):
            if current is not None:
                yield _closed(current)
            current = _Gathering(number) if tag == opening else None
        if current is None:
            continue
        current.size += len(line)
        if current.size > MAX_ENTRY or len(current.fields) > MAX_FIELDS:
            continue
        if found:
            current.fields.append((tag, [found[2] or ""]))
        else:
            current.fields[-1][1].append(line.strip())
    if current is not None:
        yield _closed(current)


def _closed(gathering: _Gathering) -> Entry | MalformedPayload:
    if gathering.size > MAX_ENTRY or len(gathering.fields) > MAX_FIELDS:
        return MalformedPayload(
            f"the entry has more than {MAX_ENTRY:,} characters or {MAX_FIELDS:,} fields", place=f"line {gathering.line}"
        )
    return gathering.entry()

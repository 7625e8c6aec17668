"""Tables of works (CSV, TSV, semicolons), as databases and reference managers export them and people keep them.

A table is recognised by its header: a column for the title or an identifier, and another that only works have.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from ingest.formats.base import Rejected
from ingest.formats.flat import fields_of, record_of
from ingest.formats.flat_terms import FIELDS, NAMING, TELLING, bare
from ingest.formats.many import one_by_one
from ingest.formats.table import Row, named, rows
from ontology.errors import FormatError, MalformedPayload
from ontology.records import Payload, Record

_DELIMITERS: Final = (",", ";", "\t", "|")


class FlatTableFormat(msgspec.Struct, frozen=True):
    """One record per row."""

    name: str = "flat_table"

    def recognises(self, head: bytes, media: str) -> bool:
        """A first line with names of columns, one of them the title's or an identifier's and another that only works
        have."""
        return media == self.name or _delimiter(head) is not None

    def parse(self, payload: Payload) -> Iterator[Record | Rejected]:
        """Raises FormatError, with the line, where the table itself is broken; rows before it are kept."""
        lines = rows(payload.body, _delimiter(payload.body[:65536]) or ",")
        first = next(lines, None)
        header = first.cells if first else []
        if NAMING.isdisjoint(map(_field, header)):
            raise MalformedPayload("the header has no column for the title or an identifier", place="line 1")
        yield from one_by_one(lines, lambda row, number: _read(header, row, number))


FORMAT: Final = FlatTableFormat()


def _field(name: str) -> str:
    return FIELDS.get(bare(name), "")


def _delimiter(head: bytes) -> str | None:
    """What stands between the columns of a table of works; None for anything else."""
    first = head.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0].decode("utf-8", "ignore")
    if first.lstrip()[:1] in ("<", "{", "[", "@", "%"):
        return None
    for delimiter in _DELIMITERS:
        fields = {_field(name) for name in first.split(delimiter)[:500]}
        if any(fields & TELLING - {name} for name in fields & NAMING):
            return delimiter
    return None


def _read(header: list[str], row: Row, number: str) -> Record:
    try:
        return record_of(fields_of(named(header, row).items()), number, FORMAT.name)
    except FormatError as error:
        raise type(error)(error.message, place=f"line {row.line}", hint=error.hint) from None

"""Rows of a CSV, TSV or semicolon-separated table, one by one, with the line each ends on."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Final

import msgspec

from ingest.formats.text import decode, require_content
from ontology.errors import MalformedPayload

MAX_BYTES: Final = 512 * 1024 * 1024
MAX_FIELD: Final = 4 * 1024 * 1024
"""Characters in one cell (the module `csv` has one limit for the whole process: it is only raised)."""


class Row(msgspec.Struct, frozen=True):
    """Cells as they stand, and the number of the line the row ends on."""

    cells: list[str]
    line: int


def rows(body: bytes, delimiter: str = ",", *, max_bytes: int = MAX_BYTES) -> Iterator[Row]:
    """Rows that are not empty, the header first.

    Raises EmptyPayload, EncodingError or, where the table breaks off, MalformedPayload with the line.
    """
    require_content(body, max_bytes)
    if csv.field_size_limit() < MAX_FIELD:
        csv.field_size_limit(MAX_FIELD)
    reader = csv.reader(StringIO(decode(body), newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if any(cells):
                yield Row(cells, reader.line_num)
    except csv.Error as error:
        raise MalformedPayload(f"CSV: {error}", place=f"line {reader.line_num}") from None


def named(header: list[str], row: Row) -> dict[str, str]:
    """A row's cells by the names of their columns. Raises MalformedPayload where there are more or fewer."""
    if len(row.cells) != len(header):
        raise MalformedPayload(
            f"the row has {len(row.cells)} cells, the header {len(header)}", place=f"line {row.line}"
        )
    return dict(zip(header, row.cells, strict=True))


def columns_of(head: bytes, delimiter: bytes = b",") -> list[bytes]:
    """Names in the first line of a table, without quotes and case."""
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")[0]
    return [name.strip(b'" \r\t').lower() for name in first.split(delimiter)]

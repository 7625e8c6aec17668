"""Tables as grids: where each cell stands, whatever spans before it, in HTML's, CALS's and TEI's way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from ingest.formats.xml import Element

MAX_SPAN: Final = 100
"""Columns or rows one cell may span; wider ones are taken for as wide."""


class Cell(NamedTuple):
    """An element that is a cell: its column in the grid (from 1), what it spans, and whether it heads others."""

    element: Element
    column: int
    rows: int = 1
    columns: int = 1
    header: bool = False


class _Occupied:
    """Columns that cells of earlier rows reach into."""

    def __init__(self) -> None:
        self._left: dict[int, int] = {}

    def next_row(self) -> None:
        self._left = {column: rows - 1 for column, rows in self._left.items() if rows > 1}

    def free(self, column: int) -> int:
        while column in self._left:
            column += 1
        return column

    def take(self, cell: Cell) -> None:
        for column in range(cell.column, cell.column + cell.columns):
            self._left[column] = max(self._left.get(column, 0), cell.rows)


def html_rows(table: Element) -> Iterator[list[Cell]]:
    """Rows of a table of `tr`, `th` and `td` (XHTML, JATS), without those of tables inside it."""
    occupied = _Occupied()
    for row in table.iter("tr"):
        if next(row.iterancestors("table"), table) is not table:
            continue
        in_head = next((True for outer in row.iterancestors("thead", "tbody", "table") if outer.tag == "thead"), False)
        yield _placed(row, ("td", "th"), ("rowspan", "colspan"), occupied, header=in_head)


def tei_rows(table: Element) -> Iterator[list[Cell]]:
    """Rows of a TEI table: `row` of `cell`, labels by their role."""
    occupied = _Occupied()
    for row in table.findall("row"):
        yield _placed(row, ("cell",), ("rows", "cols"), occupied, header=row.get("role") == "label")


def _placed(
    row: Element, tags: tuple[str, ...], spans: tuple[str, str], occupied: _Occupied, *, header: bool
) -> list[Cell]:
    occupied.next_row()
    cells = []
    column = 1
    for each in row:
        if each.tag not in tags:
            continue
        column = occupied.free(column)
        rows, columns = (_span(each.get(name, "1")) for name in spans)
        cells.append(Cell(each, column, rows, columns, header or each.tag == "th" or each.get("role") == "label"))
        column += columns
    for cell in cells:
        # Rows are counted from this one on: the next row sees one less.
        occupied.take(cell)
    return cells


def cals_rows(group: Element) -> Iterator[list[Cell]]:
    """Rows of a CALS `tgroup` (OASIS Exchange Table Model): `row` of `entry`, spans by column names."""
    numbers = {each.get("colname", ""): at for at, each in enumerate(group.findall("colspec"), 1)}
    for part in group:
        if part.tag not in ("thead", "tbody", "tfoot"):
            continue
        occupied = _Occupied()
        for row in part.findall("row"):
            occupied.next_row()
            cells = []
            column = 1
            for entry in row.findall("entry"):
                first = numbers.get(entry.get("namest") or entry.get("colname") or "", 0)
                last = numbers.get(entry.get("nameend", ""), 0)
                column = first or occupied.free(column)
                columns = min(max(1, last - column + 1), MAX_SPAN)
                rows = min(_span(entry.get("morerows", "0")) + (entry.get("morerows", "0") != "0"), MAX_SPAN)
                cells.append(Cell(entry, column, rows, columns, part.tag == "thead"))
                column += columns
            for cell in cells:
                occupied.take(cell)
            yield cells


def _span(text: str) -> int:
    text = text.strip()
    return min(max(1, int(text)), MAX_SPAN) if text.isascii() and text.isdigit() and len(text) < 6 else 1

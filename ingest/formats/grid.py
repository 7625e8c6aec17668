"""Tables as grids: where each cell stands, whatever spans before it, in HTML's, CALS's and TEI's way,
and how its row is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from ingest.formats.marks import Mark
from ingest.formats.xml import Element
from ontology.documents import DocumentBuilder
from ontology.records import Fragment

MAX_CELLS: Final = 20_000
"""Cells of tables in one document; further ones are counted in a note and left out."""

MAX_SPAN: Final = 100
"""Columns or rows one cell may span; wider ones are taken for as wide."""
MAX_COLUMN: Final = 1_000
"""Columns beyond which spans of earlier rows are not looked at."""


class Cell(NamedTuple):
    """An element that is a cell: its column in the grid (from 1), what it spans, and whether it heads others."""

    element: Element
    column: int
    rows: int = 1
    columns: int = 1
    header: bool = False


class CellWriter:
    """Writes rows into a document: a block for each, a fragment for each cell that has text."""

    _BETWEEN: Final = " | "

    def __init__(self, builder: DocumentBuilder) -> None:
        self._builder = builder
        self._written = self._left_out = 0

    def room_for(self, cells: Sequence[Cell]) -> Sequence[Cell]:
        """As many of the cells as the document's limit leaves room for."""
        room = max(0, MAX_CELLS - self._written)
        self._left_out += max(0, len(cells) - room)
        self._written += min(len(cells), room)
        return cells[:room]

    def write(self, path: str, cells: Sequence[tuple[Cell, str, list[Mark]]]) -> tuple[Fragment | None, list[Mark]]:
        """The row's block, None where no cell has text, and the marks of its cells as marks over it."""
        filled = [each for each in cells if each[1]]
        if not filled:
            return None, []
        row = self._builder.block("row", path, self._BETWEEN.join(text for _, text, _ in filled))
        moved: list[Mark] = []
        at = 0
        for cell, text, marks in filled:
            self._builder.mark(
                row, "cell", f"{path}/c/{cell.column}", at, at + len(text), rows=cell.rows, columns=cell.columns,
                role="header" if cell.header else "",
            )  # fmt: skip
            moved += (Mark(at + begin, at + end, refs) for begin, end, refs in marks)
            at += len(text) + len(self._BETWEEN)
        return row, moved

    def note(self) -> None:
        """Say how many cells were left out, if any."""
        if self._left_out:
            self._builder.note(f"{self._left_out:,} cells of tables beyond the first {MAX_CELLS:,} were left out")


class _Occupied:
    """Columns that cells of earlier rows reach into."""

    def __init__(self) -> None:
        self._left: dict[int, int] = {}

    def next_row(self) -> None:
        self._left = {column: rows - 1 for column, rows in self._left.items() if rows > 1}

    def free(self, column: int) -> int:
        while column in self._left and column <= MAX_COLUMN:
            column += 1
        return column

    def take(self, cell: Cell) -> None:
        for column in range(cell.column, min(cell.column + cell.columns, MAX_COLUMN + 1)):
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
                column = max(column, first) if first else occupied.free(column)
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

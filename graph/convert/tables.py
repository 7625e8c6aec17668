"""Cells of tables: one statement for a whole table, and the way back to a cell's address and text.

A table of 10⁶ cells would be 6 × 10⁶ statements that nobody joins over. Its grid is one JSON literal on
the table (`gn:cells`), row by row, and a cell's IRI (`…/tab/2/r/3/c/4`) is answered from it on demand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from ontology.records import Fragment

Grid = list[list[str | None]]
"""Rows of cells: their text, null where there is none or a cell before reaches into."""

_CELL: Final = re.compile(r"(.*/tab/\d+)/r/(\d+)/c/(\d+)")
_MAX_COLUMN: Final = 1_000


def grids(fragments: tuple[Fragment, ...], text: str) -> Iterator[tuple[str, Grid, int]]:
    """(path of the table, its grid, how many rows head the others) of each table with cells."""
    rows: dict[str, dict[int, list[Fragment]]] = {}
    for fragment in fragments:
        if fragment.kind == "cell" and (found := _address(fragment.path)):
            rows.setdefault(found[0], {}).setdefault(found[1], []).append(fragment)
    for table, numbered in rows.items():
        grid: Grid = [[] for _ in range(max(numbered))]
        for number, cells in numbered.items():
            grid[number - 1] = _row(cells, text)
        heads = 0
        while heads + 1 in numbered and all(cell.role == "header" for cell in numbered[heads + 1]):
            heads += 1
        yield table, grid, heads


def _address(path: str) -> tuple[str, int, int] | None:
    found = _CELL.fullmatch(f"/{path}")
    return (found[1].removeprefix("/"), int(found[2]), int(found[3])) if found else None


def _row(cells: list[Fragment], text: str) -> list[str | None]:
    columns = {int(cell.path.rpartition("/")[2]): text[cell.begin : cell.end] for cell in cells}
    return [columns.get(column) for column in range(1, min(max(columns), _MAX_COLUMN) + 1)]


def cell_of(iri: str) -> tuple[str, int, int] | None:
    """(IRI of the table, row, column) where an IRI is the address of a cell, else None."""
    found = _CELL.fullmatch(iri)
    return (found[1], int(found[2]), int(found[3])) if found else None


def written(grid: Grid) -> str:
    return msgspec.json.encode(grid).decode()


def read(said: str) -> Grid:
    """The grid of a `gn:cells` literal; empty for what is none."""
    try:
        return msgspec.json.decode(said, type=Grid)
    except msgspec.DecodeError:
        return []

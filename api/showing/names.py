"""What the things in a table are called, beside their IRIs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec

from api.showing.asked import Asked
from api.showing.terms import Cell

MOST_NAMES: Final = 300
"""Things of one table whose names are looked up."""
Named = Callable[[Iterable[str]], Mapping[str, str]]


def with_names(asked: Asked, named: Named) -> Asked:
    """The same with names on the cells of IRIs, unless the row says the name itself."""
    iris = list(dict.fromkeys(cell.iri for row in asked.rows for cell in row if cell.iri))[:MOST_NAMES]
    found = {iri: name for iri, name in named(iris).items() if name != iri} if iris else {}
    return msgspec.structs.replace(asked, rows=tuple(_row(row, found) for row in asked.rows)) if found else asked


def _row(row: tuple[Cell, ...], found: Mapping[str, str]) -> tuple[Cell, ...]:
    said = {cell.text for cell in row if not cell.iri}
    return tuple(
        msgspec.structs.replace(cell, name=found[cell.iri])
        if cell.iri in found and found[cell.iri] not in said
        else cell
        for cell in row
    )

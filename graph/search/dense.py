"""Vectors: a file of float32 rows that is the truth, and a compressed copy in memory that is searched.

The file of a space (encoder and dimensions) only ever grows or has rows overwritten that no commit
refers to, so it needs no commit of its own: a document's row becomes visible with the document.
The copy holds each number in one byte; the best of it are scored again exactly.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from graph.search.documents import Vector
from graph.search.schema import NO_ROW, space_of
from graph.search.works import Place, Snapshot
from ontology.errors import DiskFull, SearchError

if TYPE_CHECKING:
    from graph.search.codes import Codes

RESCORED: Final = 2
"""So many times the wanted results are taken from the compressed copy and scored exactly."""
SAMPLED: Final = 2_000
"""Vectors that the mean is made from."""

Rows = NDArray[np.int64]


class VectorFile:
    """Rows of `dimensions` float32 numbers, little-endian, end to end, without a header."""

    def __init__(self, folder: Path, encoder_id: str, dimensions: int) -> None:
        self.dimensions = dimensions
        self.space = space_of(encoder_id, dimensions)
        self.path = folder / f"{self.space:016x}.f32"

    def rows(self) -> int:
        """Whole rows in the file; an unfinished one at the end doesn't count."""
        return self.path.stat().st_size // (4 * self.dimensions) if self.path.is_file() else 0

    def view(self) -> NDArray[np.float32]:
        """The rows, shape (rows, dimensions), mapped into memory and read-only."""
        count = self.rows()
        if count == 0:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        return np.memmap(self.path, dtype="<f4", mode="r", shape=(count, self.dimensions))

    def write(self, rows: Iterable[tuple[int, bytes]]) -> None:
        """Put vectors into rows and see them on disk. Raises DiskFull or SearchError."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                for row, vector in rows:
                    written = os.pwrite(handle, vector, row * 4 * self.dimensions)
                    if written != len(vector):
                        raise OSError(errno.ENOSPC, "a vector was cut short")
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DiskFull("no space left for vectors", place=str(self.path)) from error
            raise SearchError(f"vectors cannot be written: {error}", place=str(self.path)) from error

    def discard_others(self) -> None:
        """Remove the files of other encoders."""
        for other in self.path.parent.glob("*.f32"):
            if other != self.path:
                other.unlink(missing_ok=True)


class DenseView:
    """The vectors of one snapshot's documents. `places[row]` is the row's document, if it has one."""

    def __init__(self, snapshot: Snapshot, file: VectorFile, codes: Codes) -> None:
        places = snapshot.works()
        rows = snapshot.column("row", places)
        mine = snapshot.column("space", places) == file.space
        fingerprints = snapshot.column("fingerprint", places)
        self._vectors = file.view()
        mine &= (rows != NO_ROW) & (rows < len(self._vectors))
        self.places: dict[int, Place] = {
            int(row): place for row, place, is_mine in zip(rows, places, mine, strict=True) if is_mine
        }
        self.rows = np.sort(rows[mine])
        self._row_of = {place: row for row, place in self.places.items()}
        self._codes = codes
        codes.follow(rows[mine], fingerprints[mine], self._vectors)

    def __len__(self) -> int:
        return len(self.rows)

    def nearest(self, query: Vector, count: int, among: Rows | None = None) -> list[tuple[Place, float]]:
        """The `count` documents with the highest dot product, best first, with it; `among`, rows, limits them."""
        allowed = self.rows if among is None else among
        if not len(allowed) or count <= 0:
            return []
        candidates = self._codes.nearest(query, min(len(allowed), count * RESCORED), allowed)
        scores = np.asarray(self._vectors[candidates] @ query, dtype=np.float64)
        order = np.lexsort((candidates, -scores))[:count]
        return [(self.places[int(candidates[i])], float(scores[i])) for i in order]

    def vector(self, place: Place) -> Vector | None:
        """The vector of a document; None where it has none."""
        row = self._row_of.get(place)
        return None if row is None else np.array(self._vectors[row])

    def vectors(self, places: Sequence[Place]) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
        """Which of the documents have a vector, and the vectors of these in the same order."""
        rows = np.array([self._row_of.get(place, NO_ROW) for place in places], dtype=np.int64)
        known = rows != NO_ROW
        return known, np.asarray(self._vectors[rows[known]])

    @cached_property
    def centre(self) -> Vector:
        """The mean of the vectors, of SAMPLED spread evenly where there are more: what all texts share."""
        rows = self.rows[:: max(1, len(self.rows) // SAMPLED)]
        return np.asarray(self._vectors[rows].mean(axis=0), dtype=np.float32)

    def rows_of(self, places: Iterable[Place]) -> Rows:
        """The rows of those that have a vector."""
        row_of = self._row_of
        return np.array([row_of[place] for place in places if place in row_of], dtype=np.int64)

    def similarity(self, query: Vector, place: Place) -> float | None:
        """Dot product of `query` and a document's vector."""
        vector = self.vector(place)
        return None if vector is None else float(vector @ query)

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
from threading import Lock
from typing import Final

import faiss
import numpy as np
from numpy.typing import NDArray

from graph.search.documents import Vector
from graph.search.schema import NO_ROW, space_of
from graph.search.works import Place, Snapshot
from ontology.errors import DiskFull, SearchError

RESCORED: Final = 2
"""So many times the wanted results are taken from the compressed copy and scored exactly."""
TRAINING_ROWS: Final = 20_000
SAMPLED: Final = 2_000
"""Vectors that the mean is made from."""
_BLOCK: Final = 65_536
_MOST, _ZERO = 127, 128
"""A number from -127 to 127 is kept as a byte above this zero."""

Rows = NDArray[np.int64]

# One thread a search: callers are many, and threads waiting for each other cost more than they help.
faiss.omp_set_num_threads(1)


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


class Codes:
    """The compressed copy, kept from snapshot to snapshot: only rows that changed are coded again.

    Threads share it, so each use takes its lock.
    """

    def __init__(self, dimensions: int) -> None:
        self._dimensions = dimensions
        self._lock = Lock()
        self._trained_on = 0
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._index = faiss.IndexScalarQuantizer(
            self._dimensions, faiss.ScalarQuantizer.QT_8bit_direct_signed, faiss.METRIC_INNER_PRODUCT
        )
        self._scale = np.ones(self._dimensions, dtype=np.float32)
        """What each dimension is multiplied by, so that it fills a byte."""
        self._seen = np.zeros(0, dtype=np.int64)
        """Fingerprint of the vector each code was made of; 0: none."""

    def follow(self, rows: Rows, fingerprints: Rows, vectors: NDArray[np.float32]) -> None:
        """Make the copy hold `vectors[rows]`."""
        if not len(rows):
            return
        with self._lock:
            if not self._trained_on or len(rows) > 2 * self._trained_on + 1_000:
                self._train(rows, vectors)
            self._grow(int(rows.max()) + 1)
            stale = self._seen[rows] != fingerprints
            changed, marks = rows[stale], fingerprints[stale]
            codes = faiss.rev_swig_ptr(self._index.codes.data(), len(self._seen) * self._dimensions)
            table = codes.reshape(len(self._seen), self._dimensions)
            for begin in range(0, len(changed), _BLOCK):
                part = changed[begin : begin + _BLOCK]
                table[part] = np.clip(np.rint(vectors[part] * self._scale), -_MOST, _MOST) + _ZERO
                self._seen[part] = marks[begin : begin + _BLOCK]

    def nearest(self, query: Vector, count: int, allowed: Rows) -> Rows:
        """`count` of the allowed rows, nearest first as far as the copy can tell."""
        with self._lock:
            parameters = None
            if len(allowed) < len(self._seen):
                bits = np.zeros(len(self._seen), dtype=bool)
                bits[allowed[allowed < len(bits)]] = True
                bitmap = np.packbits(bits, bitorder="little")
                selector = faiss.IDSelectorBitmap(len(bitmap), faiss.swig_ptr(bitmap))
                parameters = faiss.SearchParameters()
                parameters.sel = selector
            scaled = query / self._scale
            scaled *= _MOST / max(float(np.abs(scaled).max()), 1e-30)  # the query is made of bytes, too
            _, found = self._index.search(scaled[None, :], count, params=parameters)
        rows: Rows = found[0][found[0] >= 0]
        return rows

    def _grow(self, size: int) -> None:
        more = size - len(self._seen)
        if more > 0:
            self._index.add(np.zeros((more, self._dimensions), dtype=np.float32))
            self._seen = np.concatenate([self._seen, np.zeros(more, dtype=np.int64)])

    def _train(self, rows: Rows, vectors: NDArray[np.float32]) -> None:
        """Learn each dimension's range; again when there is more than twice as much to learn from."""
        self._begin_anew()
        step = max(1, len(rows) // TRAINING_ROWS)
        most = np.abs(vectors[np.sort(rows)[::step]]).max(axis=0)
        self._scale = np.where(most > 0, _MOST / np.maximum(most, 1e-12), 1.0).astype(np.float32)
        self._trained_on = len(rows)

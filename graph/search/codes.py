"""The compressed copy of the vectors, one byte for each number, in which the nearest are looked for first."""

from __future__ import annotations

from threading import Lock
from typing import Final

import faiss
import numpy as np
from numpy.typing import NDArray

from graph.search.dense import Rows
from graph.search.documents import Vector

TRAINING_ROWS: Final = 20_000
_BLOCK: Final = 65_536
_MOST, _ZERO = 127, 128
"""A number from -127 to 127 is kept as a byte above this zero."""

# One thread a search: callers are many, and threads waiting for each other cost more than they help.
faiss.omp_set_num_threads(1)


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

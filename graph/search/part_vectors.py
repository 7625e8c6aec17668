"""Vectors of parts of works: a file that only grows, and a compressed copy of it in memory.

Rows are never written twice: a part that stays as it was keeps its row, one that changed gets a new one, and what
nobody refers to any longer goes when the index is made anew. So a row means the same in every commit, and no reader
has to know which part has it: the index is asked for the parts that have the nearest rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from graph.search.dense import RESCORED, Rows, VectorFile
from graph.search.documents import Vector
from graph.search.schema import NO_ROW, fingerprint_of
from ontology.errors import SearchError

if TYPE_CHECKING:
    from graph.search.codes import Codes

FEW: Final = 2_000
"""Rows that are all scored exactly, as that takes less than to look for the best."""
Row = tuple[int, int]
"""A row and the fingerprint of the vector in it."""


class PartVectors:
    """Those of one space in one folder."""

    def __init__(self, folder: Path, encoder_id: str, dimensions: int) -> None:
        self._file = VectorFile(folder, encoder_id, dimensions)
        self._codes: Codes | None = None
        self._coded = 0
        self._lock = Lock()

    def __len__(self) -> int:
        return self._file.rows()

    def put(self, vectors: Mapping[str, Vector], known: Iterable[Row]) -> dict[str, Row]:
        """Rows for the vectors of parts, by IRI; those in `known` are used again. Raises DiskFull or SearchError."""
        rows = {fingerprint: row for row, fingerprint in known}
        end = self._file.rows()
        placed: dict[str, Row] = {}
        new: list[tuple[int, bytes]] = []
        for iri, vector in vectors.items():
            if vector.shape != (self._file.dimensions,):
                raise SearchError(
                    f"a vector of shape {vector.shape} is not one of {self._file.dimensions} numbers", place=iri
                )
            data = np.ascontiguousarray(vector, dtype="<f4").tobytes()
            mark = fingerprint_of(data)
            if mark not in rows:
                rows[mark] = end + len(new)
                new.append((rows[mark], data))
            placed[iri] = rows[mark], mark
        if new:
            self._file.write(new)
        return placed

    def nearest(self, query: Vector, count: int, among: Rows | None = None) -> tuple[Rows, NDArray[np.float64]]:
        """The `count` rows with the highest dot products, best first, with these; `among` limits them."""
        codes, vectors = self._followed()
        allowed = (
            np.arange(len(vectors)) if among is None else np.unique(among[(among != NO_ROW) & (among < len(vectors))])
        )
        if not len(allowed) or count <= 0:
            return np.zeros(0, dtype=np.int64), np.zeros(0)
        few = len(allowed) <= max(FEW, RESCORED * count)
        found = allowed if few else codes.nearest(query, RESCORED * count, allowed)
        scores = self.cosines(query, found)
        order = np.lexsort((found, -scores))[:count]
        return found[order], scores[order]

    def cosines(self, query: Vector, rows: Rows) -> NDArray[np.float64]:
        """The dot products of these rows; 0 where there is none."""
        vectors = self._file.view()
        known = (rows != NO_ROW) & (rows < len(vectors))
        scores = np.zeros(len(rows))
        scores[known] = vectors[rows[known]] @ query
        return scores

    def _followed(self) -> tuple[Codes, NDArray[np.float32]]:
        """The compressed copy, brought up to all vectors, and these."""
        vectors = self._file.view()
        with self._lock:
            if self._codes is None:  # whoever only writes needs none of what it is made with
                from graph.search.codes import Codes

                self._codes = Codes(self._file.dimensions)
            if len(vectors) > self._coded:
                self._codes.follow(np.arange(len(vectors)), np.ones(len(vectors), dtype=np.int64), vectors)
                self._coded = len(vectors)
            return self._codes, vectors

"""Which rows the vectors of an update go to, so that one commit makes words and vectors true together."""

from __future__ import annotations

import heapq
from collections.abc import Iterable

import msgspec
import numpy as np

from graph.search.dense import VectorFile
from graph.search.documents import SearchDocument, Vector
from graph.search.schema import NO_ROW, Placed, fingerprint_of, version_of
from graph.search.works import Snapshot
from ontology.errors import SearchError


class Plan(msgspec.Struct, frozen=True):
    """An update worked out: documents with their rows, the rows to be written first, and the rows
    that are free once the commit stands."""

    upserts: tuple[Placed, ...]
    vectors: tuple[tuple[int, bytes], ...]
    released: tuple[int, ...]


class Rows:
    """The rows of one space: in use by the last commit, free, or taken by the update in progress.

    A row that the last commit uses is never written, so a crash before the next one harms nothing.
    """

    def __init__(self, snapshot: Snapshot | None, file: VectorFile) -> None:
        self.file = file
        self._end, self._free = 0, list[int]()
        if not file.dimensions:
            return  # no vectors are written: whatever rows there are stay as they are
        places = snapshot.works() if snapshot else []
        spaces = snapshot.column("space", places) if snapshot else np.zeros(0, dtype=np.int64)
        rows = snapshot.column("row", places) if snapshot else np.zeros(0, dtype=np.int64)
        used = set(rows[(spaces == file.space) & (rows != NO_ROW)].tolist())
        self._end = max(used, default=-1) + 1
        self._free = sorted(set(range(self._end)) - used)
        if not np.any((spaces != file.space) & (rows != NO_ROW)):
            file.discard_others()

    def plan(
        self, upserts: Iterable[tuple[SearchDocument, Vector | None]], deletes: Iterable[str], snapshot: Snapshot | None
    ) -> Plan:
        """Work out an update. Documents that are in the index as they are drop out; of one IRI
        given twice the last counts. Raises SearchError for a vector of another shape."""
        wanted = {document.iri: (document, vector) for document, vector in upserts}
        before = _before(snapshot, [*wanted, *deletes]) if snapshot else {}
        placed, vectors = [], []
        released = {old.row for old in before.values() if old.space == self.file.space and old.row != NO_ROW}
        for document, vector in wanted.values():
            old = before.get(document.iri)
            data = self._bytes(document, vector)
            mark = fingerprint_of(data) if data else 0
            if old is not None and old.holds(self.file.space, mark):
                row = old.row
                released.discard(row)
            else:
                row = self._take() if data else NO_ROW
                if data:
                    vectors.append((row, data))
            new = Placed(document, row, self.file.space if data else 0, mark)
            if old is None or (old.version, old.row, old.space) != (version_of(document), new.row, new.space):
                placed.append(new)
        return Plan(tuple(placed), tuple(vectors), tuple(sorted(released)))

    def release(self, rows: Iterable[int]) -> None:
        """Rows no document refers to any longer, now that the commit stands."""
        for row in rows:
            heapq.heappush(self._free, row)

    def _take(self) -> int:
        if self._free:
            return heapq.heappop(self._free)
        self._end += 1
        return self._end - 1

    def _bytes(self, document: SearchDocument, vector: Vector | None) -> bytes:
        if vector is None:
            return b""
        if vector.shape != (self.file.dimensions,):
            raise SearchError(
                f"a vector of shape {vector.shape} is not one of {self.file.dimensions} numbers", place=document.iri
            )
        return np.ascontiguousarray(vector, dtype="<f4").tobytes()


class _Before(msgspec.Struct, frozen=True):
    """What the last commit has of a work."""

    version: int
    row: int
    space: int
    fingerprint: int

    def holds(self, space: int, fingerprint: int) -> bool:
        """Whether this very vector is there already."""
        return fingerprint != 0 and (self.space, self.fingerprint) == (space, fingerprint)


def _before(snapshot: Snapshot, iris: Iterable[str]) -> dict[str, _Before]:
    """What the last commit has of these works, where it has them."""
    places = {iri: place for iri in iris if (place := snapshot.place_of(iri)) is not None}
    names = ("version", "row", "space", "fingerprint")
    columns = [snapshot.column(name, list(places.values())).tolist() for name in names]
    return {iri: _Before(*values) for iri, *values in zip(places, *columns, strict=True)}

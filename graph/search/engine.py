"""Search over works: words by the text index, meaning by vectors, both fused.

    folder/text/      the text index; its commit is the only commit there is
    folder/vectors/   one file of float32 rows for each encoder

`SearchEngine.update` writes vectors into rows nobody refers to, then commits documents, row numbers and
the sequence at once: after a crash at any moment the last commit stands whole, and the same update
may be applied again.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

import numpy as np

from graph.search.answering import Answerer
from graph.search.base import (
    Expander,
    QueryEncoder,
    Recogniser,
    SearchDocument,
    SearchHit,
    SearchRequest,
    SearchResponse,
    Vector,
)
from graph.search.dense import Codes, DenseView, VectorFile
from graph.search.lexical import LexicalIndex, Snapshot
from graph.search.schema import Manifest
from graph.search.writing import Rows
from ontology.errors import NotFound, SearchError


class SearchEngine:
    """One index folder, opened for writing (by one process) or for reading (by any number).

    Searches are safe from several threads; `update` is for one at a time.
    """

    def __init__(self, folder: Path, encoder_id: str, dimensions: int, *, read_only: bool) -> None:
        self._encoder_id = encoder_id
        self._dimensions = dimensions
        self._lexical = LexicalIndex(folder / "text", read_only=read_only)
        self._file = VectorFile(folder / "vectors", encoder_id, dimensions)
        self._codes = Codes(dimensions)
        self._view: tuple[Snapshot, DenseView] | None = None
        self._rows: Rows | None = None
        self._answerer = Answerer()

    @classmethod
    def open(
        cls,
        folder: Path,
        encoder_id: str = "",
        dimensions: int = 0,
        *,
        read_only: bool = False,
        encode_query: QueryEncoder | None = None,
        recognise: Recogniser | None = None,
        expand: Expander | None = None,
    ) -> SearchEngine:
        """The index in `folder`, made there if it is missing and not `read_only`.

        `encoder_id` and `dimensions` name the space of vectors; without them vectors that are there
        stay, but none are written or searched. `encode_query` maps a query into that space. The
        callables are only needed by who searches. A reader takes no lock and sees each commit at its
        next search. Raises SearchError or DiskFull.
        """
        if bool(encoder_id) != (dimensions > 0):
            raise SearchError(f"encoder {encoder_id!r} with {dimensions} dimensions", hint="give both or neither")
        engine = cls(folder, encoder_id, dimensions, read_only=read_only)
        engine._answerer = Answerer(encode_query, recognise, expand)
        return engine

    @property
    def sequence(self) -> int:
        """Of the last commit; 0 where there is none."""
        snapshot = self._lexical.snapshot()
        return snapshot.manifest.sequence if snapshot else 0

    def __len__(self) -> int:
        snapshot = self._lexical.snapshot()
        return snapshot.documents if snapshot else 0

    def update(
        self, upserts: Iterable[tuple[SearchDocument, Vector | None]], deletes: Iterable[str], sequence: int
    ) -> None:
        """Put documents (replacing those of the same IRI) and take others out, as commit `sequence`.

        Vectors have shape (dimensions,) and unit length. Doing the same again changes nothing. Of one
        IRI in both lists the document counts. Raises DiskFull, WriterBusy or SearchError; the commit
        before then still stands.
        """
        snapshot = self._lexical.snapshot()
        if self._rows is None:
            self._rows = Rows(snapshot, self._file)
        documents, gone = list(upserts), list(deletes)
        kept = {document.iri for document, _ in documents}
        manifest = self._manifest(snapshot, sequence)
        rows, self._rows = self._rows, None
        plan = rows.plan(documents, gone, snapshot)
        if plan.vectors:
            self._file.write(plan.vectors)
        self._lexical.write(plan.upserts, (iri for iri in gone if iri not in kept), manifest)
        rows.release(plan.released)
        self._rows = rows

    def search(self, request: SearchRequest) -> SearchResponse:
        """Answer a request. Raises SearchSyntaxError for a query that cannot be read, SearchError for a
        page out of reach. Without an encoder it searches by words alone and says so in `notes`."""
        snapshot = self._lexical.snapshot()
        try:
            return self._answerer.answer(request, snapshot, self._dense(snapshot))
        except ValueError as error:  # the text index's only word for whatever goes wrong in it
            raise SearchError(
                f"the index could not answer: {error}", hint="run gnomon build to make it anew"
            ) from error

    def more_like(self, iri: str, k: int = 10) -> list[SearchHit]:
        """The `k` works nearest in meaning, itself left out; `score` is the cosine. NotFound where the
        index has no such work; empty where it has no vector."""
        snapshot = self._lexical.snapshot()
        place = snapshot.place_of(iri) if snapshot else None
        if snapshot is None or place is None:
            raise NotFound("the index has no such work", place=iri)
        view = self._dense(snapshot)
        vector = view.vector(place) if view else None
        if view is None or vector is None:
            return []
        near = [(other, score) for other, score in view.nearest(vector, k + 1) if other != place]
        return [SearchHit(document=snapshot.document(other), score=score) for other, score in near[:k]]

    def vector(self, iri: str) -> Vector | None:
        """The stored vector of a work; None where there is none."""
        snapshot = self._lexical.snapshot()
        place = snapshot.place_of(iri) if snapshot else None
        view = self._dense(snapshot)
        return view.vector(place) if view and place else None

    def checksum(self) -> str:
        """Hash of the IRIs and contents held, whatever order they came in (vectors left out: their
        last bits depend on the processor). Two indexes of the same works have the same."""
        snapshot = self._lexical.snapshot()
        versions = snapshot.column("version", snapshot.works()) if snapshot else np.zeros(0, dtype=np.int64)
        return blake2b(np.sort(versions).astype("<i8").tobytes(), digest_size=16).hexdigest()

    def close(self) -> None:
        """Let background merges end and give the writer's lock back."""
        self._lexical.close()

    def _manifest(self, snapshot: Snapshot | None, sequence: int) -> Manifest:
        if self._encoder_id or snapshot is None:
            return Manifest(sequence, self._encoder_id, self._dimensions)
        return Manifest(sequence, snapshot.manifest.encoder_id, snapshot.manifest.dimensions)

    def _dense(self, snapshot: Snapshot | None) -> DenseView | None:
        """The vectors of this snapshot; None without an encoder or any vector of it."""
        if snapshot is None or not self._encoder_id:
            return None
        if self._view is None or self._view[0] is not snapshot:
            self._view = snapshot, DenseView(snapshot, self._file, self._codes)
        return self._view[1] if len(self._view[1]) else None

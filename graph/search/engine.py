"""Search over works and their parts: words by text indexes, meaning by vectors, both fused.

    folder/works/      the text index of works; its commit is the only commit there is
    folder/vectors/    one file of float32 rows for each encoder
    folder/fragments/  parts of works, written just before
    folder/entities/   names for suggestions, written just after

`SearchEngine.update` writes vectors into rows nobody refers to, then commits documents, row numbers and
the sequence at once: after a crash at any moment the last commit stands whole, and the same update
may be applied again. Parts and names of works that are not there are never shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
import numpy as np
from tantivy import Query

from graph.search import cursors
from graph.search.base import (
    EntityHit,
    Expander,
    Namer,
    QueryEncoder,
    Recogniser,
    Rescorer,
    SearchRequest,
    SearchResponse,
)
from graph.search.commits import Commit, Walks
from graph.search.dense import DenseView, VectorFile
from graph.search.documents import FragmentDocument, SearchDocument, Vector
from graph.search.entities import EntityIndex, suggestions
from graph.search.fragments import FragmentIndex
from graph.search.likeness import likest
from graph.search.schema import Manifest, Placed, schema, to_document
from graph.search.works import Snapshot, WorkIndex
from graph.search.writing import Rows
from ontology.errors import NotFound, SearchError

if TYPE_CHECKING:
    from graph.search.answering import Answerer
    from graph.search.codes import Codes

WALKED_AT_ONCE: Final = 500
"""Results of one page of a walk."""


class Callables(NamedTuple):
    """What searching by meaning takes; each may be missing."""

    encode_query: QueryEncoder | None = None
    recognise: Recogniser | None = None
    expand: Expander | None = None
    rescore: Rescorer | None = None
    name: Namer | None = None


class SearchEngine:
    """One index folder, opened for writing (by one process) or for reading (by any number).

    Searches are safe from several threads; `update` is for one at a time.
    """

    def __init__(self, folder: Path, encoder_id: str, dimensions: int, *, read_only: bool) -> None:
        self._encoder_id = encoder_id
        self._dimensions = dimensions
        self._works = WorkIndex(folder / "works", read_only=read_only)
        self.fragments = FragmentIndex(folder / "fragments", encoder_id, dimensions, read_only=read_only)
        self._entities = EntityIndex(folder / "entities", read_only=read_only)
        self._file = VectorFile(folder / "vectors", encoder_id, dimensions)
        self._codes: Codes | None = None
        self._newest: Commit | None = None
        self._walks = Walks()
        self._lock = Lock()
        self._rows: Rows | None = None
        self._callables = Callables()

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
        rescore: Rescorer | None = None,
        name: Namer | None = None,
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
        engine._callables = Callables(encode_query, recognise, expand, rescore, name)
        return engine

    @cached_property
    def _answerer(self) -> Answerer:
        """Made for the first search: who only writes loads neither the grammar of queries nor faiss."""
        from graph.search.answering import Answerer

        return Answerer(*self._callables)

    @property
    def sequence(self) -> int:
        """Of the last commit; 0 where there is none."""
        snapshot = self._works.snapshot()
        return snapshot.manifest.sequence if snapshot else 0

    def __len__(self) -> int:
        snapshot = self._works.snapshot()
        return snapshot.documents if snapshot else 0

    def update(
        self,
        upserts: Iterable[tuple[SearchDocument, Vector | None]],
        deletes: Iterable[str],
        sequence: int,
        fragments: Iterable[FragmentDocument] = (),
        part_vectors: Mapping[str, Vector] | None = None,
    ) -> None:
        """Put documents (replacing those of the same IRI) and take others out, as commit `sequence`;
        `fragments` are all parts of the works put, `part_vectors` vectors of some of them by IRI.

        Vectors have shape (dimensions,) and unit length. Doing the same again changes nothing. Of one
        IRI in both lists the document counts. Raises DiskFull, WriterBusy or SearchError; the commit
        before then still stands.
        """
        snapshot = self._works.snapshot()
        if self._rows is None:
            self._rows = Rows(snapshot, self._file)
        documents, gone = list(upserts), list(deletes)
        kept = {document.iri for document, _ in documents}
        gone = [iri for iri in gone if iri not in kept]
        manifest = self._manifest(snapshot, sequence)
        rows, self._rows = self._rows, None
        plan = rows.plan(documents, gone, snapshot)
        if plan.vectors:
            self._file.write(plan.vectors)
        if kept or gone:
            self.fragments.write(fragments, {*kept, *gone}, part_vectors)
        self._works.write(plan.upserts, gone, manifest)
        now = self._works.snapshot()
        if now is not None and (kept or gone):
            self._entities.write((document for document, _ in documents), gone, now)
        rows.release(plan.released)
        self._rows = rows

    def about(self, concept: str) -> list[SearchDocument]:
        """Works about a concept or one below it, whole and as they were written, in no order."""
        snapshot = self._works.snapshot()
        if snapshot is None:
            return []
        places = snapshot.places(Query.term_query(schema(), "topic_iri", concept))
        return [to_document(snapshot.stored(place), body=True) for place in places]

    def retopic(self, documents: Iterable[SearchDocument], sequence: int) -> None:
        """Put works that are there with other topics, as commit `sequence`; their parts and vectors stay."""
        snapshot = self._works.snapshot()
        found = [(one, place) for one in documents if snapshot and (place := snapshot.place_of(one.iri)) is not None]
        columns = [
            snapshot.column(name, [place for _, place in found]).tolist() if snapshot and found else []
            for name in ("row", "space", "fingerprint")
        ]
        placed = [Placed(document, *rest) for (document, _), *rest in zip(found, *columns, strict=True)]
        self._works.write(placed, (), self._manifest(snapshot, sequence))

    def search(self, request: SearchRequest) -> SearchResponse:
        """Answer a request. Raises SearchSyntaxError for a query that cannot be read, SearchError for a
        page out of reach. Without an encoder it searches by words alone and says so in `notes`."""
        commit = self.commit()
        if commit is None:
            self._answerer.check(request)
            return SearchResponse(
                hits=(), total=0, dense_total=0, mode="lexical", sequence=0, notes=("the index is empty",)
            )
        if request.cursor not in ("", cursors.START):
            commit = self._walks.find(cursors.read(request.cursor, request).sequence, commit)
        try:
            answered = self._answerer.answer(request, commit)
        except ValueError as error:  # the text index's only word for whatever goes wrong in it
            raise SearchError(
                f"the index could not answer: {error}", hint="run gnomon index rebuild to make it anew"
            ) from error
        if answered.cursor:
            self._walks.begin(commit)
        return answered

    def walk(self, request: SearchRequest, most: int) -> Iterator[SearchDocument]:
        """The first `most` results of a search, one after the other, all of one commit."""
        asked = msgspec.structs.replace(
            request, cursor=cursors.START, offset=0, limit=min(WALKED_AT_ONCE, most), facets=(), group_by=None,
            passages=0, highlight=False, explain=False,
        )  # fmt: skip
        while most > 0:
            answered = self.search(asked)
            for hit in answered.hits[:most]:
                yield hit.document
            most -= len(answered.hits)
            if not answered.cursor or most <= 0:
                return
            asked = msgspec.structs.replace(asked, cursor=answered.cursor)

    def works_named(self, names: Iterable[str]) -> dict[str, str]:
        """Identifiers → the IRIs of the works that have them."""
        commit = self.commit()
        if commit is None:
            return {}
        places = {name: commit.snapshot.place_of(name) for name in names}
        return {name: commit.snapshot.document(place).iri for name, place in places.items() if place is not None}

    def document(self, iri: str) -> SearchDocument:
        """A work as the index has it; NotFound."""
        commit = self.commit()
        place = commit.snapshot.place_of(iri) if commit else None
        if commit is None or place is None:
            raise NotFound("the index has no such work", place=iri)
        return commit.snapshot.document(place)

    def suggest(self, typed: str, each: int = 5) -> list[EntityHit]:
        """People, organisations, venues and works whose names begin as typed, at most `each` of a kind."""
        commit = self.commit()
        if commit is None or commit.entities is None:
            return []
        return suggestions(commit.entities, commit.snapshot, typed, each)

    def tagged(self, concept: str) -> int:
        """Works about a concept or one below it."""
        commit = self.commit()
        return commit.snapshot.count(Query.term_query(schema(), "topic_iri", concept)) if commit else 0

    def more_like(self, iri: str, k: int = 10) -> dict[str, float]:
        """Works near in meaning, itself left out: IRI → cosine in (0, 1] after the mean of all vectors is
        taken away, the `k` best first. NotFound where the index has no such work; empty where it has no vector."""
        commit = self.commit()
        place = commit.snapshot.place_of(iri) if commit else None
        if commit is None or place is None:
            raise NotFound("the index has no such work", place=iri)
        found = likest(commit.view, place, k) if commit.view else []
        return {commit.snapshot.document(other).iri: cosine for other, cosine in found}

    def vector(self, iri: str) -> Vector | None:
        """The stored vector of a work; None where there is none."""
        commit = self.commit()
        place = commit.snapshot.place_of(iri) if commit else None
        return commit.view.vector(place) if commit and commit.view and place else None

    def checksum(self) -> str:
        """Hash of the IRIs and contents held, whatever order they came in (vectors left out: their
        last bits depend on the processor). Two indexes of the same works have the same."""
        snapshot = self._works.snapshot()
        versions = snapshot.column("version", snapshot.works()) if snapshot else np.zeros(0, dtype=np.int64)
        return checksum_of(versions)

    def close(self) -> None:
        """Let background merges end and give the writer's lock back."""
        for index in (self._works, self.fragments, self._entities):
            index.close()

    def _manifest(self, snapshot: Snapshot | None, sequence: int) -> Manifest:
        if self._encoder_id or snapshot is None:
            return Manifest(sequence, self._encoder_id, self._dimensions)
        return Manifest(sequence, snapshot.manifest.encoder_id, snapshot.manifest.dimensions)

    def commit(self) -> Commit | None:
        """The newest commit with all that goes with it; None before the first."""
        with self._lock:
            snapshot = self._works.snapshot()
            if snapshot is None:
                return None
            if self._newest is None or self._newest.snapshot is not snapshot:
                self._newest = Commit(
                    snapshot, self._dense(snapshot), self.fragments.snapshot(), self._entities.searcher()
                )
            return self._newest

    def _dense(self, snapshot: Snapshot) -> DenseView | None:
        """The vectors of this snapshot; None without an encoder or any vector of it."""
        if not self._encoder_id:
            return None
        if self._codes is None:
            from graph.search.codes import Codes

            self._codes = Codes(self._dimensions)
        view = DenseView(snapshot, self._file, self._codes)
        return view if len(view) else None


def checksum_of(versions: np.typing.NDArray[np.int64]) -> str:
    """The hash of the versions of all works."""
    return blake2b(np.sort(versions).astype("<i8").tobytes(), digest_size=16).hexdigest()

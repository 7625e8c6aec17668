"""The text index (tantivy): one writer, any number of readers, each reading one commit at a time."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tantivy import DocAddress, Document, Index, IndexWriter, Order, Query, Searcher, SnippetGenerator

from graph.search.base import Facet, FacetName, FacetValue, SearchDocument
from graph.search.language import analysers
from graph.search.schema import (
    FACET_FIELDS,
    LAYOUT,
    MANIFEST,
    MANIFEST_IRI,
    WORK,
    Manifest,
    Placed,
    of_document,
    of_manifest,
    schema,
    to_document,
    to_manifest,
)
from ontology.errors import DiskFull, SearchError, WriterBusy

WRITER_BYTES: Final = 64_000_000
_MARK: Final = "layout"
_ALL_VALUES: Final = 1 << 24
"""Facet values counted per segment before the top ones are taken: more than there can be, so exact."""

Place = tuple[int, int]
"""Where a document lies in one snapshot: (segment, number in the segment)."""


class Snapshot:
    """One commit, unchanged however much is written meanwhile."""

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher
        found = searcher.search(_is(MANIFEST), limit=1, count=False).hits
        self.manifest = to_manifest(searcher.doc(found[0][1])) if found else Manifest()
        self.documents = max(0, searcher.num_docs - len(found))

    def search(self, query: Query, limit: int) -> tuple[int, list[tuple[Place, float]]]:
        """Number of matches, and the best `limit` with their scores, best first."""
        if limit == 0:
            return self.count(query), []
        result = self._searcher.search(query, limit=limit, count=True)
        return result.count, [(_place(address), score) for score, address in result.hits]  # type: ignore[attr-defined]

    def newest(self, query: Query, limit: int) -> tuple[int, list[tuple[Place, float]]]:
        """Matches by year, latest first, for queries that have nothing to rank by."""
        result = self._searcher.search(query, limit=max(1, limit), count=True, order_by_field="year", order=Order.Desc)
        places = [_place(address) for _, address in result.hits]
        return result.count, [(place, 0.0) for place in places[:limit]]  # type: ignore[attr-defined]

    def count(self, query: Query) -> int:
        return self._searcher.search(query, limit=1, count=True).count  # type: ignore[attr-defined, no-any-return]

    def places(self, query: Query) -> list[Place]:
        """Every match, in no order."""
        hits = self._searcher.search(query, limit=max(1, self._searcher.num_docs), count=False).hits
        return [_place(address) for _, address in hits]

    def column(self, name: str, places: Sequence[Place]) -> NDArray[np.int64]:
        """An integer field's values for these places (0 where a document has none)."""
        values = self._searcher.fast_field_values(name, [DocAddress(*place) for place in places])
        return np.array([value or 0 for value in values], dtype=np.int64)

    def works(self) -> list[Place]:
        """Every work."""
        return self.places(_is(WORK))

    def place_of(self, iri: str) -> Place | None:
        hits = self._searcher.search(Query.term_query(schema(), "iri", iri), limit=1, count=False).hits
        return _place(hits[0][1]) if hits else None

    def stored(self, place: Place) -> Document:
        """What is kept of a document, for `highlights.highlights`."""
        return self._searcher.doc(DocAddress(*place))

    def marker(self, query: Query, field: str, characters: int) -> SnippetGenerator:
        """Finds the passage of a field, at most so long, where most of a query's terms stand."""
        generator = SnippetGenerator.create(self._searcher, query, schema(), field)
        generator.set_max_num_chars(characters)
        return generator

    def document(self, place: Place) -> SearchDocument:
        return to_document(self._searcher.doc(DocAddress(*place)))

    def score(self, query: Query, place: Place) -> float:
        """What `query` alone gives the document; 0 where it doesn't match."""
        try:
            told = json.loads(query.explain(self._searcher, DocAddress(*place)).to_json())
        except ValueError:
            return 0.0
        return float(told["value"])

    def facets(self, query: Query, names: Sequence[FacetName], size: int) -> tuple[Facet, ...]:
        """The `size` most frequent values of each facet over all matches, ties by value."""
        if not names:
            return ()
        wanted = {
            name: {"terms": {"field": FACET_FIELDS[name], "size": size, "segment_size": _ALL_VALUES}} for name in names
        }
        found: dict[str, Any] = self._searcher.aggregate(query, wanted)
        return tuple(Facet(name=name, values=self._values(name, found[name]["buckets"])) for name in names)

    def _values(self, name: FacetName, buckets: Iterable[dict[str, Any]]) -> tuple[FacetValue, ...]:
        values = []
        for bucket in buckets:
            value = str(int(bucket["key"])) if name == "year" else str(bucket["key"])
            values.append(FacetValue(value=value, label=self._label(name, value), count=bucket["doc_count"]))
        return tuple(sorted(values, key=lambda one: (-one.count, one.value)))

    def _label(self, name: FacetName, value: str) -> str:
        """What people call an IRI, as the first work that has it says."""
        if name not in ("topic", "author", "venue"):
            return value
        hits = self._searcher.search(Query.term_query(schema(), FACET_FIELDS[name], value), limit=1, count=False).hits
        if not hits:
            return value
        work = to_document(self._searcher.doc(hits[0][1]))
        if name == "venue":
            return work.venue or value
        pairs = work.topics if name == "topic" else tuple(zip(work.author_iris, work.authors, strict=False))
        return dict(pairs).get(value, value)


class LexicalIndex:
    """The index in one folder. The writer's lock is the operating system's: it dies with the process."""

    def __init__(self, folder: Path, *, read_only: bool) -> None:
        self._folder = folder
        self._read_only = read_only
        self._writer: IndexWriter | None = None
        self._state: tuple[int, int] | None = None
        if not read_only:
            _prepare(folder)
        self._index = _open(folder) if _exists(folder) else None
        self._snapshot: Snapshot | None = None

    def snapshot(self) -> Snapshot | None:
        """The newest commit; None where nothing has been written yet."""
        if self._index is None:
            if not _exists(self._folder):
                return None
            self._index = _open(self._folder)
        state = _state(self._folder)
        if self._snapshot is None or state != self._state:
            self._index.reload()
            self._snapshot, self._state = Snapshot(self._index.searcher()), state
        return self._snapshot

    def write(self, upserts: Iterable[Placed], deletes: Iterable[str], manifest: Manifest) -> None:
        """Replace, remove and commit, all or nothing. DiskFull or SearchError leaves the last commit standing."""
        writer = self._open_writer()
        try:
            for iri in deletes:
                writer.delete_documents_by_term("iri", iri)
            for placed in upserts:
                writer.delete_documents_by_term("iri", placed.document.iri)
                writer.add_document(of_document(placed))
            writer.delete_documents_by_term("iri", MANIFEST_IRI)
            writer.add_document(of_manifest(manifest))
            writer.commit()
        except (ValueError, OSError) as error:
            self._writer = None
            raise _failure(error, self._folder) from error

    def close(self) -> None:
        """Let running merges end and give the writer's lock back."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.wait_merging_threads()

    def _open_writer(self) -> IndexWriter:
        if self._read_only or self._index is None:
            raise SearchError("this search index was opened for reading", place=str(self._folder))
        if self._writer is None:
            try:
                self._writer = self._index.writer(WRITER_BYTES, 1)
            except ValueError as error:
                if "lock" in str(error).lower():
                    raise WriterBusy(
                        "another process writes this search index", place=str(self._folder), hint="wait until it ends"
                    ) from error
                raise _failure(error, self._folder) from error
        return self._writer


def _prepare(folder: Path) -> None:
    """Make the folder and an empty index; one of another layout gives way to it."""
    try:
        if folder.exists() and not _of_this_layout(folder):
            shutil.rmtree(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _MARK).write_text(str(LAYOUT))
        if not _exists(folder):
            Index(schema(), str(folder))
    except (OSError, ValueError) as error:
        raise _failure(error, folder) from error


def _exists(folder: Path) -> bool:
    return (folder / "meta.json").is_file()


def _of_this_layout(folder: Path) -> bool:
    mark = folder / _MARK
    return mark.is_file() and mark.read_text() == str(LAYOUT)


def _open(folder: Path) -> Index:
    if not _of_this_layout(folder):
        raise SearchError(
            "the search index was made by another version", place=str(folder), hint="run gnomon build to make it anew"
        )
    try:
        index = Index.open(str(folder))
    except (OSError, ValueError) as error:
        raise SearchError(
            f"the search index cannot be opened: {error}", place=str(folder), hint="delete the folder; it is built anew"
        ) from error
    for name, analyser in analysers().items():
        index.register_tokenizer(name, analyser)
    return index


def _state(folder: Path) -> tuple[int, int]:
    """Changes with every commit: the index's meta file is replaced."""
    status = (folder / "meta.json").stat()
    return status.st_ino, status.st_mtime_ns


def _failure(error: Exception, folder: Path) -> DiskFull | SearchError:
    if "No space left" in str(error):
        return DiskFull("no space left for the search index", place=str(folder), hint="free some space and run again")
    return SearchError(f"the search index cannot be written: {error}", place=str(folder))


def _place(address: DocAddress) -> Place:
    return address.segment_ord, address.doc


def _is(role: str) -> Query:
    return Query.const_score_query(Query.term_query(schema(), "role", role), 0.0)

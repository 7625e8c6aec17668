"""The works in the text index: one commit of it to ask, and the way to write the next."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from tantivy import DocAddress, Document, Occur, Order, Query, Searcher, SnippetGenerator

from graph.search.base import Facet, FacetName, FacetValue, Sort
from graph.search.cited import Cited
from graph.search.documents import SearchDocument
from graph.search.schema import (
    CITATIONS,
    FACET_FIELDS,
    LAYOUT,
    MANIFEST,
    MANIFESTS,
    WORK,
    Manifest,
    Placed,
    manifest_iri,
    of_document,
    of_manifest,
    schema,
    to_document,
    to_manifest,
)
from graph.search.text_index import TextIndex

_ALL_VALUES: Final = 1 << 24
"""Facet values counted per segment before the top ones are taken: more than there can be, so exact."""
DOCUMENTS_KEPT: Final = 1_000
"""Works, without their bodies, remembered with a commit."""
FREQUENCIES_KEPT: Final = 20_000
"""Terms looked up whose number of works is remembered with a commit."""
_ORDERS: Final[dict[Sort, tuple[str, Order]]] = {
    "newest": ("year", Order.Desc), "oldest": ("year", Order.Asc), "citations": ("citations", Order.Desc),
    "title": ("order", Order.Asc),
}  # fmt: skip

Place = tuple[int, int]
"""Where a document lies in one snapshot: (segment, number in the segment)."""
Ranked = list[tuple[Place, float]]
"""Places with their scores, best first."""


class Snapshot:
    """One commit, unchanged however much is written meanwhile."""

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher
        found = searcher.search(_is(MANIFEST), limit=2 * MANIFESTS, count=False).hits
        manifests = (to_manifest(searcher.doc(address)) for _, address in found)
        self.manifest = max(manifests, key=lambda one: one.sequence, default=Manifest())
        self.documents = self.count(_is(WORK))
        self._document = lru_cache(DOCUMENTS_KEPT)(self._read)
        self._frequency = lru_cache(FREQUENCIES_KEPT)(searcher.doc_freq)

    def search(self, query: Query, limit: int) -> tuple[int, Ranked]:
        """Number of matches, and the best `limit` with their scores, best first."""
        if limit == 0:
            return self.count(query), []
        result = self._searcher.search(query, limit=limit, count=True)
        return result.count, [(_place(address), score) for score, address in result.hits]  # type: ignore[attr-defined]

    def best(self, query: Query, limit: int) -> Ranked:
        """The best `limit` matches with their scores, best first; the others are not counted."""
        hits = self._searcher.search(query, limit=max(1, limit), count=False).hits
        return [(_place(address), score) for score, address in hits[:limit]]

    def ordered(self, query: Query, limit: int, sort: Sort) -> tuple[int, Ranked]:
        """Matches in an order that is not relevance."""
        if sort == "citations" and self.cited:
            places = self.places(query)
            best = np.argsort(-self.citations(places), kind="stable")[:limit]
            return len(places), [(places[at], 0.0) for at in best]
        field, order = _ORDERS.get(sort, _ORDERS["newest"])
        result = self._searcher.search(query, limit=max(1, limit), count=True, order_by_field=field, order=order)
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

    @cached_property
    def cited(self) -> Cited:
        """How often works here are cited by others here."""
        citing = self._searcher.terms_with_prefix("cites", "", filter_query=_is(WORK), limit=_ALL_VALUES)
        if not citing:
            return Cited((), (), ())
        return Cited(citing, self.keys, self.column("citations", self.works()))

    def citations(self, places: Sequence[Place]) -> NDArray[np.int64]:
        """How often these works are cited: as sources say, or by works here, whichever is more."""
        told = self.column("citations", places)
        return np.maximum(told, self.cited.of(self.column("key", places))) if self.cited else told

    @cached_property
    def keys(self) -> NDArray[np.int64]:
        """The keys of all works."""
        return self.column("key", self.works())

    def works(self) -> list[Place]:
        """Every work."""
        return self.places(_is(WORK))

    def place_of(self, name: str) -> Place | None:
        """The work with this IRI or identifier."""
        for field, value in (("iri", name), ("identifier", name.lower())):
            hits = self._searcher.search(Query.term_query(schema(), field, value), limit=1, count=False).hits
            if hits:
                return _place(hits[0][1])
        return None

    def terms(self, field: str, prefix: str, limit: int) -> list[tuple[str, int]]:
        """The most frequent terms of a field that begin so, with the works that have them."""
        return self._searcher.terms_with_prefix(field, prefix, limit=limit)

    def frequency(self, field: str, term: str) -> int:
        """Works that have the term (those deleted since the last merge still count)."""
        return self._frequency(field, term)

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Languages works are written in, the most frequent first."""
        return tuple(term for term, _ in self.terms("language", "", 64))

    @cached_property
    def latest_year(self) -> int:
        newest = self.ordered(_is(WORK), 1, "newest")[1]
        return int(self.column("year", [newest[0][0]])[0]) if newest else 0

    def stored(self, place: Place) -> Document:
        """What is kept of a document, for the highlighter."""
        return self._searcher.doc(DocAddress(*place))

    def marker(self, query: Query, field: str, characters: int) -> SnippetGenerator:
        """Finds the passage of a field, at most so long, where most of a query's terms stand."""
        generator = SnippetGenerator.create(self._searcher, query, schema(), field)
        generator.set_max_num_chars(characters)
        return generator

    def only(self, places: Sequence[Place]) -> Query:
        """These works and no others, without a score."""
        keys = self.column("key", places).tolist()
        return Query.const_score_query(Query.term_set_query(schema(), "key", keys), 0.0)

    def any_of(self, field: str, stems: Iterable[str]) -> Query:
        """Whatever has one of the stems in a field."""
        return Query.boolean_query([(Occur.Should, Query.term_query(schema(), field, stem)) for stem in stems])

    def document(self, place: Place) -> SearchDocument:
        """The work, cited as often as is known here, without its body."""
        return self._document(place)

    def _read(self, place: Place) -> SearchDocument:
        document = to_document(self._searcher.doc(DocAddress(*place)))
        here = self.cited.count(document.iri)
        return msgspec.structs.replace(document, citation_count=here) if here > document.citation_count else document

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
            name: {"terms": {"field": FACET_FIELDS[name], "size": size + 1, "segment_size": _ALL_VALUES}}
            for name in names
        }
        found: dict[str, Any] = self._searcher.aggregate(query, wanted)
        counts = {
            name: {_value(name, bucket["key"]): int(bucket["doc_count"]) for bucket in found[name]["buckets"]}
            for name in names
        }
        if "has" in counts and self.cited:
            counts["has"][CITATIONS] = int(np.count_nonzero(self.citations(self.places(query))))
        return tuple(Facet(name=name, values=self._values(name, counts[name], size)) for name in names)

    def _values(self, name: FacetName, counts: Mapping[str, int], size: int) -> tuple[FacetValue, ...]:
        ordered = sorted((-count, value) for value, count in counts.items() if count)[:size]
        return tuple(FacetValue(value=value, label=self.label(name, value), count=-count) for count, value in ordered)

    def label(self, name: FacetName, value: str) -> str:
        """What people call an IRI, as the first work that has it says."""
        if name not in ("topic", "author", "venue", "organisation", "dataset"):
            return value
        hits = self._searcher.search(Query.term_query(schema(), FACET_FIELDS[name], value), limit=1, count=False).hits
        if name == "dataset":
            place = self.place_of(value)
            return (self.document(place).title if place else "") or value
        if not hits:
            return value
        work = to_document(self._searcher.doc(hits[0][1]))
        if name == "venue":
            return work.venue or value
        pairs = {
            "topic": (*work.topics, *work.broader),
            "author": (*zip(work.author_iris, work.authors, strict=False), *work.others),
            "organisation": tuple(zip(work.organisation_iris, work.organisations, strict=False)),
        }[name]
        return dict(pairs).get(value) or value


def _value(name: FacetName, key: object) -> str:
    return str(int(key)) if name == "year" else str(key)  # type: ignore[call-overload]


class WorkIndex:
    """The works' text index in one folder."""

    def __init__(self, folder: Path, *, read_only: bool) -> None:
        self._index = TextIndex(folder, schema(), LAYOUT, read_only=read_only)
        self._snapshot: tuple[Searcher, Snapshot] | None = None

    def snapshot(self) -> Snapshot | None:
        """The newest commit; None where nothing has been written yet."""
        searcher = self._index.searcher()
        if searcher is None:
            return None
        if self._snapshot is None or self._snapshot[0] is not searcher:
            self._snapshot = searcher, Snapshot(searcher)
        return self._snapshot[1]

    def write(self, upserts: Sequence[Placed], deletes: Iterable[str], manifest: Manifest) -> None:
        """Replace, remove and commit, all or nothing; see `TextIndex.write`."""
        gone = [*deletes, *(placed.document.iri for placed in upserts), manifest_iri(manifest)]
        documents = (*map(of_document, upserts), of_manifest(manifest))
        self._index.write((("iri", iri) for iri in gone), documents)

    def close(self) -> None:
        self._index.close()


def _place(address: DocAddress) -> Place:
    return address.segment_ord, address.doc


def _is(role: str) -> Query:
    return Query.const_score_query(Query.term_query(schema(), "role", role), 0.0)

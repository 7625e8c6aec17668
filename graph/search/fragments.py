"""Parts of works as results: paragraphs, figures and tables by their captions, sections, sentences on demand.

    folder/           the text index of parts
    folder/vectors/   vectors of those that have one (see `part_vectors`)

An index beside that of the works, written just before it; a part whose work is not there is never shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from tantivy import DocAddress, Document, Occur, Query, Schema, SchemaBuilder, Searcher, SnippetGenerator

from graph.search.documents import FragmentDocument, Vector
from graph.search.language import bigram_text, local_terms, without_unspaced
from graph.search.part_vectors import PartVectors, Row
from graph.search.schema import NO_ROW, key_of
from graph.search.text_index import TextIndex

LAYOUT: Final = 2
POOL: Final = 1_000
"""Parts looked at for one answer."""
NARROW: Final = 20_000
"""Up to so many works are handed to the index as a condition; with more the best parts are sifted afterwards."""
BROAD: Final = 4
"""Conditions that at least one in so many parts meets are broad: the nearest of all parts are sifted."""
FARTHEST: Final = 20_000
"""So many of the nearest parts are sifted at most."""

Place = tuple[int, int]
Ranked = list[tuple[Place, float]]
Keys = NDArray[np.int64]


class FoundFragment(msgspec.Struct, frozen=True):
    """A part that matches, where it lies and how well it does."""

    place: Place
    fragment: FragmentDocument
    score: float


class Within(msgspec.Struct, frozen=True):
    """Parts of these kinds (any, where none are named) in works with these keys (None: all) that meet `firm`."""

    kinds: tuple[str, ...] = ()
    keys: Keys | None = None
    firm: Query | None = None

    @property
    def wide(self) -> bool:
        """Whether there are too many works to hand over to the index."""
        return self.keys is not None and len(self.keys) > NARROW

    def conditions(self) -> list[Query]:
        found = [] if self.firm is None else [_constant(self.firm)]
        if self.kinds:
            found.append(_constant(Query.term_set_query(schema(), "kind", list(self.kinds))))
        if self.keys is not None and not self.wide:
            found.append(_constant(Query.term_set_query(schema(), "work_key", self.keys.tolist())))
        return found


@cache
def schema() -> Schema:
    builder = SchemaBuilder()
    for name in ("work", "kind"):
        builder.add_text_field(name, fast=name == "kind", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("text", stored=True, tokenizer_name="stemmed")
    for name in ("exact", "label"):
        builder.add_text_field(name, tokenizer_name="exact")
    builder.add_text_field("heading", tokenizer_name="stemmed")
    for name in ("unspaced", "local"):
        builder.add_text_field(name, tokenizer_name="spaced")
    for name in ("work_key", "row", "fingerprint"):
        builder.add_integer_field(name, indexed=name != "fingerprint", fast=True)
    builder.add_bytes_field("rest", stored=True)
    return builder.build()


def of_fragment(fragment: FragmentDocument, row: Row | None = None) -> Document:
    """A part as the index keeps it, with the row of its vector."""
    text = fragment.text
    rest = msgspec.structs.replace(fragment, text="")
    fields: dict[str, Any] = {
        "work": fragment.work, "kind": fragment.kind, "work_key": key_of(fragment.work), "text": text,
        "exact": without_unspaced(text), "label": fragment.label, "heading": fragment.heading,
        "unspaced": bigram_text(text), "local": " ".join(local_terms(text, fragment.language)),
        "row": "" if row is None else row[0], "fingerprint": "" if row is None else row[1],
        "rest": msgspec.msgpack.encode(rest),
    }  # fmt: skip
    return Document.from_dict({name: value for name, value in fields.items() if value not in ("", [])}, schema())


class FragmentIndex:
    """The parts of all works, in one folder."""

    def __init__(self, folder: Path, encoder_id: str = "", dimensions: int = 0, *, read_only: bool) -> None:
        self._index = TextIndex(folder, schema(), LAYOUT, read_only=read_only)
        self._vectors = PartVectors(folder / "vectors", encoder_id, dimensions) if encoder_id else None

    def write(
        self,
        fragments: Iterable[FragmentDocument],
        works: Collection[str],
        vectors: Mapping[str, Vector] | None = None,
    ) -> None:
        """Put parts in, in place of all that `works` had, with vectors by IRI; see `TextIndex.write`."""
        rows: dict[str, Row] = {}
        if vectors and self._vectors is not None:
            now = self.snapshot()
            rows = self._vectors.put(vectors, now.rows(works) if now is not None else ())
        self._index.write(
            (("work", work) for work in works), (of_fragment(one, rows.get(one.iri)) for one in fragments)
        )

    def snapshot(self) -> FragmentSnapshot | None:
        searcher = self._index.searcher()
        return FragmentSnapshot(searcher, self._vectors) if searcher is not None else None

    def close(self) -> None:
        self._index.close()


class FragmentSnapshot:
    """One commit of the parts."""

    def __init__(self, searcher: Searcher, vectors: PartVectors | None = None) -> None:
        self._searcher = searcher
        self._vectors = vectors

    def __len__(self) -> int:
        return self._searcher.num_docs

    @property
    def dense(self) -> bool:
        """Whether parts have vectors."""
        return self._vectors is not None and len(self._vectors) > 0

    def search(self, words: Query | None, within: Within, limit: int) -> tuple[int, Ranked]:
        """The number of parts that match, and the best `limit`."""
        query = _every([words if words is not None else Query.all_query(), *within.conditions()])
        if within.wide:
            hits = self._searcher.search(query, limit=max(1, self._searcher.num_docs), count=False).hits
            kept = self._in_works([_place(address) for _, address in hits], within)
            return len(kept), [(_place(hits[at][1]), hits[at][0]) for at in kept[:limit]]
        found = self._searcher.search(query, limit=max(1, limit), count=True)
        return found.count, [(_place(address), score) for score, address in found.hits[:limit]]  # type: ignore[attr-defined]

    def near(self, vector: Vector, within: Within, limit: int) -> Ranked:
        """The `limit` parts nearest in meaning, with their cosines; exact but for broad conditions that hardly any of
        the nearest parts meet."""
        if self._vectors is None:
            return []
        conditions = within.conditions()
        met = self._met(conditions) if conditions else len(self)
        if BROAD * met < len(self):
            places = self._places(_every(conditions), self._searcher.num_docs, within)
            rows, _ = self._vectors.nearest(vector, limit, self.column("row", places))
            return self._scored(vector, places, rows)[:limit]
        farthest = min(len(self._vectors), FARTHEST)
        reach = 2 * limit * max(1, len(self) // max(1, met))
        while True:
            rows, _ = self._vectors.nearest(vector, min(reach, farthest))
            either = Query.term_set_query(schema(), "row", rows.tolist())
            places = self._places(_every([_constant(either), *conditions]), len(rows), within)
            found = self._scored(vector, places, rows)[:limit]
            if len(found) == limit or reach >= farthest:
                return found
            reach *= 4

    def cosines(self, vector: Vector, places: Sequence[Place]) -> NDArray[np.float64]:
        """How near these parts are in meaning; 0 for those without a vector."""
        return self._vectors.cosines(vector, self.column("row", places)) if self._vectors else np.zeros(len(places))

    def rows(self, works: Collection[str]) -> list[Row]:
        """The rows of the parts of works."""
        places = self._places(_every(Within(keys=np.array([key_of(work) for work in works])).conditions()), len(self))
        rows, marks = self.column("row", places).tolist(), self.column("fingerprint", places).tolist()
        return [pair for pair in zip(rows, marks, strict=True) if pair[0] != NO_ROW]

    def column(self, name: str, places: Sequence[Place]) -> NDArray[np.int64]:
        """An integer field's values for these places (`NO_ROW` where a part has none)."""
        values = self._searcher.fast_field_values(name, [DocAddress(*place) for place in places])
        return np.array([NO_ROW if value is None else value for value in values], dtype=np.int64)

    def found(self, place: Place, score: float) -> FoundFragment:
        stored = self.stored(place)
        fragment = msgspec.msgpack.decode(stored["rest"][0], type=FragmentDocument)
        return FoundFragment(place, msgspec.structs.replace(fragment, text=stored.get_first("text") or ""), score)

    def _met(self, conditions: Sequence[Query]) -> int:
        """Parts that meet the conditions."""
        return int(self._searcher.search(_every(conditions), limit=1, count=True).count)  # type: ignore[attr-defined]

    def _places(self, query: Query, limit: int, within: Within | None = None) -> list[Place]:
        hits = self._searcher.search(query, limit=max(1, limit), count=False).hits
        places = [_place(address) for _, address in hits]
        return [places[at] for at in self._in_works(places, within)] if within is not None and within.wide else places

    def _in_works(self, places: Sequence[Place], within: Within) -> Keys:
        """Which of the places lie in the works asked for."""
        asked = within.keys if within.keys is not None else np.zeros(0, dtype=np.int64)
        return np.flatnonzero(np.isin(self.column("work_key", places), asked))

    def _scored(self, vector: Vector, places: Sequence[Place], rows: Keys) -> Ranked:
        """Those of the places that have one of the rows, best first."""
        own = self.column("row", places)
        kept = [places[at] for at in np.flatnonzero(np.isin(own, rows)).tolist()]
        scores = self.cosines(vector, kept)
        return [(kept[at], float(scores[at])) for at in np.argsort(-scores, kind="stable").tolist()]

    def stored(self, place: Place) -> Document:
        return self._searcher.doc(DocAddress(*place))

    def any_of(self, field: str, stems: Iterable[str]) -> Query:
        """Whatever has one of the stems in a field."""
        return Query.boolean_query([(Occur.Should, Query.term_query(schema(), field, stem)) for stem in stems])

    def marker(self, query: Query, field: str, characters: int) -> SnippetGenerator:
        """See `works.Snapshot.marker`."""
        generator = SnippetGenerator.create(self._searcher, query, schema(), field)
        generator.set_max_num_chars(characters)
        return generator


def _place(address: DocAddress) -> Place:
    return address.segment_ord, address.doc


def _every(queries: Sequence[Query]) -> Query:
    return Query.boolean_query([(Occur.Must, one) for one in queries])


def _constant(query: Query) -> Query:
    return Query.const_score_query(query, 0.0)

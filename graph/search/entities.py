"""People, organisations, venues and titles by the beginnings of their words: for suggestions and for names in a query.

An index beside that of the works, written just after it. It may lag behind for the moment of a commit, so
whatever it says is looked up among the works before it is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import msgspec
from tantivy import Document, Occur, Order, Query, Schema, SchemaBuilder, Searcher

from graph.search.base import EntityHit, FacetName
from graph.search.documents import SearchDocument
from graph.search.language import STOPWORDS, bigrams, exact, unspaced_runs, without_unspaced
from graph.search.schema import FACET_FIELDS
from graph.search.schema import schema as works_schema
from graph.search.text_index import TextIndex
from graph.search.works import Snapshot

LAYOUT: Final = 1
EDGE: Final = 5
"""Beginnings of words up to so many characters are terms of their own; longer ones are searched for."""
MAX_TYPED: Final = 200
MAX_WORDS: Final = 12
FUZZY_FROM, VERY_FUZZY_FROM = 4, 8
"""Letters from which a word may have one, or two, letters wrong."""
MAX_NAME_WORDS: Final = 6
KINDS: Final[tuple[str, ...]] = ("person", "organisation", "venue", "work")
_NO_BEGIN: Final = STOPWORDS - {"the", "a", "on"}
_FACETS: Final[dict[str, FacetName]] = {"person": "author", "organisation": "organisation", "venue": "venue"}


class Named(msgspec.Struct, frozen=True):
    """An entity as it goes into the index; `weight` decides among names that match alike."""

    iri: str
    kind: str
    label: str
    weight: int = 0


@cache
def schema() -> Schema:
    builder = SchemaBuilder()
    builder.add_text_field("iri", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("kind", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("name", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("label", stored=True, tokenizer_name="raw", index_option="basic")
    for name in ("words", "edges"):
        builder.add_text_field(name, tokenizer_name="spaced", index_option="basic")
    builder.add_integer_field("weight", stored=True, fast=True)
    return builder.build()


def words_of(text: str) -> list[str]:
    """Words in one spelling; a text without spaces by its pairs of characters."""
    found = exact().analyze(without_unspaced(text))
    return [*found, *(pair for run in unspaced_runs(text) for pair in bigrams(run))]


def of_named(named: Named) -> Document:
    spelled = words_of(named.label)
    words = list(dict.fromkeys(spelled))[:64]
    return Document.from_dict(
        {
            "iri": named.iri, "kind": named.kind, "label": named.label, "name": " ".join(spelled),
            "words": " ".join(words), "edges": " ".join(map(_edges, words)), "weight": named.weight,
        },
        schema(),
    )  # fmt: skip


@lru_cache(20_000)
def _edges(word: str) -> str:
    """The beginnings of a word, the longest last."""
    return " ".join(word[:size] for size in range(1, min(EDGE, len(word)) + 1))


def named_in(document: SearchDocument) -> Iterable[tuple[str, str, str]]:
    """(IRI, kind, label) of the agents of a work."""
    yield from ((iri, "person", name) for iri, name in zip(document.author_iris, document.authors, strict=False) if iri)
    pairs = zip(document.organisation_iris, document.organisations, strict=False)
    yield from ((iri, "organisation", name) for iri, name in pairs if iri and name)
    yield from ((iri, "person", name) for iri, name in document.others)
    if document.venue_iri:
        yield document.venue_iri, "venue", document.venue


class EntityIndex:
    """The names, in one folder."""

    def __init__(self, folder: Path, *, read_only: bool) -> None:
        self._index = TextIndex(folder, schema(), LAYOUT, read_only=read_only)

    def write(self, documents: Iterable[SearchDocument], gone: Iterable[str], snapshot: Snapshot) -> None:
        """Take in the works just written and the agents they name; `snapshot` is the commit with them."""
        works = list(documents)
        agents: dict[str, Named] = {}
        for iri, kind, label in (one for document in works for one in named_in(document)):
            known = agents.get(iri)
            if known is None or len(label) > len(known.label):
                agents[iri] = Named(iri, kind, label)
        counted = [
            msgspec.structs.replace(one, weight=snapshot.frequency(_field(one.kind), one.iri))
            for one in agents.values()
        ]
        titles = [Named(one.iri, "work", one.title, one.citation_count) for one in works if one.title]
        changed = [*counted, *titles]
        deletions = [("iri", iri) for iri in (*gone, *(one.iri for one in changed))]
        self._index.write(deletions, map(of_named, changed))

    def searcher(self) -> Searcher | None:
        return self._index.searcher()

    def close(self) -> None:
        self._index.close()


def count_of(snapshot: Snapshot, kind: str, iri: str) -> int:
    """Works of the commit that name the entity."""
    return snapshot.count(Query.term_query(works_schema(), _field(kind), iri))


def _field(kind: str) -> str:
    """Of works, that names an entity."""
    return FACET_FIELDS[_FACETS[kind]] if kind in _FACETS else "iri"


def suggestions(searcher: Searcher, snapshot: Snapshot, typed: str, each: int) -> list[EntityHit]:
    """Names that begin as typed, word by word in any order, at most `each` of a kind; where there are none,
    names with a letter wrong."""
    words = words_of(typed[:MAX_TYPED])[:MAX_WORDS]
    if not words:
        return []
    found = _of_every_kind(searcher, snapshot, [_begins(word) for word in words], each)
    return found or _of_every_kind(searcher, snapshot, [_nearly(word) for word in words], each)


def entities_in(searcher: Searcher, snapshot: Snapshot, text: str, limit: int) -> list[EntityHit]:
    """People, organisations and venues that the text calls by their whole name, longest names first."""
    words = words_of(text[:MAX_TYPED])[:MAX_WORDS]
    sizes = range(min(len(words), MAX_NAME_WORDS), 1 if len(words) > 1 else 0, -1)
    runs = (words[i : i + size] for size in sizes for i in range(len(words) - size + 1))
    likely = (" ".join(run) for run in runs if run[-1] not in STOPWORDS and run[0] not in _NO_BEGIN)
    names = [name for name in likely if searcher.doc_freq("name", name)]  # most queries name nobody
    if not names:
        return []
    query = Query.boolean_query([
        (Occur.Must, Query.term_set_query(schema(), "name", names)),
        (Occur.Must, Query.term_set_query(schema(), "kind", list(_FACETS))),
    ])  # fmt: skip
    found = _hits(searcher, snapshot, query, limit)
    return sorted(found, key=lambda one: (-len(words_of(one.label)), -one.works, one.iri))


def _of_every_kind(searcher: Searcher, snapshot: Snapshot, words: Sequence[Query], each: int) -> list[EntityHit]:
    found: list[EntityHit] = []
    for kind in KINDS:
        clauses = [(Occur.Must, word) for word in words]
        clauses.append((Occur.Must, Query.term_query(schema(), "kind", kind)))
        found += _hits(searcher, snapshot, Query.boolean_query(clauses), each)
    return found


def _hits(searcher: Searcher, snapshot: Snapshot, query: Query, limit: int) -> list[EntityHit]:
    """The weightiest matches that the works still know."""
    hits = searcher.search(query, limit=2 * limit, count=False, order_by_field="weight", order=Order.Desc).hits
    found: list[EntityHit] = []
    for _, address in hits:
        stored = searcher.doc(address)
        iri, kind, label = (str(stored.get_first(name)) for name in ("iri", "kind", "label"))
        works = count_of(snapshot, kind, iri)
        if works:
            found.append(EntityHit(iri=iri, kind=kind, label=label, works=works))
    return found[:limit]


def _begins(word: str) -> Query:
    if len(word) <= EDGE:
        return Query.term_query(schema(), "edges", word)
    return Query.regex_query(schema(), "words", _literal(word) + ".*")


def _nearly(word: str) -> Query:
    if len(word) < FUZZY_FROM:
        return _begins(word)
    distance = 2 if len(word) >= VERY_FUZZY_FROM else 1
    return Query.fuzzy_term_query(schema(), "words", word, distance=distance, prefix=True)


def _literal(word: str) -> str:
    return "".join(c if c.isalnum() else f"\\{c}" for c in word)

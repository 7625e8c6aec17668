"""The desk of a data folder."""

from __future__ import annotations

from collections.abc import Callable

from api.library import Library
from api.settings import Settings
from graph.convert.safe import ref
from graph.discovery.ask import rows
from graph.stores.base import ReadableStore
from ontology.curation.desk import Desk, Use
from ontology.errors import NotFound, StoreError


def desk_of(settings: Settings, library: Library | None = None, uses: Callable[[str], Use] = lambda iri: Use()) -> Desk:
    """Where vocabularies are edited; nothing that is in use can be deleted."""
    shelf = library or Library(settings.data, settings.base)
    return Desk(shelf.book, shelf.file, settings.base.concept, uses)


def use_of(store: Callable[[], ReadableStore], iri: str) -> Use:
    """How often the graph speaks of a concept."""
    try:
        opened = store()
    except (NotFound, StoreError):
        return Use()
    query = f"""SELECT (count(DISTINCT ?m) AS ?mentions) (count(DISTINCT ?t) AS ?topics) (count(DISTINCT ?c) AS ?claims)
        {{ {{ GRAPH ?g {{ ?m oa:hasBody {ref(iri)} }} }} UNION {{ GRAPH ?g {{ ?t gn:concept {ref(iri)} }} }}
        UNION {{ GRAPH ?g {{ ?c rdf:subject {ref(iri)} }} }} UNION {{ GRAPH ?g {{ ?c rdf:object {ref(iri)} }} }} }}"""
    found = next(iter(rows(opened, query)), {})
    return Use(*(int(found.get(name, "0")) for name in ("mentions", "topics", "claims")))

"""Which works a network or a trend is made from: those of a thing, of a search, or all."""

from __future__ import annotations

from typing import Final

import msgspec

from api.lookup import resolve
from api.wiring import Services
from graph.discovery.ask import Named, names
from graph.discovery.scope import works_for
from graph.search.base import SearchRequest
from ontology.errors import SearchError

MOST_FOUND: Final = 2_000
"""Results of a search that are taken."""


class Chosen(msgspec.Struct, frozen=True):
    """`works` are IRIs in order, None for all there are; `of` is the thing they are of."""

    works: list[str] | None
    of: Named | None = None


def chosen(services: Services, of: str, query: str) -> Chosen:
    """The works that `of` stands for, or that `query` finds by words, or the whole catalogue.

    SearchError where both are given; NotFound and SearchError as from what is asked.
    """
    if of.strip() and query.strip():
        raise SearchError("this is made from one thing or from one search", place="of, q", hint="leave one of them out")
    if of.strip():
        iri = resolve(services, of)
        return Chosen(works_for(services.store, iri), Named(iri, names(services.store, [iri])[iri]))
    if query.strip():
        request = SearchRequest(query=query, mode="lexical")
        return Chosen(sorted(one.iri for one in services.engine.walk(request, MOST_FOUND)))
    return Chosen(None)

"""Which works a network is made from, and the network: shared by API, page and command line."""

from __future__ import annotations

from typing import Final

from api.lookup import resolve
from api.wiring import Services
from graph.discovery.ask import Named, names, number
from graph.discovery.scope import works_for
from graph.networks import Kind
from graph.networks.measures import Network, network
from graph.search.base import SearchRequest
from ontology.errors import SearchError

MOST_FOUND: Final = 2_000
"""Results of a search that a network is made from."""


def network_of(services: Services, kind: Kind, of: str, query: str, limit: int) -> Network:
    """The network of the works that `of` stands for, or that `query` finds, or of the whole catalogue.

    SearchError where both are given; NotFound, SearchError and QueryTooLarge as from what is asked.
    """
    if of.strip() and query.strip():
        raise SearchError("a network is of one thing or of one search", place="of, q", hint="leave one of them out")
    if of.strip():
        iri = resolve(services, of)
        works = works_for(services.store, iri)
        named = Named(iri, names(services.store, [iri])[iri])
        return network(services.store, kind, works, len(works), named, limit)
    if query.strip():
        request = SearchRequest(query=query, mode="lexical")
        works = sorted(one.iri for one in services.engine.walk(request, MOST_FOUND))
        return network(services.store, kind, works, len(works), None, limit)
    return network(services.store, kind, None, number(services.store, "?x a gn:Work", "*"), None, limit)

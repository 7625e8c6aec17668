"""Which works show who knows something: those of a topic or a thing, or what a search finds, best first."""

from __future__ import annotations

from math import log2
from typing import Final

from api.lookup import resolve
from api.wiring import Services
from graph.discovery.ask import Named, names
from graph.discovery.concepts import is_concept
from graph.discovery.experts import STATED, ExpertsOf, experts, strengths_of
from graph.discovery.scope import works_for
from graph.search.base import SearchRequest
from ontology.errors import SearchError

MOST_FOUND: Final = 300
"""Results of a search that are weighed: the n-th counts 1 / log2(n + 1), as in nDCG."""


def experts_of(services: Services, of: str, query: str, within: str, limit: int) -> ExpertsOf:
    """The experts for a concept, another thing that stands for works, or a search.

    SearchError where none or both are given; NotFound, SearchError and QueryTooLarge as from what is asked.
    """
    if bool(of.strip()) == bool(query.strip()):
        raise SearchError(
            "experts are for one thing or for one search", place="of, q", hint="give a topic, or words to search for"
        )
    thing = resolve(services, of) if of.strip() else ""
    house = resolve(services, within) if within.strip() else ""
    labels = names(services.store, [one for one in (thing, house) if one])
    return ExpertsOf(
        of=Named(thing, labels[thing]) if thing else None,
        query=query.strip(),
        within=Named(house, labels[house]) if house else None,
        found=experts(services.store, _strengths(services, thing, query), limit, house),
    )


def _strengths(services: Services, thing: str, query: str) -> dict[str, float]:
    if not thing:
        walked = services.engine.walk(SearchRequest(query=query), MOST_FOUND)
        return {document.iri: 1 / log2(place + 2) for place, document in enumerate(walked)}
    if is_concept(services.store, thing):
        return strengths_of(services.store, thing)
    return dict.fromkeys(works_for(services.store, thing), STATED)

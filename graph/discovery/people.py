"""One person, organisation or venue: what it published, about what, with whom."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from graph.convert.safe import ref
from graph.discovery.ask import Counted, describe, every, first, kind_of, names, require_type
from graph.discovery.scope import IN_VENUE, OF_ORGANISATION, OF_PERSON, ORGANISATION, PERSON, TOPIC, VENUE
from graph.discovery.tally import WorkSet, YearCount, years_of
from graph.stores.base import ReadableStore
from ontology.namespaces import expand


class WorkLine(msgspec.Struct, frozen=True, kw_only=True):
    """A work as a line of a list."""

    iri: str
    title: str
    kind: str
    year: int


class AgentView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person, organisation or venue. Counts are of distinct works; lists are ordered by count,
    then IRI; `works` are the newest first."""

    iri: str
    kind: str
    name: str
    other_names: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    same_as: tuple[str, ...] = ()
    country: str = ""
    publisher: str = ""
    work_count: int = 0
    works: tuple[WorkLine, ...] = ()
    years: tuple[YearCount, ...] = ()
    topics: tuple[Counted, ...] = ()
    people: tuple[Counted, ...] = ()
    """Co-authors of a person; members of an organisation; authors of a venue."""
    organisations: tuple[Counted, ...] = ()
    venues: tuple[Counted, ...] = ()
    citations: int = 0
    """Citations of its works by works in the catalogue."""
    counted: int = 0
    """Works that topics, people, organisations and venues are counted over: all, up to a limit."""


def person_view(store: ReadableStore, iri: str, limit: int = 10) -> AgentView:
    """A person with works in any role; NotFound where there is none."""
    facts = _facts(store, iri, "foaf:Person", "person")
    works = WorkSet.where(store, OF_PERSON.format(iri=ref(iri)))
    own = f"?b pro:relatesToDocument ?p . ?b pro:isHeldBy {ref(iri)} . ?b pro:relatesToOrganization ?x"
    return _view(
        store, iri, "person", facts, works, limit,
        people=works.top(PERSON, limit, without=iri),
        organisations=works.top(own, limit),
    )  # fmt: skip


def organisation_view(store: ReadableStore, iri: str, limit: int = 10) -> AgentView:
    """An organisation with the works of its people; NotFound where there is none."""
    facts = _facts(store, iri, "org:Organization", "organisation")
    works = WorkSet.where(store, OF_ORGANISATION.format(iri=ref(iri)))
    members = f"?b pro:relatesToDocument ?p . ?b pro:relatesToOrganization {ref(iri)} . ?b pro:isHeldBy ?x"
    return _view(
        store, iri, "organisation", facts, works, limit,
        people=works.top(members, limit, without=iri), organisations=works.top(ORGANISATION, limit, without=iri),
    )  # fmt: skip


def venue_view(store: ReadableStore, iri: str, limit: int = 10) -> AgentView:
    """A journal, event, series or repository with its works; NotFound where there is none."""
    facts = _facts(store, iri, "gn:Venue", "venue")
    works = WorkSet.where(store, IN_VENUE.format(iri=ref(iri)))
    return _view(
        store, iri, "venue", facts, works, limit,
        people=works.top("?p dct:creator ?x", limit),
        organisations=works.top(ORGANISATION, limit),
    )  # fmt: skip


Facts = dict[str, list[str]]


def _facts(store: ReadableStore, iri: str, curie: str, kind: str) -> Facts:
    facts = describe(store, iri)
    require_type(facts, iri, curie, kind)
    return facts


def _view(
    store: ReadableStore, iri: str, kind: str, facts: Facts, works: WorkSet, limit: int, *,
    people: tuple[Counted, ...], organisations: tuple[Counted, ...],
) -> AgentView:  # fmt: skip
    """What is the same for all three."""
    return AgentView(
        iri=iri,
        kind=kind,
        name=names(store, [iri])[iri],
        other_names=every(facts, "skos:altLabel"),
        identifiers=every(facts, "dct:identifier"),
        same_as=every(facts, "owl:sameAs"),
        country=first(facts, "gn:country"),
        publisher=first(facts, "gn:publisherName"),
        work_count=len(works),
        counted=works.counted,
        works=newest(store, works.works, limit),
        years=works.years,
        topics=works.top(TOPIC, limit),
        people=people,
        organisations=organisations,
        venues=works.top(VENUE, limit) if kind != "venue" else (),
        citations=sum(works.citations.values()),
    )


def newest(store: ReadableStore, works: Sequence[str], limit: int) -> tuple[WorkLine, ...]:
    """The `limit` newest of these works as lines, ties by IRI."""
    years = years_of(store, works)
    best = sorted(works, key=lambda one: (-years.get(one, 0), one))[:limit]
    titles = names(store, best)
    return tuple(
        WorkLine(
            iri=one,
            title=titles[one],
            kind=kind_of(describe(store, one).get(expand("rdf:type"), ())),
            year=years.get(one, 0),
        )
        for one in best
    )

"""One person, organisation or venue: what it published, about what, with whom."""

from __future__ import annotations

import msgspec

from graph.convert.safe import ref
from graph.discovery.ask import Counted, counted, describe, every, first, kind_of, names, number, require_type, rows
from graph.discovery.topics import YearCount
from graph.stores.base import ReadableStore


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
    cited_by: int = 0
    """Distinct works in the catalogue that cite one of the works."""


def person_view(store: ReadableStore, iri: str, limit: int = 10) -> AgentView:
    """A person with works in any role; NotFound where there is none."""
    works = f"{{ SELECT DISTINCT ?p {{ ?a pro:isHeldBy {ref(iri)} ; pro:relatesToDocument ?p }} }}"
    others = f"?b pro:relatesToDocument ?p ; pro:isHeldBy ?x FILTER(?x != {ref(iri)})"
    own = f"?b pro:relatesToDocument ?p ; pro:isHeldBy {ref(iri)} ; pro:relatesToOrganization ?x"
    return _view(store, iri, ("foaf:Person", "person"), works, others, own, limit)


def organisation_view(store: ReadableStore, iri: str, limit: int = 10) -> AgentView:
    """An organisation with the works of its people; NotFound where there is none."""
    held = f"?a pro:relatesToOrganization|pro:isHeldBy {ref(iri)} ; pro:relatesToDocument ?p"
    works = f"{{ SELECT DISTINCT ?p {{ {held} }} }}"
    members = f"?b pro:relatesToDocument ?p ; pro:relatesToOrganization {ref(iri)} ; pro:isHeldBy ?x"
    others = f"?b pro:relatesToDocument ?p ; pro:relatesToOrganization ?x FILTER(?x != {ref(iri)})"
    return _view(store, iri, ("org:Organization", "organisation"), works, members, others, limit)


def venue_view(store: ReadableStore, iri: str, limit: int = 10) -> AgentView:
    """A journal, event, series or repository with its works; NotFound where there is none."""
    works = f"{{ SELECT DISTINCT ?p {{ ?p dct:isPartOf {ref(iri)} . ?p a gn:Work }} }}"
    organisations = "?b pro:relatesToDocument ?p ; pro:relatesToOrganization ?x"
    return _view(store, iri, ("gn:Venue", "venue"), works, "?p dct:creator ?x", organisations, limit)


def _view(
    store: ReadableStore, iri: str, kind: tuple[str, str], works: str, people: str, organisations: str, limit: int
) -> AgentView:
    facts = describe(store, iri)
    require_type(facts, iri, *kind)

    def top(pattern: str) -> tuple[Counted, ...]:
        query = f"SELECT ?x (COUNT(DISTINCT ?p) AS ?n) {{ {works} {pattern} }} GROUP BY ?x ORDER BY DESC(?n) ?x"
        return counted(store, f"{query} LIMIT {int(limit)}")

    return AgentView(
        iri=iri,
        kind=kind[1],
        name=names(store, [iri])[iri],
        other_names=every(facts, "skos:altLabel"),
        identifiers=every(facts, "dct:identifier"),
        same_as=every(facts, "owl:sameAs"),
        country=first(facts, "gn:country"),
        publisher=first(facts, "gn:publisherName"),
        work_count=number(store, works, "*"),
        works=_lines(store, works, limit),
        years=_years(store, works),
        topics=top("?p dct:subject ?x"),
        people=top(people),
        organisations=top(organisations),
        venues=top("?p dct:isPartOf ?x . ?x a gn:Venue") if kind[1] != "venue" else (),
        cited_by=number(store, f"{works} ?x cito:cites ?p"),
    )


def _years(store: ReadableStore, works: str) -> tuple[YearCount, ...]:
    query = f"SELECT ?y (COUNT(*) AS ?n) {{ {works} ?p gn:year ?y }} GROUP BY ?y ORDER BY ?y"
    return tuple(YearCount(int(row["y"]), int(row["n"])) for row in rows(store, query))


def _lines(store: ReadableStore, works: str, limit: int) -> tuple[WorkLine, ...]:
    query = f"SELECT ?p ?y {{ {works} OPTIONAL {{ ?p gn:year ?y }} }} ORDER BY DESC(?y) ?p LIMIT {int(limit)}"
    found = {row["p"]: int(row.get("y", 0)) for row in rows(store, query)}
    titles = names(store, found)
    classes: dict[str, list[str]] = {}
    if found:
        listed = " ".join(map(ref, found))
        for row in rows(store, f"SELECT ?x ?c {{ VALUES ?x {{ {listed} }} ?x a ?c }}"):
            classes.setdefault(row["x"], []).append(row["c"])
    return tuple(
        WorkLine(iri=one, title=titles[one], kind=kind_of(classes.get(one, ())), year=year)
        for one, year in found.items()
    )

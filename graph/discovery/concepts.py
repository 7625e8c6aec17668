"""One concept of a vocabulary, and the works below it in the hierarchy."""

from __future__ import annotations

import msgspec

from graph.convert.safe import ref
from graph.discovery.ask import Named, column, describe, every, first, named, names, number, require_type, rows
from graph.stores.base import ReadableStore


class LabelView(msgspec.Struct, frozen=True, order=True):
    """A label; `kind` is pref, alt or hidden."""

    kind: str
    language: str
    text: str


class Counterpart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an exact mapping says is the same. Of a loaded concept its name, its vocabulary, and the works about it or
    what is narrower; else only the IRI."""

    iri: str
    name: str = ""
    scheme: str = ""
    works: int = 0


class ConceptView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A concept with its place in the vocabulary. `broader` and `narrower` are direct; `exact` is what mappings, its
    own or others', say is the same."""

    iri: str
    name: str
    scheme: Named | None = None
    labels: tuple[LabelView, ...] = ()
    definition: str = ""
    notation: str = ""
    broader: tuple[Named, ...] = ()
    narrower: tuple[Named, ...] = ()
    related: tuple[Named, ...] = ()
    exact: tuple[Counterpart, ...] = ()
    path: tuple[Named, ...] = ()
    """One way down from the top of the vocabulary, without the concept itself."""
    deprecated: bool = False
    replaced_by: str = ""


def concept_view(store: ReadableStore, iri: str) -> ConceptView:
    """The concept with this IRI; NotFound where there is none."""
    facts = describe(store, iri)
    require_type(facts, iri, "skos:Concept", "concept")
    related = {*every(facts, "skos:related"), *column(store, f"SELECT ?x {{ ?x skos:related {ref(iri)} }}")}
    schemes = named(store, every(facts, "skos:inScheme")[:1])
    return ConceptView(
        iri=iri,
        name=names(store, [iri])[iri],
        scheme=schemes[0] if schemes else None,
        labels=_labels(store, iri),
        definition=first(facts, "skos:definition"),
        notation=first(facts, "skos:notation"),
        broader=_by_name(store, every(facts, "skos:broader")),
        narrower=_by_name(store, every(facts, "skos:narrower")),
        related=_by_name(store, related),
        exact=_counterparts(store, iri),
        path=_path(store, iri),
        deprecated=first(facts, "owl:deprecated") == "true",
        replaced_by=first(facts, "dct:isReplacedBy"),
    )


def _counterparts(store: ReadableStore, iri: str) -> tuple[Counterpart, ...]:
    """Loaded ones first, by the number of their works."""
    query = f"""SELECT DISTINCT ?x ?t {{ {{ {ref(iri)} skos:exactMatch ?x }} UNION {{ ?x skos:exactMatch {ref(iri)} }}
        OPTIONAL {{ ?x skos:inScheme/dct:title ?t }} }}"""
    titles = {row["x"]: row.get("t", "") for row in rows(store, query) if row["x"] != iri}
    called = names(store, [one for one, title in titles.items() if title])
    found = [
        Counterpart(iri=one, name=called[one], scheme=title, works=number(store, works_below(one), "DISTINCT ?p"))
        if title
        else Counterpart(iri=one)
        for one, title in titles.items()
    ]
    return tuple(sorted(found, key=lambda one: (not one.scheme, -one.works, one.iri)))


def is_concept(store: ReadableStore, iri: str) -> bool:
    """Whether the graph knows a concept of a vocabulary by this IRI."""
    return bool(column(store, f"SELECT (1 AS ?x) {{ {ref(iri)} a skos:Concept }} LIMIT 1"))


def _by_name(store: ReadableStore, iris: set[str] | tuple[str, ...]) -> tuple[Named, ...]:
    return tuple(sorted(named(store, iris), key=lambda one: (one.name.casefold(), one.iri)))


def _labels(store: ReadableStore, iri: str) -> tuple[LabelView, ...]:
    query = f"""SELECT ?p ?n (LANG(?n) AS ?l) {{ {ref(iri)} ?p ?n
        FILTER(?p IN (skos:prefLabel, skos:altLabel, skos:hiddenLabel)) }}"""
    found = {
        LabelView(row["p"].rpartition("#")[2].removesuffix("Label"), row["l"], row["n"]) for row in rows(store, query)
    }
    return tuple(sorted(found, key=lambda label: (label.kind != "pref", label)))


def _path(store: ReadableStore, iri: str) -> tuple[Named, ...]:
    """The shortest way up to a concept without broader ones, the first by IRI among equals, turned round."""
    parents: dict[str, list[str]] = {}
    for row in rows(store, f"SELECT ?x ?b {{ {ref(iri)} skos:broader* ?x . ?x skos:broader ?b }}"):
        parents.setdefault(row["x"], []).append(row["b"])
    level = [iri]
    ways: dict[str, tuple[str, ...]] = {iri: (iri,)}
    while level:
        ends = [one for one in level if one not in parents]
        if ends:
            return named(store, ways[min(ends, key=lambda one: ways[one])][:0:-1])
        following: dict[str, tuple[str, ...]] = {}
        for one in level:
            for parent in parents[one]:
                if parent not in ways:
                    following[parent] = min(following.get(parent, (*ways[one], parent)), (*ways[one], parent))
        ways |= following
        level = list(following)
    return ()


def works_below(iri: str) -> str:
    """A pattern for works `?p` about the concept or a narrower one.

    The hierarchy is walked down from the concept and the works fetched from there, never the other
    way round: on a million statements that is 1 ms instead of 324 (ARCHITECTURE.md).
    """
    return f"{ref(iri)} skos:narrower* ?t . ?p dct:subject ?t"

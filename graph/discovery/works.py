"""One work: its metadata, its text as a tree, what was found in the text."""

from __future__ import annotations

from typing import Final

import msgspec

from graph.convert.safe import ref
from graph.discovery.ask import (
    Named,
    Values,
    column,
    describe,
    every,
    first,
    kind_of,
    named,
    names,
    number,
    require_type,
    rows,
)
from graph.discovery.claims import ClaimView, claim_views
from graph.stores.base import ReadableStore
from ontology.namespaces import Base, expand

MOST_CITING: Final = 200
"""Most citing works listed; `WorkView.cited_by_count` counts all."""

_RELATIONS: Final = {
    "cito:isRetractedBy": "retracted by", "cito:retracts": "retracts", "cito:isCorrectedBy": "corrected by",
    "cito:corrects": "corrects", "dct:replaces": "new version of", "dct:isVersionOf": "version of",
    "dct:hasVersion": "has the version", "schema:translationOfWork": "translation of",
    "schema:workTranslation": "translated as", "dct:isFormatOf": "another form of", "dct:hasFormat": "has the form",
    "cito:reviews": "reviews", "cito:isReviewedBy": "reviewed by", "dct:relation": "related to",
}  # fmt: skip
"""Property → how it is said of this work, notices first."""
_TYPE: Final = expand("rdf:type")


class Author(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A contributor as printed at `position` (from 1); `person` is empty where nobody was identified."""

    position: int
    name: str
    person: str = ""
    role: str = "author"
    corresponding: bool = False
    affiliations: tuple[str, ...] = ()
    organisations: tuple[Named, ...] = ()


class Topic(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A topic of a work. `score` in [0, 1] and the matched `labels` where machine reading found it;
    0 and none where a source said so."""

    iri: str
    name: str
    score: float = 0.0
    labels: tuple[str, ...] = ()


class ReferenceView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An entry of the reference list as printed, and the work it means where that is known."""

    iri: str
    text: str
    work: str = ""
    title: str = ""
    identifiers: tuple[str, ...] = ()


class Source(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A harvested record that the work is derived from."""

    iri: str
    source: str
    locator: str
    format: str
    datestamp: str = ""


class RelationView(msgspec.Struct, frozen=True, kw_only=True):
    """What this work is to another one, in words ("retracted by", "version of"); the other may lie outside the
    catalogue, and is then called by its address."""

    relation: str
    work: Named


class WorkView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that is known of a work except its text. `year` is 0 where unknown."""

    iri: str
    kind: str
    title: str
    titles: tuple[str, ...]
    year: int = 0
    issued: str = ""
    abstract: str = ""
    language: str = ""
    license: str = ""
    open_access: bool | None = None
    retracted: bool = False
    venue: Named | None = None
    volume: str = ""
    issue: str = ""
    pages: str = ""
    publisher: str = ""
    identifiers: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    pages_on_web: tuple[str, ...] = ()
    data_at: tuple[str, ...] = ()
    code_at: tuple[str, ...] = ()
    authors: tuple[Author, ...] = ()
    topics: tuple[Topic, ...] = ()
    references: tuple[ReferenceView, ...] = ()
    """In the order of their keys; resolved ones name a work."""
    cites: tuple[Named, ...] = ()
    cited_by: tuple[Named, ...] = ()
    cited_by_count: int = 0
    reported_citations: int | None = None
    """What a source reports, over all literature."""
    relations: tuple[RelationView, ...] = ()
    """Versions, translations, notices, reviews and the like."""
    sources: tuple[Source, ...] = ()


def work_view(store: ReadableStore, base: Base, iri: str) -> WorkView:
    """The work with this IRI; NotFound where there is none."""
    facts = describe(store, iri)
    require_type(facts, iri, "gn:Work", "work")
    titles = tuple(facts.get(expand("dct:title"), ()))
    open_access, reported = first(facts, "schema:isAccessibleForFree"), first(facts, "gn:reportedCitations")
    return WorkView(
        iri=iri,
        kind=kind_of(facts[_TYPE]),
        title=names(store, [iri])[iri],
        titles=titles,
        year=int(first(facts, "gn:year") or 0),
        issued=first(facts, "dct:issued"),
        abstract=first(facts, "dct:abstract"),
        language=first(facts, "dct:language"),
        license=first(facts, "dct:license") or first(facts, "dct:rights"),
        open_access=open_access == "true" if open_access else None,
        retracted=first(facts, "gn:retracted") == "true",
        venue=_venue(store, iri),
        volume=first(facts, "prism:volume"),
        issue=first(facts, "prism:number"),
        pages=first(facts, "prism:pageRange"),
        publisher=first(facts, "gn:publisherName"),
        identifiers=every(facts, "dct:identifier"),
        keywords=every(facts, "schema:keywords"),
        pages_on_web=every(facts, "foaf:page"),
        data_at=every(facts, "gn:dataAt"),
        code_at=every(facts, "gn:codeAt"),
        authors=_authors(store, iri),
        topics=_topics(store, iri, every(facts, "dct:subject")),
        references=_references(store, base, iri),
        cites=named(store, every(facts, "cito:cites")),
        cited_by=named(store, _citing(store, iri)),
        cited_by_count=number(store, f"?x cito:cites {ref(iri)}"),
        reported_citations=int(reported) if reported else None,
        sources=_sources(store, base, iri),
        relations=_relations(store, facts),
    )


def _relations(store: ReadableStore, facts: dict[str, list[str]]) -> tuple[RelationView, ...]:
    found = [(said, one) for curie, said in _RELATIONS.items() for one in every(facts, curie)]
    called = names(store, (one for _, one in found))
    return tuple(RelationView(relation=said, work=Named(one, called[one])) for said, one in found[:MOST_CITING])


def _venue(store: ReadableStore, iri: str) -> Named | None:
    found = named(store, column(store, f"SELECT ?x {{ {ref(iri)} dct:isPartOf ?x . ?x a gn:Venue }}"))
    return found[0] if found else None


def _citing(store: ReadableStore, iri: str) -> list[str]:
    """Citing works, the newest first."""
    query = f"""SELECT ?x {{ ?x cito:cites {ref(iri)} OPTIONAL {{ ?x gn:year ?y }} }}
        ORDER BY DESC(?y) ?x LIMIT {MOST_CITING}"""
    return column(store, query)


def _authors(store: ReadableStore, iri: str) -> tuple[Author, ...]:
    query = f"""SELECT ?a ?p ?o {{ ?a pro:relatesToDocument {ref(iri)} ; ?p ?o }}"""
    facts: dict[str, dict[str, list[str]]] = {}
    for row in rows(store, query):
        facts.setdefault(row["a"], {}).setdefault(row["p"], []).append(row["o"])
    related = expand("pro:relatesToOrganization")
    labels = names(store, (one for table in facts.values() for one in table.get(related, ())))
    authors = (
        Author(
            position=int(first(table, "gn:position") or 0),
            name=first(table, "gn:rawName"),
            person=first(table, "pro:isHeldBy"),
            role=first(table, "pro:withRole").rsplit("/", 1)[-1],
            corresponding=first(table, "gn:corresponding") == "true",
            affiliations=every(table, "gn:rawAffiliation"),
            organisations=tuple(Named(one, labels[one]) for one in every(table, "pro:relatesToOrganization")),
        )
        for table in facts.values()
    )
    return tuple(sorted(authors, key=lambda author: author.position))


def _topics(store: ReadableStore, iri: str, subjects: tuple[str, ...]) -> tuple[Topic, ...]:
    query = f"""SELECT * {{ GRAPH ?g {{ ?a gn:work {ref(iri)} ; gn:concept ?c ; gn:score ?score
        OPTIONAL {{ ?a gn:matchedLabel ?label }} }} }}"""
    scores: dict[str, float] = {}
    matched: dict[str, set[str]] = {}
    for row in rows(store, query):
        scores[row["c"]] = float(row["score"])
        matched.setdefault(row["c"], set()).update([row["label"]] if "label" in row else [])
    topics = (
        Topic(iri=one, name=name, score=scores.get(one, 0.0), labels=tuple(sorted(matched.get(one, ()))))
        for one, name in names(store, (*scores, *subjects)).items()
    )
    return tuple(sorted(topics, key=lambda topic: (-topic.score, topic.name, topic.iri)))


def _references(store: ReadableStore, base: Base, iri: str) -> tuple[ReferenceView, ...]:
    query = f"""SELECT ?r ?text ?w ?id {{ GRAPH <{base.graph("text")}> {{
        ?r dct:isPartOf {ref(iri)} ; a biro:BibliographicReference
        OPTIONAL {{ ?r dct:bibliographicCitation ?text }} OPTIONAL {{ ?r biro:references ?w }}
        OPTIONAL {{ ?r dct:identifier ?id }} }} }}"""
    found: dict[str, Values] = {}
    identifiers: dict[str, set[str]] = {}
    for row in rows(store, query):
        found[row["r"]] = row
        identifiers.setdefault(row["r"], set()).update([row["id"]] if "id" in row else [])
    titles = names(store, (row["w"] for row in found.values() if "w" in row))
    return tuple(
        ReferenceView(
            iri=one,
            text=row.get("text", ""),
            work=row.get("w", ""),
            title=titles.get(row.get("w", ""), ""),
            identifiers=tuple(sorted(identifiers[one])),
        )
        for one, row in sorted(found.items(), key=lambda item: (len(item[0]), item[0]))
    )


def _sources(store: ReadableStore, base: Base, iri: str) -> tuple[Source, ...]:
    query = f"""SELECT * {{ GRAPH <{base.graph("prov")}> {{ {ref(iri)} prov:wasDerivedFrom ?r .
        ?r dct:isPartOf ?p . ?p gn:source ?source ; gn:locator ?locator ; dct:format ?format
        OPTIONAL {{ ?p gn:datestamp ?stamp }} }} }} ORDER BY ?r"""
    return tuple(
        Source(
            iri=row["r"],
            source=row["source"],
            locator=row["locator"],
            format=row["format"],
            datestamp=row.get("stamp", ""),
        )
        for row in rows(store, query)
    )


def work_claims(store: ReadableStore, iri: str, limit: int = 100) -> tuple[ClaimView, ...]:
    """Claims that the work supports or disputes, with its own sentences as evidence, best supported first."""
    query = f"""SELECT DISTINCT ?x ?n {{ GRAPH ?g {{
            ?r prov:used {ref(iri)} . ?e prov:wasGeneratedBy ?r ; gn:supports|gn:disputes ?x .
            ?x gn:supportCount ?n }} }}
        ORDER BY DESC(?n) ?x LIMIT {int(limit)}"""
    return claim_views(store, column(store, query), sentences=20, work=iri)

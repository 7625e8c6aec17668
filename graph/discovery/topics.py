"""One topic: how much is written about it, when, by whom, where, and next to what."""

from __future__ import annotations

from math import log2
from typing import Final

import msgspec

from graph.convert.safe import ref
from graph.discovery.ask import Counted, Named, chunks, counted, names, number, rows, values
from graph.discovery.claims import ClaimView, claims_about
from graph.discovery.concepts import ConceptView, concept_view, subtree, works_at, works_below
from graph.stores.base import ReadableStore

CANDIDATES: Final = 300
"""Most frequent co-occurring topics that are weighed."""

CLAIM_CONCEPTS: Final = 2000
"""Narrower concepts whose claims count as claims about the topic."""


class YearCount(msgspec.Struct, frozen=True, order=True):
    year: int
    works: int


class Neighbour(msgspec.Struct, frozen=True, kw_only=True):
    """A topic that occurs together with this one: in `count` works, `lift` times as often as if the
    two were independent."""

    iri: str
    name: str
    count: int
    lift: float


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """A direct narrower topic: distinct works at or below it, and their share of this topic's works.
    Shares overlap where works have several topics."""

    iri: str
    name: str
    count: int
    share: float


class TopWork(msgspec.Struct, frozen=True, kw_only=True):
    """A work and the number of works in the catalogue that cite it."""

    iri: str
    title: str
    year: int
    citations: int


class TopicView(msgspec.Struct, frozen=True, kw_only=True):
    """A topic with all narrower ones rolled up. `works` counts distinct works, `works_direct` those
    about exactly this concept. Lists are ordered by count, then IRI."""

    concept: ConceptView
    works_direct: int
    works: int
    years: tuple[YearCount, ...]
    people: tuple[Counted, ...]
    organisations: tuple[Counted, ...]
    venues: tuple[Counted, ...]
    datasets: tuple[Counted, ...]
    neighbours: tuple[Neighbour, ...]
    top_works: tuple[TopWork, ...]
    subtopics: tuple[Share, ...]
    claims: tuple[ClaimView, ...]


def topic_view(store: ReadableStore, iri: str, limit: int = 10) -> TopicView:
    """The topic with this IRI, each list at most `limit` long (years and subtopics are whole).

    NotFound where there is no such concept.
    """
    concept = concept_view(store, iri)
    works = works_below(iri)
    total = number(store, works, "*")
    organisation = "?a pro:relatesToDocument ?p ; pro:relatesToOrganization ?x"
    used = "?p cito:cites|cito:citesAsDataSource ?x . ?x a dcat:Dataset"
    dataset = f"{{ ?p a dcat:Dataset BIND(?p AS ?x) }} UNION {{ {used} }}"
    return TopicView(
        concept=concept,
        works_direct=number(store, works_at(iri), "DISTINCT ?p"),
        works=total,
        years=_years(store, works),
        people=_top(store, works, "?p dct:creator ?x", limit),
        organisations=_top(store, works, organisation, limit),
        venues=_top(store, works, "?p dct:isPartOf ?x . ?x a gn:Venue", limit),
        datasets=_top(store, works, dataset, limit),
        neighbours=neighbours(store, iri, total, limit),
        top_works=_top_works(store, works, limit),
        subtopics=_subtopics(store, concept.narrower, total),
        claims=claims_about(store, subtree(store, iri, CLAIM_CONCEPTS), limit),
    )


def _years(store: ReadableStore, works: str) -> tuple[YearCount, ...]:
    query = f"SELECT ?y (COUNT(*) AS ?n) {{ {works} ?p gn:year ?y }} GROUP BY ?y ORDER BY ?y"
    return tuple(YearCount(int(row["y"]), int(row["n"])) for row in rows(store, query))


def _top(store: ReadableStore, works: str, pattern: str, limit: int) -> tuple[Counted, ...]:
    """What `pattern` links to the works as `?x`, by the number of distinct works."""
    query = f"""SELECT ?x (COUNT(DISTINCT ?p) AS ?n) {{ {works} {pattern} }}
        GROUP BY ?x ORDER BY DESC(?n) ?x LIMIT {int(limit)}"""
    return counted(store, query)


def neighbours(store: ReadableStore, iri: str, total: int, limit: int) -> tuple[Neighbour, ...]:
    """Topics next to this one, by what they add to the mutual information, p(x,y) log p(x,y)/(p(x) p(y)).

    Neither the topic's own ancestors nor its descendants count. Source: Church and Hanks, Word
    Association Norms, Mutual Information, and Lexicography, Computational Linguistics 16 (1990),
    here weighted by p(x,y) so that rare pairs do not win.
    """
    around = f"{{ {ref(iri)} skos:narrower* ?x }} UNION {{ {ref(iri)} skos:broader* ?x }}"
    query = f"""SELECT ?x (COUNT(*) AS ?n) {{ {works_below(iri)} ?p dct:subject ?x MINUS {{ {around} }} }}
        GROUP BY ?x ORDER BY DESC(?n) ?x LIMIT {CANDIDATES}"""
    together = {row["x"]: int(row["n"]) for row in rows(store, query) if "x" in row}
    alone = works_of(store, together)
    everything = number(store, "?x a gn:Work", "*")
    scored = []
    for other, count in together.items():
        lift = count * everything / (total * alone[other])
        scored.append((-count * log2(lift), other, count, lift))
    best = sorted(scored)[:limit]
    labels = names(store, (other for _, other, _, _ in best))
    return tuple(
        Neighbour(iri=other, name=labels[other], count=count, lift=round(lift, 3)) for _, other, count, lift in best
    )


def works_of(store: ReadableStore, concepts: dict[str, int] | list[str]) -> dict[str, int]:
    """Concept → number of works about exactly it."""
    found: dict[str, int] = {}
    for chunk in chunks(concepts):
        query = f"SELECT ?x (COUNT(*) AS ?n) {{ VALUES ?x {{ {values(chunk)} }} ?p dct:subject ?x }} GROUP BY ?x"
        found.update((row["x"], int(row["n"])) for row in rows(store, query) if "x" in row)
    return found


def _top_works(store: ReadableStore, works: str, limit: int) -> tuple[TopWork, ...]:
    query = f"""SELECT ?p ?n (MAX(?year) AS ?y) {{
        {{ SELECT ?p (COUNT(?c) AS ?n) {{ {works} OPTIONAL {{ ?c cito:cites ?p }} }} GROUP BY ?p }}
        OPTIONAL {{ ?p gn:year ?year }} }} GROUP BY ?p ?n ORDER BY DESC(?n) DESC(?y) ?p LIMIT {int(limit)}"""
    found = [row for row in rows(store, query) if "p" in row]
    titles = names(store, (row["p"] for row in found))
    return tuple(
        TopWork(iri=row["p"], title=titles[row["p"]], year=int(row.get("y", 0)), citations=int(row["n"]))
        for row in found
    )


def _subtopics(store: ReadableStore, narrower: tuple[Named, ...], total: int) -> tuple[Share, ...]:
    counts = {topic: number(store, works_below(topic.iri), "*") for topic in narrower}
    shares = (
        Share(iri=topic.iri, name=topic.name, count=count, share=round(count / total, 4))
        for topic, count in counts.items()
        if count
    )
    return tuple(sorted(shares, key=lambda share: (-share.count, share.iri)))

"""One topic: how much is written about it, when, by whom, where, and next to what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import log2
from typing import Final

import msgspec

from graph.convert.safe import ref
from graph.discovery.ask import Counted, Named, chunks, column, names, number, rows, values
from graph.discovery.claims import ClaimView, claims_about
from graph.discovery.concepts import ConceptView, concept_view, works_below
from graph.discovery.scope import ORGANISATION, TOPIC, VENUE
from graph.discovery.tally import TopWork, WorkSet, YearCount
from graph.stores.base import ReadableStore

CANDIDATES: Final = 100
"""Most frequent co-occurring topics that are weighed."""

CLAIM_CONCEPTS: Final = 2_000
"""Narrower concepts whose claims count as claims about the topic."""


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


class TopicView(msgspec.Struct, frozen=True, kw_only=True):
    """A topic with all narrower ones rolled up. `works` counts distinct works, `works_direct` those
    about exactly this concept. Lists are ordered by count, then IRI. People, organisations, venues
    and neighbours are counted over `counted` works, which are all of them up to a limit."""

    concept: ConceptView
    works_direct: int
    works: int
    counted: int
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
    works = WorkSet.where(store, works_below(iri))
    below = column(store, f"SELECT DISTINCT ?x {{ {ref(iri)} skos:narrower* ?x }}")
    return TopicView(
        concept=concept,
        works_direct=number(store, f"?x dct:subject {ref(iri)}", "*"),
        works=len(works),
        counted=works.counted,
        years=works.years,
        people=works.top("?p dct:creator ?x", limit),
        organisations=works.top(ORGANISATION, limit),
        venues=works.top(VENUE, limit),
        datasets=_datasets(store, works, limit),
        neighbours=_neighbours(store, concept, works, below, limit),
        top_works=works.most_cited(limit),
        subtopics=_subtopics(store, concept.narrower, len(works)),
        claims=claims_about(store, below[:CLAIM_CONCEPTS], limit),
    )


def _datasets(store: ReadableStore, works: WorkSet, limit: int) -> tuple[Counted, ...]:
    """Datasets by the number of works that are one, or cite one; exact."""
    members = set(works.works)
    datasets = column(store, "SELECT ?x { ?x a dcat:Dataset }")
    found = Counter(one for one in datasets if one in members)
    for chunk in chunks(datasets):
        query = f"SELECT DISTINCT ?p ?x {{ VALUES ?x {{ {values(chunk)} }} ?p cito:cites|cito:citesAsDataSource ?x }}"
        found.update(row["x"] for row in rows(store, query) if row["p"] in members)
    best = sorted(found, key=lambda one: (-found[one], one))[:limit]
    labels = names(store, best)
    return tuple(Counted(iri=one, name=labels[one], count=found[one]) for one in best)


def _neighbours(
    store: ReadableStore, concept: ConceptView, works: WorkSet, below: list[str], limit: int
) -> tuple[Neighbour, ...]:
    """Topics next to this one, by what they add to the mutual information, p(x,y) log p(x,y)/(p(x) p(y)).

    Neither the topic's own ancestors nor its descendants nor its counterparts elsewhere count. Source:
    Church and Hanks, Word Association Norms, Mutual Information, and Lexicography, Computational
    Linguistics 16 (1990), here weighted by p(x,y) so that rare pairs do not win.
    """
    above = column(store, f"SELECT DISTINCT ?x {{ {ref(concept.iri)} skos:broader* ?x }}")
    own = {*below, *above, *(one.iri for one in concept.exact)}
    others = {one: count for one, count in works.ranking(TOPIC, len(own) + CANDIDATES).items() if one not in own}
    together = dict(list(others.items())[:CANDIDATES])
    alone = works_of(store, together)
    everything = number(store, "?x a gn:Work", "*")
    scored = []
    for other, count in together.items():
        lift = count * everything / (works.counted * alone[other])
        scored.append((-count * log2(lift), other, count, lift))
    best = sorted(scored)[:limit]
    labels = names(store, (other for _, other, _, _ in best))
    return tuple(
        Neighbour(iri=other, name=labels[other], count=count, lift=round(lift, 3)) for _, other, count, lift in best
    )


def works_of(store: ReadableStore, concepts: Iterable[str]) -> dict[str, int]:
    """Concept → number of works about exactly it."""
    found: dict[str, int] = {}
    for chunk in chunks(concepts):
        query = f"SELECT ?x (COUNT(*) AS ?n) {{ VALUES ?x {{ {values(chunk)} }} ?p dct:subject ?x }} GROUP BY ?x"
        found.update((row["x"], int(row["n"])) for row in rows(store, query) if "x" in row)
    return found


def _subtopics(store: ReadableStore, narrower: tuple[Named, ...], total: int) -> tuple[Share, ...]:
    counts = {topic: number(store, works_below(topic.iri), "DISTINCT ?p") for topic in narrower}
    shares = (
        Share(iri=topic.iri, name=topic.name, count=count, share=round(count / total, 4))
        for topic, count in counts.items()
        if count
    )
    return tuple(sorted(shares, key=lambda share: (-share.count, share.iri)))

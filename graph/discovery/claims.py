"""Claims and the sentences they rest on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from graph.convert.safe import ref
from graph.discovery.ask import Named, Values, chunks, names, rows, values
from graph.stores.base import ReadableStore
from ontology.namespaces import PREFIXES

PREDICATES: Final = (
    "gn:uses", "gn:evaluatesOn", "gn:improvesOn", "gn:comparesWith", "gn:partOf", "gn:isA", "gn:causes",
    "gn:treats", "gn:inhibits", "gn:associatedWith",
)  # fmt: skip
"""Properties that claims are made with (see `ontology.reading.Claim`)."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One sentence that supports or disputes a claim. `confidence` lies in [0, 1]."""

    iri: str
    sentence: str
    """IRI of the sentence."""
    text: str
    work: Named
    polarity: str
    confidence: float
    cue: str = ""
    hedged: bool = False


class ClaimView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A claim over all works: `state` is accepted, auto, disputed or rejected, `support` and
    `dispute` count works, `probability` lies in [0, 1]."""

    iri: str
    subject: Named
    predicate: str
    object: Named
    state: str
    support: int
    dispute: int
    probability: float
    evidence: tuple[Evidence, ...] = ()


def claims_about(
    store: ReadableStore, concepts: Iterable[str], limit: int = 20, sentences: int = 3
) -> tuple[ClaimView, ...]:
    """Claims with one of `concepts` as subject or object, best supported first."""
    found: dict[str, tuple[int, float]] = {}
    for chunk in chunks(concepts):
        query = f"""SELECT ?c ?n ?p {{ VALUES ?t {{ {values(chunk)} }} GRAPH ?g {{
            {{ ?c rdf:subject ?t }} UNION {{ ?c rdf:object ?t }} ?c gn:supportCount ?n ; gn:probability ?p }} }}"""
        found.update((row["c"], (-int(row["n"]), -float(row["p"]))) for row in rows(store, query))
    best = sorted(found, key=lambda claim: (found[claim], claim))[:limit]
    return claim_views(store, best, sentences)


def claim_views(
    store: ReadableStore, claims: Iterable[str], sentences: int = 3, work: str = ""
) -> tuple[ClaimView, ...]:
    """The claims in the order given, each with its `sentences` most confident pieces of evidence,
    from `work` alone where it is given."""
    asked = list(dict.fromkeys(claims))
    facts: dict[str, Values] = {}
    for chunk in chunks(asked):
        query = f"""SELECT * {{ VALUES ?c {{ {values(chunk)} }} GRAPH ?g {{
            ?c rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; gn:supportCount ?support ;
               gn:disputeCount ?dispute ; gn:probability ?probability ; gn:state ?state }} }}"""
        facts.update((row["c"], row) for row in rows(store, query))
    labels = names(store, (row[end] for row in facts.values() for end in ("s", "o")))
    proofs = evidence(store, facts, work)
    return tuple(
        ClaimView(
            iri=claim,
            subject=Named(row["s"], labels[row["s"]]),
            predicate=row["p"],
            object=Named(row["o"], labels[row["o"]]),
            state=row["state"].removeprefix(PREFIXES["gn"]).lower(),
            support=int(row["support"]),
            dispute=int(row["dispute"]),
            probability=float(row["probability"]),
            evidence=tuple(proofs.get(claim, ())[:sentences]),
        )
        for claim in asked
        if (row := facts.get(claim))
    )


def evidence(store: ReadableStore, claims: Iterable[str], work: str = "") -> dict[str, list[Evidence]]:
    """Claim → its evidence, the most confident first; from `work` alone where it is given.

    Filters and optional parts stand last: inside the first group Oxigraph joins all evidence with all sentences.
    """
    within = f"FILTER(?w = {ref(work)})" if work else ""
    found: list[Values] = []
    for chunk in chunks(claims):
        query = f"""SELECT * {{ VALUES ?c {{ {values(chunk)} }}
            GRAPH ?g {{ ?e ?polarity ?c ; gn:sentence ?s ; gn:confidence ?k }}
            GRAPH ?h {{ ?s nif:isString ?text ; dct:isPartOf ?w }}
            OPTIONAL {{ GRAPH ?g {{ ?e gn:cue ?cue }} }} OPTIONAL {{ GRAPH ?g {{ ?e gn:hedged ?hedged }} }}
            FILTER(?polarity IN (gn:supports, gn:disputes)) {within} }}"""
        found.extend(rows(store, query))
    titles = names(store, (row["w"] for row in found))
    table: dict[str, list[Evidence]] = {}
    for row in sorted(found, key=lambda row: (-float(row["k"]), row["e"])):
        table.setdefault(row["c"], []).append(
            Evidence(
                iri=row["e"],
                sentence=row["s"],
                text=row["text"],
                work=Named(row["w"], titles[row["w"]]),
                polarity=row["polarity"].removeprefix(PREFIXES["gn"]),
                confidence=float(row["k"]),
                cue=row.get("cue", ""),
                hedged=row.get("hedged") == "true",
            )
        )
    return table

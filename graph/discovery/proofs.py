"""What a link between two entities rests on: the sentence, the authorship, the topic's reasons."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from graph.convert.safe import ref
from graph.discovery.ask import rows
from graph.discovery.claims import PREDICATES, evidence
from graph.discovery.edges import AFFILIATION, Link
from graph.stores.base import ReadableStore
from ontology.namespaces import expand

MOST: Final = 3
"""Proofs given for one link."""


class Proof(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a link rests on. `kind` is sentence, citation, authorship or topic; `text` is the
    sentence, the name as printed, or the labels found; `iri` names the evidence itself, `work` where
    it stands. `confidence` lies in [0, 1]; 1 where a source or vocabulary says so."""

    kind: str
    iri: str
    text: str
    work: str = ""
    confidence: float = 1.0


def proofs(store: ReadableStore, links: Iterable[Link]) -> dict[Link, tuple[Proof, ...]]:
    """Link → what it rests on, at most MOST each; a vocabulary's own links rest on nothing else."""
    return {link: found for link in links if (found := _of(store, link)[:MOST])}


def _of(store: ReadableStore, link: Link) -> tuple[Proof, ...]:
    match link.predicate:
        case p if p == _CITES:
            return _contexts(store, link)
        case p if p == _CREATOR:
            held = f"?a pro:relatesToDocument {ref(link.source)} ; pro:isHeldBy {ref(link.target)}"
            return _authorships(store, held)
        case p if p == AFFILIATION:
            held = f"?a pro:isHeldBy {ref(link.source)} ; pro:relatesToOrganization {ref(link.target)}"
            return _authorships(store, held)
        case p if p == _SUBJECT:
            return _topic(store, link)
        case p if p in _CLAIMS:
            return _sentences(store, link)
    return ()


_CITES, _CREATOR, _SUBJECT = map(expand, ("cito:cites", "dct:creator", "dct:subject"))
_CLAIMS: Final = frozenset(map(expand, PREDICATES))


def _contexts(store: ReadableStore, link: Link) -> tuple[Proof, ...]:
    """Sentences of the citing work in which the cited one is referred to."""
    query = f"""SELECT ?p ?text {{
        GRAPH ?t {{ ?r biro:references {ref(link.target)} ; dct:isPartOf {ref(link.source)} }}
        GRAPH ?m {{ ?p c4o:denotes ?r ; c4o:hasContext ?s }}
        GRAPH ?t {{ ?s nif:isString ?text }} }} ORDER BY ?p LIMIT {MOST}"""
    return tuple(
        Proof(kind="citation", iri=row["p"], text=row["text"], work=link.source) for row in rows(store, query)
    )  # fmt: skip


def _authorships(store: ReadableStore, held: str) -> tuple[Proof, ...]:
    query = f"""SELECT ?a ?name ?w {{ {held} . ?a gn:rawName ?name ; pro:relatesToDocument ?w }}
        ORDER BY ?a LIMIT {MOST}"""
    return tuple(
        Proof(kind="authorship", iri=row["a"], text=row["name"], work=row["w"]) for row in rows(store, query)
    )  # fmt: skip


def _topic(store: ReadableStore, link: Link) -> tuple[Proof, ...]:
    query = f"""SELECT ?a ?score (GROUP_CONCAT(?label; SEPARATOR=", ") AS ?text) {{
        {{ SELECT ?a ?score ?label {{ GRAPH ?g {{
            ?a gn:work {ref(link.source)} ; gn:concept {ref(link.target)} ; gn:score ?score
            OPTIONAL {{ ?a gn:matchedLabel ?label }} }} }} ORDER BY ?label }} }}
        GROUP BY ?a ?score ORDER BY ?a"""
    return tuple(
        Proof(
            kind="topic",
            iri=row["a"],
            text=row.get("text", ""),
            work=link.source,
            confidence=float(row["score"]),
        )
        for row in rows(store, query)
        if "a" in row
    )


def _sentences(store: ReadableStore, link: Link) -> tuple[Proof, ...]:
    query = f"""SELECT ?c {{ GRAPH ?g {{ ?c rdf:subject {ref(link.source)} ; rdf:object {ref(link.target)} ;
        rdf:predicate {ref(link.predicate)} }} }}"""
    claims = [row["c"] for row in rows(store, query)]
    return tuple(
        Proof(kind="sentence", iri=one.iri, text=one.text, work=one.work.iri, confidence=one.confidence)
        for found in evidence(store, claims).values()
        for one in found
        if one.polarity == "supports"
    )

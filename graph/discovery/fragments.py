"""The text of a work as a tree of fragments, and what lies in it: mentions and citations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from graph.convert.safe import ref
from graph.convert.tables import read
from graph.convert.text import ROLES, TYPES
from graph.discovery.ask import describe, every, first, names, require_type, rows
from graph.stores.base import ReadableStore
from ontology.namespaces import expand

_KINDS: Final = {curie.strip("<>"): kind for kind, curie in TYPES.items()}
_ROLES: Final = {curie.strip("<>"): role for role, curie in ROLES.items()}
_MEDIA: Final = {expand(f"schema:{name}") for name in ("VideoObject", "AudioObject", "ImageObject")}


class FragmentView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of a text. `begin` and `end` count code points of the work's stored text; `text` is
    there for titles, captions, formulas and sentences. A table's `cells` are its grid, of which the
    first `header_rows` rows head the others; a statement's `names` are what it points at (addresses of
    data sets and code) and award numbers."""

    iri: str
    kind: str
    begin: int
    end: int
    label: str = ""
    title: str = ""
    role: str = ""
    text: str = ""
    url: str = ""
    mime: str = ""
    language: str = ""
    cells: tuple[tuple[str | None, ...], ...] = ()
    header_rows: int = 0
    names: tuple[str, ...] = ()
    parts: tuple[FragmentView, ...] = ()


class MentionView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A place that names a concept; `begin` and `end` count code points from the sentence's beginning."""

    iri: str
    concept: str
    name: str
    sentence: str
    begin: int
    end: int
    text: str
    confidence: float
    label: str = ""
    method: str = "label"


class CitationView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A citation in the text: the sentence it stands in, the reference and, where known, the work
    it denotes and why it is cited (a CiTO property)."""

    iri: str
    sentence: str
    text: str
    reference: str
    work: str = ""
    title: str = ""
    intent: str = ""


def work_fragments(store: ReadableStore, iri: str) -> tuple[FragmentView, ...]:
    """The fragments directly under the work, each with what it contains, in text order.

    Citation markers are left out (see `work_citations`). Empty for a work without text; NotFound
    for what is no work.
    """
    require_type(describe(store, iri), iri, "gn:Work", "work")
    facts: dict[str, dict[str, list[str]]] = {}
    for row in rows(store, f"SELECT ?f ?p ?o {{ GRAPH ?g {{ ?f dct:isPartOf {ref(iri)} ; ?p ?o }} }}"):
        facts.setdefault(row["f"], {}).setdefault(row["p"], []).append(row["o"])
    kinds = {one: kind for one, table in facts.items() if (kind := _kind(table))}
    inner = {part for one in kinds for part in every(facts[one], "po:contains")}

    def view(one: str) -> FragmentView:
        table = facts[one]
        parts = (view(part) for part in every(table, "po:contains") if kinds.get(part, "citation") != "citation")
        return FragmentView(
            iri=one,
            kind=kinds[one],
            begin=int(first(table, "gn:begin")),
            end=int(first(table, "gn:end")),
            label=first(table, "rdfs:label"),
            title=first(table, "dct:title"),
            role=first(table, "gn:role") or _role(table),
            text=first(table, "nif:isString"),
            url=first(table, "schema:contentUrl"),
            mime=first(table, "schema:encodingFormat"),
            language=first(table, "dct:language"),
            cells=tuple(map(tuple, read(first(table, "gn:cells")))) if kinds[one] == "table" else (),
            header_rows=int(first(table, "gn:headerRows") or 0),
            names=(*sorted(every(table, "dct:references")), *sorted(every(table, "gn:namesAward"))),
            parts=_in_order(parts),
        )

    return _in_order(view(one) for one, kind in kinds.items() if one not in inner and kind != "citation")


def _in_order(parts: Iterable[FragmentView]) -> tuple[FragmentView, ...]:
    return tuple(sorted(parts, key=lambda part: (part.begin, -part.end, part.iri)))


def _kind(table: dict[str, list[str]]) -> str:
    classes = table.get(expand("rdf:type"), ())
    return "media" if _MEDIA.intersection(classes) else next((_KINDS[one] for one in classes if one in _KINDS), "")


def _role(table: dict[str, list[str]]) -> str:
    return next((_ROLES[one] for one in table[expand("rdf:type")] if one in _ROLES), "")


def work_mentions(store: ReadableStore, iri: str, limit: int = 5000) -> tuple[MentionView, ...]:
    """Mentions in the work, at most `limit`, by sentence and place."""
    query = f"""SELECT * {{ GRAPH ?g {{ ?r prov:used {ref(iri)} . ?m prov:wasGeneratedBy ?r ; oa:hasBody ?concept ;
            oa:hasTarget ?t ; gn:confidence ?confidence . ?t oa:hasSource ?s ; oa:hasSelector ?x .
            ?x oa:start ?begin ; oa:end ?end ; oa:exact ?text
            OPTIONAL {{ ?m gn:matchedLabel ?label }} OPTIONAL {{ ?m gn:matchMethod ?method }} }} }}
        LIMIT {int(limit)}"""
    found = list(rows(store, query))
    labels = names(store, (row["concept"] for row in found))
    views = (
        MentionView(
            iri=row["m"],
            concept=row["concept"],
            name=labels[row["concept"]],
            sentence=row["s"],
            begin=int(row["begin"]),
            end=int(row["end"]),
            text=row["text"],
            confidence=float(row["confidence"]),
            label=row.get("label", row["text"]),
            method=row.get("method", "label"),
        )
        for row in found
    )
    return tuple(sorted(views, key=lambda view: (len(view.sentence), view.sentence, view.begin, view.iri)))


class HighlightView(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence that tells the work's problem, contribution, result or limitation; `confidence` lies in [0, 1]."""

    iri: str
    sentence: str
    text: str
    tells: str
    confidence: float


def work_highlights(store: ReadableStore, iri: str) -> tuple[HighlightView, ...]:
    """The sentences that sum the work up, in text order."""
    query = f"""SELECT ?h ?s ?text ?tells ?k {{
        GRAPH ?t {{ ?s dct:isPartOf {ref(iri)} ; nif:isString ?text ; gn:begin ?b }}
        GRAPH ?m {{ ?h gn:sentence ?s ; gn:tells ?tells ; gn:confidence ?k }} }} ORDER BY ?b"""
    return tuple(
        HighlightView(iri=row["h"], sentence=row["s"], text=row["text"], tells=row["tells"], confidence=float(row["k"]))
        for row in rows(store, query)
    )


def work_citations(store: ReadableStore, iri: str) -> tuple[CitationView, ...]:
    """Every citation in the work's text with its sentence, in no order but that of their IRIs."""
    query = f"""SELECT ?p ?s ?text ?ref ?w ?intent {{
        GRAPH ?t {{ ?ref dct:isPartOf {ref(iri)} ; a biro:BibliographicReference }}
        GRAPH ?m {{ ?p c4o:denotes ?ref ; c4o:hasContext ?s }}
        GRAPH ?t {{ ?s nif:isString ?text }}
        OPTIONAL {{ GRAPH ?t {{ ?ref biro:references ?w }} }}
        OPTIONAL {{ GRAPH ?m {{ ?act gn:pointer ?p ; cito:hasCitationCharacterization ?intent }} }} }} ORDER BY ?p"""
    found = list(rows(store, query))
    titles = names(store, (row["w"] for row in found if "w" in row))
    return tuple(
        CitationView(
            iri=row["p"],
            sentence=row["s"],
            text=row["text"],
            reference=row["ref"],
            work=row.get("w", ""),
            title=titles.get(row.get("w", ""), ""),
            intent=row.get("intent", ""),
        )
        for row in found
    )

"""A work's text in passages, with the concepts named and the relations claimed in it.

The one view that all formats of annotations are made from. Offsets count code points of the
work's stored text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from graph.convert.safe import ref
from graph.discovery.ask import chunks, describe, every, first, require_type, rows, values
from graph.discovery.fragments import FragmentView, HighlightView, work_fragments, work_highlights, work_mentions
from graph.stores.base import ReadableStore
from ontology.namespaces import PREFIXES

MAX_MENTIONS: Final = 20_000
"""Mentions of one work that are written out."""


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a passage that names a concept; `kind` is what sort of thing, where that is known."""

    iri: str
    concept: str
    name: str
    begin: int
    end: int
    text: str
    sentence: str
    confidence: float
    method: str
    kind: str = ""


class Relation(msgspec.Struct, frozen=True, kw_only=True):
    """What one sentence says of two spots (their IRIs): `predicate` is an IRI, `polarity` "supports" or "disputes"."""

    iri: str
    claim: str
    predicate: str
    subject: str
    object: str
    sentence: str
    polarity: str
    confidence: float


class Sentence(msgspec.Struct, frozen=True):
    """`begin` counts from the beginning of the work's text."""

    iri: str
    begin: int
    text: str


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """A title, paragraph, caption or other block of text: `role` is the rhetorical type of its section."""

    iri: str
    kind: str
    role: str
    begin: int
    text: str
    sentences: tuple[Sentence, ...]
    spots: tuple[Spot, ...] = ()
    relations: tuple[Relation, ...] = ()


class AnnotatedWork(msgspec.Struct, frozen=True, kw_only=True):
    """A work with its annotated text; `maker` is the IRI of the software that read it, `reading` of the activity."""

    iri: str
    title: str
    identifiers: tuple[str, ...]
    license: str
    reading: str
    maker: str
    passages: tuple[Passage, ...]
    highlights: tuple[HighlightView, ...] = ()


def annotated(store: ReadableStore, iri: str) -> AnnotatedWork:
    """The work with this IRI; NotFound where it is none. Without passages where it has no text."""
    facts = describe(store, iri)
    require_type(facts, iri, "gn:Work", "work")
    made = next(
        rows(store, f"SELECT * {{ GRAPH ?g {{ ?r prov:used {ref(iri)} ; prov:wasAssociatedWith ?maker }} }}"), {}
    )
    spots, relations = _spots(store, iri), _relations(store, iri)
    return AnnotatedWork(
        iri=iri,
        title=first(facts, "dct:title"),
        identifiers=every(facts, "dct:identifier"),
        license=first(facts, "dct:license"),
        reading=made.get("r", ""),
        maker=made.get("maker", ""),
        passages=tuple(_filled(passage, spots, relations) for passage in _passages(work_fragments(store, iri))),
        highlights=work_highlights(store, iri),
    )


def _passages(fragments: Iterable[FragmentView], role: str = "") -> Iterator[Passage]:
    """Every fragment that has sentences of its own, in text order."""
    for fragment in fragments:
        inner = fragment.role if fragment.kind == "section" and fragment.role else role
        sentences = tuple(Sentence(p.iri, p.begin, p.text) for p in fragment.parts if p.kind == "sentence")
        if sentences:
            begin = min(fragment.begin, sentences[0].begin)
            text = fragment.text or _laid_out(sentences, begin)
            yield Passage(iri=fragment.iri, kind=fragment.kind, role=inner, begin=begin, text=text, sentences=sentences)
        below = "abstract" if fragment.kind == "abstract" else inner
        yield from _passages((part for part in fragment.parts if part.kind != "sentence"), below)


def _laid_out(sentences: tuple[Sentence, ...], begin: int) -> str:
    """The sentences, each at its place; what lies between two is white space."""
    text = ""
    for sentence in sentences:
        text = text.ljust(sentence.begin - begin) + sentence.text
    return text


def _filled(passage: Passage, spots: dict[str, list[Spot]], relations: dict[str, list[Relation]]) -> Passage:
    inside: list[Spot] = []
    said: list[Relation] = []
    for sentence in passage.sentences:
        for spot in spots.get(sentence.iri, ()):
            moved = {"begin": spot.begin + sentence.begin, "end": spot.end + sentence.begin}
            inside.append(msgspec.structs.replace(spot, **moved))
        said.extend(relations.get(sentence.iri, ()))
    return msgspec.structs.replace(passage, spots=tuple(inside), relations=tuple(said))


def _spots(store: ReadableStore, iri: str) -> dict[str, list[Spot]]:
    """Sentence → what it names; offsets from the beginning of the sentence."""
    query = (
        f"SELECT ?m ?kind {{ GRAPH ?g {{ ?r prov:used {ref(iri)} . ?m prov:wasGeneratedBy ?r ; gn:foundType ?kind }} }}"
    )
    kinds = {row["m"]: row["kind"] for row in rows(store, query)}
    table: dict[str, list[Spot]] = {}
    for mention in work_mentions(store, iri, MAX_MENTIONS):
        table.setdefault(mention.sentence, []).append(
            Spot(
                iri=mention.iri, concept=mention.concept, name=mention.name, begin=mention.begin, end=mention.end,
                text=mention.text, sentence=mention.sentence, confidence=mention.confidence, method=mention.method,
                kind=kinds.get(mention.iri, ""),
            )
        )  # fmt: skip
    return table


def _relations(store: ReadableStore, iri: str) -> dict[str, list[Relation]]:
    """Sentence → what it says of two things it names."""
    query = f"""SELECT * {{ GRAPH ?g {{ ?r prov:used {ref(iri)} . ?e prov:wasGeneratedBy ?r ; gn:sentence ?s ;
            gn:subjectMention ?subject ; gn:objectMention ?object ; gn:confidence ?k ; ?polarity ?claim .
            FILTER(?polarity IN (gn:supports, gn:disputes)) }} }} ORDER BY ?e"""
    found = list(rows(store, query))
    predicates: dict[str, str] = {}
    for chunk in chunks(row["claim"] for row in found):
        query = f"SELECT ?c ?p {{ VALUES ?c {{ {values(chunk)} }} GRAPH ?g {{ ?c rdf:predicate ?p }} }}"
        predicates.update((row["c"], row["p"]) for row in rows(store, query))
    table: dict[str, list[Relation]] = {}
    for row in found:
        table.setdefault(row["s"], []).append(
            Relation(
                iri=row["e"], claim=row["claim"], predicate=predicates[row["claim"]], subject=row["subject"],
                object=row["object"], sentence=row["s"], polarity=row["polarity"].removeprefix(PREFIXES["gn"]),
                confidence=float(row["k"]),
            )
        )  # fmt: skip
    return table

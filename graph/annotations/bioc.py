"""BioC documents as XML and JSON (Comeau et al. 2013, Database, doi:10.1093/database/bat064).

A passage is a block of the text, an annotation a mention with the concept's IRI as its identifier,
a relation what one sentence claims of two of them. Offsets count code points of the work's stored
text. Passage types are named as in the open-access BioC collection of PubMed Central.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Final

import msgspec
from lxml import etree

from graph.annotations.passages import AnnotatedWork, Passage, Relation, Spot
from ontology.namespaces import PREFIXES

XML: Final = "application/xml"
JSON: Final = "application/json"
_NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SECTIONS: Final = {
    "introduction": "INTRO", "background": "INTRO", "related-work": "INTRO", "methods": "METHODS",
    "materials": "METHODS", "results": "RESULTS", "evaluation": "RESULTS", "discussion": "DISCUSS",
    "conclusion": "CONCL", "abstract": "ABSTRACT", "acknowledgements": "ACK_FUND", "appendix": "APPENDIX",
    "author-contributions": "AUTH_CONT", "data-availability": "SUPPL",
}  # fmt: skip
_KINDS: Final = {"title": "TITLE", "figure": "FIG", "table": "TABLE"}
_TYPES: Final = {"title": "front", "figure": "fig_caption", "table": "table_caption"}

Infons = dict[str, str]


class Location(msgspec.Struct, frozen=True):
    """Both count code points."""

    offset: int
    length: int


class Annotation(msgspec.Struct, frozen=True):
    id: str
    infons: Infons
    text: str
    locations: tuple[Location, ...]


class Node(msgspec.Struct, frozen=True):
    """`refid` is the id of an annotation."""

    refid: str
    role: str


class BiocRelation(msgspec.Struct, frozen=True):
    id: str
    infons: Infons
    nodes: tuple[Node, ...]


class BiocPassage(msgspec.Struct, frozen=True):
    offset: int
    infons: Infons
    text: str
    annotations: tuple[Annotation, ...]
    relations: tuple[BiocRelation, ...]
    sentences: tuple[str, ...] = ()
    """Always empty: passages hold their text themselves."""


class Document(msgspec.Struct, frozen=True):
    id: str
    infons: Infons
    passages: tuple[BiocPassage, ...]
    annotations: tuple[Annotation, ...] = ()
    relations: tuple[BiocRelation, ...] = ()


class Collection(msgspec.Struct, frozen=True):
    """`date` is a day, YYYYMMDD."""

    source: str
    date: str
    key: str
    infons: Infons
    documents: tuple[Document, ...] = ()


def collection(date: str) -> Collection:
    """A collection without documents; `date` is an ISO date or time."""
    return Collection(
        "Gnomon", date[:10].replace("-", ""), "https://w3id.org/gnomon/ontology", {"offsets": "code points"}
    )


def document(work: AnnotatedWork) -> Document:
    infons = {
        "title": work.title, "identifiers": " ".join(work.identifiers), "license": work.license, "maker": work.maker,
    }  # fmt: skip
    return Document(
        work.iri, {name: value for name, value in infons.items() if value}, tuple(map(_passage, work.passages))
    )


def as_json(head: Collection, documents: Iterable[Document]) -> bytes:
    return msgspec.json.encode(msgspec.structs.replace(head, documents=tuple(documents)))


def as_xml(head: Collection, documents: Iterable[Document]) -> Iterator[bytes]:
    """The collection in pieces, one document after the other; characters that XML cannot hold are U+FFFD."""
    buffer = BytesIO()
    with etree.xmlfile(buffer, encoding="utf-8") as out:
        out.write_declaration(doctype='<!DOCTYPE collection SYSTEM "BioC.dtd">')
        with out.element("collection"):
            for name in ("source", "date", "key"):
                out.write(_leaf(name, getattr(head, name)))
            out.write(*_infons(head.infons))
            for one in documents:
                out.write(_document(one))
                out.flush()
                yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: BytesIO) -> bytes:
    data = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return data


def _passage(passage: Passage) -> BiocPassage:
    infons = {
        "section_type": _KINDS.get(passage.kind) or _SECTIONS.get(passage.role, "OTHER"),
        "type": "abstract" if passage.role == "abstract" else _TYPES.get(passage.kind, passage.kind),
        "iri": passage.iri,
    }
    return BiocPassage(
        passage.begin,
        infons,
        passage.text,
        tuple(map(_annotation, passage.spots)),
        tuple(map(_relation, passage.relations)),
    )


def _annotation(spot: Spot) -> Annotation:
    infons = {
        "identifier": spot.concept, "type": spot.kind or "concept", "name": spot.name, "method": spot.method,
        "confidence": f"{spot.confidence:g}",
    }  # fmt: skip
    return Annotation(spot.iri, infons, spot.text, (Location(spot.begin, spot.end - spot.begin),))


def _relation(relation: Relation) -> BiocRelation:
    infons = {
        "type": relation.predicate.removeprefix(PREFIXES["gn"]), "predicate": relation.predicate,
        "polarity": relation.polarity, "claim": relation.claim, "confidence": f"{relation.confidence:g}",
    }  # fmt: skip
    return BiocRelation(relation.iri, infons, (Node(relation.subject, "subject"), Node(relation.object, "object")))


def _document(one: Document) -> etree._Element:
    made = etree.Element("document")
    made.append(_leaf("id", one.id))
    made.extend(_infons(one.infons))
    for passage in one.passages:
        inner = etree.SubElement(made, "passage")
        inner.extend(_infons(passage.infons))
        inner.append(_leaf("offset", str(passage.offset)))
        inner.append(_leaf("text", passage.text))
        inner.extend(map(_annotated, passage.annotations))
        inner.extend(map(_related, passage.relations))
    return made


def _annotated(annotation: Annotation) -> etree._Element:
    made = etree.Element("annotation", id=annotation.id)
    made.extend(_infons(annotation.infons))
    for place in annotation.locations:
        etree.SubElement(made, "location", offset=str(place.offset), length=str(place.length))
    made.append(_leaf("text", annotation.text))
    return made


def _related(relation: BiocRelation) -> etree._Element:
    made = etree.Element("relation", id=relation.id)
    made.extend(_infons(relation.infons))
    for node in relation.nodes:
        etree.SubElement(made, "node", refid=node.refid, role=node.role)
    return made


def _infons(infons: Infons) -> list[etree._Element]:
    found = []
    for key, value in infons.items():
        found.append(_leaf("infon", value))
        found[-1].set("key", key)
    return found


def _leaf(tag: str, text: str) -> etree._Element:
    made = etree.Element(tag)
    made.text = _NOT_XML.sub("\ufffd", text)
    return made

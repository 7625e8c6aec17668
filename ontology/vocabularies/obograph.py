"""OBO ontologies as JSON: OBO Graphs (geneontology/obographs) and plain lists of terms.

The hierarchy is `is_a`; other relations are passed over. CURIEs become the PURLs of the OBO
Foundry (ID policy: `HP:0000001` → `http://purl.obolibrary.org/obo/HP_0000001`). Cross-references to MeSH are close
matches: OBO means by them that the other entry is about much the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from ontology.scheme import Concept, Label, Match, Scheme
from ontology.vocabularies.assemble import assemble
from ontology.vocabularies.base import VocabularyFile
from ontology.vocabularies.mesh import MESH

PURL: Final = "http://purl.obolibrary.org/obo/"
_GRAPH: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{.*"graphs"\s*:\s*\[', re.S)
_LIST: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*\[\s*\{.*"id"\s*:\s*"[A-Za-z_.]+:\w+"\s*,\s*"name"', re.S)
_MESH_ID: Final = re.compile(r"(?:MSH|MESH):([DC]\d{6,9})")
_SCOPES: Final = {"hasExactSynonym": "alt", "hasNarrowSynonym": "alt"}


class _Value(msgspec.Struct):
    val: str = ""
    pred: str = ""


class _Meta(msgspec.Struct, rename="camel"):
    definition: _Value | None = None
    synonyms: list[_Value] = []
    xrefs: list[_Value] = []
    deprecated: bool = False
    version: str = ""
    basic_property_values: list[_Value] = []


class _Node(msgspec.Struct):
    id: str
    lbl: str = ""
    type: str = "CLASS"
    meta: _Meta = msgspec.field(default_factory=_Meta)


class _Edge(msgspec.Struct):
    sub: str
    pred: str
    obj: str


class _Graph(msgspec.Struct):
    id: str = ""
    nodes: list[_Node] = []
    edges: list[_Edge] = []
    meta: _Meta = msgspec.field(default_factory=_Meta)


class _Document(msgspec.Struct):
    graphs: list[_Graph]


class _Reference(msgspec.Struct):
    id: str
    namespace: str = ""


class _Term(msgspec.Struct):
    id: str
    name: str = ""
    synonyms: list[str] = []
    relations: dict[str, list[str]] = {}
    definition: str = ""
    obsolete: bool = False
    xrefs: list[_Reference] = []


class OboGraphReader:
    """Reads OBO Graphs and lists of terms."""

    def recognises(self, head: bytes) -> bool:
        return bool(_GRAPH.match(head) or _LIST.match(head))

    def read(self, file: VocabularyFile) -> Scheme:
        body = file.body.removeprefix(b"\xef\xbb\xbf")
        name = file.named()
        try:
            if not _GRAPH.match(body[:8192]):
                terms = msgspec.json.decode(body, type=list[_Term])
                return assemble(file, map(_of_term, terms), iri=f"{PURL}{name}.owl", name=name)
            graphs = msgspec.json.decode(body, type=_Document).graphs
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise file.error(f"the JSON is broken: {error}") from error
        if not graphs:
            raise file.error("the document holds no graph")
        return assemble(
            file, _of_graph(graphs[0]), iri=graphs[0].id or f"{PURL}{name}.owl", name=name,
            version=graphs[0].meta.version.removeprefix(PURL),
        )  # fmt: skip


READER: Final = OboGraphReader()


def purl(identifier: str) -> str:
    """The IRI of an OBO identifier; what is an IRI already stays."""
    return identifier if "://" in identifier else PURL + identifier.replace(":", "_", 1)


def _of_term(term: _Term) -> Concept:
    return Concept(
        iri=purl(term.id),
        labels=(Label(term.name), *(Label(one, kind="alt") for one in term.synonyms)),
        broader=tuple(purl(one) for one in term.relations.get("is_a", ())),
        definition=term.definition,
        notation=term.id,
        deprecated=term.obsolete,
        matches=_matches(f"{one.namespace}:{one.id}" for one in term.xrefs),
    )


def _matches(references: Iterable[str]) -> tuple[Match, ...]:
    found = (_MESH_ID.fullmatch(reference) for reference in references)
    return tuple(Match(f"{MESH}/{match.group(1)}") for match in found if match)


def _of_graph(graph: _Graph) -> Iterator[Concept]:
    broader: dict[str, list[str]] = {}
    for edge in graph.edges:
        if edge.pred in ("is_a", "subClassOf"):
            broader.setdefault(edge.sub, []).append(edge.obj)
    for node in graph.nodes:
        if node.type != "CLASS":
            continue
        synonyms = (Label(one.val, kind=_SCOPES.get(one.pred, "hidden")) for one in node.meta.synonyms)
        replaced = (one.val for one in node.meta.basic_property_values if one.pred.endswith("IAO_0100001"))
        yield Concept(
            iri=purl(node.id),
            labels=(Label(node.lbl), *synonyms) if node.lbl else tuple(synonyms),
            broader=tuple(purl(one) for one in broader.get(node.id, ())),
            definition=node.meta.definition.val if node.meta.definition else "",
            notation=node.id.rsplit("/", 1)[-1].replace("_", ":", 1),
            deprecated=node.meta.deprecated,
            replaced_by=next((purl(one) for one in replaced), ""),
            matches=_matches(one.val for one in node.meta.xrefs),
        )

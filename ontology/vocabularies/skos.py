"""SKOS thesauri and the class hierarchies of OWL ontologies, in any RDF serialisation.

SKOS: labels plain or as SKOS-XL, hierarchy stated from either end (broader, narrower, and their
ISO 25964 and Getty refinements). A file without SKOS concepts is read as OWL: named classes are
the concepts, `rdfs:subClassOf` a named class is the hierarchy. Concepts of either that are classes
bring the ontology's axioms. Specifications: W3C SKOS Reference
2009 with appendix B (SKOS-XL), ISO 25964 SKOS extension, OBO in OWL.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final

from rdflib import Graph
from rdflib.collection import Collection as Listed
from rdflib.namespace import DC, DCTERMS, OWL, RDF, RDFS, SKOS
from rdflib.term import BNode, Literal, Node, URIRef

from ontology.axioms import axioms_of
from ontology.identifiers import opaque
from ontology.scheme import NOTES, Collection, Concept, Label, Match, Note, Scheme
from ontology.vocabularies.assemble import assemble
from ontology.vocabularies.base import VocabularyFile
from ontology.vocabularies.rdf import parse_rdf, rdf_format

_XL: Final = "http://www.w3.org/2008/05/skos-xl#"
_ISO: Final = "http://purl.org/iso25964/skos-thes#"
_GETTY: Final = "http://vocab.getty.edu/ontology#"
_OBO: Final = "http://www.geneontology.org/formats/oboInOwl#"
_IAO: Final = "http://purl.obolibrary.org/obo/IAO_"
_REFINED: Final = ("Generic", "Partitive", "Instantial")

_LABELS: Final = {
    SKOS.prefLabel: "pref",
    SKOS.altLabel: "alt",
    SKOS.hiddenLabel: "hidden",
    URIRef(_XL + "prefLabel"): "pref",
    URIRef(_XL + "altLabel"): "alt",
    URIRef(_XL + "hiddenLabel"): "hidden",
    URIRef(_OBO + "hasExactSynonym"): "alt",
    URIRef(_OBO + "hasNarrowSynonym"): "alt",
    URIRef(_OBO + "hasBroadSynonym"): "hidden",
    URIRef(_OBO + "hasRelatedSynonym"): "hidden",
}
_BROADER: Final = (SKOS.broader, *(URIRef(f"{n}broader{r}") for n in (_ISO, _GETTY) for r in _REFINED))
_NARROWER: Final = (SKOS.narrower, *(URIRef(f"{n}narrower{r}") for n in (_ISO, _GETTY) for r in _REFINED))
_DEFINITIONS: Final = (
    SKOS.definition,
    URIRef(_IAO + "0000115"),
    URIRef(_OBO + "hasDefinition"),
    SKOS.scopeNote,
)
_REPLACED: Final = (
    DCTERMS.isReplacedBy,
    URIRef(_IAO + "0100001"),
    URIRef(_OBO + "replacedBy"),
    URIRef(str(DC) + "isReplacedBy"),
)
_VERSIONS: Final = (OWL.versionInfo, OWL.versionIRI, DCTERMS.modified, DCTERMS.issued)
_TITLES: Final = (DCTERMS.title, DC.title, SKOS.prefLabel, RDFS.label)
_LICENSES: Final = (DCTERMS.license, URIRef("http://creativecommons.org/ns#license"), DCTERMS.rights, DC.rights)
_VOCABULARIES: Final = tuple(str(one).rstrip("#") for one in (OWL, RDF, RDFS, SKOS))


class SkosReader:
    """Reads SKOS and OWL in Turtle, N-Triples, RDF/XML and JSON-LD."""

    def recognises(self, head: bytes) -> bool:
        return rdf_format(head) is not None

    def read(self, file: VocabularyFile) -> Scheme:
        view = _View(parse_rdf(file, rdf_format(file.body[:8192]) or "turtle"), file)
        scheme = view.scheme
        return assemble(
            file,
            view.concepts(),
            iri=str(scheme) if scheme is not None else file.base.scheme(view.name),
            name=view.name,
            title=view.text(scheme, _TITLES),
            version=view.text(scheme, _VERSIONS),
            license=view.text(scheme, _LICENSES),
            axioms=axioms_of(view.graph) if view.owl or view.punned else (),
            collections=view.collections(),
        )


READER: Final = SkosReader()


class _View:
    """A parsed file seen as one vocabulary."""

    def __init__(self, graph: Graph, file: VocabularyFile) -> None:
        self.graph = graph
        self.file = file
        self.name = file.named()
        self.gathered = {
            one for kind in (SKOS.Collection, SKOS.OrderedCollection) for one in graph.subjects(RDF.type, kind)
        }
        self.owl = not self._skos_members()
        self.members: set[Node] = self._owl_members() if self.owl else self._skos_members()

    def _skos_members(self) -> set[Node]:
        kinds = {SKOS.Concept, *self.graph.transitive_subjects(RDFS.subClassOf, SKOS.Concept)}
        found = {one for kind in kinds for one in self.graph.subjects(RDF.type, kind)}
        placed = set(self.graph.subjects(SKOS.inScheme)) - self.gathered
        found.update(one for one in placed if (one, SKOS.prefLabel, None) in self.graph)
        return {one for one in found if not isinstance(one, Literal)} - kinds

    def _owl_members(self) -> set[Node]:
        kinds = (OWL.Class, RDFS.Class, OWL.DeprecatedClass)
        found = {one for kind in kinds for one in self.graph.subjects(RDF.type, kind)}
        return {one for one in found if isinstance(one, URIRef) and not str(one).startswith(_VOCABULARIES)}

    @cached_property
    def scheme(self) -> URIRef | None:
        """The scheme most concepts belong to, else the only one declared, else the OWL ontology."""
        counted = Counter(
            str(scheme)
            for link in (SKOS.inScheme, SKOS.topConceptOf)
            for scheme in self.graph.objects(None, link)
            if isinstance(scheme, URIRef)
        )
        declared = (SKOS.ConceptScheme, OWL.Ontology) if not self.owl else (OWL.Ontology, SKOS.ConceptScheme)
        for kind in declared:
            counted.update(
                str(one) for one in self.graph.subjects(RDF.type, kind)
                if isinstance(one, URIRef) and not str(one).startswith(_VOCABULARIES)
            )  # fmt: skip
            if counted:
                break
        return URIRef(min(counted, key=lambda one: (-counted[one], one))) if counted else None

    @property
    def punned(self) -> bool:
        """Whether SKOS concepts are said to be OWL classes, too: an ontology as Gnomon writes it."""
        return any((one, RDF.type, OWL.Class) in self.graph for one in self.members)

    def concepts(self) -> Iterator[Concept]:
        for node in sorted(self.members, key=str):
            definition = self.text(node, _DEFINITIONS)
            yield Concept(
                iri=self.iri(node),
                labels=tuple(self._labels(node)),
                broader=tuple(self._broader(node)),
                related=tuple(self._iris(self.graph.objects(node, SKOS.related))),
                exact=tuple(self._iris(self.graph.objects(node, SKOS.exactMatch))),
                matches=tuple(self._matches(node)),
                definition=definition,
                notes=tuple(self._notes(node, definition)),
                notation=self.text(node, (SKOS.notation,)),
                deprecated=self._deprecated(node),
                replaced_by=next((iri for link in _REPLACED for iri in self._iris(self.graph.objects(node, link))), ""),
            )

    def collections(self) -> Iterator[Collection]:
        for node in sorted(self.gathered, key=str):
            heads = list(self.graph.objects(node, SKOS.memberList))
            listed = [one for head in heads for one in Listed(self.graph, head)]
            members = [*map(self.iri, listed), *self._iris(set(self.graph.objects(node, SKOS.member)) - set(listed))]
            ordered = bool(heads) or (node, RDF.type, SKOS.OrderedCollection) in self.graph
            yield Collection(
                iri=self.iri(node), labels=tuple(self._labels(node)), members=tuple(members), ordered=ordered,
                notation=self.text(node, (SKOS.notation,)), notes=tuple(self._notes(node, "")),
            )  # fmt: skip

    def iri(self, node: Node) -> str:
        """The node's IRI; for a blank node one made from its labels, the same on every load."""
        if not isinstance(node, BNode):
            return str(node)
        seed = "|".join(sorted(f"{label.language}:{label.text}" for label in self._labels(node)))
        return self.file.base.concept(self.name, opaque("concept", seed))

    def text(self, node: Node | None, links: Iterable[URIRef]) -> str:
        """The first value there is under the `links`, in English where there is a choice."""
        for link in links if node is not None else ():
            values = [self._value(value) for value in self.graph.objects(node, link)]
            if found := min(
                ((tag not in ("en", ""), tag, text) for text, tag in values if text), default=None
            ):  # fmt: skip
                return found[2]
        return ""

    def _notes(self, node: Node, definition: str) -> Iterator[Note]:
        """Every note but the one that is the definition."""
        for kind in NOTES:
            for text, tag in sorted(map(self._value, self.graph.objects(node, SKOS[kind]))):
                if text and text != definition:
                    yield Note(text, tag, kind)

    def _matches(self, node: Node) -> Iterator[Match]:
        for kind in ("close", "broad", "narrow", "related"):
            for iri in self._iris(self.graph.objects(node, SKOS[f"{kind}Match"])):
                yield Match(iri, kind)

    def _value(self, value: Node) -> tuple[str, str]:
        """Text and language of a literal, or of a node that holds one (SKOS-XL label, note)."""
        if not isinstance(value, Literal):
            inner = next(
                (one for link in (URIRef(_XL + "literalForm"), RDF.value) for one in self.graph.objects(value, link)),
                value,
            )
            if not isinstance(inner, Literal):
                return ("" if isinstance(inner, BNode) else str(inner)), ""
            value = inner
        return str(value), (value.language or "").lower()

    def _labels(self, node: Node) -> Iterator[Label]:
        found = {
            (kind, *self._value(value))
            for link, kind in _LABELS.items()
            for value in self.graph.objects(node, link)
            if isinstance(value, Literal) or (value, URIRef(_XL + "literalForm"), None) in self.graph
        }
        if not any(kind == "pref" for kind, _, _ in found):
            found |= {("pref", *self._value(value)) for value in self.graph.objects(node, RDFS.label)}
        for kind, text, language in sorted(found, key=lambda one: (_ORDER[one[0]], one[2], one[1])):
            yield Label(text, language, kind)

    def _broader(self, node: Node) -> Iterator[str]:
        if self.owl:
            parents = (p for p in self.graph.objects(node, RDFS.subClassOf) if p in self.members or _foreign(p))
            return self._iris(parents)
        above = {one for link in _BROADER for one in self.graph.objects(node, link)}
        above.update(one for link in _NARROWER for one in self.graph.subjects(link, node))
        return self._iris(above)

    def _iris(self, nodes: Iterable[Node]) -> Iterator[str]:
        found = {self.iri(one) for one in nodes if isinstance(one, URIRef) or one in self.members | self.gathered}
        yield from sorted(found)

    def _deprecated(self, node: Node) -> bool:
        stated = next(self.graph.objects(node, OWL.deprecated), None)
        return (
            (isinstance(stated, Literal) and str(stated).lower() in ("true", "1"))
            or (node, RDF.type, OWL.DeprecatedClass) in self.graph
            or (node, RDFS.subClassOf, OWL.DeprecatedClass) in self.graph
        )


_ORDER: Final = {"pref": 0, "alt": 1, "hidden": 2}


def _foreign(node: Node) -> bool:
    """A named class that is not described here and is none of OWL's own."""
    return isinstance(node, URIRef) and not str(node).startswith(_VOCABULARIES)

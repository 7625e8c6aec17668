"""A vocabulary as SKOS in Turtle: sorted, so that the same vocabulary gives the same bytes.

Concepts of an ontology with axioms are classes as well, their hierarchy is also said in OWL's terms, and the axioms
follow them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ontology.scheme import Collection, Concept, Scheme
from ontology.vocabularies.owl import iri_term as _iri
from ontology.vocabularies.owl import stated

_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_HEAD: Final = (
    "@prefix dct: <http://purl.org/dc/terms/> .\n@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
    "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n\n"
)
_OWL_HEAD: Final = "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
_LABELS: Final = {"pref": "prefLabel", "alt": "altLabel", "hidden": "hiddenLabel"}


def turtle(scheme: Scheme) -> Iterator[str]:
    """The file, piece by piece: the scheme, concepts in the order of IRIs, collections, axioms."""
    owl = bool(scheme.axioms)
    yield (_OWL_HEAD if owl else "") + _HEAD
    said = [("dct:title", _text(scheme.title))]
    if scheme.version:
        said.append(("owl:versionInfo", _text(scheme.version)))
    if scheme.license:
        web = scheme.license.startswith(("http://", "https://"))
        said.append(("dct:license", _iri(scheme.license)) if web else ("dct:rights", _text(scheme.license)))
    yield _block(scheme.iri, "owl:Ontology , skos:ConceptScheme" if owl else "skos:ConceptScheme", said)
    for iri in sorted(scheme.concepts):
        lines = list(_said(scheme.concepts[iri], scheme.iri))
        if owl:
            lines += (("rdfs:subClassOf", _iri(up)) for up in scheme.concepts[iri].broader)
        yield _block(iri, "owl:Class , skos:Concept" if owl else "skos:Concept", lines)
    for iri in sorted(scheme.collections):
        one = scheme.collections[iri]
        kind = "skos:OrderedCollection" if one.ordered else "skos:Collection"
        yield _block(iri, kind, _gathered(one, scheme.iri))
    yield from stated(scheme.axioms)


def _said(concept: Concept, scheme: str) -> Iterator[tuple[str, str]]:
    yield "skos:inScheme", _iri(scheme)
    for label in concept.labels:
        yield f"skos:{_LABELS.get(label.kind, 'altLabel')}", _text(label.text, label.language)
    for name, links in (("broader", concept.broader), ("related", concept.related), ("exactMatch", concept.exact)):
        yield from ((f"skos:{name}", _iri(link)) for link in links)
    for match in concept.matches:
        yield f"skos:{match.kind}Match", _iri(match.iri)
    for note in concept.notes:
        yield f"skos:{note.kind}", _text(note.text, note.language)
    if concept.definition:
        yield "skos:definition", _text(concept.definition)
    if concept.notation:
        yield "skos:notation", _text(concept.notation)
    if not concept.broader and not concept.deprecated:
        yield "skos:topConceptOf", _iri(scheme)
    if concept.deprecated:
        yield "owl:deprecated", "true"
    if concept.replaced_by:
        yield "dct:isReplacedBy", _iri(concept.replaced_by)


def _gathered(one: Collection, scheme: str) -> Iterator[tuple[str, str]]:
    yield "skos:inScheme", _iri(scheme)
    for label in one.labels:
        yield f"skos:{_LABELS.get(label.kind, 'altLabel')}", _text(label.text, label.language)
    for note in one.notes:
        yield f"skos:{note.kind}", _text(note.text, note.language)
    if one.notation:
        yield "skos:notation", _text(one.notation)
    if one.ordered:
        yield "skos:memberList", f"( {' '.join(map(_iri, one.members))} )"
    else:
        yield from (("skos:member", _iri(member)) for member in one.members)


def _block(iri: str, kind: str, said: Iterable[tuple[str, str]]) -> str:
    lines = [f"  {name} {value}" for name, value in sorted(set(said))]
    return f"{_iri(iri)} a {kind} ;\n" + " ;\n".join(lines) + " .\n\n"


def _text(text: str, language: str = "") -> str:
    return f'"{text.translate(_ESCAPES)}"' + (f"@{language}" if language else "")

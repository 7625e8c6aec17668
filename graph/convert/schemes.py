"""Concept schemes as SKOS, in the default graph."""

from __future__ import annotations

from collections.abc import Iterator, Set
from hashlib import blake2b
from typing import Final

from graph.convert.provenance import license_of
from graph.convert.safe import literal, ref, term
from graph.terms import boolean
from ontology.namespaces import Base
from ontology.scheme import Collection, Concept, Scheme

_A: Final = term("rdf:type")
_CONCEPT, _IN_SCHEME = term("skos:Concept"), term("skos:inScheme")
_BROADER, _NARROWER, _RELATED, _EXACT = (
    term(f"skos:{name}") for name in ("broader", "narrower", "related", "exactMatch")
)
_TOP_OF, _HAS_TOP = term("skos:topConceptOf"), term("skos:hasTopConcept")
_LABELS: Final = {kind: term(f"skos:{kind}Label") for kind in ("pref", "alt", "hidden")}


def scheme_lines(scheme: Scheme, base: Base) -> Iterator[str]:
    """Quads of a scheme and all its concepts, with the hierarchy in both directions."""
    for lines in scheme_parts(scheme).values():
        yield from lines


def scheme_parts(scheme: Scheme, only: Set[str] | None = None) -> dict[str, list[str]]:
    """The same in parts, so that an edit writes few of them again: "" is the scheme itself, the others hold some of its
    concepts each. With `only`, the parts in which these concepts are (or would be)."""
    wanted = None if only is None else {part_of(iri) for iri in only}
    found: dict[str, list[str]] = {"": list(_scheme(scheme))} if wanted is None else {name: [] for name in wanted}
    for concept in scheme:
        part = part_of(concept.iri)
        if wanted is None or part in wanted:
            found.setdefault(part, []).extend(_concept(concept, ref(scheme.iri)))
    for collection in scheme.collections.values():
        part = part_of(collection.iri)
        if wanted is None or part in wanted:
            found.setdefault(part, []).extend(_collection(collection, ref(scheme.iri)))
    return found


def part_of(concept: str) -> str:
    """The part of its scheme that a concept is in: two hex digits."""
    return blake2b(concept.encode(), digest_size=1).hexdigest()


def _scheme(scheme: Scheme) -> Iterator[str]:
    iri = ref(scheme.iri)
    yield f"{iri} {_A} {term('skos:ConceptScheme')} ."
    yield f"{iri} {term('dct:title')} {literal(scheme.title)} ."
    if scheme.version:
        yield f"{iri} {term('owl:versionInfo')} {literal(scheme.version)} ."
    if scheme.license:
        yield f"{iri} {license_of(scheme.license)} ."


def _concept(concept: Concept, scheme: str) -> Iterator[str]:
    iri = ref(concept.iri)
    yield f"{iri} {_A} {_CONCEPT} ."
    yield f"{iri} {_IN_SCHEME} {scheme} ."
    for label in concept.labels:
        yield f"{iri} {_LABELS.get(label.kind, _LABELS['alt'])} {literal(label.text, label.language)} ."
    for parent in concept.broader:
        yield f"{iri} {_BROADER} {ref(parent)} ."
        yield f"{ref(parent)} {_NARROWER} {iri} ."
    if not concept.broader and not concept.deprecated:
        yield f"{iri} {_TOP_OF} {scheme} ."
        yield f"{scheme} {_HAS_TOP} {iri} ."
    for other in concept.related:
        yield f"{iri} {_RELATED} {ref(other)} ."
    for other in concept.exact:
        yield f"{iri} {_EXACT} {ref(other)} ."
    for match in concept.matches:
        yield f"{iri} {term(f'skos:{match.kind}Match')} {ref(match.iri)} ."
    for note in concept.notes:
        yield f"{iri} {term(f'skos:{note.kind}')} {literal(note.text, note.language)} ."
    if concept.definition:
        yield f"{iri} {term('skos:definition')} {literal(concept.definition)} ."
    if concept.notation:
        yield f"{iri} {term('skos:notation')} {literal(concept.notation)} ."
    if concept.deprecated:
        yield f"{iri} {term('owl:deprecated')} {boolean(True)} ."
    if concept.replaced_by:
        yield f"{iri} {term('dct:isReplacedBy')} {ref(concept.replaced_by)} ."


def _collection(collection: Collection, scheme: str) -> Iterator[str]:
    """An ordered one has its list, whose nodes are named after it, and each member as well (SKOS S36)."""
    iri = ref(collection.iri)
    yield f"{iri} {_A} {term('skos:OrderedCollection' if collection.ordered else 'skos:Collection')} ."
    yield f"{iri} {_IN_SCHEME} {scheme} ."
    for label in collection.labels:
        yield f"{iri} {_LABELS.get(label.kind, _LABELS['alt'])} {literal(label.text, label.language)} ."
    for note in collection.notes:
        yield f"{iri} {term(f'skos:{note.kind}')} {literal(note.text, note.language)} ."
    if collection.notation:
        yield f"{iri} {term('skos:notation')} {literal(collection.notation)} ."
    for member in collection.members:
        yield f"{iri} {term('skos:member')} {ref(member)} ."
    if collection.ordered:
        nodes = [ref(f"{collection.iri}/list/{at}") for at in range(len(collection.members))]
        nodes.append(term("rdf:nil"))
        yield f"{iri} {term('skos:memberList')} {nodes[0]} ."
        for member, here, following in zip(collection.members, nodes, nodes[1:], strict=False):
            yield f"{here} {term('rdf:first')} {ref(member)} ."
            yield f"{here} {term('rdf:rest')} {following} ."

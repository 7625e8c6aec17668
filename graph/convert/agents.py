"""People, organisations and venues, in the default graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from graph.convert.safe import literal, term, web
from ontology.entities import Organisation, Person, VenueEntity
from ontology.identifiers import Identifier
from ontology.namespaces import Base

_A: Final = term("rdf:type")
_NAME, _OTHER_NAME, _TITLE = term("foaf:name"), term("skos:altLabel"), term("dct:title")
_IDENTIFIER, _SAME = term("dct:identifier"), term("owl:sameAs")
_SAME_THING: Final = {"orcid": "https://orcid.org/", "ror": "https://ror.org/"}
"""Registries whose address for an entry is the IRI of the person or organisation itself."""
_VENUES: Final = {
    "journal": (term("fabio:Journal"), term("schema:Periodical")),
    "conference": (term("schema:Event"),),
    "book": (term("fabio:Book"), term("schema:Book")),
    "repository": (term("fabio:Repository"),),
}


def person_lines(person: Person, base: Base) -> Iterator[str]:
    iri = f"<{person.iri}>"
    yield f"{iri} {_A} {term('foaf:Person')} ."
    yield from _named(iri, person.names, _NAME)
    yield from identifier_lines(iri, person.identifiers)


def organisation_lines(organisation: Organisation, base: Base) -> Iterator[str]:
    iri = f"<{organisation.iri}>"
    yield f"{iri} {_A} {term('org:Organization')} ."
    yield from _named(iri, organisation.names, _NAME)
    yield from identifier_lines(iri, organisation.identifiers)
    if organisation.country:
        yield f"{iri} {term('gn:country')} {literal(organisation.country)} ."
    for parent in organisation.parents:
        yield f"{iri} {term('org:subOrganizationOf')} <{parent}> ."


def venue_lines(venue: VenueEntity, base: Base) -> Iterator[str]:
    iri = f"<{venue.iri}>"
    yield f"{iri} {_A} {term('gn:Venue')} ."
    for kind in _VENUES.get(venue.kind, ()):
        yield f"{iri} {_A} {kind} ."
    yield from _named(iri, venue.names, _TITLE)
    yield from identifier_lines(iri, venue.identifiers)
    for one in venue.identifiers:
        if one.scheme == "issn":
            yield f"{iri} {term('prism:issn')} {literal(one.value)} ."
    if venue.publisher:
        yield f"{iri} {term('gn:publisherName')} {literal(venue.publisher)} ."


def _named(iri: str, names: Iterable[str], main: str) -> Iterator[str]:
    """The fullest name, then the others it goes by."""
    for position, name in enumerate(dict.fromkeys(names)):
        yield f"{iri} {_OTHER_NAME if position else main} {literal(name)} ."


def identifier_lines(iri: str, identifiers: Iterable[Identifier]) -> Iterator[str]:
    """`scheme:value` for each, so that anything is found by any identifier in one pattern."""
    for one in identifiers:
        yield f"{iri} {_IDENTIFIER} {literal(str(one))} ."
        if one.scheme in _SAME_THING and (address := web(_SAME_THING[one.scheme] + one.value)):
            yield f"{iri} {_SAME} {address} ."

"""The works that a thing stands for: those about a concept, of a person, in a venue, around a work."""

from __future__ import annotations

from typing import Final

from graph.convert.safe import ref
from graph.discovery.ask import column, describe
from graph.discovery.concepts import works_below
from graph.stores.base import ReadableStore
from ontology.errors import NotFound
from ontology.namespaces import expand

OF_PERSON: Final = "?a pro:isHeldBy {iri} . ?a pro:relatesToDocument ?p"
OF_ORGANISATION: Final = "?a pro:relatesToOrganization|pro:isHeldBy {iri} . ?a pro:relatesToDocument ?p"
OF_ORGANISATION_AND_PARTS: Final = f"?o org:subOrganizationOf* {{iri}} . {OF_ORGANISATION.replace('{iri}', '?o')}"
"""Parts and parts of parts as `org:subOrganizationOf` (ROR's parent) tells them."""
IN_VENUE: Final = "?p dct:isPartOf {iri} . ?p a gn:Work"
YEAR: Final = "?p gn:year ?x"
TOPIC: Final = "?p dct:subject ?x"
TOPIC_OR_ABOVE: Final = "?p dct:subject/skos:broader* ?x"
VENUE: Final = "?p dct:isPartOf ?x . ?x a gn:Venue"
PERSON: Final = "?b pro:relatesToDocument ?p . ?b pro:isHeldBy ?x"
"""A person, or an organisation that wrote as such, in any role."""
ORGANISATION: Final = "?b pro:relatesToDocument ?p . ?b pro:relatesToOrganization ?x"
"""What works `?p` have as `?x`: the same for pages, reports and search, whose facets count it."""
_AROUND: Final = "{{ {iri} cito:cites ?p }} UNION {{ ?p cito:cites {iri} }} UNION {{ BIND({iri} AS ?p) }}"
_BY_CLASS: Final = {
    "foaf:Person": OF_PERSON, "org:Organization": OF_ORGANISATION, "gn:Venue": IN_VENUE, "gn:Work": _AROUND,
}  # fmt: skip


def works_for(store: ReadableStore, iri: str) -> list[str]:
    """Distinct works, ordered by IRI: about a concept or a narrower one, of a person or organisation, in a venue,
    citing or cited by a work and itself. NotFound where the graph knows no such thing."""
    classes = describe(store, iri).get(expand("rdf:type"), ())
    if expand("skos:Concept") in classes:
        pattern = works_below(iri)
    else:
        pattern = next((p for curie, p in _BY_CLASS.items() if expand(curie) in classes), "").format(iri=ref(iri))
    if not pattern:
        raise NotFound(
            "this stands for no works", place=iri, hint="name a concept, person, organisation, venue or work"
        )
    return sorted(column(store, f"SELECT DISTINCT (?p AS ?x) {{ {pattern} }}"))

"""The parts of a report: what each counts, as a pattern over works `?p`, and the facet of search that counts it too."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from graph.convert.kinds import TYPES
from graph.discovery.scope import ORGANISATION, PERSON, TOPIC, TOPIC_OR_ABOVE, VENUE, YEAR

PartName = Literal[
    "years", "kinds", "access", "licences", "topics", "venues", "members", "people", "organisations", "funders",
    "methods", "datasets", "software", "described",
]  # fmt: skip
_NAMED: Final = "GRAPH ?g {{ ?r prov:used ?p . ?m prov:wasGeneratedBy ?r ; oa:hasBody ?x . ?x {} }}"
NAMED: Final = _NAMED.format("a gn:Found")
"""Everything that the texts name and no vocabulary has."""
READ: Final = "GRAPH ?g { ?r prov:used ?p }"
MEMBER: Final = "?b pro:relatesToDocument ?p . ?b pro:relatesToOrganization {of} . ?b pro:isHeldBy ?x"
MEMBER_OF_PART: Final = (
    "?b pro:relatesToDocument ?p . ?b pro:relatesToOrganization/org:subOrganizationOf* {of} . ?b pro:isHeldBy ?x"
)
DESCRIBED: Final = {
    "abstract": "?p dct:abstract ?v", "DOI": "?p prism:doi ?v", "topics": "?p dct:subject ?v",
    "references to works here": "?p cito:cites ?v", "link to data": "?p gn:dataAt ?v",
    "link to code": "?p gn:codeAt ?v", "licence": "?p dct:license|dct:rights ?v",
}  # fmt: skip
"""What works are described with."""


class PartKind(msgspec.Struct, frozen=True, kw_only=True):
    """`pattern` binds what is counted as `?x`; `any`, where it is not the pattern, tells that a work has some;
    `facet` is search's name for the same. `literal`: the values are texts, not things. `whole`: all are listed."""

    name: PartName
    title: str
    says: str
    pattern: str
    any: str = ""
    facet: str = ""
    literal: bool = False
    whole: bool = False


PARTS: Final = (
    PartKind(name="years", title="Years", says="works of each year of publication", pattern=YEAR, facet="year",
             literal=True, whole=True),
    PartKind(name="kinds", title="Kinds", says="works of each kind", facet="kind", literal=True, whole=True,
             pattern=f"?p a ?x FILTER(?x IN ({', '.join(kind[1] for kind in TYPES.values())}))"),
    PartKind(name="access", title="Open access", says="works that a source says are, or are not, free to read",
             pattern="?p schema:isAccessibleForFree ?x", facet="open_access", literal=True),
    PartKind(name="licences", title="Licences", says="works under each licence, as sources state it",
             pattern="?p dct:license|dct:rights ?x", literal=True),
    PartKind(name="topics", title="Topics", facet="topic", pattern=TOPIC_OR_ABOVE, any=TOPIC,
             says="works about the topic or a narrower one; topics that a work is about itself are listed"),
    PartKind(name="venues", title="Venues", says="works in each journal, series or event", pattern=VENUE,
             facet="venue"),
    PartKind(name="members", title="Its people", says="works that the person wrote for the organisation",
             pattern=MEMBER),
    PartKind(name="people", title="People it works with", says="works on which the person stands, too",
             pattern=PERSON, facet="author"),
    PartKind(name="organisations", title="Organisations it works with",
             says="works on which the organisation stands, too", pattern=ORGANISATION, facet="organisation"),
    PartKind(name="funders", title="Funders", says="works that name the funder, by the name they give it",
             pattern="?p frapo:isFundedBy/gn:funderName ?x", literal=True),
    PartKind(name="methods", title="Methods named", says="works whose text names the method", any=READ,
             pattern=_NAMED.format('gn:foundType "method"')),
    PartKind(name="datasets", title="Datasets named", says="works whose text names the dataset", any=READ,
             pattern=_NAMED.format('gn:foundType "dataset"')),
    PartKind(name="software", title="Software named", says="works whose text names the program", any=READ,
             pattern=_NAMED.format('gn:foundType "software"')),
    PartKind(name="described", title="Described with", says="works that come with it", literal=True, whole=True,
             pattern=" UNION ".join(f'{{ {one} BIND("{name}" AS ?x) }}' for name, one in DESCRIBED.items())),
)  # fmt: skip

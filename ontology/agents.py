"""What a source says about somebody or something that is no work: a person, an organisation, a venue.

Registries (ROR, ORCID) and aggregators (OpenAlex) describe these by records of their own. They lie
in the journal beside the records of works; `ingest.identity` makes Person, Organisation and
VenueEntity of them together with what works say.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from ontology.identifiers import Identifier
from ontology.records import Link, Record, Subject

AgentKind = Literal["person", "organisation", "venue"]


class AgentName(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A name it goes by, in one language (BCP 47; empty where the source does not say).

    The first name of kind "name" is the one to show; further ones are official names in other
    languages. An alias is what others call it, an acronym its short form ("MIT").
    """

    text: str
    language: str = ""
    kind: Literal["name", "alias", "acronym"] = "name"


class Place(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where it is: town, region and ISO 3166-1 alpha-2 code of the country, WGS 84 degrees."""

    town: str = ""
    region: str = ""
    country: str = ""
    country_code: str = ""
    geonames: str = ""
    latitude: float | None = None
    longitude: float | None = None


class AgentRelation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How it stands to another one: `kind` says what the *other* one is to it.

    Between organisations parent, child, successor, predecessor and related. Of a person
    affiliation (works or worked there, also by invitation or as a member) and education. Of a venue
    its publisher. `role` is a position or degree as printed; `since` and `until` are ISO dates as
    precise as known, empty where open or unknown.
    """

    kind: Literal[
        "parent", "child", "successor", "predecessor", "related", "affiliation", "education", "publisher"
    ]  # fmt: skip
    name: str = ""
    identifiers: tuple[Identifier, ...] = ()
    role: str = ""
    since: str = ""
    until: str = ""


class AgentRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="agent"):
    """What one payload says about one person, organisation or venue.

    `key` is unique within its payload and stable (an identifier, else a running number).
    `identifiers` are its own (orcid, openalex, scopus …; ror, grid, isni, fundref, wikidata …;
    issn, openalex …). `types` are the source's, in lower case ("education", "funder"); a venue's
    first one is a kind of `ontology.records.Venue`. A withdrawn agent is one the registry took back.
    """

    key: str
    format: str
    kind: AgentKind
    identifiers: tuple[Identifier, ...] = ()
    names: tuple[AgentName, ...] = ()
    given: str = ""
    family: str = ""
    types: tuple[str, ...] = ()
    status: Literal["", "active", "inactive", "withdrawn"] = ""
    established: int = 0
    """Year it was founded, 0 where unknown."""
    places: tuple[Place, ...] = ()
    relations: tuple[AgentRelation, ...] = ()
    subjects: tuple[Subject, ...] = ()
    links: tuple[Link, ...] = ()
    description: str = ""
    """What it does, or a person's biography, in one paragraph."""

    @property
    def name(self) -> str:
        """The name to show; empty where there is none."""
        return next((n.text for n in self.names if n.kind == "name"), self.names[0].text if self.names else "")

    @property
    def country(self) -> str:
        """The country of the first place that has one, by code or else by name."""
        return next((found for place in self.places if (found := place.country_code or place.country)), "")


AnyRecord = Record | AgentRecord
"""What a format yields and the journal keeps; told apart by the tag `type` in JSON."""

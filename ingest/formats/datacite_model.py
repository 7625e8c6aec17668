"""A DataCite resource (Metadata Schema 2.2 to 4.7) as typed structs, filled from JSON and from XML.

Names are those of DataCite's JSON; what older schemas and tools wrote otherwise is taken in too
(`creator` for one creator, a plain string for a publisher, affiliation or title).
"""

from __future__ import annotations

import msgspec

from ingest.formats.fields import Scalar


class NameIdentifier(msgspec.Struct, frozen=True, rename="camel"):
    name_identifier: str | None = None
    name_identifier_scheme: str | None = None


class Affiliation(msgspec.Struct, frozen=True, rename="camel"):
    name: str | None = None
    affiliation_identifier: str | None = None
    affiliation_identifier_scheme: str | None = None


class Agent(msgspec.Struct, frozen=True, rename="camel"):
    """A creator or contributor; `id` and `type` are of the JSON before 2019."""

    name: str | None = None
    name_type: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    id: str | None = None
    type: str | None = None
    contributor_type: str | None = None
    name_identifiers: list[NameIdentifier] | NameIdentifier | None = None
    affiliation: list[Affiliation | str | None] | Affiliation | str | None = None


class Title(msgspec.Struct, frozen=True, rename="camel"):
    title: str | None = None
    title_type: str | None = None
    lang: str | None = None


class Description(msgspec.Struct, frozen=True, rename="camel"):
    description: str | None = None
    description_type: str | None = None
    lang: str | None = None


class Publisher(msgspec.Struct, frozen=True):
    name: str | None = None


class Types(msgspec.Struct, frozen=True, rename="camel"):
    resource_type_general: str | None = None
    resource_type: str | None = None
    general: str | None = msgspec.field(default=None, name="resource-type-general")


class Subject(msgspec.Struct, frozen=True, rename="camel"):
    subject: str | None = None
    subject_scheme: str | None = None
    value_uri: str | None = None
    classification_code: str | None = None


class Date(msgspec.Struct, frozen=True, rename="camel"):
    date: Scalar = None
    date_type: str | None = None


class Identified(msgspec.Struct, frozen=True, rename="camel"):
    """An entry of `identifiers` (the resource's other names)."""

    identifier: str | None = None
    identifier_type: str | None = None


class Related(msgspec.Struct, frozen=True, rename="camel"):
    related_identifier: str | None = None
    related_identifier_type: str | None = None
    relation_type: str | None = None


class ItemIdentifier(msgspec.Struct, frozen=True, rename="camel"):
    related_item_identifier: str | None = None
    related_item_identifier_type: str | None = None


class Item(msgspec.Struct, frozen=True, rename="camel"):
    """A related item: a journal, a cited work … described in full, not by its identifier alone."""

    relation_type: str | None = None
    related_item_type: str | None = None
    related_item_identifier: ItemIdentifier | None = None
    titles: list[Title] | None = None
    creators: list[Agent] | None = None
    publication_year: Scalar = None
    volume: Scalar = None
    issue: Scalar = None
    number: Scalar = None
    number_type: str | None = None
    first_page: Scalar = None
    last_page: Scalar = None
    publisher: str | None = None


class Container(msgspec.Struct, frozen=True, rename="camel"):
    title: str | None = None
    type: str | None = None
    identifier: str | None = None
    identifier_type: str | None = None
    volume: Scalar = None
    issue: Scalar = None
    first_page: Scalar = None
    last_page: Scalar = None


class Rights(msgspec.Struct, frozen=True, rename="camel"):
    rights: str | None = None
    rights_uri: str | None = None
    rights_identifier: str | None = None


class Funder(msgspec.Struct, frozen=True, rename="camel"):
    funder_name: str | None = None
    funder_identifier: str | None = None
    funder_identifier_type: str | None = None
    award_number: Scalar = None


class Resource(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    doi: str | None = None
    id: str | None = None
    url: str | None = None
    creators: list[Agent] | None = None
    creator: list[Agent] | Agent | None = None
    contributors: list[Agent] | None = None
    titles: list[Title] | None = None
    title: str | None = None
    publisher: Publisher | str | None = None
    publication_year: Scalar = None
    year: Scalar = msgspec.field(default=None, name="publication-year")
    language: str | None = None
    types: Types | None = None
    general: str | None = msgspec.field(default=None, name="resource-type-general")
    subjects: list[Subject] | None = None
    dates: list[Date] | None = None
    identifiers: list[Identified] | None = None
    related_identifiers: list[Related] | None = None
    related_items: list[Item] | None = None
    container: Container | None = None
    rights_list: list[Rights] | None = None
    descriptions: list[Description] | None = None
    funding_references: list[Funder] | None = None
    content_url: list[str | None] | str | None = None
    version: Scalar = None
    citation_count: int | None = None

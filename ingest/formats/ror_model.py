"""What is read of ROR's organisations (schemas 1 and 2) and of what they come wrapped in."""

from __future__ import annotations

import msgspec
from msgspec import field

from ingest.formats.fields import Scalar


class Found(msgspec.Struct, frozen=True):
    """An entry of Elasticsearch's answer."""

    source: msgspec.Raw = field(default_factory=msgspec.Raw, name="_source")


class Hits(msgspec.Struct, frozen=True):
    hits: list[Found] | None = None


class Answer(msgspec.Struct, frozen=True):
    """An answer of the API (`items`) or of the search engine (`hits`); a plain organisation has neither."""

    items: list[msgspec.Raw] | None = None
    hits: Hits | None = None


class Hit(msgspec.Struct, frozen=True):
    """An organisation as an affiliation search wraps it."""

    organization: msgspec.Raw = field(default_factory=msgspec.Raw)


class Name(msgspec.Struct, frozen=True):
    value: str | None = None
    types: list[str] | None = None
    lang: str | None = None


class Label(msgspec.Struct, frozen=True):
    label: str | None = None
    iso639: str | None = None


class External(msgspec.Struct, frozen=True):
    type: str | None = None
    preferred: str | None = None
    all: list[str] | str | None = None


class Details(msgspec.Struct, frozen=True):
    name: str | None = None
    country_code: str | None = None
    country_name: str | None = None
    country_subdivision_name: str | None = None
    lat: float | None = None
    lng: float | None = None


class Location(msgspec.Struct, frozen=True):
    geonames_id: Scalar = None
    geonames_details: Details | None = None


class Town(msgspec.Struct, frozen=True):
    id: Scalar = None


class Address(msgspec.Struct, frozen=True):
    city: str | None = None
    state: str | None = None
    lat: float | None = None
    lng: float | None = None
    geonames_city: Town | None = None


class Country(msgspec.Struct, frozen=True):
    country_code: str | None = None
    country_name: str | None = None


class Relationship(msgspec.Struct, frozen=True):
    type: str | None = None
    label: str | None = None
    id: str | None = None


class Website(msgspec.Struct, frozen=True):
    value: str | None = None


class Organisation(msgspec.Struct, frozen=True, kw_only=True):
    """`name`, `labels`, `aliases`, `acronyms`, `addresses`, `country` are schema 1; `names` and
    `locations` schema 2."""

    id: str | None = None
    status: str | None = None
    types: list[str] | None = None
    established: int | None = None
    names: list[Name] | None = None
    name: str | None = None
    labels: list[Label] | None = None
    aliases: list[str] | None = None
    acronyms: list[str] | None = None
    external_ids: list[External] | dict[str, External] | None = None
    locations: list[Location] | None = None
    addresses: list[Address] | None = None
    country: Country | None = None
    relationships: list[Relationship] | None = None
    links: list[Website | str] | None = None
    wikipedia_url: str | None = None

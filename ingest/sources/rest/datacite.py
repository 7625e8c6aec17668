"""DOIs registered with DataCite, by cursor (support.datacite.org/docs/pagination)."""

from __future__ import annotations

from typing import Annotated, Any, Final
from urllib.parse import parse_qsl, urlsplit

import msgspec
from msgspec import Meta

from ingest.sources.kinds import Kind, one_address
from ingest.sources.politeness import PerSecond
from ingest.sources.rest.client import Params
from ingest.sources.rest.paged import Page, RestOptions, RestSource
from ontology.records import Payload


class DataciteOptions(RestOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of DataCite. Its limit is 3,000 requests in five minutes."""

    per_second: PerSecond = 5.0
    client: Annotated[str, Meta(description="Repository, by its client id: `cern.zenodo`.")] = ""
    provider: Annotated[str, Meta(description="Member, by its provider id.")] = ""
    prefix: Annotated[str, Meta(description="DOI prefix.")] = ""
    resource_type: Annotated[str, Meta(description="General type of resource: `dataset`, `software`, …")] = ""
    rows: Annotated[int, Meta(ge=1, le=1000, description="DOIs on a page.")] = 500


class _Attributes(msgspec.Struct):
    doi: str
    updated: str | None = None


class _Doi(msgspec.Struct):
    attributes: _Attributes


class _Links(msgspec.Struct):
    next: str | None = None


class _Meta(msgspec.Struct):
    total: int = 0


class _Answer(msgspec.Struct):
    data: list[msgspec.Raw]
    links: _Links = msgspec.field(default_factory=_Links)
    meta: _Meta = msgspec.field(default_factory=_Meta)


_decode = msgspec.json.Decoder(_Answer).decode
_decode_doi = msgspec.json.Decoder(_Doi).decode


class DataciteSource(RestSource):
    """Each DOI as DataCite's JSON, by its name; `datestamp` is when it was updated last."""

    path = "dois"

    def __init__(self, name: str, base: str, options: DataciteOptions) -> None:
        super().__init__(name, base, options)
        self._said = options

    def first(self, since: str) -> dict[str, str]:
        said = self._said
        changed = f"updated:[{since}T00:00:00Z TO *]" if since else ""
        query = f"({said.query}) AND {changed}" if said.query and changed else said.query or changed
        asked = {
            "query": query, "client-id": said.client, "provider-id": said.provider, "prefix": said.prefix,
            "resource-type-id": said.resource_type, "affiliation": "true", "publisher": "true",
            "page[size]": str(said.rows), "page[cursor]": "1",
        }  # fmt: skip
        return {name: value for name, value in asked.items() if value}

    def read(self, body: bytes, asked: Params) -> Page:
        """Only the parameters of `links.next` are taken: where to ask stays as it was set."""
        found = _decode(body)
        entries = self.payloads(found.data, self._payload)
        following = None
        if entries and found.links.next:
            following = {**asked, **dict(parse_qsl(urlsplit(found.links.next).query))}
        return Page(entries=entries, following=following, total=found.meta.total, short=len(entries) < self._said.rows)

    def _payload(self, body: bytes) -> Payload:
        said = _decode_doi(body).attributes
        return Payload(
            source=self.name, locator=said.doi.lower(), body=body, media="datacite_json", datestamp=said.updated or ""
        )


def _make(name: str, address: tuple[str, ...], options: Any) -> DataciteSource:
    return DataciteSource(name, one_address(name, address), options)


KIND: Final = Kind(
    says="DOIs registered with DataCite: data, software, texts of a repository, a member or a query.",
    options=DataciteOptions,
    make=_make,
    address="https://api.datacite.org",
)

"""Works registered with Crossref, by cursor (api.crossref.org; filters `from-index-date` and others)."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from ingest.sources.kinds import Kind, one_address
from ingest.sources.politeness import PerSecond
from ingest.sources.rest.client import Params
from ingest.sources.rest.paged import Page, RestOptions, RestSource
from ontology.records import Payload


class CrossrefOptions(RestOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of Crossref. Five requests a second are what its public pool grants."""

    per_second: PerSecond = 5.0
    filter: Annotated[str, Meta(description="Filters, as in `prefix:10.5555,type:journal-article`.")] = ""
    rows: Annotated[int, Meta(ge=1, le=1000, description="Works on a page.")] = 500
    token: Annotated[str, Meta(description="Token of Metadata Plus.", extra={"secret": True})] = ""


class _Indexed(msgspec.Struct):
    moment: str = msgspec.field(name="date-time", default="")


class _Work(msgspec.Struct):
    doi: str = msgspec.field(name="DOI")
    indexed: _Indexed = msgspec.field(default_factory=_Indexed)


class _Message(msgspec.Struct):
    items: list[msgspec.Raw]
    total: int = msgspec.field(name="total-results", default=0)
    cursor: str = msgspec.field(name="next-cursor", default="")


class _Answer(msgspec.Struct):
    message: _Message


_decode = msgspec.json.Decoder(_Answer).decode
_decode_work = msgspec.json.Decoder(_Work).decode


class CrossrefSource(RestSource):
    """Each work as Crossref's JSON, by its DOI; `datestamp` is when Crossref indexed it last."""

    path = "works"

    def __init__(self, name: str, base: str, options: CrossrefOptions) -> None:
        super().__init__(name, base, options)
        self._said = options

    def headers(self) -> dict[str, str]:
        return {"Crossref-Plus-API-Token": f"Bearer {self._said.token}"} if self._said.token else {}

    def first(self, since: str) -> dict[str, str]:
        said = self._said
        filters = ",".join(filter(None, (said.filter, f"from-index-date:{since}" if since else "")))
        asked = {"query": said.query, "filter": filters, "rows": str(said.rows), "cursor": "*", "mailto": said.contact}
        return {name: value for name, value in asked.items() if value}

    def read(self, body: bytes, asked: Params) -> Page:
        message = _decode(body).message
        entries = self.payloads(message.items, self._payload)
        more = bool(entries) and bool(message.cursor) and len(entries) == int(asked["rows"])
        return Page(
            short=len(message.items) < self._said.rows,
            entries=entries, total=message.total,
            following={**asked, "cursor": message.cursor} if more else None,
        )  # fmt: skip

    def _payload(self, body: bytes) -> Payload:
        work = _decode_work(body)
        return Payload(
            source=self.name, locator=work.doi.lower(), body=body, media="crossref", datestamp=work.indexed.moment
        )


def _make(name: str, address: tuple[str, ...], options: Any) -> CrossrefSource:
    return CrossrefSource(name, one_address(name, address), options)


KIND: Final = Kind(
    says="Works registered with Crossref, selected by a query and filters.",
    options=CrossrefOptions,
    make=_make,
    address="https://api.crossref.org",
)

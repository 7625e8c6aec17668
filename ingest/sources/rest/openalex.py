"""Works of OpenAlex, by cursor (developers.openalex.org/guides/page-through-results)."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from ingest.sources.kinds import Kind, one_address
from ingest.sources.politeness import PerSecond
from ingest.sources.rest.client import Params
from ingest.sources.rest.paged import Page, RestOptions, RestSource
from ontology.records import Payload


class OpenalexOptions(RestOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of OpenAlex. It gives pages behind the first to those with a key only."""

    per_second: PerSecond = 5.0
    filter: Annotated[str, Meta(description="Filters, as in `institutions.ror:05dxps055,publication_year:2024`.")] = ""
    api_key: Annotated[str, Meta(description="Key of OpenAlex.", extra={"secret": True})] = ""
    by_update: Annotated[
        bool, Meta(description="Ask for changed works only; needs a plan that grants `from_updated_date`.")
    ] = False
    rows: Annotated[int, Meta(ge=1, le=200, description="Works on a page.")] = 100


class _Work(msgspec.Struct):
    id: str
    updated_date: str | None = None


class _Meta(msgspec.Struct):
    count: int = 0
    next_cursor: str | None = None


class _Answer(msgspec.Struct):
    meta: _Meta
    results: list[msgspec.Raw]


_decode = msgspec.json.Decoder(_Answer).decode
_decode_work = msgspec.json.Decoder(_Work).decode


class OpenalexSource(RestSource):
    """Each work as OpenAlex's JSON, by its id (`W2741809807`); `datestamp` is when it was updated last."""

    path = "works"

    def __init__(self, name: str, base: str, options: OpenalexOptions) -> None:
        super().__init__(name, base, options)
        self._said = options

    @property
    def selective(self) -> bool:
        return self._said.by_update

    def first(self, since: str) -> dict[str, str]:
        said = self._said
        changed = f"from_updated_date:{since}" if since else ""
        asked = {
            "search": said.query, "filter": ",".join(filter(None, (said.filter, changed))), "per-page": str(said.rows),
            "cursor": "*", "mailto": said.contact, "api_key": said.api_key,
        }  # fmt: skip
        return {name: value for name, value in asked.items() if value}

    def read(self, body: bytes, asked: Params) -> Page:
        found = _decode(body)
        entries = self.payloads(found.results, self._payload)
        more = bool(entries) and bool(found.meta.next_cursor)
        return Page(
            short=len(found.results) < self._said.rows,
            entries=entries, total=found.meta.count,
            following={**asked, "cursor": str(found.meta.next_cursor)} if more else None,
        )  # fmt: skip

    def _payload(self, body: bytes) -> Payload:
        work = _decode_work(body)
        return Payload(
            source=self.name, locator=work.id.rpartition("/")[2], body=body, media="openalex",
            datestamp=work.updated_date or "",
        )  # fmt: skip


def _make(name: str, address: tuple[str, ...], options: Any) -> OpenalexSource:
    return OpenalexSource(name, one_address(name, address), options)


KIND: Final = Kind(
    says="Works of OpenAlex, selected by filters or a search.",
    options=OpenalexOptions,
    make=_make,
    address="https://api.openalex.org",
)

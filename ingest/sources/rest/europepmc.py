"""Europe PMC: biomedical works, with their full text where that is open (europepmc.org/RestfulWebService)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final

import msgspec
from lxml import etree
from msgspec import Meta

from ingest.sources.base import Broken, Entry, Past
from ingest.sources.kinds import Kind, one_address
from ingest.sources.politeness import PerSecond
from ingest.sources.rest.client import Params, Refused, RestClient, xml
from ingest.sources.rest.paged import Page, RestOptions, RestSource
from ontology.errors import SourceError
from ontology.records import Payload


class EuropepmcOptions(RestOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of Europe PMC. Ten requests a second are its limit."""

    per_second: PerSecond = 5.0
    full_text: Annotated[bool, Meta(description="Fetch the full text of open-access works as well.")] = False
    rows: Annotated[int, Meta(ge=1, le=1000, description="Works on a page.")] = 200


class _Work(msgspec.Struct, rename="camel"):
    id: str
    source: str
    pmcid: str = ""
    date_of_revision: str = ""
    is_open_access: str = "N"
    in_epmc: str = msgspec.field(name="inEPMC", default="N")


class _Results(msgspec.Struct):
    result: list[msgspec.Raw] = []


class _Answer(msgspec.Struct, rename="camel"):
    hit_count: int
    result_list: _Results = msgspec.field(default_factory=_Results)
    next_cursor_mark: str = ""


_decode = msgspec.json.Decoder(_Answer).decode
_decode_work = msgspec.json.Decoder(_Work).decode


class EuropepmcSource(RestSource):
    """Each work as Europe PMC's JSON, by source and id (`MED/29867141`), and with `full_text` the JATS of
    open ones by their PMC number (`PMC5976903/fullTextXML`)."""

    path = "search"
    dated = False

    def __init__(self, name: str, base: str, options: EuropepmcOptions) -> None:
        super().__init__(name, base, options)
        self._said = options

    def first(self, since: str) -> dict[str, str]:
        said = self._said
        changed = f"UPDATE_DATE:[{since} TO 3000-12-31]" if since else ""
        query = f"({said.query}) AND {changed}" if said.query and changed else said.query or changed
        return {
            "query": query or "*:*", "format": "json", "resultType": "core", "pageSize": str(said.rows),
            "cursorMark": "*",
        }  # fmt: skip

    def read(self, body: bytes, asked: Params) -> Page:
        """The last page hands its own cursor back, or none."""
        found = _decode(body)
        cursor = found.next_cursor_mark
        more = bool(found.result_list.result) and cursor not in ("", asked["cursorMark"])
        return Page(
            short=len(found.result_list.result) < self._said.rows,
            entries=self.payloads(found.result_list.result, self._payload), total=found.hit_count,
            following={**asked, "cursorMark": cursor} if more else None,
        )  # fmt: skip

    def entries(self, client: RestClient, since: str, past: Past) -> Iterator[Entry]:
        for entry in super().entries(client, since, past):
            yield entry
            if self._said.full_text and isinstance(entry, Payload):
                yield from self._full_text(client, _decode_work(entry.body))

    def _full_text(self, client: RestClient, work: _Work) -> Iterator[Payload | Broken]:
        if not (work.pmcid and work.is_open_access == "Y" and work.in_epmc == "Y"):
            return
        path = f"{work.pmcid}/fullTextXML"
        try:
            body = etree.tostring(client.get(path, {}, xml), encoding="utf-8")
        except Refused as error:
            if error.status != 404:  # not there: what the search says runs ahead of it
                yield Broken(self.name, path, error)
        except SourceError as error:
            yield Broken(self.name, path, error)
        else:
            yield Payload(source=self.name, locator=path, body=body, media="jats", datestamp=work.date_of_revision)

    def _payload(self, body: bytes) -> Payload:
        work = _decode_work(body)
        return Payload(
            source=self.name, locator=f"{work.source}/{work.id}", body=body, media="europepmc",
            datestamp=work.date_of_revision,
        )  # fmt: skip


def _make(name: str, address: tuple[str, ...], options: Any) -> EuropepmcSource:
    return EuropepmcSource(name, one_address(name, address), options)


KIND: Final = Kind(
    says="Works of Europe PMC that a query finds, with their full text on request.",
    options=EuropepmcOptions,
    make=_make,
    address="https://www.ebi.ac.uk/europepmc/webservices/rest",
)

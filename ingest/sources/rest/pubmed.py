"""PubMed through NCBI's E-utilities: a search kept on the history server, fetched in portions.

PubMed gives no more than 9,999 citations of one search (E-utilities, ESearch and EFetch): a larger one
is made anew for ever shorter spans of modification dates.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Final

import msgspec
from lxml import etree
from msgspec import Meta

from ingest.sources.base import Broken, Complete, Entry, Expected, Past
from ingest.sources.kinds import Kind, one_address
from ingest.sources.oai_client import Element
from ingest.sources.politeness import PerSecond
from ingest.sources.rest.client import Refused, RestClient, json_of, xml
from ingest.sources.rest.paged import Cursor, Page, RestOptions, RestSource
from ontology.errors import SourceError
from ontology.records import Payload

_MOST: Final = 9_999
_BEGIN: Final = date(1800, 1, 1)
_CITATIONS: Final = ("PubmedArticle", "PubmedBookArticle")


class PubmedOptions(RestOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of PubMed. Three requests a second are its limit, ten with a key."""

    per_second: PerSecond = 2.5
    api_key: Annotated[str, Meta(description="Key of NCBI.", extra={"secret": True})] = ""
    rows: Annotated[int, Meta(ge=1, le=1000, description="Citations fetched at a time.")] = 200


class _Search(msgspec.Struct):
    count: str
    webenv: str = ""
    querykey: str = ""
    error: str = msgspec.field(name="ERROR", default="")


class _Answer(msgspec.Struct):
    found: _Search = msgspec.field(name="esearchresult")


class PubmedSource(RestSource):
    """Each citation as PubMed XML, by its PMID; `datestamp` is when it was revised last."""

    dated = False

    def __init__(self, name: str, base: str, options: PubmedOptions) -> None:
        super().__init__(name, base, options)
        self._said = options

    def entries(self, client: RestClient, since: str, past: Past) -> Iterator[Entry]:
        begin = date.fromisoformat(since) if since else _BEGIN
        yield from self._span(client, begin, datetime.now(UTC).date() + timedelta(days=1), whole=not since)
        if not since:
            yield Complete()

    def _span(self, client: RestClient, begin: date, end: date, *, whole: bool) -> Iterator[Entry]:
        """What was modified between two days, both included; `whole`: whatever was modified ever."""
        search = self._search(client, None if whole else (begin, end))
        count = int(search.count)
        if count <= _MOST:
            yield Expected(count)
            yield from self._fetch(client, search, count, None if whole else (begin, end))
        elif begin == end:
            raise SourceError(
                f"{count} citations were modified on {begin}; PubMed gives {_MOST}", place=self.name,
                hint="narrow the query",
            )  # fmt: skip
        else:
            middle = begin + (end - begin) // 2
            yield from self._span(client, begin, middle, whole=False)
            yield from self._span(client, middle + timedelta(days=1), end, whole=False)

    def _search(self, client: RestClient, span: tuple[date, date] | None) -> _Search:
        asked = {"term": self._said.query or "all[sb]", "usehistory": "y", "retmax": "0", "retmode": "json"}
        if span is not None:
            days = [day.strftime("%Y/%m/%d") for day in span]
            asked |= {"datetype": "mdat", "mindate": days[0], "maxdate": days[1]}
        found = client.get("esearch.fcgi", self._manners() | asked, json_of(_Answer)).found
        if found.error or not found.count.isdigit():
            raise SourceError(f"PubMed refuses the search: {found.error or 'no count'}", place=self.name)
        return found

    def _fetch(
        self, client: RestClient, search: _Search, count: int, span: tuple[date, date] | None
    ) -> Iterator[Payload | Broken]:
        """All citations of a search; it is made anew where the history server has forgotten it."""
        cursor, restarts, start = Cursor(self.name, self._said.pages), self._said.restarts, 0
        while start < count:
            asked = {
                "WebEnv": search.webenv, "query_key": search.querykey, "retmode": "xml", "retstart": str(start),
                "retmax": str(self._said.rows),
            }  # fmt: skip
            try:
                root = client.get("efetch.fcgi", self._manners() | asked, _citations)
            except Refused as error:
                if error.status != 400 or not restarts:
                    raise
                restarts -= 1
                search = self._search(client, span)
                continue
            entries = [*map(self._payload, root.iterchildren(*_CITATIONS))]
            cursor.check(Page(entries=[*entries], following=asked))
            yield from entries
            yield from self._deleted(root)
            start += self._said.rows

    def _payload(self, citation: Element) -> Payload | Broken:
        pmid = citation.findtext("*/PMID") or ""
        if not pmid.strip():
            place = f"line {citation.sourceline}"
            return Broken(self.name, f"efetch#{place}", SourceError("a citation without PMID", place=place))
        revised = citation.find("MedlineCitation/DateRevised")
        parts = [] if revised is None else [revised.findtext(name) or "" for name in ("Year", "Month", "Day")]
        body = etree.tostring(citation, encoding="utf-8", with_tail=False)
        return Payload(
            source=self.name, locator=pmid.strip(), body=body, media="pubmed", datestamp="-".join(filter(None, parts))
        )

    def _deleted(self, root: Element) -> Iterator[Payload]:
        for pmid in root.iterfind("DeleteCitation/PMID"):
            if locator := (pmid.text or "").strip():
                yield Payload(source=self.name, locator=locator, media="pubmed", deleted=True)

    def _manners(self) -> dict[str, str]:
        said = self._said
        asked = {"db": "pubmed", "tool": "gnomon", "email": said.contact, "api_key": said.api_key}
        return {name: value for name, value in asked.items() if value}


def _citations(body: bytes) -> Element:
    root = xml(body)
    if root.tag == "PubmedArticleSet":
        return root
    raise ValueError(f"<{root.tag}> in place of citations: {' '.join(map(str, root.itertext()))[:200].strip()}")


def _make(name: str, address: tuple[str, ...], options: Any) -> PubmedSource:
    return PubmedSource(name, one_address(name, address), options)


KIND: Final = Kind(
    says="Citations of PubMed that a search finds, with abstracts and MeSH headings.",
    options=PubmedOptions,
    make=_make,
    address="https://eutils.ncbi.nlm.nih.gov/entrez/eutils",
)

"""Harvesting a repository by OAI-PMH 2.0 (openarchives.org/OAI/openarchivesprotocol.html)."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from datetime import UTC, datetime

from lxml import etree
from oaipmh_scythe.exceptions import BadResumptionToken, NoRecordsMatch

from ingest.sources.base import Broken
from ingest.sources.oai_client import OAI, Element, OaiClient, OaiSettings, parse, parse_leniently
from ontology.errors import SettingsError, SourceError
from ontology.records import Payload

_DAY = "YYYY-MM-DD"
_END = re.compile(rb"</(?:\w+:)?OAI-PMH\s*>\s*$")


class OaiSource:
    """The records of one server in one metadata format, each as a payload of its own.

    `body` is the record's metadata element as UTF-8, `media` the metadata prefix, `locator` the OAI
    identifier, `datestamp` the server's. A deleted record has no body and says so. With `sets`, the
    sets are harvested one after the other and a record of several comes once.

    A page that is not well-formed is asked for again; if it stays so, each record it names is asked
    for by itself, and only those that are broken in themselves become Broken.
    """

    def __init__(
        self, name: str, url: str, prefix: str = "oai_dc", sets: Sequence[str] = (), settings: OaiSettings | None = None
    ) -> None:
        self.name = name
        self._url = url
        self._prefix = prefix
        self._sets = tuple(sets) or ("",)
        self._settings = settings or OaiSettings()

    def harvest(self, since: str = "") -> Iterator[Payload | Broken]:
        """Records with a datestamp of `since` or later (the bound is included, as the protocol has it).

        `since` is an ISO date or time and is cut to what the server can tell apart. Raises SourceError
        when the list cannot be read to its end: what was yielded stands, but the harvest is not complete.
        """
        with OaiClient(self._url, self._settings) as client:
            by_day = self._granularity(client) == _DAY if since or self._settings.until else False
            first = {"verb": "ListRecords", "metadataPrefix": self._prefix}
            first |= {"from": _stamp(since, by_day)} if since else {}
            first |= {"until": _stamp(self._settings.until, by_day)} if self._settings.until else {}
            seen: set[tuple[str, str]] = set()
            for name in self._sets:
                for item in self._list(client, first | ({"set": name} if name else {})):
                    key = item.locator, item.datestamp if isinstance(item, Payload) else ""
                    if key not in seen:
                        seen.add(key)
                        yield item

    def _granularity(self, client: OaiClient) -> str:
        root = client.page({"verb": "Identify"})[1]
        return (root.findtext(f".//{OAI}granularity") or _DAY).strip() if root is not None else _DAY

    def _list(self, client: OaiClient, first: dict[str, str]) -> Iterator[Payload | Broken]:
        """One list from its first page on, begun again where the server has forgotten its token."""
        for _ in range(self._settings.restarts + 1):
            try:
                yield from self._pages(client, first)
                return
            except NoRecordsMatch:
                return
            except BadResumptionToken as error:
                refused = error
        raise self._incomplete(f"the server keeps refusing its own resumption token: {refused}") from refused

    def _pages(self, client: OaiClient, first: dict[str, str]) -> Iterator[Payload | Broken]:
        query, tokens = first, set[str]()
        for _ in range(self._settings.pages):
            body, root = client.page(query)
            if root is None:
                token = yield from self._salvage(client, body)
            else:
                yield from self._records(root)
                token = _token(root)
            if not token:
                return
            if token in tokens:
                raise self._incomplete("the server hands out a resumption token a second time")
            tokens.add(token)
            query = {"verb": "ListRecords", "resumptionToken": token}
        raise self._incomplete(f"more than {self._settings.pages} pages")

    def _records(self, root: Element) -> Iterator[Payload | Broken]:
        for record in root.iterfind(f"*/{OAI}record"):
            yield self._record(record)

    def _record(self, record: Element) -> Payload | Broken:
        identifier, datestamp, deleted = _header(record)
        if not identifier:
            place = f"line {record.sourceline}"
            return Broken(self.name, f"{self._url}#{place}", SourceError("a record without identifier", place=place))
        if deleted:
            return Payload(source=self.name, locator=identifier, media=self._prefix, datestamp=datestamp, deleted=True)
        metadata = next((child for child in record.iterfind(f"{OAI}metadata/*") if isinstance(child.tag, str)), None)
        if metadata is None:
            return self._broken(identifier, "a record without metadata")
        body = etree.tostring(metadata, encoding="utf-8", with_tail=False)
        return Payload(source=self.name, locator=identifier, body=body, media=self._prefix, datestamp=datestamp)

    def _salvage(self, client: OaiClient, body: bytes) -> Generator[Payload | Broken, None, str]:
        """The records of a malformed page one by one; returns the page's resumption token."""
        if not _END.search(body[-200:]) or (root := parse_leniently(body)) is None:
            raise self._incomplete("an answer breaks off, again and again")
        for record in root.iter(f"{OAI}record"):
            identifier, _, _ = _header(record)
            yield self._single(client, identifier) if identifier else self._record(record)
        return _token(root)

    def _single(self, client: OaiClient, identifier: str) -> Payload | Broken:
        query = {"verb": "GetRecord", "identifier": identifier, "metadataPrefix": self._prefix}
        try:
            root = parse(client.ask(query))
        except etree.XMLSyntaxError as error:
            return self._broken(identifier, f"not well-formed: {error.msg}")
        except SourceError as error:
            return Broken(self.name, identifier, error)
        return next(self._records(root), None) or self._broken(identifier, "the server lists it but does not give it")

    def _broken(self, identifier: str, message: str) -> Broken:
        return Broken(self.name, identifier, SourceError(message, place=identifier))

    def _incomplete(self, why: str) -> SourceError:
        return SourceError(f"the list cannot be read to its end: {why}", place=self._url, hint="harvest again later")


def _header(record: Element) -> tuple[str, str, bool]:
    """Identifier, datestamp, and whether the record is deleted."""
    header = record.find(f"{OAI}header")
    if header is None:
        return "", "", False
    identifier, datestamp = (header.findtext(f"{OAI}{name}") or "" for name in ("identifier", "datestamp"))
    return identifier.strip(), datestamp.strip(), header.get("status") == "deleted"


def _token(root: Element) -> str:
    """Where the list goes on; empty on its last page."""
    return (root.findtext(f"*/{OAI}resumptionToken") or "").strip()


def _stamp(moment: str, by_day: bool) -> str:
    """An ISO date or time as an OAI-PMH UTCdatetime (§3.3): a date stays one, which every server takes."""
    try:
        parsed = datetime.fromisoformat(moment)
    except ValueError as error:
        raise SettingsError(
            f"{moment!r} is no ISO date or time", hint="write 2024-05-31 or 2024-05-31T12:00:00Z"
        ) from error
    if len(moment) <= len(_DAY):
        return moment
    utc = parsed.astimezone(UTC) if parsed.tzinfo else parsed
    return utc.strftime("%Y-%m-%d" if by_day else "%Y-%m-%dT%H:%M:%SZ")

"""Reading the lists of an OAI-PMH server page by page, and what is in a record."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

import msgspec
from lxml import etree
from oaipmh_scythe.exceptions import BadResumptionToken, IdDoesNotExist, NoRecordsMatch

from ingest.sources.base import Broken, Entry, Expected, Listed
from ingest.sources.oai_client import OAI, Element, OaiClient, OaiSettings, fault_in, parse_leniently
from ingest.sources.oai_windows import Clock, Window, believed
from ontology.errors import SourceError
from ontology.records import Payload

_DAY = "YYYY-MM-DD"
_END = re.compile(rb"</(?:\w+:)?OAI-PMH\s*>\s*$")


class Identity(msgspec.Struct, frozen=True):
    """What a server says of itself (§4.2), and its clock when it said so."""

    clock: Clock
    deleted: str
    """`persistent` where deletions are announced for good, else `transient` or `no`."""
    earliest: str
    now: str


class TokenUseless(Exception):
    """A resumption token that cannot be followed: its list has to be begun again."""


class OaiLists:
    """The lists of one server in one metadata format, for the source called `name`."""

    def __init__(self, client: OaiClient, name: str, url: str, prefix: str, settings: OaiSettings) -> None:
        self._client = client
        self._name = name
        self._url = url
        self._prefix = prefix
        self._settings = settings
        self._singles = 0

    def identity(self) -> Identity:
        root = self._client.page({"verb": "Identify"})[1]
        if root is None:
            return Identity(Clock(by_day=True), "persistent", "", "")

        def said(name: str) -> str:
            return (root.findtext(f".//{OAI}{name}") or "").strip()

        by_day = (said("granularity") or _DAY) == _DAY
        earliest, now = believed(said("earliestDatestamp")), believed(said("responseDate"))
        return Identity(Clock(by_day), said("deletedRecord").lower(), earliest, now)

    def records(self, window: Window, name: str, known: Collection[str] = ()) -> Iterator[Entry]:
        """ListRecords of a set (empty: of all), from its first page on.

        A page that is malformed for good is asked for record by record; a list that breaks off for
        good is taken by its names, without those that are `known`. Raises TokenUseless, and
        SourceError where the list cannot be read to its end.
        """
        for root in self._pages("ListRecords", window, name):
            if root is None:
                for entry in self.names(window, name):
                    if not isinstance(entry, Listed):
                        yield entry
                    elif entry.locator not in known:
                        yield self.single(entry.locator)
            elif isinstance(root, Expected):
                yield root
            elif root.get(_SALVAGED):
                yield from self._salvaged(root)
            else:
                yield from map(self._record, root.iterfind(f"*/{OAI}record"))

    def names(self, window: Window, name: str) -> Iterator[Entry]:
        """ListIdentifiers: each name as Listed, or as a deletion. Raises as `records`."""
        for root in self._pages("ListIdentifiers", window, name):
            if root is None:
                raise self.incomplete("an answer breaks off, again and again")
            if isinstance(root, Expected):
                continue
            yield from map(self._listed, root.iterfind(f"*/{OAI}header"))

    def single(self, identifier: str) -> Payload | Broken:
        """GetRecord. What the server does not know is deleted."""
        self._singles += 1
        if self._singles > self._settings.singles:
            raise self.incomplete(f"more than {self._settings.singles} records had to be asked for one by one")
        query = {"verb": "GetRecord", "metadataPrefix": self._prefix, "identifier": identifier}
        try:
            body, root = self._client.page(query)
        except IdDoesNotExist:
            return self._deleted(identifier)
        except SourceError as error:
            return Broken(self._name, identifier, error)
        if root is None:
            return self._broken(identifier, f"not well-formed: {fault_in(body)}")
        found = next(root.iterfind(f"*/{OAI}record"), None)
        if found is None:
            return self._broken(identifier, "the server lists it but does not give it")
        return self._record(found)

    def incomplete(self, why: str) -> SourceError:
        return SourceError(f"the list cannot be read to its end: {why}", place=self._url, hint="harvest again later")

    def _pages(self, verb: str, window: Window, name: str) -> Iterator[Element | Expected | None]:
        """The roots of a list's pages, and the length of the list before the first; None as the last
        one where the list breaks off. One put together from a malformed page says so in an attribute."""
        query = {"verb": verb, "metadataPrefix": self._prefix} | window.query() | ({"set": name} if name else {})
        tokens = set[str]()
        for _ in range(self._settings.pages):
            try:
                body, root = self._client.page(query)
            except NoRecordsMatch:
                return
            except BadResumptionToken as error:
                raise TokenUseless(f"the server keeps refusing its own resumption token: {error}") from error
            if root is None and (root := _mended(body)) is None:
                yield None
                return
            if not tokens and (total := _size(root)):
                yield Expected(total)
            yield root
            token = (root.findtext(f"*/{OAI}resumptionToken") or "").strip()
            if not token:
                return
            if token in tokens:
                raise TokenUseless("the server hands out a resumption token a second time")
            tokens.add(token)
            query = {"verb": verb, "resumptionToken": token}
        raise self.incomplete(f"more than {self._settings.pages} pages")

    def _salvaged(self, root: Element) -> Iterator[Payload | Broken]:
        """The records of a malformed page, one by one."""
        for record in root.iter(f"{OAI}record"):
            identifier = _header(record.find(f"{OAI}header"))[0]
            yield self.single(identifier) if identifier else self._record(record)

    def _record(self, record: Element) -> Payload | Broken:
        identifier, datestamp, deleted = _header(record.find(f"{OAI}header"))
        if not identifier:
            return self._nameless(record)
        if deleted:
            return self._deleted(identifier, datestamp)
        metadata = next((child for child in record.iterfind(f"{OAI}metadata/*") if isinstance(child.tag, str)), None)
        if metadata is None:
            return self._broken(identifier, "a record without metadata")
        body = etree.tostring(metadata, encoding="utf-8", with_tail=False)
        return Payload(source=self._name, locator=identifier, body=body, media=self._prefix, datestamp=datestamp)

    def _listed(self, header: Element) -> Listed | Payload | Broken:
        identifier, datestamp, deleted = _header(header)
        if not identifier:
            return self._nameless(header)
        return self._deleted(identifier, datestamp) if deleted else Listed(identifier)

    def _deleted(self, identifier: str, datestamp: str = "") -> Payload:
        return Payload(source=self._name, locator=identifier, media=self._prefix, datestamp=datestamp, deleted=True)

    def _nameless(self, element: Element) -> Broken:
        place = f"line {element.sourceline}"
        return Broken(self._name, f"{self._url}#{place}", SourceError("a record without identifier", place=place))

    def _broken(self, identifier: str, message: str) -> Broken:
        return Broken(self._name, identifier, SourceError(message, place=identifier))


_SALVAGED = "salvaged"


def _mended(body: bytes) -> Element | None:
    """A malformed page as far as its names can be read, marked as such; None where it is not there to its end."""
    root = parse_leniently(body) if _END.search(body[-200:]) else None
    if root is not None:
        root.set(_SALVAGED, "yes")
    return root


def _header(header: Element | None) -> tuple[str, str, bool]:
    """Identifier, datestamp, and whether the record is deleted."""
    if header is None:
        return "", "", False
    identifier, datestamp = (header.findtext(f"{OAI}{name}") or "" for name in ("identifier", "datestamp"))
    return identifier.strip(), datestamp.strip(), header.get("status") == "deleted"


def _size(root: Element) -> int:
    """The length of the whole list, where the server says it; 0 else."""
    token = root.find(f"*/{OAI}resumptionToken")
    said = "" if token is None else (token.get("completeListSize") or "")
    return int(said) if said.isdigit() and len(said) < 12 else 0

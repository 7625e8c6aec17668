"""Asking an OAI-PMH server through scythe, with what scythe takes on trust made safe on the way in.

scythe makes the requests, waits and repeats them, and knows the protocol's errors. Its reading of
answers is lenient where a harvest must be strict: it repairs broken XML, so that an answer cut off
in the middle looks like the last page; it holds answers of any size; a `Retry-After` that is a date
ends it. Hence the guard below (size, time, `Retry-After`) and `parse`, which repairs nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn

import httpx2
import msgspec
from lxml import etree
from oaipmh_scythe import Scythe
from oaipmh_scythe.config import HTTPConfig, RetryConfig
from oaipmh_scythe.exceptions import BadResumptionToken, NoRecordsMatch, OAIPMHException

from ontology.errors import PayloadTooLarge, SourceError

Element = etree._Element

OAI = "{http://www.openarchives.org/OAI/2.0/}"
_SAFE: dict[str, Any] = {"resolve_entities": False, "load_dtd": False, "no_network": True, "huge_tree": False}


class OaiSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How a server is asked. Times are in seconds."""

    until: str = ""
    """Newest datestamp to harvest; empty: no bound."""
    timeout: float = 60.0
    """For each wait on the network."""
    answer_seconds: float = 600.0
    """For one answer as a whole."""
    answer_bytes: int = 64 << 20
    retries: int = 4
    """After a cut connection, a malformed answer, or the status 429, 500, 502, 503 or 504."""
    wait: float = 10.0
    """Before a retry where the server names no time; the first waits after a cut connection are shorter."""
    longest_wait: float = 600.0
    """A server that asks for more patience than this gets this."""
    restarts: int = 3
    """How often a list is begun again because the server no longer knows its resumption token."""
    pages: int = 1_000_000


class OaiClient(Scythe):
    """scythe over a guarded connection. `ask` is the only door."""

    def __init__(self, url: str, settings: OaiSettings) -> None:
        super().__init__(
            url,
            http_config=HTTPConfig(timeout=settings.timeout),
            retry_config=RetryConfig(
                max_retries=settings.retries,
                retry_status_codes=(429, 500, 502, 503, 504),
                default_retry_after=settings.wait,
                retry_on_transport_error=True,
                initial_backoff=min(1.0, settings.wait),
            ),
        )
        self._settings = settings
        self._guarded = httpx2.Client(
            event_hooks={"response": [self._guard]},
            headers={"Accept-Encoding": "identity", "User-Agent": "gnomon-harvester"},
            timeout=settings.timeout,
            follow_redirects=True,
            max_redirects=5,
        )

    @property
    def client(self) -> httpx2.Client:
        return self._guarded

    def close(self) -> None:
        self._guarded.close()

    def ask(self, query: dict[str, str]) -> bytes:
        """The answer to a request, at most `answer_bytes` long.

        Raises the protocol's BadResumptionToken and NoRecordsMatch as scythe names them, and
        SourceError for everything else that is not an answer.
        """
        try:
            body: bytes = self.harvest(query).http_response.content
        except (BadResumptionToken, NoRecordsMatch):
            raise
        except OAIPMHException as error:
            raise SourceError(f"the server refuses: {type(error).__name__} {error}", place=self._at(query)) from error
        except httpx2.HTTPStatusError as error:
            raise SourceError(f"the server answers HTTP {error.response.status_code}", place=self._at(query)) from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            self._fail(error, query)
        except AttributeError as error:  # scythe's, on an answer without any markup
            raise SourceError("the answer is not XML", place=self._at(query), hint="check the address") from error
        return body

    def page(self, query: dict[str, str]) -> tuple[bytes, Element | None]:
        """An answer with its parsed root; None for the root where it is malformed each time it is asked for."""
        body = b""
        for _ in range(2):
            body = self.ask(query)
            try:
                root = parse(body)
            except etree.XMLSyntaxError:
                continue
            if root.tag != f"{OAI}OAI-PMH":
                raise SourceError("the answer is not OAI-PMH", place=self._at(query), hint="check the address")
            return body, root
        return body, None

    def _guard(self, response: httpx2.Response) -> None:
        """Let through what is within the limits, and a `Retry-After` as plain seconds (RFC 9110 §10.2.3)."""
        place = str(response.url)
        if response.headers.get("content-encoding", "identity") != "identity":
            raise SourceError("the server compresses its answer though asked not to", place=place)
        if (asked := response.headers.get("retry-after")) is not None:
            response.headers["retry-after"] = str(_seconds(asked, self._settings))
        response.stream = _Bounded(response.stream, self._settings, place)

    def _fail(self, error: Exception, query: dict[str, str]) -> NoReturn:
        said = str(error) or type(error).__name__
        raise SourceError(f"the server cannot be read: {said}", place=self._at(query)) from error

    def _at(self, query: dict[str, str]) -> str:
        return f"{self.endpoint}?{'&'.join(f'{key}={value}' for key, value in query.items())}"[:500]


def parse(body: bytes) -> Element:
    """The root of a well-formed answer. No entity is expanded, no DTD read, no network used."""
    return etree.fromstring(body, etree.XMLParser(**_SAFE))


def parse_leniently(body: bytes) -> Element | None:
    """What can be made out of a malformed answer: good to learn names from, never to take data from."""
    root: Element | None = etree.fromstring(body, etree.XMLParser(recover=True, **_SAFE))
    return root


class _Bounded(httpx2.SyncByteStream):
    def __init__(self, stream: Any, settings: OaiSettings, place: str) -> None:
        self._stream = stream
        self._settings = settings
        self._place = place

    def __iter__(self) -> Iterator[bytes]:
        size, until = 0, time.monotonic() + self._settings.answer_seconds
        for chunk in self._stream:
            size += len(chunk)
            if size > self._settings.answer_bytes:
                raise PayloadTooLarge(f"an answer of more than {self._settings.answer_bytes} bytes", place=self._place)
            if time.monotonic() > until:
                raise httpx2.ReadTimeout(f"the answer took longer than {self._settings.answer_seconds} s")
            yield chunk

    def close(self) -> None:
        self._stream.close()


def _seconds(asked: str, settings: OaiSettings) -> int:
    if asked.strip().isdigit():
        wait = float(asked)
    else:
        try:
            wait = (parsedate_to_datetime(asked) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            wait = settings.wait
    return round(min(max(0.0, wait), settings.longest_wait))

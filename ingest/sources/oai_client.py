"""Asking an OAI-PMH server through scythe, with what scythe takes on trust made safe on the way in.

scythe makes the requests, waits and repeats them, and knows the protocol's errors. Its reading of
answers is lenient where a harvest must be strict: it repairs broken XML, so that an answer cut off
in the middle looks like the last page; it holds answers of any size; a `Retry-After` that is a date
ends it. Hence the guarded connection of `ingest.sources.web` and `parse`, which repairs nothing.
"""

from __future__ import annotations

from typing import Annotated, Any, NoReturn

import httpx2
from lxml import etree
from msgspec import Meta
from oaipmh_scythe import Scythe
from oaipmh_scythe.config import HTTPConfig, RetryConfig
from oaipmh_scythe.exceptions import BadResumptionToken, IdDoesNotExist, NoRecordsMatch, OAIPMHException

from ingest.sources.politeness import Politeness
from ingest.sources.web import RETRIED, guarded_client
from ontology.errors import SourceError

Element = etree._Element

OAI = "{http://www.openarchives.org/OAI/2.0/}"
_SAFE: dict[str, Any] = {"resolve_entities": False, "load_dtd": False, "no_network": True, "huge_tree": False}


class OaiSettings(Politeness, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a repository is asked, and for what span of time."""

    until: Annotated[str, Meta(description="Newest datestamp to harvest (ISO 8601); empty: no bound.")] = ""
    window_days: Annotated[
        int, Meta(ge=0, description="Days asked for at a time; 0: all at once, in halves where tokens expire.")
    ] = 0
    overlap_days: Annotated[
        int, Meta(ge=0, description="Days asked for again before the last harvest, for servers that date late.")
    ] = 0
    full_days: Annotated[
        int, Meta(ge=0, description="Days between full lists of a server that keeps no deletions; 0: never.")
    ] = 7
    restarts: Annotated[
        int, Meta(ge=0, le=100, description="How often a window is begun again because its token was refused.")
    ] = 3
    pages: Annotated[int, Meta(ge=1, description="Most pages of one list.")] = 1_000_000
    singles: Annotated[int, Meta(ge=0, description="Most records asked for one by one where a list is broken.")] = (
        10_000
    )


class OaiClient(Scythe):
    """scythe over a guarded connection. `ask` is the only door."""

    def __init__(self, url: str, settings: OaiSettings) -> None:
        super().__init__(
            url,
            http_config=HTTPConfig(timeout=settings.timeout),
            retry_config=RetryConfig(
                max_retries=settings.retries,
                retry_status_codes=RETRIED,
                default_retry_after=settings.wait,
                retry_on_transport_error=True,
                initial_backoff=min(1.0, settings.wait),
            ),
        )
        self._guarded = guarded_client(url, settings)

    @property
    def client(self) -> httpx2.Client:
        return self._guarded

    def _get_retry_after(self, http_response: httpx2.Response) -> float:
        """scythe minds `Retry-After` where a server is busy (503) only; the ones that count requests say it at 429."""
        asked = http_response.headers.get("retry-after", "")
        return float(asked) if asked.isdigit() else self.retry_config.default_retry_after

    def close(self) -> None:
        self._guarded.close()

    def ask(self, query: dict[str, str]) -> bytes:
        """The answer to a request, at most `answer_bytes` long.

        Raises the protocol's BadResumptionToken, NoRecordsMatch and IdDoesNotExist as scythe names
        them, and SourceError for everything else that is not an answer.
        """
        try:
            body: bytes = self.harvest(query).http_response.content
        except (BadResumptionToken, NoRecordsMatch, IdDoesNotExist):
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

    def _fail(self, error: Exception, query: dict[str, str]) -> NoReturn:
        said = str(error) or type(error).__name__
        raise SourceError(f"the server cannot be read: {said}", place=self._at(query)) from error

    def _at(self, query: dict[str, str]) -> str:
        return f"{self.endpoint}?{'&'.join(f'{key}={value}' for key, value in query.items())}"[:500]


def parse(body: bytes) -> Element:
    """The root of a well-formed answer. No entity is expanded, no DTD read, no network used."""
    return etree.fromstring(body, etree.XMLParser(**_SAFE))


def fault_in(body: bytes) -> str:
    """What is wrong with a malformed answer, in the parser's words."""
    try:
        parse(body)
    except etree.XMLSyntaxError as error:
        return error.msg or "no XML"
    return ""


def parse_leniently(body: bytes) -> Element | None:
    """What can be made out of a malformed answer: good to learn names from, never to take data from."""
    root: Element | None = etree.fromstring(body, etree.XMLParser(recover=True, **_SAFE))
    return root

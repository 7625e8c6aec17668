"""Asking a REST API: waits, tries again, and answers only with what is whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Generic, Self, TypeVar

import httpx2
import msgspec
import stamina
from lxml import etree

from ingest.sources.oai_client import Element, parse
from ingest.sources.politeness import Politeness
from ingest.sources.web import RETRIED, guarded_client, retry_after
from ontology.errors import SourceError

T = TypeVar("T")
Params = Mapping[str, str]


class Mark(msgspec.Struct, frozen=True):
    """What a server calls the present state of an answer (RFC 9110 §8.8)."""

    etag: str = ""
    modified: str = ""

    def headers(self) -> dict[str, str]:
        """Headers that ask only for another state."""
        asked = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in asked.items() if value}


class Answer(msgspec.Struct, Generic[T], frozen=True):
    """What was read out of an answer."""

    value: T
    mark: Mark


class Refused(SourceError):
    """The server answers with a status that asking again does not change."""

    status: int = 0


class _Again(Exception):
    """Worth another try, after `seconds` where the server names a time."""

    def __init__(self, why: str, seconds: float | None = None) -> None:
        super().__init__(why)
        self.seconds = seconds


class RestClient:
    """One API at one base address; paths are relative to it."""

    def __init__(self, base: str, polite: Politeness, headers: dict[str, str] | None = None) -> None:
        self.base = base.rstrip("/")
        self._polite = polite
        self._client = guarded_client(base, polite, headers)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def ask(self, path: str, params: Params, read: Callable[[bytes], T], known: Mark | None = None) -> Answer[T] | None:
        """An answer as `read` makes it out; None where its state is still the `known` one.

        What `read` finds malformed (ValueError, DecodeError) is asked for again, as after a cut connection.
        Raises Refused for a status that is final, SourceError where all tries are used up.
        """
        polite = self._polite
        attempts = stamina.retry_context(
            on=_whether_again, attempts=polite.retries + 1, timeout=None, wait_initial=min(1.0, polite.wait),
            wait_max=polite.wait, wait_jitter=min(1.0, polite.wait),
        )  # fmt: skip
        try:
            for attempt in attempts:
                with attempt:
                    return self._once(path, params, read, known)
        except _Again as error:
            place = self._place(path)
            raise SourceError(f"the server cannot be read: {error}", place=place, hint="harvest again later") from error
        raise AssertionError("stamina tries at least once")

    def get(self, path: str, params: Params, read: Callable[[bytes], T]) -> T:
        """`ask`, for the value alone."""
        answer = self.ask(path, params, read)
        assert answer is not None, "only a known state can be unchanged"
        return answer.value

    def _once(self, path: str, params: Params, read: Callable[[bytes], T], known: Mark | None) -> Answer[T] | None:
        try:
            response = self._client.get(
                f"{self.base}/{path}", params=dict(params), headers=known.headers() if known else {}
            )
        except httpx2.TransportError as error:
            raise _Again(str(error) or type(error).__name__) from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise SourceError(f"the server cannot be read: {error}", place=self._place(path)) from error
        if response.status_code == 304 and known:
            return None
        self._check(response, path)
        try:
            value = read(response.content)
        except (ValueError, msgspec.DecodeError) as error:
            raise _Again(f"the answer is not what the API promises: {error}") from error
        return Answer(value, Mark(response.headers.get("etag", ""), response.headers.get("last-modified", "")))

    def _check(self, response: httpx2.Response, path: str) -> None:
        if response.status_code in RETRIED:
            asked = response.headers.get("retry-after")
            seconds = None if asked is None else retry_after(asked, self._polite)
            raise _Again(f"it answers HTTP {response.status_code}", seconds)
        if response.status_code != 200:
            said = " ".join(response.text.split())[:200]
            error = Refused(f"the server answers HTTP {response.status_code}: {said}", place=self._place(path))
            error.status = response.status_code
            raise error

    def _place(self, path: str) -> str:
        return f"{self.base}/{path}"[:300]


def _whether_again(error: Exception) -> bool | float:
    if not isinstance(error, _Again):
        return False
    return True if error.seconds is None else error.seconds


def json_of(kind: type[T]) -> Callable[[bytes], T]:
    """A reader of JSON answers of this kind."""
    return msgspec.json.Decoder(kind).decode


def xml(body: bytes) -> Element:
    """A reader of XML answers: the root of one that is well-formed."""
    try:
        return parse(body)
    except etree.XMLSyntaxError as error:
        raise ValueError(f"not well-formed: {error.msg}") from error

"""Asking servers on the web politely, and believing nothing they send: shared by all sources with an address.

Requests are spaced and say who asks. Answers are bounded in size and time, before and after they
are unpacked. A redirect may not lead into a private network unless the address given lies in one
itself (a server we were told to ask must not make us ask the machines behind our own walls), nor
from https to http.
"""

from __future__ import annotations

import socket
import time
import urllib.request
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from ipaddress import IPv6Address, ip_address
from typing import Any

import httpx2

from ingest.sources.politeness import Politeness
from ontology.errors import PayloadTooLarge, SourceError

RETRIED = (429, 500, 502, 503, 504)
"""Statuses after which a request is made again."""


def user_agent(contact: str) -> str:
    """`Gnomon/0.1.0 (mailto:library@example.org)`."""
    return f"Gnomon/{version('gnomon')}" + (f" (mailto:{contact})" if contact else "")


def guarded_client(url: str, polite: Politeness, headers: dict[str, str] | None = None) -> httpx2.Client:
    """A client for the server at `url`. Besides httpx2's errors, requests raise SourceError and PayloadTooLarge."""
    guard = _Guard(url, polite, frozenset(headers or ()))
    return httpx2.Client(
        event_hooks={"request": [guard.request], "response": [guard.response]},
        headers={"Accept-Encoding": "gzip", "User-Agent": user_agent(polite.contact), **(headers or {})},
        timeout=polite.timeout,
        follow_redirects=True,
        max_redirects=5,
    )


def retry_after(asked: str, polite: Politeness) -> float:
    """Seconds to wait by a `Retry-After` (RFC 9110 §10.2.3: seconds or a date), within the limits."""
    if asked.strip().isdigit():
        wait = float(asked)
    else:
        try:
            wait = (parsedate_to_datetime(asked) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            wait = polite.wait
    return min(max(0.0, wait), polite.longest_wait)


def private(address: str) -> bool:
    """Whether an IP address belongs to this machine or a private network; what is no address does not."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return not found.is_global


def leads_inside(host: str) -> bool:
    """Whether one of the addresses of a host is private."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return any(private(str(entry[4][0])) for entry in found)


class Pace:
    """Spaces requests evenly: at most `per_second` of them."""

    def __init__(self, per_second: float) -> None:
        self._gap = 1 / per_second if per_second > 0 else 0.0
        self._next = 0.0

    def slow_to(self, per_second: float) -> None:
        """The server has said what it grants; it is never asked faster than was set."""
        if per_second > 0:
            self._gap = max(self._gap, 1 / per_second)

    def wait(self) -> None:
        """Sleep until the next request may be made."""
        if (early := self._next - time.monotonic()) > 0:
            time.sleep(early)
        self._next = time.monotonic() + self._gap


class _Guard:
    """What is looked at before a request goes out and before an answer is read."""

    def __init__(self, url: str, polite: Politeness, secrets: frozenset[str]) -> None:
        try:
            self._base = httpx2.URL(url)
        except httpx2.InvalidURL as error:
            raise SourceError(f"this is no address: {error}", place=url[:200]) from error
        if self._base.scheme not in ("http", "https") or not self._base.host:
            raise SourceError("this is no web address", place=url[:200], hint="it begins with http:// or https://")
        self._polite = polite
        self._pace = Pace(polite.per_second)
        self._secrets = secrets
        self._inside = leads_inside(self._base.host)
        self._by_proxy = bool(urllib.request.getproxies())

    def request(self, request: httpx2.Request) -> None:
        if request.url.host != self._base.host:
            for name in self._secrets:
                request.headers.pop(name, None)
            if not self._inside and leads_inside(request.url.host):
                raise SourceError("the server redirects into a private network", place=str(request.url)[:200])
        if self._base.scheme == "https" and request.url.scheme != "https":
            raise SourceError("the server redirects to an unprotected address", place=str(request.url)[:200])
        self._pace.wait()

    def response(self, response: httpx2.Response) -> None:
        place = f"{response.url.scheme}://{response.url.host}{response.url.path}"[:200]
        stream = response.extensions.get("network_stream")
        peer = stream.get_extra_info("server_addr") if stream is not None else None
        if peer and not self._inside and not self._by_proxy and private(str(peer[0])):
            raise SourceError("the name of the server now leads into a private network", place=place)
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("identity", "", "gzip", "x-gzip"):
            raise SourceError(f"the answer is encoded as {encoding!r}, which nobody asked for", place=place)
        response.headers.pop("content-encoding", None)
        if granted := _granted(response.headers):
            self._pace.slow_to(granted)
        if (asked := response.headers.get("retry-after")) is not None:
            response.headers["retry-after"] = str(round(retry_after(asked, self._polite)))
        response.stream = _Bounded(response.stream, self._polite, place, packed="gzip" in encoding)


def _granted(headers: httpx2.Headers) -> float:
    """Requests a second by Crossref's `X-Rate-Limit-Limit: 50` and `X-Rate-Limit-Interval: 1s`; 0 without."""
    limit, interval = headers.get("x-rate-limit-limit", ""), headers.get("x-rate-limit-interval", "").removesuffix("s")
    if limit.isdigit() and interval.isdigit() and int(interval):
        return max(0.01, int(limit) / int(interval))
    return 0.0


class _Bounded(httpx2.SyncByteStream):
    """An answer unpacked as it arrives; stopped where it is too large, too slow or breaks off."""

    def __init__(self, stream: Any, polite: Politeness, place: str, *, packed: bool) -> None:
        self._stream = stream
        self._polite = polite
        self._place = place
        self._packed = packed

    def __iter__(self) -> Iterator[bytes]:
        size, until = 0, time.monotonic() + self._polite.answer_seconds
        for chunk in _unpacked(self._stream) if self._packed else self._stream:
            size += len(chunk)
            if size > self._polite.answer_bytes:
                raise PayloadTooLarge(f"an answer of more than {self._polite.answer_bytes} bytes", place=self._place)
            if time.monotonic() > until:
                raise httpx2.ReadTimeout(f"the answer took longer than {self._polite.answer_seconds} s")
            yield chunk

    def close(self) -> None:
        self._stream.close()


_BLOCK = 1 << 18


def _unpacked(stream: Any) -> Iterator[bytes]:
    """A gzip stream in blocks of at most 256 KiB; an httpx2 error where it is broken or ends too early."""
    member = None
    try:
        for chunk in stream:
            rest = chunk
            while rest:
                member = zlib.decompressobj(31) if member is None or member.eof else member
                yield member.decompress(rest, _BLOCK)
                while member.unconsumed_tail:
                    yield member.decompress(member.unconsumed_tail, _BLOCK)
                rest = member.unused_data
    except zlib.error as error:
        raise httpx2.RemoteProtocolError(f"the answer is no gzip: {error}") from error
    if member is not None and not member.eof:
        raise httpx2.RemoteProtocolError("the packed answer breaks off")

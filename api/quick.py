"""The quick way to `/sparql`: a plain query is answered from the bytes of its connection to the bytes of its answer.

uvicorn's cycle, ASGI, routing and middleware cost a point query more than its evaluation does. What is not plain
(`api.plain`), an endpoint that is not up yet, and callers who may not ask go the ordinary way. Head and body go
out in one packet; an answer that is cut is never ended: its connection is closed without the last chunk.
"""

from __future__ import annotations

import asyncio
import gzip
import time
import zlib
from collections.abc import AsyncIterator
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final, cast

from fastapi import FastAPI, Request

from api.auth import Caller, Role
from api.middleware import PACKED_FROM
from api.plain import PATH, Begun, Plain, plain_query
from api.problems import problem_of
from api.transport import GatheringProtocol
from api.wiring import Services
from ontology.errors import GnomonError
from sparql.answering import Call, Reply, Session, answered
from sparql.asking import Stream
from sparql.protocol import Graphs, SentQuery

_LEVEL: Final = 6
_GZIP: Final = 31
"""zlib's name for the gzip format with the largest window."""
_FAMILY: Final = "sparql"
_NO_GRAPHS: Final = Graphs()
_STATUS: Final = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus}


class QuickProtocol(GatheringProtocol):
    """uvicorn's HTTP for all but plain queries."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._app = cast("FastAPI", self.config.app)
        self._here: Services = self._app.state.services
        self._direct: asyncio.Transport
        """The transport without gathering: a whole answer needs none."""
        self._inside = False
        """The parser has read a part of a request."""
        self._answering: Any = None
        """The task of a plain query that is being answered."""
        self._held = b""
        """What has come meanwhile, or is no whole request yet."""
        self._begun: Begun | None = None
        """What that may become."""
        self._quiet_since = 0.0
        self._ending = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has come."""
        super().connection_made(transport)
        self._direct = transport

    def data_received(self, data: bytes) -> None:
        """Bytes of the client."""
        if self._answering is not None:
            self._held += data
            self.flow.pause_reading()
            return
        begun, self._begun = self._begun, None
        asked = begun.with_more(data) if begun else plain_query(data) if self._at_start() else None
        if isinstance(asked, Plain) and not self._here.cold and self._may_ask():
            self._held = b""
            self._answering = self.loop.create_task(self._answer(asked))
        elif isinstance(asked, Begun):
            self._begun = asked
            self._held += data
        else:
            data, self._held = self._held + data, b""
            super().data_received(data)

    def _may_ask(self) -> bool:
        """Whether those without a key may."""
        return Role[self._here.settings.anonymous_role] >= Role.analyst

    def timeout_keep_alive_handler(self) -> None:
        """Called some time after an answer: no request may have come meanwhile. One timer sees many of them."""
        left = self._quiet_since + self.timeout_keep_alive - self.loop.time()
        if self._answering is not None or self._held:
            left = self.timeout_keep_alive
        if left > 0 and not self._direct.is_closing():
            self._watch_silence(left)
        else:
            super().timeout_keep_alive_handler()

    def _watch_silence(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def _at_start(self) -> bool:
        """Whether the next byte is the first of a request."""
        return not self._inside and not self.root_path and (self.cycle is None or self.cycle.response_complete)

    def on_message_begin(self) -> None:
        """The parser has begun a request."""
        self._inside = True
        super().on_message_begin()

    def on_message_complete(self) -> None:
        """The parser has read all of a request."""
        self._inside = False
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has left: nobody waits for the answer."""
        super().connection_lost(exc)
        if self._answering is not None:
            self._answering.cancel()

    def shutdown(self) -> None:
        """The server ends: an answer that is on its way may go out."""
        if self._answering is None:
            super().shutdown()
        else:
            self._ending = True

    async def _answer(self, asked: Plain) -> None:
        whole = False
        try:
            beside: dict[str, str] = {}
            try:
                reply = await answered(self._session(beside), self._call(asked), Stream.begin, beside)
            except GnomonError as error:
                self._refuse(error, beside)
            else:
                await self._send(reply, beside, packed=asked.head.unpacks)
            whole = True
        except GnomonError as error:
            self.logger.warning("an answer was cut: %s", error)
        finally:
            self._answering = None
            self._go_on(whole)

    def _go_on(self, whole: bool) -> None:
        """Wait for the next request, unless the connection is to end."""
        if self._direct.is_closing():
            return
        if not whole or self._ending:
            self._direct.close()
            return
        held, self._held = self._held, b""
        self.flow.resume_reading()
        self._quiet_since = self.loop.time()
        if held:
            self.data_received(held)
        elif self.timeout_keep_alive_task is None:
            self._watch_silence(self.timeout_keep_alive)

    def _session(self, beside: dict[str, str]) -> Session:
        """Whoever asks without a key; RateLimited where nothing is left of the allowance."""
        here, settings = self._here, self._here.settings
        caller = Caller(f"address:{self.client[0] if self.client else 'unknown'}", Role[settings.anonymous_role])
        allowance = here.allowances.take(_FAMILY, caller.name, settings.queries_per_minute, time.time())
        beside.update(allowance.headers())
        return Session(here.sparql, caller.name)

    def _call(self, asked: Plain) -> Call:
        return Call(
            sent=SentQuery(asked.text, _NO_GRAPHS, {}), accept=asked.head.accept,
            base=f"{self.scheme}://{asked.head.host}{PATH}", known="" if asked.post else asked.head.known,
        )  # fmt: skip

    def _refuse(self, error: GnomonError, beside: dict[str, str]) -> None:
        scope = {"type": "http", "method": "GET", "path": PATH, "headers": [], "query_string": b"", "app": self._app}
        response = problem_of(Request(scope), error)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in response.raw_headers}
        self._direct.write(self._head(response.status_code, headers | beside) + bytes(response.body))

    async def _send(self, reply: Reply, beside: dict[str, str], *, packed: bool) -> None:
        headers, body = reply.headers | beside, reply.body
        headers["Vary"] += ", Origin"  # another page's script gets a header more
        if isinstance(body, Stream):
            headers["content-type"] = reply.media
            try:
                await self._send_stream(headers, _packed(body) if packed else body, packed=packed)
            finally:
                body.cancel()
                reply.ended()
            return
        if reply.status == HTTPStatus.OK:
            headers["content-type"] = reply.media
            if packed and len(body) >= PACKED_FROM:
                headers["content-encoding"], body = "gzip", gzip.compress(body, _LEVEL, mtime=0)
            headers["content-length"] = str(len(body))
        self._direct.write(self._head(reply.status, headers) + body)

    async def _send_stream(self, headers: dict[str, str], pieces: AsyncIterator[bytes], *, packed: bool) -> None:
        """An answer in chunks; GnomonError where it is cut."""
        headers["transfer-encoding"] = "chunked"
        if packed:
            headers["content-encoding"] = "gzip"
        self._direct.write(self._head(HTTPStatus.OK, headers))
        async for piece in pieces:
            self._direct.writelines((b"%x\r\n" % len(piece), piece, b"\r\n"))
            await self.flow.drain()
        self._direct.write(b"0\r\n\r\n")

    def _head(self, status: int, headers: dict[str, str]) -> bytes:
        """Status line and headers."""
        lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
        fixed = _lines(tuple(self.server_state.default_headers))
        return f"{_STATUS[status]}{''.join(lines)}{fixed}x-content-type-options: nosniff\r\n\r\n".encode("latin-1")


@lru_cache(4)
def _lines(headers: tuple[tuple[bytes, bytes], ...]) -> str:
    """uvicorn's own headers: the date, which is another every second."""
    return "".join(f"{name.decode('latin-1')}: {value.decode('latin-1')}\r\n" for name, value in headers)


async def _packed(pieces: Stream) -> AsyncIterator[bytes]:
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    async for piece in pieces:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()

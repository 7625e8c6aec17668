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
from collections.abc import AsyncIterator, Callable
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final, cast

from fastapi import FastAPI, Request

from api.auth import Role
from api.middleware import CROSSING, PACKED_FROM
from api.plain import PATH, Begun, Head, Plain, plain_query
from api.problems import problem_of
from api.transport import GatheringProtocol
from api.wiring import Services
from ontology.errors import GnomonError, QuerySyntaxError
from sparql.answering import FIXED, Answering, Call, Reply, Session, prepared_at_once, prepared_slowly
from sparql.asking import Stream, begin_soon
from sparql.protocol import Graphs, SentQuery
from sparql.service import Prepared

_LEVEL: Final = 6
_GZIP: Final = 31
"""zlib's name for the gzip format with the largest window."""
_FAMILY: Final = "sparql"
_TOO_LONG: Final = "an address may have 64 KB; a longer query is sent by POST"
_NO_GRAPHS: Final = Graphs()


def _fixed(**headers: str) -> str:
    """Headers that are always the same, as they go out."""
    always = {**headers, "x-content-type-options": "nosniff"}
    return "".join(f"{name}: {value}\r\n" for name, value in always.items())


_WITH_ANSWERS: Final = _fixed(**FIXED | {"Vary": f"{FIXED['Vary']}, Origin"})
"""A page's script gets headers more (`CROSSING`): hence Origin."""
_WITH_PROBLEMS: Final = _fixed(Vary="Origin")
_STATUS: Final = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus}


def _nothing() -> None:
    """There is nothing to stop."""


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
        self._answering = False
        """A plain query is being answered."""
        self._leave: Callable[[], object] = _nothing
        """Stops that."""
        self._held = b""
        """What has come meanwhile, or is no whole request yet."""
        self._begun: Begun | None = None
        """What that may become."""
        self._paused = False
        self._quiet_since = 0.0
        self._ending = False
        self._admits = Role[self._here.settings.anonymous_role] >= Role.analyst
        """Those without a key may ask."""
        self._beside: dict[str, str] = {}
        """Headers that problems have as well."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has come."""
        super().connection_made(transport)
        self._direct = transport

    def data_received(self, data: bytes) -> None:
        """Bytes of the client."""
        if self._answering:
            self._held += data
            self._paused = True
            self.flow.pause_reading()
            return
        begun, self._begun = self._begun, None
        asked = begun.with_more(data) if begun else plain_query(data) if self._at_start() else None
        if isinstance(asked, Plain) and self._admits and not self._here.cold:
            self._ask(asked)
        elif isinstance(asked, Begun):
            self._begun = asked
            self._held += data
        else:
            data, self._held = self._held + data, b""
            super().data_received(data)

    def timeout_keep_alive_handler(self) -> None:
        """Called some time after an answer: no request may have come meanwhile. One timer sees many of them."""
        left = self._quiet_since + self.timeout_keep_alive - self.loop.time()
        if self._answering or self._held:
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
        leave, self._leave = self._leave, _nothing
        leave()

    def shutdown(self) -> None:
        """The server ends: an answer that is on its way may go out."""
        if self._answering:
            self._ending = True
        else:
            super().shutdown()

    def _ask(self, asked: Plain) -> None:
        """Have it answered: at once, or when a worker has said something."""
        self._held, self._leave = b"", _nothing
        text, accept = asked.text, asked.head.accept
        self._answering = True
        try:
            session = self._session(asked)
            ready = prepared_at_once(session.service, text, accept)
            if ready is None:
                task = self.loop.create_task(self._ask_slowly(session, asked))
                self._leave = task.cancel
            else:
                self._ask_ready(session, asked, ready)
        except GnomonError as error:
            self._refuse(error)

    async def _ask_slowly(self, session: Session, asked: Plain) -> None:
        try:
            self._ask_ready(session, asked, await prepared_slowly(session.service, asked.text, asked.head.accept))
        except GnomonError as error:
            self._refuse(error)

    def _ask_ready(self, session: Session, asked: Plain, ready: Prepared) -> None:
        answering = Answering(session, self._call(asked), ready, self._beside)
        known = answering.known()
        if known is not None:
            self._give(known, asked)
            return
        ticket = answering.enter()

        def then(error: GnomonError | None) -> None:
            if self._leave is not leave:
                return  # nobody waits for it any longer
            self._leave = _nothing
            if error is None:
                self._give(answering.begun(Stream(ticket)), asked)
            else:
                ticket.cancel()
                answering.leave(error)
                self._refuse(error)

        def leave() -> None:
            ticket.cancel()
            answering.leave(None)

        self._leave = leave
        try:
            begin_soon(ticket, then)
        except GnomonError as error:
            then(error)

    def _give(self, reply: Reply, asked: Plain) -> None:
        """Write an answer: whole, or piece by piece."""
        if isinstance(reply.body, Stream):
            task = self.loop.create_task(self._send_stream(reply, reply.body, asked.head))
            self._leave = task.cancel
        else:
            self._send(reply, reply.body, asked.head)
            self._go_on(whole=True)

    def _go_on(self, *, whole: bool) -> None:
        """Wait for the next request, unless the connection is to end."""
        self._answering = False
        if self._direct.is_closing():
            return
        if not whole or self._ending:
            self._direct.close()
            return
        if self._paused:
            self._paused = False
            self.flow.resume_reading()
        held, self._held = self._held, b""
        self._quiet_since = self.loop.time()
        if held:
            self.data_received(held)
        elif self.timeout_keep_alive_task is None:
            self._watch_silence(self.timeout_keep_alive)

    def _session(self, asked: Plain) -> Session:
        """Whoever asks without a key; RateLimited where nothing is left of the allowance."""
        here, settings = self._here, self._here.settings
        caller = f"address:{self.client[0] if self.client else 'unknown'}"
        self._beside = dict(CROSSING) if asked.head.crossing else {}
        allowance = here.allowances.take(_FAMILY, caller, settings.queries_per_minute, time.time())
        self._beside |= allowance.headers()
        return Session(here.sparql_as_of(asked.snapshot) if asked.snapshot else here.sparql, caller)

    def _call(self, asked: Plain) -> Call:
        return Call(
            sent=SentQuery(asked.text, _NO_GRAPHS, {}), accept=asked.head.accept,
            base=f"{self.scheme}://{asked.head.host}{PATH}", known="" if asked.post else asked.head.known,
        )  # fmt: skip

    def _refuse(self, error: GnomonError) -> None:
        scope = {"type": "http", "method": "GET", "path": PATH, "headers": [], "query_string": b"", "app": self._app}
        response = problem_of(Request(scope), error)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in response.raw_headers}
        self._direct.write(self._head(response.status_code, headers, _WITH_PROBLEMS) + bytes(response.body))
        self._go_on(whole=True)

    def send_400_response(self, msg: str) -> None:
        """What no parser could read."""
        self._beside = {}
        self._ending = True
        self._refuse(QuerySyntaxError("this is no HTTP request that can be read", place="request", hint=_TOO_LONG))

    def _send(self, reply: Reply, body: bytes, head: Head) -> None:
        headers = reply.headers
        if reply.status == HTTPStatus.OK:
            headers["content-type"] = reply.media
            if head.unpacks and len(body) >= PACKED_FROM:
                headers["content-encoding"], body = "gzip", gzip.compress(body, _LEVEL, mtime=0)
            headers["content-length"] = str(len(body))
        self._direct.write(self._head(reply.status, headers) + body)

    async def _send_stream(self, reply: Reply, stream: Stream, head: Head) -> None:
        """An answer in chunks; where it is cut, the last one is missing."""
        headers, whole = reply.headers, False
        headers["content-type"], headers["transfer-encoding"] = reply.media, "chunked"
        if head.unpacks:
            headers["content-encoding"] = "gzip"
        try:
            self._direct.write(self._head(HTTPStatus.OK, headers))
            async for piece in _packed(stream) if head.unpacks else stream:
                self._direct.writelines((b"%x\r\n" % len(piece), piece, b"\r\n"))
                await self.flow.drain()
            self._direct.write(b"0\r\n\r\n")
            whole = True
        except GnomonError as error:
            self.logger.warning("an answer was cut: %s", error)
        finally:
            stream.cancel()
            reply.ended()
            self._leave = _nothing
            self._go_on(whole=whole)

    def _head(self, status: int, headers: dict[str, str], always: str = _WITH_ANSWERS) -> bytes:
        """Status line and headers."""
        lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
        beside = [f"{name}: {value}\r\n" for name, value in self._beside.items()]
        dated = _lines(tuple(self.server_state.default_headers))
        return f"{_STATUS[status]}{''.join(lines)}{''.join(beside)}{dated}{always}\r\n".encode("latin-1")


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

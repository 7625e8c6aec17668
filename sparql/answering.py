"""The answer to one query, whoever carries it: no HTTP library's objects, for those carry too much for a point query.

Errors up to the first byte are raised as they are (`ontology.errors`); later ones come out of the stream.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from typing import Final

import msgspec

from ontology.errors import GnomonError, QueryError
from sparql.answers import Kept
from sparql.asking import Stream
from sparql.protocol import Graphs, SentQuery
from sparql.remembering import Remembered
from sparql.service import Prepared, Service
from sparql.statement import RELATION
from sparql.ticket import Ticket

_SHORT: Final = 4_000
"""Characters of a text that takes less than a millisecond or two to read."""
FIXED: Final = {"Vary": "Accept, Accept-Encoding", "Cache-Control": "no-cache"}
"""Headers of every answer, beside those of its `Reply`."""


Writing = Callable[[str], Awaitable[None]]


async def at_will(_: str) -> None:
    """Nobody is in the way."""


class Session(msgspec.Struct, frozen=True):
    """Who asks, and what of."""

    service: Service
    client: str
    """Identifies the client, for budgets and the log."""
    before_writing: Writing = at_will
    """To be awaited before anything is changed, with the IRI of what is: raises where this client may not."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A query and how its answer is wanted."""

    sent: SentQuery
    accept: str
    base: str
    """Address of the endpoint: what relative IRIs are relative to."""
    root: str = ""
    """What the paths of links begin with."""
    known: str = ""
    """Tags of answers that the caller has; those of a POST do not count."""
    head: bool = False
    """Only the head is wanted."""


class Reply(msgspec.Struct, kw_only=True):
    """`ended` is to be called when the last byte of a stream has been sent, or none will be."""

    headers: dict[str, str]
    media: str
    status: int = 200
    body: bytes | Stream = b""
    ended: Callable[[], None] = lambda: None


Begin = Callable[[Stream], Awaitable[object]]
"""Awaits the first piece of a stream; may give up where nobody waits for it."""


async def answered(session: Session, call: Call, begin: Begin, beside: dict[str, str]) -> Reply:
    """The answer to a query, or 304 where the client has it. `beside` takes headers that go with problems too."""
    text = call.sent.text or ""
    ready = prepared_at_once(session.service, text, call.accept)
    ready = ready or await prepared_slowly(session.service, text, call.accept)
    answering = Answering(session, call, ready, beside)
    known = answering.known()
    if known is not None:
        return known
    try:
        stream = Stream(answering.enter())
        await begin(stream)
    except BaseException as error:
        answering.leave(error)
        raise
    return answering.begun(stream)


def prepared_at_once(service: Service, text: str, accept: str) -> Prepared | None:
    """Short texts are read here, which takes less than handing them to a thread; None for what takes longer."""
    if len(text) >= _SHORT:
        return None
    ready = service.prepare(text, accept)
    return None if ready.plan.outside else ready


async def prepared_slowly(service: Service, text: str, accept: str) -> Prepared:
    """The same for every text, in a thread."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(service.pool.threads, lambda: service.filled(service.prepare(text, accept)))


class Answering:
    """One query on its way to its reply. `known` is the reply that needs no work; where there is none, `enter`
    gives the ticket to begin with, and then either `begun` makes the reply or `leave` says that there is none.
    `beside` takes headers that go with problems too."""

    def __init__(self, session: Session, call: Call, ready: Prepared, beside: dict[str, str]) -> None:
        self._service = session.service
        self._client = session.client
        self._call = call
        self._ready = ready
        self._beside = beside
        self._newest = self._service.checkpoints.current()
        self._tag = ""
        self._kept: Kept | None = None
        if not ready.question.volatile and self._newest is not None:
            self._tag = _etag(self._newest.path.name, ready, call.sent.graphs)

    def known(self) -> Reply | None:
        """The reply where the caller has the answer already, or it is remembered."""
        if not self._tag:
            return None
        if self._call.known and self._tag in self._call.known:
            return self._reply(b"", 304)
        found = self._service.memory.get((self._tag, self._call.base))
        if found is None:
            return None
        self._beside.update(self._service.budgets.headers(self._client))
        self._service.answers.renew(found.kept)
        return self._whole(found)

    def enter(self) -> Ticket:
        """Put the query on its client's budget; RateLimited where nothing is left of it."""
        service, ready, graphs = self._service, self._ready, self._call.sent.graphs
        try:
            service.budgets.enter(self._client)
        except GnomonError:
            self._beside.update(service.budgets.headers(self._client))
            raise
        ticket = service.ticket(ready, graphs, base=self._call.base, client=self._client, newest=self._newest)
        self._kept = service.answers.keep(
            ready.question.text, graphs, ticket, service.limits, ready.plan.limit, ready.question.form, service.home
        )
        return ticket

    def begun(self, stream: Stream) -> Reply:
        """The reply, where the first piece of the answer is there."""
        kept, service = self._kept, self._service
        if kept is None:
            raise QueryError("the query has not begun", place="query")
        ticket = kept.ticket
        if ticket.complete:
            self.leave(None)
            found = Remembered(ticket.next_chunk() or b"", kept)
            if self._tag and self._newest is not None and ticket.used.snapshot == self._newest.path.name:
                service.memory.put((self._tag, self._call.base), found)
            return self._whole(found)
        self._beside.update(service.budgets.headers(self._client))
        reply = self._reply(b"", 200)
        reply.headers |= self._completeness(kept)
        if self._call.head:
            stream.cancel()
            self.leave(None)
        else:
            reply.body, reply.ended = stream, lambda: self.leave(ticket.error)
        return reply

    def leave(self, error: BaseException | None) -> None:
        """The query is over: what it took goes on the budget."""
        kept, self._kept = self._kept, None
        if kept is not None:
            budgets = self._service.budgets
            budgets.leave(self._client, kept.ticket.used.cpu, error if isinstance(error, GnomonError) else None)
            self._beside.update(budgets.headers(self._client))

    def _whole(self, found: Remembered) -> Reply:
        """An answer of which all is there."""
        reply = self._reply(found.body, 200)
        reply.headers |= self._completeness(found.kept)
        if self._call.head:
            reply.headers["Content-Length"], reply.body = str(len(found.body)), b""
        return reply

    def _reply(self, body: bytes, status: int) -> Reply:
        chosen = self._ready.format
        reply = Reply(headers={}, media=chosen.content_type, status=status, body=body)
        if "format" in self._call.sent.options:
            reply.headers["Content-Disposition"] = f'attachment; filename="answer{chosen.suffix}"'
        if self._tag:
            reply.headers["ETag"] = self._tag
        return reply

    def _completeness(self, kept: Kept) -> dict[str, str]:
        """Whether the answer is all there is, as far as it is known, and where to look it up."""
        service, state = self._service, kept.state
        said = "pending" if state == "running" else state.replace(" ", "-")
        return {
            "Answer-Completeness": f"{said}; rows={kept.ticket.used.rows}" if kept.ticket.complete else said,
            "Link": f'<{self._call.root}{service.home}/answers/{kept.id}{service.of}>; rel="{RELATION}"',
        }


class Account:
    """What is done for a client beside queries, on its budget from its begin to its end. `beside` takes its state."""

    def __init__(self, session: Session, beside: dict[str, str]) -> None:
        self._budgets = session.service.budgets
        self._client = session.client
        self._beside = beside

    def __enter__(self) -> None:
        try:
            self._budgets.enter(self._client)
        finally:
            self._beside.update(self._budgets.headers(self._client))

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._budgets.leave(self._client, 0.0, error if isinstance(error, GnomonError) else None)
        self._beside.update(self._budgets.headers(self._client))


def _etag(snapshot: str, ready: Prepared, graphs: Graphs) -> str:
    """Weak: the same statements may come in another order."""
    parts = (ready.question.text, ready.format.key, *graphs.default, "named", *graphs.named)
    digest = blake2b("\0".join(parts).encode(), digest_size=12).hexdigest()
    return f'W/"{snapshot}-{digest}"'

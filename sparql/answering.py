"""The answer to one query, whoever carries it: no HTTP library's objects, for those carry too much for a point query.

Errors up to the first byte are raised as they are (`ontology.errors`); later ones come out of the stream.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from typing import Final

import msgspec

from ontology.errors import GnomonError
from sparql.answers import Kept
from sparql.asking import Stream
from sparql.protocol import Graphs, SentQuery
from sparql.remembering import Remembered
from sparql.service import Prepared, Service
from sparql.statement import RELATION
from sparql.ticket import Ticket

_SHORT: Final = 4_000
"""Characters of a text that takes less than a millisecond or two to read."""
_FIXED: Final = {"Vary": "Accept, Accept-Encoding", "Cache-Control": "no-cache"}


class Session(msgspec.Struct, frozen=True):
    """Who asks, and what of."""

    service: Service
    client: str
    """Identifies the client, for budgets and the log."""
    no_writing: GnomonError | None = None
    """Why this client may change nothing; None where it may."""


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
    service = session.service
    ready = await _prepared(service, call.sent.text or "", call.accept)
    reply = Reply(headers=dict(_FIXED), media=ready.format.content_type)
    if "format" in call.sent.options:
        reply.headers["Content-Disposition"] = f'attachment; filename="answer{ready.format.suffix}"'
    current, key = service.checkpoints.current(), None
    if not ready.question.volatile and current is not None:
        tag = reply.headers["ETag"] = _etag(current.path.name, ready, call.sent.graphs)
        if tag in call.known:
            reply.status = 304
            return reply
        key = (tag, call.base)
        if (known := service.memory.get(key)) is not None:
            beside.update(service.budgets.headers(session.client))
            return _whole(service, call, reply, known)
    ticket = service.ticket(ready, call.sent.graphs, base=call.base, client=session.client, newest=current)
    kept = service.answers.keep(
        ready.question.text, call.sent.graphs, ticket, service.limits, ready.plan.limit, ready.question.form,
        service.home,
    )  # fmt: skip
    with Account(session, ticket, beside) as account:
        stream = Stream(ticket)
        await begin(stream)
        if not ticket.complete:
            return _begun(service, call, reply, kept, stream, account)
        found = Remembered(ticket.next_chunk() or b"", kept)
    if key is not None and current is not None and ticket.used.snapshot == current.path.name:
        service.memory.put(key, found)
    return _whole(service, call, reply, found)


def _begun(service: Service, call: Call, reply: Reply, kept: Kept, stream: Stream, account: Account) -> Reply:
    """An answer of which the first piece is there."""
    reply.headers |= _completeness(call.root, service, kept)
    if call.head:
        stream.cancel()
    else:
        reply.body, reply.ended = stream, account.handed_on()
    return reply


def _whole(service: Service, call: Call, reply: Reply, found: Remembered) -> Reply:
    """An answer of which all is there."""
    service.answers.renew(found.kept)
    reply.headers |= _completeness(call.root, service, found.kept)
    if call.head:
        reply.headers["Content-Length"] = str(len(found.body))
    else:
        reply.body = found.body
    return reply


async def _prepared(service: Service, text: str, accept: str) -> Prepared:
    """Short texts are read here, which takes less than handing them to a thread."""
    if len(text) < _SHORT:
        ready = service.prepare(text, accept)
    else:
        loop = asyncio.get_running_loop()
        ready = await loop.run_in_executor(service.pool.threads, service.prepare, text, accept)
    if ready.plan.outside:
        loop = asyncio.get_running_loop()
        ready = await loop.run_in_executor(service.pool.threads, service.filled, ready)
    return ready


class Account:
    """A query on the budget of its client, from its begin to its end."""

    def __init__(self, session: Session, ticket: Ticket | None, beside: dict[str, str]) -> None:
        self._budgets = session.service.budgets
        self._client = session.client
        self._ticket = ticket
        self._beside = beside
        self._handed_on = False

    def __enter__(self) -> Account:
        try:
            self._budgets.enter(self._client)
        except GnomonError:
            self._show()
            raise
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not self._handed_on:
            self._end(error if isinstance(error, GnomonError) else None)
        self._show()

    def handed_on(self) -> Callable[[], None]:
        """Have it end when what is returned is called, and not before."""
        self._handed_on = True
        return lambda: self._end(self._ticket.error if self._ticket else None)

    def _end(self, error: GnomonError | None) -> None:
        self._budgets.leave(self._client, self._ticket.used.cpu if self._ticket else 0.0, error)

    def _show(self) -> None:
        self._beside.update(self._budgets.headers(self._client))


def _completeness(root: str, service: Service, kept: Kept) -> dict[str, str]:
    """Whether the answer is all there is, as far as it is known, and where to look it up."""
    state = kept.state
    headers = {
        "Answer-Completeness": "pending" if state == "running" else state,
        "Link": f'<{root}{service.home}/answers/{kept.id}{service.of}>; rel="{RELATION}"',
    }
    if kept.ticket.complete:
        headers["Answer-Rows"] = str(kept.ticket.used.rows)
    return headers


def _etag(snapshot: str, ready: Prepared, graphs: Graphs) -> str:
    """Weak: the same statements may come in another order."""
    parts = (ready.question.text, ready.format.key, *graphs.default, "named", *graphs.named)
    digest = blake2b("\0".join(parts).encode(), digest_size=12).hexdigest()
    return f'W/"{snapshot}-{digest}"'

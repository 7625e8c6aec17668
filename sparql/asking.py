"""A text and an Accept header in, a media type and bytes out: for the endpoint, the CLI and tests."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import msgspec

from sparql.formats import Format, negotiate
from sparql.guard import Question, inspect
from sparql.limits import Limits
from sparql.pool import Graphs, QueryPool, Ticket


class Prepared(msgspec.Struct, frozen=True):
    """A query that passed the guard, with the format of its answer."""

    question: Question
    format: Format


def prepare(text: str, accept: str, limits: Limits) -> Prepared:
    """Guard and negotiation, nothing evaluated. Up to a quarter of a second for the longest texts.

    Raises QueryTooLarge, QuerySyntaxError, QueryForbidden, NotAcceptable.
    """
    question = inspect(text, limits.text)
    return Prepared(question, negotiate(accept, question.form))


def ask(
    pool: QueryPool, text: str, accept: str = "", *, graphs: Graphs | None = None, limits: Limits | None = None
) -> tuple[str, Iterator[bytes]]:
    """Evaluate and return (media type, chunks), blocking; errors up to the first chunk are raised
    here, later ones by the iterator. Closing the iterator stops the query."""
    ready = prepare(text, accept, pool.limits)
    ticket = pool.ticket(ready.question, ready.format, graphs, limits)
    try:
        ticket.begin()
    except BaseException:
        ticket.cancel()
        raise
    return ready.format.content_type, ticket.chunks()


class Stream:
    """The bytes of one answer, awaited chunk by chunk. Whoever stops before the end calls `cancel`;
    until then the query keeps its worker, at longest for the limit's seconds."""

    def __init__(self, pool: QueryPool, ticket: Ticket) -> None:
        self._pool = pool
        self._ticket = ticket

    def __aiter__(self) -> Stream:
        return self

    async def __anext__(self) -> bytes:
        try:
            chunk = await asyncio.get_running_loop().run_in_executor(self._pool.threads, self._ticket.next_chunk)
        except asyncio.CancelledError:
            self.cancel()
            raise
        if chunk is None:
            raise StopAsyncIteration
        return chunk

    def cancel(self) -> None:
        """Stop the query; without effect after the end. Takes milliseconds."""
        self._ticket.cancel()


async def run_query(
    pool: QueryPool, text: str, accept: str = "", *, graphs: Graphs | None = None, limits: Limits | None = None
) -> tuple[str, Stream]:
    """As `ask`, awaitable; cancelling it stops the query."""
    loop = asyncio.get_running_loop()
    ready = await loop.run_in_executor(pool.threads, prepare, text, accept, pool.limits)
    return ready.format.content_type, await run_prepared(pool, ready, graphs=graphs, limits=limits)


async def run_prepared(
    pool: QueryPool, ready: Prepared, *, graphs: Graphs | None = None, limits: Limits | None = None
) -> Stream:
    """Evaluate until the first chunk is there; the rest comes through the stream."""
    ticket = pool.ticket(ready.question, ready.format, graphs, limits)
    try:
        await asyncio.get_running_loop().run_in_executor(pool.threads, ticket.begin)
    except BaseException:
        ticket.cancel()
        raise
    return Stream(pool, ticket)

"""Asking a service, blocking or awaited: a text and an Accept header in, a media type and bytes out."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

from sparql.limits import Limits
from sparql.pool import QueryPool
from sparql.protocol import Graphs
from sparql.service import Service
from sparql.ticket import Ticket


def ask(
    service: Service, text: str, accept: str = "", *, graphs: Graphs | None = None, limits: Limits | None = None
) -> tuple[str, Iterator[bytes]]:
    """Evaluate and return (media type, chunks), blocking; errors up to the first chunk are raised
    here, later ones by the iterator. Closing the iterator stops the query."""
    ready = service.filled(service.prepare(text, accept))
    ticket = service.ticket(ready, graphs, limits)
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
        self.ticket = ticket
        self._pool = pool

    def __aiter__(self) -> Stream:
        return self

    async def __anext__(self) -> bytes:
        if self.ticket.complete:
            chunk = self.ticket.next_chunk()
        else:
            try:
                chunk = await asyncio.get_running_loop().run_in_executor(self._pool.threads, self.ticket.next_chunk)
            except asyncio.CancelledError:
                self.cancel()
                raise
        if chunk is None:
            raise StopAsyncIteration
        return chunk

    def cancel(self) -> None:
        """Stop the query; without effect after the end. Takes milliseconds."""
        self.ticket.cancel()


async def begin(pool: QueryPool, ticket: Ticket) -> Stream:
    """Evaluate until the first chunk is there; the rest comes through the stream."""
    work = ticket.began if ticket.started else ticket.begin
    try:
        await asyncio.get_running_loop().run_in_executor(pool.threads, work)
    except BaseException:
        ticket.cancel()
        raise
    return Stream(pool, ticket)


async def begin_soon(pool: QueryPool, ticket: Ticket, seconds: float) -> Stream | None:
    """As `begin`, without any thread, where a worker is free and has something to say within so many
    seconds; else None, and the query may have been handed over: go on with `begin`."""
    try:
        descriptor = ticket.start()
        if descriptor is None or not await _readable(descriptor, seconds):
            return None
        ticket.began()
    except BaseException:
        ticket.cancel()
        raise
    return Stream(pool, ticket)


async def _readable(descriptor: int, seconds: float) -> bool:
    loop = asyncio.get_running_loop()
    said: asyncio.Future[bool] = loop.create_future()

    def wake(ready: bool) -> None:
        if not said.done():
            said.set_result(ready)

    loop.add_reader(descriptor, wake, True)
    timer = loop.call_later(seconds, wake, False)
    try:
        return await said
    finally:
        timer.cancel()
        loop.remove_reader(descriptor)
        os.set_blocking(descriptor, True)  # uvloop makes it non-blocking, and threads read it as well

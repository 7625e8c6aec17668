"""Asking a service, blocking or awaited: a text and an Accept header in, a media type and bytes out."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final

from sparql.limits import Limits
from sparql.process import WorkerProcess
from sparql.protocol import Graphs
from sparql.service import Service
from sparql.ticket import Ticket

_TURNS: Final = 4
"""How often something may be there to read before whoever waits for it has read it."""


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
    """The bytes of one answer, awaited chunk by chunk, in the event loop alone: no thread waits. Whoever
    stops before the end calls `cancel`; until then the query keeps its worker, at longest for the limit's
    seconds."""

    def __init__(self, ticket: Ticket) -> None:
        self.ticket = ticket
        self._place_wanted = True
        self._turn: asyncio.Future[bool] | None = None

    def __aiter__(self) -> Stream:
        return self

    async def __anext__(self) -> bytes:
        try:
            if not self.ticket.complete and not self.ticket.has_first:
                await _said(self.ticket, None)
            chunk = self.ticket.next_chunk()
        except asyncio.CancelledError:
            self.cancel()
            raise
        if chunk is None:
            raise StopAsyncIteration
        return chunk

    async def begin(self, seconds: float | None = None) -> bool:
        """Evaluate until the first chunk is there; the rest comes through the iterator. False where that
        takes longer than so many seconds: then call it again, or `cancel`."""
        end = None if seconds is None else time.monotonic() + seconds
        try:
            return await self._has_worker(end) and await self._has_first(end)
        except BaseException:
            self.cancel()
            raise

    async def _has_worker(self, end: float | None) -> bool:
        if not self._place_wanted:
            return True
        if self._turn is None:
            self._turn = asyncio.get_running_loop().create_future()
            if self.ticket.queue_up(_waker(self._turn)):
                self._turn.set_result(True)
        if not self._turn.done() and not await _in_time(self._turn, end):
            return False
        self._place_wanted = False
        self.ticket.hand_over()
        return True

    async def _has_first(self, end: float | None) -> bool:
        while await _said(self.ticket, end, at_first=True):
            if self.ticket.began():
                return True
        return False

    def cancel(self) -> None:
        """Stop the query; without effect after the end. Takes milliseconds."""
        self.ticket.cancel()


async def begin(ticket: Ticket) -> Stream:
    """Evaluate until the first chunk is there; the rest comes through the stream."""
    stream = Stream(ticket)
    await stream.begin()
    return stream


class _Ear:
    """Waits for what one worker says. It keeps listening from one query to the next, as beginning and ending
    that costs as much as hearing; where nobody waits for what is said, a thread may be reading it: then it
    stops."""

    def __init__(self, worker: WorkerProcess, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._worker = worker
        self._listening = False
        self._waiting: asyncio.Future[bool] | None = None
        self._patience = 0

    async def hear(self, end: float | None) -> bool:
        """Whether there is something to read in time."""
        said: asyncio.Future[bool] = self.loop.create_future()
        self._waiting = said
        self._patience = _TURNS
        if not self._listening:
            self._listening = True
            self.loop.add_reader(self._worker.fileno(), self._heard)
        timer = None if end is None else self.loop.call_later(max(0.0, end - time.monotonic()), _settle, said, False)
        try:
            return await said
        finally:
            self._waiting = None
            if timer is not None:
                timer.cancel()

    def forget(self) -> None:
        """The worker is no more: from any thread. An event loop must not be left with a descriptor that may
        soon be another socket's, and whoever waits need not wait any longer."""
        with suppress(RuntimeError):  # the loop has ended
            self.loop.call_soon_threadsafe(self._stop)

    def _stop(self) -> None:
        if self._waiting is not None:
            _settle(self._waiting)
        if self._listening:
            self._listening = False
            self.loop.remove_reader(self._worker.fileno())

    def _heard(self) -> None:
        if self._waiting is not None:
            _settle(self._waiting)
        self._patience -= 1
        if self._patience < 0:
            self._listening = False
            self.loop.remove_reader(self._worker.fileno())


def _ear(worker: WorkerProcess) -> _Ear:
    loop = asyncio.get_running_loop()
    ear = worker.ear
    if not isinstance(ear, _Ear) or ear.loop is not loop:
        ear = worker.ear = _Ear(worker, loop)
    return ear


async def _said(ticket: Ticket, end: float | None, *, at_first: bool = False) -> bool:
    """Whether the worker has something to say in time. `at_first` it surely has not yet."""
    while (worker := ticket.worker) is not None and (at_first or not worker.has_said()):
        if not await _ear(worker).hear(end):
            return False
        at_first = False
    return True


async def _in_time(turn: asyncio.Future[bool], end: float | None) -> bool:
    """Whether it comes true before the end; it may still do so afterwards."""
    left = None if end is None else max(0.0, end - time.monotonic())
    await asyncio.wait((turn,), timeout=left)
    return turn.done()


def _settle(future: asyncio.Future[bool], value: bool = True) -> None:
    if not future.done():
        future.set_result(value)


def _waker(future: asyncio.Future[bool]) -> Callable[[], None]:
    """Settles the future, from any thread."""
    loop, here = future.get_loop(), threading.get_ident()

    def wake() -> None:
        if threading.get_ident() == here:
            _settle(future)
        elif not loop.is_closed():
            loop.call_soon_threadsafe(_settle, future)

    return wake

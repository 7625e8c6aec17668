"""Asking a service, blocking or awaited: a text and an Accept header in, a media type and bytes out."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any, Final

from ontology.errors import GnomonError
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
        self._first: asyncio.Future[GnomonError | None] | None = None

    def __aiter__(self) -> Stream:
        return self

    async def __anext__(self) -> bytes:
        try:
            if not self.ticket.complete and not self.ticket.has_first:
                await _said(self.ticket)
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
        try:
            if self._first is None:
                self._first = asyncio.get_running_loop().create_future()
                begin_soon(self.ticket, partial(_settle, self._first))
            if not self._first.done():
                await asyncio.wait((self._first,), timeout=seconds)
            if not self._first.done():
                return False
            if (error := self._first.result()) is not None:
                raise error
        except BaseException:
            self.cancel()
            raise
        return True

    def cancel(self) -> None:
        """Stop the query; without effect after the end. Takes milliseconds."""
        self.ticket.cancel()


async def begin(ticket: Ticket) -> Stream:
    """Evaluate until the first chunk is there; the rest comes through the stream."""
    stream = Stream(ticket)
    await stream.begin()
    return stream


Then = Callable[["GnomonError | None"], None]


def begin_soon(ticket: Ticket, then: Then) -> None:
    """Evaluate until the first chunk is there, and call `then`, with what went wrong if anything did. For the thread
    of an event loop; raises QueryBusy at once. No coroutine waits: that would take a tenth of a short query."""
    _Beginning(ticket, then, asyncio.get_running_loop()).start()


class _Beginning:
    """A ticket on its way to its first chunk."""

    def __init__(self, ticket: Ticket, then: Then, loop: asyncio.AbstractEventLoop) -> None:
        self._ticket = ticket
        self._then = then
        self._loop = loop
        self._thread = threading.get_ident()

    def start(self) -> None:
        if self._ticket.queue_up(self._wake):
            self._hand_over()

    def _wake(self) -> None:
        """From any thread, perhaps with locks held: what follows comes later."""
        if threading.get_ident() == self._thread:
            self._loop.call_soon(self._hand_over)
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._hand_over)

    def _hand_over(self) -> None:
        try:
            self._ticket.hand_over()
        except GnomonError as error:
            self._then(error)
        else:
            if self._ticket.told:
                self._heard()
            else:
                self._listen()

    def _listen(self) -> None:
        worker = self._ticket.worker
        if worker is None:
            self._heard()
        else:
            _ear(worker, self._loop).listen(self._heard)

    def _heard(self) -> None:
        worker = self._ticket.worker
        try:
            begun = (worker is None or worker.has_said()) and self._ticket.began()
        except GnomonError as error:
            self._then(error)
            return
        if begun:
            self._then(None)
        else:
            self._listen()


class _Ear:
    """Waits for what one worker says. It keeps listening from one query to the next, as beginning and ending
    that costs as much as hearing; where nobody waits for what is said, a thread may be reading it: then it
    stops."""

    def __init__(self, worker: WorkerProcess, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._worker = worker
        self._listening = False
        self._then: Callable[[], None] | None = None
        self._patience = 0

    def listen(self, then: Callable[[], None]) -> None:
        """Call `then` once, when there is something to read or the worker has gone."""
        self._then = then
        self._patience = _TURNS
        if not self._listening:
            self._listening = True
            self.loop.add_reader(self._worker.fileno(), self._heard)

    def forget(self) -> None:
        """The worker is no more: from any thread. An event loop must not be left with a descriptor that may
        soon be another socket's, and whoever waits need not wait any longer."""
        with suppress(RuntimeError):  # the loop has ended
            self.loop.call_soon_threadsafe(self._stop)

    def _stop(self) -> None:
        if self._listening:
            self._listening = False
            self.loop.remove_reader(self._worker.fileno())
        then, self._then = self._then, None
        if then is not None:
            then()

    def _heard(self) -> None:
        then, self._then = self._then, None
        if then is not None:
            then()
            return
        self._patience -= 1
        if self._patience < 0:
            self._listening = False
            self.loop.remove_reader(self._worker.fileno())


def _ear(worker: WorkerProcess, loop: asyncio.AbstractEventLoop) -> _Ear:
    ear = worker.ear
    if not isinstance(ear, _Ear) or ear.loop is not loop:
        ear = worker.ear = _Ear(worker, loop)
    return ear


async def _said(ticket: Ticket) -> None:
    """Wait until the worker has something to say."""
    loop = asyncio.get_running_loop()
    while (worker := ticket.worker) is not None and not worker.has_said():
        heard: asyncio.Future[bool] = loop.create_future()
        _ear(worker, loop).listen(partial(_settle, heard, True))
        await heard


def _settle(future: asyncio.Future[Any], value: Any) -> None:
    if not future.done():
        future.set_result(value)

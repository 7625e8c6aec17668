"""Warm workers and a bounded queue before them.

Blocking calls throughout, safe from any thread; `sparql.asking` makes them awaitable. A worker
answers one query at a time on the checkpoint that is current when it takes it, and holds a lease on
it. A query that runs out of time, memory or listeners loses its worker: the process is killed and a
fresh one started. Idle workers follow the newest checkpoint, so that old ones can be taken away.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Final, Protocol

import msgspec

from graph.snapshots import Checkpoints
from ontology.errors import QueryBusy, StoreError
from sparql.limits import Limits
from sparql.process import ASK, WorkerProcess

START_SECONDS: Final = 15.0
TICK_SECONDS: Final = 0.05
"""How often deadlines are looked at."""
REFRESH_TICKS: Final = 8
"""After how many of them idle workers look for a newer checkpoint."""


class Deadlined(Protocol):
    def expire(self) -> None: ...


class PoolStatus(msgspec.Struct, frozen=True):
    workers: int
    busy: int
    waiting: int
    killed: int
    """Workers stopped or lost since the start."""
    confined: bool
    """Every worker that has started can open no socket, or lives in an empty network."""


class QueryPool:
    """Workers over `checkpoints`; a question may name another source of checkpoints than this.
    `make` gives workers of another kind than processes (`sparql.remote`)."""

    def __init__(
        self, checkpoints: Checkpoints, limits: Limits | None = None, role: str = ASK,
        make: Callable[[], WorkerProcess] | None = None,
    ) -> None:  # fmt: skip
        self.checkpoints = checkpoints
        self.limits = limits or Limits()
        self._make = make or (lambda: WorkerProcess(self.limits, role))
        self.threads = ThreadPoolExecutor(self.limits.workers + self.limits.queue + 4, thread_name_prefix="sparql")
        self._free = threading.Condition()
        self._idle: deque[WorkerProcess] = deque()
        self._busy: dict[WorkerProcess, str] = {}
        """Worker → the client it works for."""
        self._waiting = 0
        self._killed = 0
        self._confined = True
        self._started = False
        self._closed = threading.Event()
        self._deadlines: dict[Deadlined, float] = {}
        self._clock = threading.Thread(target=self._tick, daemon=True)

    def start(self) -> None:
        """Start all workers and wait until they are warm; otherwise the first query does it.
        StoreError where a worker does not come up."""
        with self._free:
            self._fill()
            starting = list(self._idle)
        for worker in starting:
            if not worker.wait_ready(START_SECONDS):
                raise StoreError("a query worker does not start", place="python -m sparql.worker")

    def close(self) -> None:
        """End all workers; queries that run fail."""
        self._closed.set()
        with self._free:
            gone = [*self._idle, *self._busy]
            self._idle.clear()
            self._free.notify_all()
        for worker in gone:
            worker.kill()
        self.threads.shutdown(wait=False, cancel_futures=True)

    def status(self) -> PoolStatus:
        with self._free:
            for worker in self._idle:
                self._note(worker, worker.wait_ready(0))
            return PoolStatus(len(self._idle) + len(self._busy), len(self._busy), self._waiting, self._killed,
                              self._confined)  # fmt: skip

    def snapshots_in_use(self) -> frozenset[Path]:
        """Checkpoints that a worker has open: not to be removed yet."""
        with self._free:
            return frozenset(w.snapshot for w in (*self._idle, *self._busy) if w.snapshot)

    def take(self, abandoned: Callable[[], bool], client: str = "") -> WorkerProcess:
        """Wait for a free worker. Of several workers a client may have all but one, so that no one's
        queries keep all others waiting ("" is nobody in particular, and may have all).

        QueryBusy where the queue is full, the wait too long, or `abandoned()` has become true.
        """
        with self._free:
            self._fill()
            if not self._free_for(client) and self._waiting >= self.limits.queue:
                raise self._busy_error(f"{self._waiting} queries wait already")
            self._waiting += 1
            patience = self.limits.queue_seconds if self._started else START_SECONDS
            try:
                self._free.wait_for(lambda: self._free_for(client) or self._closed.is_set() or abandoned(), patience)
            finally:
                self._waiting -= 1
            if self._closed.is_set() or abandoned() or not self._free_for(client):
                raise self._busy_error(f"no worker became free within {self.limits.queue_seconds:g} s")
            worker = next(one for one in self._idle if one.wait_ready(0))
            self._idle.remove(worker)
            self._busy[worker] = client
            self._started = True
            return worker

    def _free_for(self, client: str) -> bool:
        most = max(1, self.limits.workers - 1) if client else self.limits.workers
        # A fresh worker takes a moment to start; till then another may become free.
        return any(one.wait_ready(0) for one in self._idle) and sum(one == client for one in self._busy.values()) < most

    def take_idle(self, client: str = "") -> WorkerProcess | None:
        """A worker that this client may have at this moment; never blocks long."""
        with self._free:
            if self._closed.is_set() or not self._free_for(client):
                return None
            worker = next((one for one in self._idle if one.wait_ready(0)), None)
            if worker is None or not worker.alive:
                self._fill()
                return None
            self._idle.remove(worker)
            self._busy[worker] = client
            return worker

    def give_back(self, worker: WorkerProcess, *, sound: bool) -> None:
        """Return a worker; one that is not sound has been killed or is killed here, and replaced."""
        if not sound:
            worker.kill()
        with self._free:
            self._note(worker, worker.ready is not None)
            self._busy.pop(worker, None)
            self._killed += not sound
            if sound and not self._closed.is_set():
                self._idle.append(worker)
            self._fill()
            self._free.notify_all()

    def wake(self) -> None:
        """Let those who wait look whether they still want to."""
        with self._free:
            self._free.notify_all()

    def _fill(self) -> None:
        if not self._clock.is_alive() and not self._closed.is_set():
            self._clock.start()
        self._idle = deque(worker for worker in self._idle if worker.alive)
        while not self._closed.is_set() and len(self._idle) + len(self._busy) < self.limits.workers:
            self._idle.append(self._make())

    def watch(self, ticket: Deadlined, deadline: float) -> None:
        """Have the ticket expire at this moment (of `time.monotonic`), at most 0.05 s late."""
        self._deadlines[ticket] = deadline

    def unwatch(self, ticket: Deadlined) -> None:
        self._deadlines.pop(ticket, None)

    def _tick(self) -> None:
        for tick in count():
            if self._closed.wait(TICK_SECONDS):
                return
            now = time.monotonic()
            if self._waiting:
                self.wake()  # a worker may have come up meanwhile
            for ticket, deadline in list(self._deadlines.items()):
                if deadline <= now:
                    ticket.expire()
            if tick % REFRESH_TICKS == 0:
                with self._free:
                    for worker in self._idle:
                        worker.refresh()

    def _note(self, worker: WorkerProcess, ready: bool) -> None:
        if ready and worker.ready is not None:
            self._confined = self._confined and (worker.ready.own_network or worker.ready.no_sockets)

    def _busy_error(self, why: str) -> QueryBusy:
        return QueryBusy(f"all {self.limits.workers} workers are taken: {why}", place="queue", hint="try again shortly")

"""Warm workers and a bounded queue before them.

Safe from any thread. Whoever wants a worker stands in the queue (`queue_up`) and is told when it is his
turn; `Ticket.begin` waits for that, `sparql.asking` awaits it. A worker answers one query at a time on the
checkpoint that is current when it takes it, and holds a lease on it. Who waits may hand his query in advance to
a worker that has just begun another, so that it need not wait for the server in between; where that other one turns
out long, the query is given to somebody else, and that worker is ended after it. A query that runs out of time, memory
or listeners loses its worker: the process is killed; another stands ready. Idle workers follow the newest
checkpoint, so that old ones can be taken away.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, Protocol

import msgspec

from graph.snapshots import Checkpoints
from ontology.errors import GnomonError, QueryBusy, StoreError
from sparql.limits import Limits
from sparql.process import ASK, Nursery, WorkerProcess

START_SECONDS: Final = 15.0
SPARE: Final = 1
"""Workers that stand ready beside those that may be busy at once, also for clients that have none."""
TICK_SECONDS: Final = 0.05
"""How often running queries are looked at."""
EAGER_SECONDS: Final = 0.005
"""The same while somebody waits for a worker that is starting."""
REFRESH_SECONDS: Final = 0.4
"""How often idle workers look for a newer checkpoint."""


class Watched(Protocol):
    def look(self, now: float) -> None:
        """Called every now and then, with the time of `time.monotonic`."""
        ...


class PoolStatus(msgspec.Struct, frozen=True):
    workers: int
    busy: int
    waiting: int
    killed: int
    """Workers stopped or lost since the start."""
    confined: bool
    """Every worker that has started can open no socket, or lives in an empty network."""


SOON_SECONDS: Final = 0.002
"""A query that has run no longer may end soon: another may be handed over in advance."""
LONG_SECONDS: Final = 0.02
"""One that has run longer is long: what waits behind it goes to another worker, when one is free."""


Tell = Callable[["WorkerProcess"], bool]
"""Hands a query to a worker in advance, without waiting; whether that could be done."""


def _untold(_: WorkerProcess) -> bool:
    return False


class Place:
    """Somebody's place in the queue: `worker` or `error` is set before `wake` is called, once. `told` is the
    worker that knows the query already, in advance."""

    def __init__(self, client: str, wake: Callable[[], None], tell: Tell, until: float) -> None:
        self.client = client
        self.wake = wake
        self.tell = tell
        self.until = until
        self.worker: WorkerProcess | None = None
        self.told: WorkerProcess | None = None
        self.error: GnomonError | None = None


class _Job(msgspec.Struct):
    """What a busy worker does: for whom, since when; who comes next; whether it must end afterwards, as it knows a
    query that is nobody's any longer."""

    client: str
    since: float
    asked: bool
    """It has been told what it is to do."""
    then: Place | None = None
    spoilt: bool = False


class QueryPool:
    """Workers over `checkpoints`; a question may name another source of checkpoints than this.
    `make` gives workers of another kind than processes (`sparql.remote`)."""

    def __init__(
        self, checkpoints: Checkpoints, limits: Limits | None = None, role: str = ASK,
        make: Callable[[], WorkerProcess] | None = None,
    ) -> None:  # fmt: skip
        self.checkpoints = checkpoints
        self.limits = limits or Limits()
        self._nursery = Nursery(self.limits, role)
        self._in_advance = role == ASK
        self._make = make or (lambda: WorkerProcess(self._nursery))
        self.threads = ThreadPoolExecutor(self.limits.workers + self.limits.queue + 4, thread_name_prefix="sparql")
        self._lock = threading.Lock()
        self._idle: deque[WorkerProcess] = deque()
        self._busy: dict[WorkerProcess, _Job] = {}
        self._queue: deque[Place] = deque()
        self._killed = 0
        self._confined = True
        self._started = False
        self._closed = threading.Event()
        self._watched: set[Watched] = set()
        self._clock = threading.Thread(target=self._tick, daemon=True)
        self._ticking = False

    def start(self) -> None:
        """Start all workers and wait until they are warm; otherwise the first query does it.
        StoreError where a worker does not come up."""
        with self._lock:
            self._fill()
            starting = list(self._idle)
        for worker in starting:
            if not worker.wait_ready(START_SECONDS):
                raise StoreError("a query worker does not start", place="python -m sparql.nursery")

    def close(self) -> None:
        """End all workers; queries that run fail."""
        self._closed.set()
        with self._lock:
            gone = [*self._idle, *self._busy]
            self._idle.clear()
            for place in [*self._queue]:
                self._refuse(place, self._busy_error("the server ends"))
        for worker in gone:
            worker.kill()
        self._nursery.close()
        self.threads.shutdown(wait=False, cancel_futures=True)

    def status(self) -> PoolStatus:
        with self._lock:
            for worker in self._idle:
                worker.wait_ready(0)
                self._note(worker)
            return PoolStatus(self.limits.workers, len(self._busy), len(self._queue), self._killed, self._confined)

    def snapshots_in_use(self) -> frozenset[Path]:
        """Checkpoints that a worker has open: not to be removed yet."""
        with self._lock:
            return frozenset(w.snapshot for w in (*self._idle, *self._busy) if w.snapshot)

    def queue_up(
        self, client: str = "", wake: Callable[[], None] = lambda: None, tell: Tell = _untold
    ) -> Place:  # fmt: skip
        """A place in the queue; one that has its worker already where one is free. A client may have all
        workers; there is one more for each who has none, so that no one's queries keep all others waiting
        ("" is nobody in particular). `wake` is called from any thread, and must not block; `tell` likewise.

        QueryBusy where the queue is full.
        """
        with self._lock:
            self._fill()
            patience = self.limits.queue_seconds if self._started else START_SECONDS
            place = Place(client, wake, tell, time.monotonic() + patience)
            if self._closed.is_set():
                raise self._busy_error("the server ends")
            if (worker := self._free_for(client)) is not None:
                self._give(place, worker)
            elif len(self._queue) >= self.limits.queue:
                raise self._busy_error(f"{len(self._queue)} queries wait already")
            else:
                self._queue.append(place)
                self._tell_next()
            return place

    def leave(self, place: Place) -> None:
        """Give a place up, and the worker where it has one; one that was told in advance is of no use any more."""
        with self._lock:
            if place in self._queue:
                self._refuse(place, self._busy_error("the query was given up"))
                return
        if place.worker is not None:
            self.give_back(place.worker, sound=place.told is None)

    def give_back(self, worker: WorkerProcess, *, sound: bool) -> None:
        """Return a worker; one that is not sound has been killed or is killed here, and replaced."""
        with self._lock:
            job = self._busy.pop(worker, None)
            sound = sound and not (job is not None and job.spoilt)
            if job is not None:
                self._killed += not sound
                if sound and job.then is not None:
                    self._go_on(job.then, worker)
                else:
                    self._is_free(job, worker if sound else None)
        if not sound:
            worker.kill()

    def _is_free(self, job: _Job, worker: WorkerProcess | None) -> None:
        """A job is done, by a worker that may do another or is lost."""
        if job.then is not None:
            job.then.told = None
        if worker is not None and not self._closed.is_set():
            self._idle.appendleft(worker)
        self._fill()
        self._serve()

    def _go_on(self, place: Place, worker: WorkerProcess) -> None:
        """It is the turn of what a worker was told in advance."""
        self._queue.remove(place)
        self._begin(place, worker, asked=True)
        place.wake()
        self._tell_next()

    def asked(self, worker: WorkerProcess) -> None:
        """It has been told what it was given out for."""
        with self._lock:
            job = self._busy.get(worker)
            if job is not None:
                job.asked = True
                self._tell_next()

    def _tell_next(self) -> None:
        """Have a worker that may soon be free know what comes next."""
        if not self._queue or not self._in_advance or len(self._busy) > self.limits.workers:
            return
        place = next((one for one in self._queue if one.told is None), None)
        if place is None:
            return
        begun = time.monotonic() - SOON_SECONDS
        for worker, job in self._busy.items():
            if job.asked and job.then is None and job.since > begun and not job.spoilt and place.tell(worker):
                job.then, place.told = place, worker
                return

    def _take_back(self, place: Place) -> None:
        """Have a query be nobody's that a worker was told in advance."""
        job = self._busy.get(place.told) if place.told is not None else None
        if job is not None:
            job.then, job.spoilt = None, True
        place.told = None

    def exchange(self, dead: WorkerProcess) -> WorkerProcess:
        """Another worker for one that was given out and has ended by no fault of its query; QueryBusy."""
        with self._lock:
            job = self._busy.pop(dead, None)
            client = job.client if job is not None else ""
            if job is not None and job.then is not None:
                job.then.told = None
            if self._closed.is_set():
                raise self._busy_error("the server ends")
            self._killed += 1
            worker = next((one for one in self._idle if one.alive and one.ready is not None), None)
            if worker is None:
                worker = self._make()
            else:
                self._idle.remove(worker)
            self._busy[worker] = _Job(client, time.monotonic(), False)
            self._fill()
        dead.kill()
        return worker

    def _serve(self) -> None:
        """Give free workers to those whose turn it is; who has his share already lets others pass."""
        if not self._queue:
            return
        before = time.monotonic() - LONG_SECONDS
        for place in [*self._queue]:
            job = self._busy.get(place.told) if place.told is not None else None
            if job is not None and job.since > before:
                continue
            worker = self._free_for(place.client)
            if worker is not None:
                self._take_back(place)
                self._queue.remove(place)
                self._give(place, worker)
                place.wake()

    def _give(self, place: Place, worker: WorkerProcess) -> None:
        self._idle.remove(worker)
        self._started = True
        self._note(worker)
        self._begin(place, worker, asked=False)

    def _begin(self, place: Place, worker: WorkerProcess, *, asked: bool) -> None:
        self._busy[worker] = _Job(place.client, time.monotonic(), asked)
        place.worker = worker

    def _refuse(self, place: Place, why: GnomonError) -> None:
        self._take_back(place)
        self._queue.remove(place)
        place.error = why
        place.wake()

    def _free_for(self, client: str) -> WorkerProcess | None:
        """A worker that has started and may be this client's now: the last one is kept for whoever has none."""
        first = bool(client) and all(job.client != client for job in self._busy.values())
        if len(self._busy) >= self.limits.workers + (SPARE if first else 0):
            return None
        return next((worker for worker in self._idle if worker.wait_ready(0)), None)

    def _fill(self) -> None:
        if self._closed.is_set():
            return
        if not self._ticking:
            self._ticking = True
            self._clock.start()
        while len(self._idle) + len(self._busy) < self.limits.workers + SPARE:
            worker = self._make()
            worker.warm(self.checkpoints)
            self._idle.append(worker)

    def watch(self, one: Watched) -> None:
        """Have it look at the time every 0.05 s."""
        self._watched.add(one)

    def unwatch(self, one: Watched) -> None:
        self._watched.discard(one)

    def _tick(self) -> None:
        refreshed, eager = 0.0, False
        while not self._closed.wait(EAGER_SECONDS if eager else TICK_SECONDS):
            now = time.monotonic()
            for one in [*self._watched]:
                one.look(now)
            with self._lock:
                for place in [place for place in self._queue if place.until < now]:
                    waited = f"no worker became free within {self.limits.queue_seconds:g} s"
                    self._refuse(place, self._busy_error(waited))
                for worker in [worker for worker in self._idle if not worker.alive]:
                    self._idle.remove(worker)
                    worker.kill()
                self._fill()
                self._serve()
                eager = bool(self._queue) and any(one.ready is None for one in self._idle)
                if now - refreshed > REFRESH_SECONDS:
                    refreshed = now
                    for worker in self._idle:
                        worker.refresh()

    def _note(self, worker: WorkerProcess) -> None:
        if (ready := worker.ready) is not None and not (ready.own_network or ready.no_sockets):
            self._confined = False

    def _busy_error(self, why: str) -> QueryBusy:
        return QueryBusy(f"all {self.limits.workers} workers are taken: {why}", place="queue", hint="try again shortly")

"""Warm workers, a bounded queue before them, and one ticket for each query on its way.

Blocking calls throughout, safe from any thread; `sparql.asking` makes them awaitable. A worker
answers one query at a time on the checkpoint that is current when it takes it. A query that runs
out of time, memory or listeners loses its worker: the process is killed and a fresh one started.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import msgspec

from ontology.errors import GnomonError, QueryBusy, QueryError, QueryMemoryExceeded, QueryTimeout, StoreError
from sparql.formats import Format
from sparql.guard import Question
from sparql.limits import Limits
from sparql.messages import Ask, Chunk, Failed, Reply
from sparql.process import WorkerProcess

START_SECONDS: Final = 15.0
RECYCLE: Final = 4
"""A worker that holds more than a quarter of its memory after a query is replaced, so that the
next query has all of it."""


class Graphs(msgspec.Struct, frozen=True):
    """The dataset a client chose; empty lists leave the store's own (SPARQL 1.1 Protocol, 2.1.4)."""

    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


class PoolStatus(msgspec.Struct, frozen=True):
    workers: int
    busy: int
    waiting: int
    killed: int
    """Workers stopped or lost since the start."""
    confined: bool
    """Every worker that has started can open no socket, or lives in an empty network."""


class QueryPool:
    """`current_snapshot` gives the folder of the checkpoint to ask; it is called for each query."""

    def __init__(self, current_snapshot: Callable[[], Path], limits: Limits | None = None) -> None:
        self.current_snapshot = current_snapshot
        self.limits = limits or Limits()
        self.threads = ThreadPoolExecutor(self.limits.workers + self.limits.queue + 4, thread_name_prefix="sparql")
        self._free = threading.Condition()
        self._idle: deque[WorkerProcess] = deque()
        self._busy: set[WorkerProcess] = set()
        self._waiting = 0
        self._killed = 0
        self._confined = True
        self._closed = False

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
        with self._free:
            self._closed = True
            gone = [*self._idle, *self._busy]
            self._idle.clear()
            self._free.notify_all()
        for worker in gone:
            worker.kill()
        self.threads.shutdown(wait=False, cancel_futures=True)

    def ticket(
        self, question: Question, answer: Format, graphs: Graphs | None = None, limits: Limits | None = None
    ) -> Ticket:
        """A query that has not begun; `limits` may set other seconds, rows and bytes than the pool's."""
        return Ticket(self, question, answer, graphs or Graphs(), limits or self.limits)

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

    def take(self, abandoned: Callable[[], bool]) -> WorkerProcess:
        """Wait for a free worker, first come first served.

        QueryBusy where the queue is full, the wait too long, or `abandoned()` has become true.
        """
        with self._free:
            self._fill()
            if not self._idle and self._waiting >= self.limits.queue:
                raise self._busy_error(f"{self._waiting} queries wait already")
            self._waiting += 1
            try:
                self._free.wait_for(lambda: self._idle or self._closed or abandoned(), self.limits.queue_seconds)
            finally:
                self._waiting -= 1
            if self._closed or abandoned() or not self._idle:
                raise self._busy_error(f"no worker became free within {self.limits.queue_seconds:g} s")
            worker = self._idle.popleft()
            self._busy.add(worker)
            return worker

    def give_back(self, worker: WorkerProcess, *, sound: bool) -> None:
        """Return a worker; one that is not sound has been killed or is killed here, and replaced."""
        if not sound:
            worker.kill()
        with self._free:
            self._note(worker, worker.ready is not None)
            self._busy.discard(worker)
            self._killed += not sound
            if sound and not self._closed:
                self._idle.append(worker)
            self._fill()
            self._free.notify()

    def wake(self) -> None:
        """Let those who wait look whether they still want to."""
        with self._free:
            self._free.notify_all()

    def _fill(self) -> None:
        self._idle = deque(worker for worker in self._idle if worker.alive)
        while not self._closed and len(self._idle) + len(self._busy) < self.limits.workers:
            self._idle.append(WorkerProcess(self.limits))

    def _note(self, worker: WorkerProcess, ready: bool) -> None:
        if ready and worker.ready is not None:
            self._confined = self._confined and (worker.ready.own_network or worker.ready.no_sockets)

    def _busy_error(self, why: str) -> QueryBusy:
        return QueryBusy(f"all {self.limits.workers} workers are taken: {why}", place="queue", hint="try again shortly")


class Ticket:
    """One query on its way. `begin`, then `next_chunk` until it gives None; `cancel` from anywhere,
    at any time, any number of times. Limits passed before the first chunk raise in `begin`; after
    it they raise in `next_chunk`, and the answer must then not be ended as if it were whole."""

    def __init__(self, pool: QueryPool, question: Question, answer: Format, graphs: Graphs, limits: Limits) -> None:
        self.format = answer
        self.rows = 0
        """Rows of the answer, once it is complete."""
        self._pool = pool
        self._question = question
        self._graphs = graphs
        self._limits = limits
        self._lock = threading.Lock()
        self._worker: WorkerProcess | None = None
        self._stopped: GnomonError | None = None
        self._first: bytes | None = None
        self._timer = threading.Timer(limits.seconds, self._expire)
        self._timer.daemon = True

    def begin(self) -> None:
        """Take a worker, evaluate, and wait for the first chunk (or an empty answer)."""
        worker = self._pool.take(lambda: self._stopped is not None)
        with self._lock:
            self._worker = worker
        if self._stopped is not None:
            self._end(sound=True)
            raise self._stopped
        self._timer.start()
        snapshot = self._snapshot()
        said = self._try(worker, snapshot)
        if isinstance(said, Failed) and said.code == StoreError.__name__:
            said = self._again(worker, snapshot, said)
        self._first = self._heard(said)

    def next_chunk(self) -> bytes | None:
        """The next bytes of the answer; None at its complete end."""
        if self._first is not None:
            first, self._first = self._first, None
            return first
        worker = self._worker
        if worker is None:
            if self._stopped is not None:
                raise self._stopped
            return None
        return self._heard(self._reply(worker))

    def chunks(self) -> Iterator[bytes]:
        """The whole answer; leaving early stops the query."""
        try:
            yield from iter(self.next_chunk, None)
        finally:
            self.cancel()

    def cancel(self) -> None:
        """Stop the query: nobody listens any longer. Without effect once it is complete."""
        self._stop(QueryError("the query was given up by its caller", place="query"))
        self._pool.wake()

    def _expire(self) -> None:
        why = f"the query was stopped after {self._limits.seconds:g} s"
        hint = "add LIMIT, give the fixed end of a path first, or count less at once"
        self._stop(QueryTimeout(why, place="query", hint=hint))

    def _stop(self, why: GnomonError) -> None:
        with self._lock:
            if self._stopped is None:
                self._stopped = why
        self._end(sound=False)

    def _try(self, worker: WorkerProcess, snapshot: Path) -> Reply:
        graphs = self._graphs
        chosen = bool(graphs.default or graphs.named)
        ask = Ask(
            self._question.text, str(snapshot), self.format.key, list(graphs.default) if chosen else None,
            list(graphs.named) if chosen else None, self._limits.rows, self._limits.bytes,
        )  # fmt: skip
        try:
            worker.ask(ask)
        except EOFError:
            raise self._lost(worker) from None
        return self._reply(worker)

    def _snapshot(self) -> Path:
        try:
            return self._pool.current_snapshot()
        except BaseException:
            self._end(sound=True)
            raise

    def _again(self, worker: WorkerProcess, tried: Path, said: Failed) -> Reply:
        """A checkpoint may vanish between being named and being opened; the next one is there."""
        current = self._snapshot()
        return self._try(worker, current) if current != tried else said

    def _reply(self, worker: WorkerProcess) -> Reply:
        try:
            return worker.reply()
        except EOFError:
            raise self._lost(worker) from None

    def _heard(self, said: Reply) -> bytes | None:
        if isinstance(said, Chunk):
            return said.data
        if isinstance(said, Failed):
            self._end(sound=said.code != QueryMemoryExceeded.__name__)
            raise said.error()
        self.rows = getattr(said, "rows", 0)
        self._end(sound=getattr(said, "resident", 0) < self._pool.limits.memory_bytes // RECYCLE)
        return None

    def _lost(self, worker: WorkerProcess) -> GnomonError:
        """Why the worker has ended in the middle of a query."""
        with self._lock:
            if self._stopped is None:
                self._stopped = QueryMemoryExceeded(
                    f"the query brought its worker down ({worker.cause_of_death()}): it needs more than"
                    f" {self._pool.limits.memory_bytes >> 20} MiB", place="query",
                    hint="sort, group or join less at once",
                )  # fmt: skip
        self._end(sound=False)
        return self._stopped

    def _end(self, *, sound: bool) -> None:
        with self._lock:
            worker, self._worker = self._worker, None
        self._timer.cancel()
        if worker is not None:
            self._pool.give_back(worker, sound=sound)

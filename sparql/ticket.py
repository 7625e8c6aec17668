"""One question on its way: a worker, a deadline, and the answer piece by piece."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from graph.snapshots import Checkpoints, Snapshot
from ontology.errors import GnomonError, QueryError, QueryMemoryExceeded, QueryTimeout, StoreError
from sparql.limits import Limits
from sparql.messages import Chunk, Done, Failed, Reply, Request
from sparql.pool import START_SECONDS, QueryPool
from sparql.process import WorkerProcess

RECYCLE: Final = 4
"""A worker that holds more than a quarter of its memory after a query is replaced, so that the
next query has all of it."""
Errand = Callable[[Snapshot], Request]


class Used(msgspec.Struct):
    """What an answer took, so far."""

    rows: int = 0
    """Known once it is complete."""
    bytes: int = 0
    cpu: float = 0.0
    """Seconds of processor time."""
    snapshot: str = ""


class Ticket:
    """`begin`, then `next_chunk` until it gives None; `cancel` from anywhere, at any time, any number
    of times. Limits passed before the first chunk raise in `begin`; after it they raise in
    `next_chunk`, and the answer must then not be ended as if it were whole."""

    def __init__(
        self, pool: QueryPool, errand: Errand, limits: Limits | None = None, of: Checkpoints | None = None,
        client: str = "",
    ) -> None:  # fmt: skip
        """`limits` may set other seconds than the pool's, `of` another source of checkpoints; `client` is
        whom it is asked for."""
        self.used = Used()
        self.complete = False
        """All of the answer is here: what `next_chunk` still gives is the rest of it."""
        self._client = client
        self._pool = pool
        self._errand = errand
        self._limits = limits or pool.limits
        self._of = of or pool.checkpoints
        self._lock = threading.Lock()
        self._worker: WorkerProcess | None = None
        self._cpu_before = 0.0
        self._stopped: GnomonError | None = None
        self._first: bytes | None = None
        self._snapshot: Snapshot | None = None

    @property
    def error(self) -> GnomonError | None:
        """Why it was stopped before its end."""
        return self._stopped

    def begin(self) -> None:
        """Take a worker, evaluate, and wait for the first piece of the answer."""
        worker = self._pool.take(lambda: self._stopped is not None, self._client)
        worker.wait_ready(START_SECONDS)  # a fresh one's start is not on the query's time
        snapshot = self._hand_over(worker)
        self._begun(worker, snapshot, self._reply(worker))

    def start(self) -> int | None:
        """Hand the query to a worker that is free at this moment: a descriptor that becomes readable when
        `began` is to be called. None where none is free: then `begin` waits for one."""
        worker = self._pool.take_idle(self._client)
        if worker is None:
            return None
        self._snapshot = self._hand_over(worker)
        return worker.fileno()

    @property
    def started(self) -> bool:
        """Whether `start` has handed the query over."""
        return self._snapshot is not None

    def began(self) -> None:
        """What `begin` does when the worker has said something."""
        worker = self._worker
        if worker is None or self._snapshot is None:
            raise self._stopped or QueryError("the query has not begun", place="query")
        self._begun(worker, self._snapshot, self._reply(worker))

    def _hand_over(self, worker: WorkerProcess) -> Snapshot:
        with self._lock:
            self._worker = worker
            self._cpu_before = worker.cpu_mark()
        if self._stopped is not None:
            self._end(sound=True)
            raise self._stopped
        self._pool.watch(self, time.monotonic() + self._limits.seconds)
        snapshot = self._hold(worker)
        self._ask(worker, snapshot)
        return snapshot

    def _begun(self, worker: WorkerProcess, snapshot: Snapshot, said: Reply) -> None:
        if isinstance(said, Failed) and said.code == StoreError.__name__:
            # A checkpoint may vanish between being named and being opened; the next one is there.
            current = self._hold(worker)
            if current != snapshot:
                self._ask(worker, current)
                said = self._reply(worker)
        self._first = self._heard(said) or b""

    def next_chunk(self) -> bytes | None:
        """The next bytes of the answer; None at its complete end."""
        if self._first is not None:
            first, self._first = self._first, None
            if first:
                return first
        worker = self._worker
        if self.complete:
            return None
        if worker is None:
            raise self._stopped or QueryError("the query has not begun", place="query")
        return self._heard(self._reply(worker)) or None

    def chunks(self) -> Iterator[bytes]:
        """The whole answer; leaving early stops the query."""
        try:
            yield from iter(self.next_chunk, None)
        finally:
            self.cancel()

    def cancel(self) -> None:
        """Stop the query: nobody listens any longer. Without effect once it is complete."""
        if not self.complete:
            self._stop(QueryError("the query was given up by its caller", place="query"))
            self._pool.wake()

    def expire(self) -> None:
        """Its time is over."""
        why = f"the query was stopped after {self._limits.seconds:g} s"
        hint = "add LIMIT, give the fixed end of a path first, or count less at once"
        self._stop(QueryTimeout(why, place="query", hint=hint))

    def _stop(self, why: GnomonError) -> None:
        with self._lock:
            if self._stopped is None:
                self._stopped = why
        self._end(sound=False)

    def _hold(self, worker: WorkerProcess) -> Snapshot:
        try:
            snapshot = worker.hold(self._of)
        except BaseException:
            self._end(sound=True)
            raise
        self.used.snapshot = snapshot.path.name
        return snapshot

    def _ask(self, worker: WorkerProcess, snapshot: Snapshot) -> None:
        try:
            worker.ask(self._errand(snapshot))
        except EOFError:
            raise self._lost(worker) from None

    def _reply(self, worker: WorkerProcess) -> Reply:
        try:
            return worker.reply()
        except EOFError:
            raise self._lost(worker) from None

    def _heard(self, said: Reply) -> bytes:
        """A piece of the answer; the last one may be empty."""
        if isinstance(said, Chunk):
            self.used.bytes += len(said.data)
            return said.data
        if isinstance(said, Failed):
            self._end(sound=said.code != QueryMemoryExceeded.__name__)
            self._stopped = self._stopped or said.error()
            raise said.error()
        if not isinstance(said, Done):
            raise StoreError("a worker says what makes no sense here", place="python -m sparql.worker")
        self.used.rows = said.rows
        self.used.cpu = said.cpu
        if self._worker is not None:
            self._worker.cpu_mark(said.cpu)
        self.used.bytes += len(said.data)
        self.complete = True
        self._end(sound=said.resident < self._pool.limits.memory_bytes // RECYCLE)
        return said.data

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
        self._pool.unwatch(self)
        if worker is not None:
            if not self.complete:
                self.used.cpu = max(0.0, worker.cpu() - self._cpu_before)
            self._pool.give_back(worker, sound=sound)

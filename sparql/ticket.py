"""One question on its way: a worker, a deadline, and the answer piece by piece."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from graph.snapshots import Checkpoints, Snapshot
from ontology.errors import GnomonError, QueryError, QueryInterrupted, QueryMemoryExceeded, QueryTimeout, StoreError
from sparql.limits import Limits
from sparql.messages import Chunk, Done, Failed, Reply, Request
from sparql.pool import Place, QueryPool
from sparql.process import Ending, WorkerProcess

RECYCLE: Final = 4
"""A worker that holds more than a quarter of its memory after a query is replaced, so that the
next query has all of it."""
YIELD_SECONDS: Final = 0.25
"""A query that takes longer than this lets all shorter ones go first; its worker is replaced afterwards,
as a process cannot take its priority back."""
_FRESH: Final = 0.02
"""Seconds for which the newest checkpoint is taken to be the newest."""
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
    `next_chunk`, and the answer must then not be ended as if it were whole. `begin` is `queue_up`,
    `hand_over` and `began`, for those who would rather not wait in it."""

    def __init__(
        self, pool: QueryPool, errand: Errand, limits: Limits | None = None, of: Checkpoints | None = None,
        client: str = "", newest: Snapshot | None = None,
    ) -> None:  # fmt: skip
        """`limits` may set other seconds than the pool's, `of` another source of checkpoints; `client` is
        whom it is asked for; `newest` the checkpoint that is current now, where that is known."""
        self.used = Used()
        self.complete = False
        """All of the answer is here: what `next_chunk` still gives is the rest of it."""
        self.worker: WorkerProcess | None = None
        """Who works on it."""
        self.told = False
        """The worker knew of it in advance, and may have said something already."""
        self._client = client
        self._pool = pool
        self._errand = errand
        self._limits = limits or pool.limits
        self._of = of or pool.checkpoints
        self._lock = threading.Lock()
        self._place: Place | None = None
        self._made = time.monotonic()
        self._ended: float | None = None
        self._since = 0.0
        self._cpu_before: float | None = None
        self._put_last = False
        self._exchanged = False
        self._stopped: GnomonError | None = None
        self._first: bytes | None = None
        self._snapshot: Snapshot | None = None
        self._newest = newest

    @property
    def error(self) -> GnomonError | None:
        """Why it was stopped before its end."""
        return self._stopped

    @property
    def seconds(self) -> float:
        """From its making to its end, or till now."""
        return (self._ended or time.monotonic()) - self._made

    @property
    def has_first(self) -> bool:
        """Whether `next_chunk` has something that need not be waited for."""
        return self._first is not None

    def begin(self) -> None:
        """Wait for a worker, evaluate, and wait for the first piece of the answer."""
        turn = threading.Event()
        if not self.queue_up(turn.set):
            turn.wait()
        self.hand_over()
        while not self.began():
            pass

    def queue_up(self, wake: Callable[[], None]) -> bool:
        """Whether a worker is free now; else `wake` is called when one is, from any thread. Then it is
        time for `hand_over`. QueryBusy."""
        place = self._pool.queue_up(self._client, wake, self._tell)
        with self._lock:
            if self._stopped is None:
                self._place = place
                return place.worker is not None or place.error is not None
        self._pool.leave(place)
        raise self._stopped

    def _tell(self, worker: WorkerProcess) -> bool:
        """Hand the query to a worker that is busy, where it has the right checkpoint open."""
        newest = self._newest or self._of.current()
        if newest is None or not worker.holds(self._of, newest) or not worker.ask_if_small(self._errand(newest)):
            return False
        self._snapshot, self.used.snapshot = newest, newest.path.name
        return True

    def hand_over(self) -> None:
        """Have the worker evaluate it: its time begins. QueryBusy where no worker became free in time."""
        with self._lock:
            place, self._place = self._place, None
            if place is None:
                raise self._stopped or QueryError("the query does not wait for a worker", place="query")
            if place.worker is None:
                self._stopped = place.error
                raise place.error or QueryError("it is not this query's turn", place="queue")
            self.worker = worker = place.worker
            self._since = time.monotonic()
        if place.told is worker:
            self.told = True
            self._pool.watch(self)
            return
        if self._since - self._made > _FRESH:
            self._newest = None
        self._pool.watch(self)
        try:
            self._snapshot = self._hold(worker)
            worker.ask(self._errand(self._snapshot))
            self._pool.asked(worker)
        except EOFError:  # it ended while it had nothing to do
            self._ask_another(worker)

    def began(self) -> bool:
        """Take what the worker says first, waiting for it (`worker.has_said` tells whether that takes time).
        False where it was asked once more and will say something else."""
        worker = self._working()
        try:
            said = worker.reply()
        except EOFError:
            if self._exchanged or self._stopped is not None or not worker.ending().from_outside:
                raise self._lost(worker) from None
            self._ask_another(worker)
            return False
        if isinstance(said, Failed) and said.code == StoreError.__name__:
            # A checkpoint may vanish between being named and being opened; the next one is there. Not this worker,
            # which may know already what comes after this query.
            current = self._of.current()
            if current is not None and current != self._snapshot and not self._exchanged:
                self._ask_another(worker)
                return False
        self._first = self._heard(said) or b""
        return True

    def next_chunk(self) -> bytes | None:
        """The next bytes of the answer, waiting for them; None at its complete end."""
        if self._first is not None:
            first, self._first = self._first, None
            if first:
                return first
        if self.complete:
            return None
        return self._heard(self._reply(self._working())) or None

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

    def look(self, now: float) -> None:
        """Stop it where its time is over; let others go first where it takes long."""
        worker, took = self.worker, now - self._since
        if worker is None:
            return
        if took > self._limits.seconds:
            why = f"the query was stopped after {self._limits.seconds:g} s"
            hint = "add LIMIT, give the fixed end of a path first, or count less at once"
            self._stop(QueryTimeout(why, place="query", hint=hint))
        elif self._cpu_before is None:
            self._cpu_before = max(0.0, worker.cpu() - took)
        elif took > YIELD_SECONDS and not self._put_last:
            with self._lock:
                if self.worker is worker:
                    self._put_last = True
                    worker.put_last()

    def _stop(self, why: GnomonError) -> None:
        with self._lock:
            if self._stopped is None:
                self._stopped = why
            place, self._place = self._place, None
        if place is not None:
            self._pool.leave(place)
        self._end(sound=False)

    def _working(self) -> WorkerProcess:
        worker = self.worker
        if worker is None:
            raise self._stopped or QueryError("the query has not begun", place="query")
        return worker

    def _hold(self, worker: WorkerProcess) -> Snapshot:
        try:
            snapshot = worker.hold(self._of, self._newest)
        except BaseException:
            self._end(sound=True)
            raise
        self._newest = None
        self.used.snapshot = snapshot.path.name
        return snapshot

    def _ask(self, worker: WorkerProcess, snapshot: Snapshot) -> None:
        try:
            worker.ask(self._errand(snapshot))
        except EOFError:
            raise self._lost(worker) from None

    def _ask_another(self, dead: WorkerProcess) -> None:
        """Have another worker evaluate it, once: this one has ended by no fault of the query."""
        self._exchanged = True
        with self._lock:
            if self._stopped is not None:
                raise self._stopped
            self.worker = other = self._pool.exchange(dead)
            self._cpu_before, self._put_last = None, False
        self._snapshot = self._hold(other)
        self._ask(other, self._snapshot)

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
            raise StoreError("a worker says what makes no sense here", place="python -m sparql.nursery")
        self.used.rows = said.rows
        self.used.cpu = said.cpu
        self.used.bytes += len(said.data)
        self.complete = True
        self._end(sound=said.resident < self._pool.limits.memory_bytes // RECYCLE)
        return said.data

    def _lost(self, worker: WorkerProcess) -> GnomonError:
        """Why the worker has ended in the middle of a query."""
        with self._lock:
            if self._stopped is None:
                self._stopped = self._why_lost(worker.ending())
        self._end(sound=False)
        return self._stopped

    def _why_lost(self, ending: Ending) -> GnomonError:
        if ending.from_outside:
            return QueryInterrupted(
                f"the query's worker was ended from outside ({ending.words})", place="query",
                hint="ask again; where that happens often, the machine may be short of memory",
            )  # fmt: skip
        return QueryMemoryExceeded(
            f"the query brought its worker down ({ending.words}): it needs more than"
            f" {self._pool.limits.memory_bytes >> 20} MiB", place="query", hint="sort, group or join less at once",
        )  # fmt: skip

    def _end(self, *, sound: bool) -> None:
        with self._lock:
            worker, self.worker = self.worker, None
            self._ended = self._ended or time.monotonic()
        self._pool.unwatch(self)
        if worker is not None:
            if not self.complete and self._cpu_before is not None:
                self.used.cpu = max(0.0, worker.cpu() - self._cpu_before)
            self._pool.give_back(worker, sound=sound and not self._put_last)

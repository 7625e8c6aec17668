"""One worker process, seen from the server, and the nursery that it comes from."""

from __future__ import annotations

import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from graph.snapshots import Checkpoints, Lease, Snapshot
from ontology.errors import GnomonError
from sparql.limits import Limits
from sparql.messages import Open, Ready, Reply, Request, pack, read_reply
from sparql.orders import ENDED, FORK, KILL, ORDER, STATUS, UNKNOWN, YIELD
from sparql.pipe import Pipe

_KEPT: Final = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "LANG")
"""What a worker sees of the environment; keys and passwords stay behind."""
_MEMORY: Final = {"MALLOC_ARENA_MAX": "2", "GLIBC_TUNABLES": "glibc.malloc.tcache_count=2000"}
"""For the allocator of glibc: the engine takes and gives back some thousand small pieces for each query, and
most of them were found the slow way (a tenth of a point query's time)."""


ASK: Final = "ask"
CHANGE: Final = "change"
"""The roles of workers: one that answers questions, one that applies updates to copies."""
_SMALL: Final = 16 << 10
"""Bytes of a request that a socket takes beside another one, without anybody reading it."""
_FROM_OUTSIDE: Final = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
_TICKS: Final = os.sysconf("SC_CLK_TCK")


class Ending(NamedTuple):
    """How a worker ended."""

    words: str
    from_outside: bool
    """Somebody ended it, or it ended itself in good order; what a query does to its own worker (memory, stack) is a
    signal of another kind."""


class Nursery:
    """Where workers of one kind come from: a process that is started with the first of them, and again
    where it has ended. Safe from any thread; nothing here waits for it, but `ending`."""

    def __init__(self, limits: Limits, role: str = ASK) -> None:
        self._arguments = (str(limits.memory_bytes), str(limits.nice), role)
        self._numbers = count(1)
        self._lock = threading.Lock()
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def fork(self, theirs: socket.socket) -> int:
        """Have a worker started with this socket: its number."""
        with self._lock:
            number = next(self._numbers)
            try:
                self._order(FORK, number, theirs)
            except OSError:
                self._end()  # it is gone, or there was none yet
                self._control = self._start()
                self._order(FORK, number, theirs)
            return number

    def kill(self, number: int) -> None:
        """End a worker; it is gone within milliseconds."""
        self._say(KILL, number)

    def put_last(self, number: int) -> None:
        """Have a worker let all others go first."""
        self._say(YIELD, number)

    def ending(self, number: int) -> Ending:
        """How a worker ended."""
        with self._lock, suppress(OSError, struct.error):
            (status,) = ENDED.unpack(self._order(STATUS, number).recv(ENDED.size))
            if status != UNKNOWN:
                words = f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
                return Ending(words, status == 0 or -status in _FROM_OUTSIDE)
        return Ending("it fell silent", from_outside=True)

    def close(self) -> None:
        """End it; workers end with their own sockets."""
        with self._lock:
            self._end()

    def _say(self, what: bytes, number: int) -> None:
        with self._lock, suppress(OSError):
            self._order(what, number)

    def _order(self, what: bytes, number: int, given: socket.socket | None = None) -> socket.socket:
        """Send an order to the process; OSError where there is none."""
        if self._control is None:
            raise BrokenPipeError
        order = ORDER.pack(what, number)
        if given is None:
            self._control.sendall(order)
        else:
            socket.send_fds(self._control, [order], [given.fileno()])
        return self._control

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            descriptor = theirs.fileno()
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-P", "-m", "sparql.nursery", str(descriptor), *self._arguments],
                pass_fds=(descriptor,),
                stdin=subprocess.DEVNULL,
                env={name: os.environ[name] for name in _KEPT if name in os.environ} | _MEMORY,
            )
        return ours

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._control = self._process = None


class Ear(Protocol):
    def forget(self) -> None: ...


class WorkerProcess:
    """A running worker (role "ask" or "change"). Killed by its process id; reading from a killed one
    raises EOFError. It holds a lease on the checkpoint it has open."""

    def __init__(self, nursery: Nursery) -> None:
        ours, theirs = socket.socketpair()
        self._nursery = nursery
        with theirs:
            self._number = nursery.fork(theirs)
        self._start_talking(ours)

    def _start_talking(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._pipe = Pipe(end)
        self._said: bytes | None = None
        self._dead = False
        self.ready: Ready | None = None
        self.ear: Ear | None = None
        """Who waits for it in an event loop (`sparql.asking`)."""
        self._source: Checkpoints | None = None
        self._lease: Lease | None = None

    @property
    def pid(self) -> int:
        """0 before it is up."""
        return self.ready.pid if self.ready else 0

    @property
    def alive(self) -> bool:
        """Only for a worker that has no query."""
        self.has_said()
        return not self._dead

    @property
    def snapshot(self) -> Path | None:
        """The checkpoint it holds."""
        return self._lease.snapshot.path if self._lease else None

    def hold(self, source: Checkpoints, newest: Snapshot | None = None) -> Snapshot:
        """Have a lease on the newest checkpoint of `source` (`newest`, where that was found a moment ago) and give
        an older one back; StoreError where there is none."""
        lease = self._lease
        newest = newest or source.current()
        if lease is None or source is not self._source or (lease.snapshot is not newest and lease.snapshot != newest):
            fresh = source.acquire()
            self.let_go()
            self._source, self._lease = source, fresh
            return fresh.snapshot
        return lease.snapshot

    def refresh(self) -> None:
        """For an idle worker: have it open the newest checkpoint, so that an old one can go."""
        if self._source is not None:
            self.warm(self._source)

    def warm(self, source: Checkpoints) -> None:
        """For an idle worker: have it open the newest checkpoint of `source`, if there is one."""
        held = self.snapshot
        with suppress(GnomonError, EOFError):
            newest = self.hold(source)
            if newest.path != held:
                self.ask(Open(str(newest.path)))

    def let_go(self) -> None:
        """Give the lease back."""
        if self._lease is not None and self._source is not None:
            self._lease.release()
            self._source.tidy()
        self._lease = None

    def ask(self, request: Request) -> None:
        """Hand a request over; EOFError where the worker is gone."""
        try:
            self._pipe.send(pack(request))
        except (BrokenPipeError, ConnectionResetError) as error:
            raise EOFError from error

    def holds(self, source: Checkpoints, snapshot: Snapshot) -> bool:
        """Whether it has this checkpoint of `source` open."""
        lease = self._lease
        return lease is not None and source is self._source and lease.snapshot == snapshot

    def ask_if_small(self, request: Request) -> bool:
        """Hand a request over in advance, while another is being answered; False where it is large, or the worker
        is gone."""
        message = pack(request)
        try:
            if len(message) <= _SMALL:
                self._pipe.send(message)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return len(message) <= _SMALL

    def cpu(self) -> float:
        """Seconds of processor time it has taken since it was started; 0 where the system does not say."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def fileno(self) -> int:
        """Readable when it has said something."""
        return self._pipe.fileno()

    def has_said(self) -> bool:
        """Whether `reply` has something to give, or to raise, at once."""
        try:
            while self._said is None:
                said = self._pipe.take()
                if said is None:
                    return False
                self._hear(said)
        except EOFError:
            self._dead = True
        return True

    def reply(self) -> Reply:
        """Wait for the next message about the query; EOFError where the worker has ended."""
        while self._said is None:
            self._hear(self._pipe.receive())
        said, self._said = self._said, None
        reply: Reply = read_reply(said)
        return reply

    def _hear(self, said: bytes) -> None:
        """The first thing that a worker says is that it is up."""
        if self.ready is None and isinstance(up := read_reply(said), Ready):
            self.ready = up
        else:
            self._said = said

    def wait_ready(self, seconds: float) -> bool:
        """Whether it has started within this time; only for a worker that has no query."""
        if self.ready is not None:
            return not self._dead
        end = time.monotonic() + seconds
        while not self.has_said() and self.ready is None and (left := end - time.monotonic()) > 0:
            poll = select.poll()
            poll.register(self._pipe, select.POLLIN)
            poll.poll(1000 * left)
        return self.ready is not None

    def put_last(self) -> None:
        """Have everybody else go first from now on; it is not sound any more afterwards."""
        self._nursery.put_last(self._number)

    def kill(self) -> None:
        """End it now; it is gone within milliseconds."""
        self._dead = True
        if self.ear is not None:
            self.ear.forget()
        self._nursery.kill(self._number)
        self._pipe.hang_up()
        self.let_go()

    def ending(self) -> Ending:
        """How it ended; for one that has."""
        return self._nursery.ending(self._number)

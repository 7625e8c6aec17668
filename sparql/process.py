"""One worker process, seen from the server."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from graph.snapshots import Checkpoints, Lease, Snapshot
from ontology.errors import StoreError
from sparql.limits import Limits
from sparql.messages import Open, Ready, Reply, Request, pack, read_reply

_KEPT: Final = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "LANG")
"""What a worker sees of the environment; keys and passwords stay behind."""


ASK: Final = "ask"
CHANGE: Final = "change"
"""The roles of workers: one that answers questions, one that applies updates to copies."""
_TICKS: Final = os.sysconf("SC_CLK_TCK")


class WorkerProcess:
    """A running worker (role "ask" or "change"). Killed by its process id; reading from a killed one
    raises EOFError. It holds a lease on the checkpoint it has open."""

    def __init__(self, limits: Limits, role: str = ASK) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            descriptor = theirs.fileno()
            arguments = (descriptor, limits.memory_bytes, limits.nice, role)
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-P", "-m", "sparql.worker", *map(str, arguments)],
                pass_fds=(descriptor,),
                stdin=subprocess.DEVNULL,
                env={name: os.environ[name] for name in _KEPT if name in os.environ} | {"MALLOC_ARENA_MAX": "2"},
            )
        self._start_talking(Connection(ours.detach()))

    def _start_talking(self, connection: Connection) -> None:
        self._connection = connection
        self.ready: Ready | None = None
        self._source: Checkpoints | None = None
        self._lease: Lease | None = None
        self._cpu: float | None = None

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def snapshot(self) -> Path | None:
        """The checkpoint it holds."""
        return self._lease.snapshot.path if self._lease else None

    def hold(self, source: Checkpoints) -> Snapshot:
        """Have a lease on the newest checkpoint of `source` and give an older one back; StoreError
        where there is none."""
        lease = self._lease
        if lease is None or source is not self._source or lease.snapshot != source.current():
            fresh = source.acquire()
            self.let_go()
            self._source, self._lease = source, fresh
            return fresh.snapshot
        return lease.snapshot

    def refresh(self) -> None:
        """For an idle worker: have it open the newest checkpoint, so that an old one can go."""
        source, held = self._source, self.snapshot
        if source is None:
            return
        with suppress(StoreError, EOFError):
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
            self._connection.send_bytes(pack(request))
        except (BrokenPipeError, ConnectionResetError) as error:
            raise EOFError from error

    def cpu_mark(self, more: float = 0.0) -> float:
        """What `cpu()` would say, without asking the system again: the caller says what was added."""
        self._cpu = self.cpu() if self._cpu is None else self._cpu + more
        return self._cpu

    def cpu(self) -> float:
        """Seconds of processor time it has taken since it was started; 0 where the system does not say."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def fileno(self) -> int:
        """Readable when it has said something."""
        return self._connection.fileno()

    def reply(self) -> Reply:
        """Wait for the next message about the query; EOFError where the worker has ended."""
        while True:
            try:
                said: Reply = read_reply(self._connection.recv_bytes())
            except ConnectionResetError as error:
                raise EOFError from error
            if not isinstance(said, Ready):
                return said
            self.ready = said

    def wait_ready(self, seconds: float) -> bool:
        """Whether it has started within this time; only for a worker that has no query."""
        with suppress(EOFError, ConnectionResetError):
            if self.ready is None and self._connection.poll(seconds):
                said = read_reply(self._connection.recv_bytes())
                self.ready = said if isinstance(said, Ready) else None
        return self.ready is not None

    def kill(self) -> None:
        """End it now and wait until it is gone (milliseconds)."""
        self._process.kill()
        self._process.wait()
        self.let_go()

    def cause_of_death(self) -> str:
        """How it ended, in words."""
        try:
            code = self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            return "it fell silent"
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"

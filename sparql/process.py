"""One worker process, seen from the server."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from sparql.limits import Limits
from sparql.messages import Ask, Ready, Reply, pack, read_reply

_KEPT: Final = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "LANG")
"""What a worker sees of the environment; keys and passwords stay behind."""


class WorkerProcess:
    """A running worker. Killed by its process id; reading from a killed one raises EOFError."""

    def __init__(self, limits: Limits) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            descriptor = theirs.fileno()
            arguments = (descriptor, limits.memory_bytes, limits.nice)
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-P", "-m", "sparql.worker", *map(str, arguments)],
                pass_fds=(descriptor,),
                stdin=subprocess.DEVNULL,
                env={name: os.environ[name] for name in _KEPT if name in os.environ} | {"MALLOC_ARENA_MAX": "2"},
            )
        self._connection = Connection(ours.detach())
        self.ready: Ready | None = None
        self.snapshot: Path | None = None

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, question: Ask) -> None:
        """Hand a query over; EOFError where the worker is gone."""
        self.snapshot = Path(question.snapshot)
        try:
            self._connection.send_bytes(pack(question))
        except (BrokenPipeError, ConnectionResetError) as error:
            raise EOFError from error

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
        if self.ready is None and self._connection.poll(seconds):
            said = read_reply(self._connection.recv_bytes())
            self.ready = said if isinstance(said, Ready) else None
        return self.ready is not None

    def kill(self) -> None:
        """End it now and wait until it is gone (milliseconds)."""
        self._process.kill()
        self._process.wait()

    def cause_of_death(self) -> str:
        """How it ended, in words."""
        try:
            code = self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            return "it fell silent"
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"

"""The process that workers are forked from: it has loaded everything, is confined, and reads no query.

A worker that starts from nothing takes a second or two of processor time for its imports; a fork takes
milliseconds and shares the memory. Started by `sparql.process` as `python -m sparql.nursery FD MEMORY
NICE ROLE`. It is the parent of all workers and the only one that ends them: it reaps them itself, so that
no process id can have become another process's meanwhile.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
import time
from typing import Final

from sparql.jail import Confinement, confine, give_way
from sparql.orders import ENDED, FORK, KILL, ORDER, STATUS, UNKNOWN, YIELD
from sparql.process import CHANGE
from sparql.worker import ENGINE, STACK, run

_GRACE: Final = 1.0
"""Seconds that a process which has closed its socket may take to be gone."""
_STEP: Final = 0.005
_TICK_MS: Final = 500
_REMEMBERED: Final = 100


class Nursery:
    """Workers by the numbers that the server gave them. `control` is the server's socket; its end is the
    end of everything."""

    def __init__(self, control: socket.socket, memory: int, nice: int, role: str, reached: Confinement) -> None:
        self._control = control
        self._memory = memory
        self._nice = nice
        self._role = role
        self._reached = reached
        self._living: dict[int, int] = {}
        self._ended: dict[int, int] = {}

    def serve(self) -> None:
        """Do what is ordered until the server hangs up."""
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        while True:
            if poll.poll(_TICK_MS if self._living else None):
                order, descriptors, _, _ = socket.recv_fds(self._control, ORDER.size, 1)
                if len(order) < ORDER.size:
                    return
                what, number = ORDER.unpack(order)
                self._do(what, number, descriptors)
            self._reap()

    def _do(self, what: bytes, number: int, descriptors: list[int]) -> None:
        pid = self._living.get(number)
        if what == FORK:
            self._living[number] = self._fork(descriptors[0])
        elif what == STATUS:
            self._control.sendall(ENDED.pack(self._status(number)))
        elif pid is not None and what == KILL:
            os.kill(pid, signal.SIGKILL)
        elif pid is not None and what == YIELD:
            give_way(pid)

    def _fork(self, descriptor: int) -> int:
        pid = os.fork()
        if pid == 0:
            self._control.close()
            os.nice(self._nice)
            run(descriptor, self._role, self._memory + STACK + ENGINE, self._reached)
            os._exit(0)
        os.close(descriptor)
        return pid

    def _status(self, number: int) -> int:
        end = time.monotonic() + _GRACE
        while number in self._living and time.monotonic() < end:
            self._reap()
            time.sleep(_STEP)
        return self._ended.get(number, UNKNOWN)

    def _reap(self) -> None:
        for number, pid in [*self._living.items()]:
            gone, status = os.waitpid(pid, os.WNOHANG)
            if gone:
                del self._living[number]
                self._ended[number] = os.waitstatus_to_exitcode(status)
        while len(self._ended) > _REMEMBERED:
            self._ended.pop(next(iter(self._ended)))


def main() -> None:
    descriptor, memory, nice = (int(argument) for argument in sys.argv[1:4])
    role = sys.argv[4]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    reached = confine(may_write=role == CHANGE)
    gc.collect()
    gc.freeze()
    Nursery(socket.socket(fileno=descriptor), memory, nice, role, reached).serve()


if __name__ == "__main__":
    main()

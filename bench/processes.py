"""Processor time and memory of a server that a measurement has started, and of the workers below it."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

_STILL = 0.03
"""Seconds of processor time in a second that are none."""
_TICKS = os.sysconf("SC_CLK_TCK")


def below(pid: int) -> list[int]:
    """All processes that descend from one."""
    said = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout
    children = [int(one) for one in said.split()]
    return [*children, *(one for child in children for one in below(child))]


def server_of(pid: int) -> int:
    """The process that runs `gnomon serve` below this one."""
    return next(one for one in below(pid) if b"serve" in Path(f"/proc/{one}/cmdline").read_bytes().split(b"\0"))


def cpu_seconds(pids: Iterable[int]) -> float:
    """Processor time of all of them, and of their children that have ended."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:15]))
    return total / _TICKS


def resident_mb(pids: Iterable[int]) -> float:
    """Memory of all of them, what they share counted for each in equal parts (PSS)."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1e3


def settled(pid: int, seconds: float = 120.0) -> None:
    """Wait until a server that has just started has done what it does in the background."""
    end = time.monotonic() + seconds
    before, now = -1.0, 0.0
    while now - before > _STILL and time.monotonic() < end:
        before = cpu_seconds([pid, *below(pid)])
        time.sleep(1.0)
        now = cpu_seconds([pid, *below(pid)])


class Memory:
    """The most that a server held while this was open, looked at five times a second: `server` alone, and
    `all` with its workers, in megabytes."""

    def __init__(self, pid: int) -> None:
        self.server = 0.0
        self.all = 0.0
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            own = resident_mb([self._pid])
            self.server = max(self.server, own)
            self.all = max(self.all, own + resident_mb(below(self._pid)))
            if self._over.wait(0.2):
                return

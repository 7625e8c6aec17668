"""What a run uses: peak memory and CPU time of this process and all it started, and disk."""

from __future__ import annotations

import ctypes
import gc
import os
import re
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

_EVERY = 1.0
_PAUSES = 100
"""Pauses are so many times as long as a sample takes: watching costs a hundredth of a core at most."""
_LIBC = ctypes.CDLL(None)
_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


class PeakMemory:
    """Samples the proportional set size (PSS, Linux) of the process tree each second, seldomer where it takes long."""

    def __init__(self) -> None:
        self.megabytes = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()
        self._sample()

    def _watch(self) -> None:
        pause = _EVERY
        while not self._done.wait(pause):
            used = time.thread_time()
            self._sample()
            # The kernel walks all pages for a sample: the larger the process, the less often.
            pause = max(_EVERY, _PAUSES * (time.thread_time() - used))

    def _sample(self) -> None:
        self.megabytes = max(self.megabytes, sum(_pss_kb(pid) for pid in _tree(os.getpid())) // 1024)


def _tree(pid: int) -> list[int]:
    """A process and its descendants, as far as they are alive."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [inner for child in task.read_text().split() for inner in _tree(int(child))]
        except OSError:
            continue
    return found


def _pss_kb(pid: int) -> int:
    try:
        match = _PSS.search(Path(f"/proc/{pid}/smaps_rollup").read_text())
    except OSError:
        return 0
    return int(match.group(1)) if match else 0


def give_back() -> None:
    """Give freed memory back to the system. After a large batch the allocator (glibc's) keeps a
    quarter of what the process takes, scattered, and would grow further with the next one."""
    trim = getattr(_LIBC, "malloc_trim", None)
    if trim is not None:
        trim(0)


def calm_collector() -> None:
    """Records form no cycles: looking for them less often saves a sixth of a metadata build."""
    gc.freeze()
    gc.set_threshold(200_000, 20, 20)


def cpu_seconds() -> float:
    """CPU time of this process and of all it started, those that have ended included."""
    ended = os.times()
    living = sum(_ticks(pid) for pid in _tree(os.getpid())[1:]) / os.sysconf("SC_CLK_TCK")
    return ended.user + ended.system + ended.children_user + ended.children_system + living


def _ticks(pid: int) -> int:
    """Clock ticks that a process and the children it has waited for have used."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(map(int, fields[11:15]))


def disk_usage(folder: Path) -> dict[str, float]:
    """Megabytes on disk of each part of a data folder; a file with several hard links counts once."""
    sizes: dict[str, float] = {}
    seen: set[tuple[int, int]] = set()
    for part in sorted(folder.iterdir(), key=lambda p: p.name == "snapshots") if folder.is_dir() else []:
        total = 0
        for path in [part, *part.rglob("*")] if part.is_dir() else [part]:
            if path.is_symlink() or not path.is_file():
                continue
            stat = path.stat()
            if (stat.st_dev, stat.st_ino) not in seen:
                seen.add((stat.st_dev, stat.st_ino))
                total += stat.st_size
        sizes[part.name] = round(total / 1e6, 1)
    return sizes

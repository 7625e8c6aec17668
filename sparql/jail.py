"""What a worker gives up before it reads its first query: memory, files, cores, network.

Linux only for the network part; elsewhere the worker says so and the guard alone keeps SERVICE out.
Sources: getrlimit(2), unshare(2), seccomp(2), linux/seccomp.h, linux/bpf_common.h.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import struct
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

FILES: Final = 512
"""Open files of a worker; RocksDB reads this limit and keeps its table cache below it."""

_NEW_USER, _NEW_NET = 0x10000000, 0x40000000
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER_MODE = 38, 22, 2
_MACHINES: Final = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""Machine → (AUDIT_ARCH constant, number of the system call `socket`)."""
_ALLOW, _KILL, _DENY = 0x7FFF0000, 0x80000000, 0x00050000 | 13
_LOAD_WORD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_X32: Final = 0x40000000
GIVING_WAY: Final = 10
"""The niceness of a process that others go before: about a tenth of the processor where they want it."""
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


class Confinement(msgspec.Struct, frozen=True):
    """What was reached."""

    own_network: bool
    """An empty network namespace: not even 127.0.0.1 is there."""
    no_sockets: bool
    """The kernel refuses the system call `socket`."""


class Memory(NamedTuple):
    """Bytes; zeros where the system does not say."""

    space: int
    resident: int


def memory_in_use() -> Memory:
    """What the calling process has, from proc(5)."""
    try:
        with open("/proc/self/statm", "rb", buffering=0) as file:  # noqa: PTH123 (after every query: a Path is slow)
            space, resident, *_ = file.read(128).split()
    except OSError:
        return Memory(0, 0)
    return Memory(int(space) * _PAGE, int(resident) * _PAGE)


def confine(*, may_write: bool = False) -> Confinement:
    """Lower what the calling process may do, for good, and for all that it forks: no byte written to any file
    unless it `may_write`, no network. Call it before any other thread is started."""
    if not may_write:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    files = min(FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1] % (1 << 63))
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    if platform.system() != "Linux":
        return Confinement(own_network=False, no_sockets=False)
    libc = ctypes.CDLL(None, use_errno=True)
    own_network = not libc.unshare(_NEW_NET) or not libc.unshare(_NEW_USER | _NEW_NET)
    return Confinement(own_network, _forbid_sockets(libc))


def limit_memory(more: int) -> None:
    """At most so many bytes of address space beyond what the calling process has now."""
    space = memory_in_use().space + more
    resource.setrlimit(resource.RLIMIT_AS, (space, space))


def give_way(pid: int) -> None:
    """Have a process of one's own let others go first: all its threads (setpriority(2))."""
    tasks = Path(f"/proc/{pid}/task")
    for thread in [int(task.name) for task in tasks.iterdir()] if tasks.is_dir() else [pid]:
        with suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, thread, GIVING_WAY)


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def _forbid_sockets(libc: ctypes.CDLL) -> bool:
    """Install a seccomp filter under which `socket` fails with EACCES; True where the kernel took it."""
    if platform.machine() not in _MACHINES:
        return False
    architecture, socket_call = _MACHINES[platform.machine()]
    steps = (
        (_LOAD_WORD, 0, 0, 4),
        (_IF_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD_WORD, 0, 0, 0),
        (_IF_AT_LEAST, 1, 0, _X32),
        (_IF_EQUAL, 0, 1, socket_call),
        (_RETURN, 0, 0, _DENY),
        (_RETURN, 0, 0, _ALLOW),
    )
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    program = _Program(len(steps), code)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        return False
    return not libc.prctl(_SET_SECCOMP, _FILTER_MODE, ctypes.byref(program), 0, 0)

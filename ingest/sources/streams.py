"""Bytes on their way in: decompressed under measure, cut into lines, or taken whole within a limit."""

from __future__ import annotations

import bz2
import errno
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, BinaryIO, Protocol

import msgspec

from ontology.errors import ArchiveLimit, DiskFull, PayloadTooLarge, SourceError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MIB = 1 << 20
GIB = 1 << 30
BLOCK = 256 * 1024

FAULTS = (
    OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError,
    NotImplementedError, RuntimeError, ValueError,
)  # fmt: skip
"""What the standard library raises on unreadable files and on broken, unknown or encrypted archives."""


class FileLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What is accepted of one file. Beyond a limit stands a `Broken`, and reading goes on behind it.

    Everything but `payload_bytes` and `line_bytes` guards archives and compressed files; `members`
    and `unpacked_bytes` count over all that one file holds, archives in it included.
    """

    payload_bytes: int = 256 * MIB
    """One payload; the most that is held in memory. Formats have lower limits of their own."""
    line_bytes: int = 64 * MIB
    """One line of a JSON-lines file."""
    members: int = 100_000
    unpacked_bytes: int = 64 * GIB
    ratio: int = 200
    """Bytes out for each byte in, measured while streaming once `ratio_from` bytes are out."""
    ratio_from: int = MIB
    depth: int = 2
    """Archives within one another: 2 reads an archive in an archive, and no third."""
    nested_bytes: int = GIB
    """An archive inside another, which has to be laid down in a temporary file to be read."""


class Readable(Protocol):
    """All that is asked of a stream here."""

    def read(self, size: int = -1, /) -> bytes: ...


class Unpacked(Protocol):
    """A decompressor: `read1` hands out what there is before it complains about what follows."""

    def read1(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


class Budget:
    """What one file has used up of its limits."""

    def __init__(self, limits: FileLimits, name: str) -> None:
        self.limits = limits
        self.name = name
        self.members = 0
        self.unpacked = 0
        self.spent = False
        """Set when the file as a whole went beyond a limit: nothing more is read from it."""

    def count_member(self) -> None:
        self.members += 1
        if self.members > self.limits.members:
            self._spend(f"more than {self.limits.members} members")

    def count_bytes(self, count: int) -> None:
        self.unpacked += count
        if self.unpacked > self.limits.unpacked_bytes:
            self._spend(f"more than {self.limits.unpacked_bytes} bytes unpacked")

    def _spend(self, what: str) -> None:
        self.spent = True
        raise ArchiveLimit(
            f"{what}: the rest is left out", place=self.name, hint="unpack the archive or raise the limit"
        )


class Metered(io.RawIOBase):
    """Decompressed bytes; stops with ArchiveLimit where they outgrow the compressed ones or the budget."""

    def __init__(self, unpacked: Unpacked, packed_so_far: Callable[[], int], budget: Budget, place: str) -> None:
        self._unpacked = unpacked
        self._packed_so_far = packed_so_far
        self._budget = budget
        self._place = place
        self._out = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        buffer = memoryview(buffer)
        data = self._unpacked.read1(min(len(buffer), BLOCK))
        buffer[: len(data)] = data
        self._out += len(data)
        self._budget.count_bytes(len(data))
        limits = self._budget.limits
        if self._out > limits.ratio_from and self._out > limits.ratio * max(1, self._packed_so_far()):
            raise ArchiveLimit(f"unpacks to more than {limits.ratio} times its size", place=self._place)
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._unpacked.close()
        super().close()


class Forward(io.RawIOBase):
    """A stream read forwards only, and counted; closing this leaves the stream open."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        buffer = memoryview(buffer)
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        self.count += len(data)
        return len(data)


_OPENERS: dict[str, Callable[[Forward], Unpacked]] = {
    ".gz": lambda raw: gzip.GzipFile(fileobj=raw, mode="rb"),
    ".xz": lambda raw: lzma.LZMAFile(io.BufferedReader(raw, BLOCK), "rb"),  # noqa: SIM115
    ".bz2": lambda raw: bz2.BZ2File(io.BufferedReader(raw, BLOCK), "rb"),
}
COMPRESSIONS = frozenset(_OPENERS)


def decompressed(stream: Readable, compression: str, budget: Budget, place: str) -> io.BufferedReader:
    """A `.gz`, `.xz` or `.bz2` stream, unpacked as it is read."""
    packed = Forward(stream)
    return io.BufferedReader(Metered(_OPENERS[compression](packed), lambda: packed.count, budget, place), BLOCK)


def whole(stream: Readable, limit: int, place: str) -> bytes:
    """All of a stream; PayloadTooLarge beyond `limit` bytes, of which no more are held then."""
    parts: list[bytes] = []
    size = 0
    while block := stream.read(BLOCK):
        parts.append(block)
        size += len(block)
        if size > limit:
            raise too_large("the payload", limit, place)
    return b"".join(parts)


def lines(stream: BinaryIO, limit: int, place: str) -> Iterator[tuple[int, bytes | PayloadTooLarge]]:
    """The lines that are not blank, numbered from 1, without their ends.

    A line beyond `limit` bytes is passed over in blocks and answered by its error.
    """
    number = 0
    while line := stream.readline(limit + 1):
        number += 1
        if len(line) > limit and not line.endswith(b"\n"):
            del line
            while (rest := stream.readline(BLOCK)) and not rest.endswith(b"\n"):
                pass
            yield number, too_large("the line", limit, f"{place}, line {number}")
        elif line := line.strip(b" \t\r\n"):
            yield number, line


def source_error(error: BaseException, place: str) -> SourceError:
    """A standard library's complaint about a file as ours. A full disk is no fault of the file: DiskFull is raised."""
    if isinstance(error, SourceError):
        return error
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        raise DiskFull(
            "no space left for a temporary file", place=place, hint="free some space or set TMPDIR"
        ) from error
    said = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    return SourceError(f"cannot be read: {said}", place=place)


def too_large(what: str, limit: int, place: str) -> PayloadTooLarge:
    """The error for what is larger than a limit in bytes."""
    return PayloadTooLarge(f"{what} is larger than {limit} bytes", place=place, hint="split it or raise the limit")

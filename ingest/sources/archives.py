"""What a file holds: itself, its lines, the items of a large list, or the members of an archive, however wrapped.

Layers are taken off from the outside by the suffixes of the name, so `.tar.gz` is a tar in a gz and
`works.jsonl.xz` is lines in an xz; a name without suffix is judged by its first bytes. Members are
streamed: no name of an archive ever becomes a path on this machine.
"""

from __future__ import annotations

import io
import struct
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from ingest.sources.base import Broken
from ingest.sources.lists import LISTED_FROM, Chained, Names, is_list, items
from ingest.sources.streams import (
    BLOCK,
    COMPRESSIONS,
    FAULTS,
    MIB,
    Budget,
    FileLimits,
    Forward,
    Metered,
    decompressed,
    lines,
    source_error,
    whole,
)
from ontology.errors import ArchiveLimit, PayloadTooLarge, SourceError
from ontology.records import Payload

LINES = frozenset({".jsonl", ".ndjson"})
_ALIASES = {".tgz": ".tar.gz", ".txz": ".tar.xz", ".tbz2": ".tar.bz2", ".tbz": ".tar.bz2"}
_MAGIC = ((b"\x1f\x8b", ".gz"), (b"\xfd7zXZ\x00", ".xz"), (b"BZh", ".bz2"), (b"PK\x03\x04", ".zip"))
_PEEK = 64 * 1024
_LONG_HEADERS = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, b"X")
_MAX_TAR_HEADER = MIB
_CENTRAL_ENTRY = 46
"""Smallest entry of a zip's central directory, in bytes (APPNOTE 4.3.12)."""


def payloads(source: str, stream: BinaryIO, name: str, locator: str, limits: FileLimits) -> Iterator[Payload | Broken]:
    """All payloads of one open file called `name`, in its own order.

    Locators: `locator` itself, `locator#identifier` for a line or an item of a large JSON list (`#L12` and `#12` where
    it says none), `locator!member` for a member; `#2` and so on behind the second one of a name.
    """
    return _Walk(source, Budget(limits, locator)).guarded(stream, name, locator, 0)


def printable(name: str) -> str:
    """A name as part of a locator: what cannot be printed or encoded is written as an escape."""
    if name.isprintable():
        return name
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in name)


def hidden(name: str) -> bool:
    """Whether a member lies in or is a hidden file (`.DS_Store`, `__MACOSX/._x`)."""
    return any(part.startswith(".") and part not in (".", "..") for part in PurePosixPath(name).parts)


class _Walk:
    """One file's way through its layers, under one budget."""

    def __init__(self, source: str, budget: Budget) -> None:
        self._source = source
        self._budget = budget
        self._limits = budget.limits

    def guarded(
        self, stream: BinaryIO | io.RawIOBase, name: str, locator: str, depth: int
    ) -> Iterator[Payload | Broken]:
        """The payloads of a stream `depth` archives deep; what cannot be read of it becomes a Broken."""
        try:
            yield from self._layer(_buffered(stream), name, locator, depth, compressed=False)
        except (SourceError, *FAULTS) as error:
            yield self._broken(locator, error)

    def _layer(
        self, stream: io.BufferedReader, name: str, locator: str, depth: int, *, compressed: bool
    ) -> Iterator[Payload | Broken]:
        name, kind = _kind(name, stream)
        if kind in COMPRESSIONS:
            if compressed:
                raise ArchiveLimit("compressed more than once", place=locator, hint="decompress it")
            with decompressed(stream, kind, self._budget, locator) as inside:
                yield from self._layer(inside, name, locator, depth, compressed=True)
        elif kind in (".zip", ".tar"):
            if depth == self._limits.depth:
                raise ArchiveLimit(f"archives within archives, more than {depth} deep", place=locator, hint="unpack it")
            yield from (self._zip if kind == ".zip" else self._tar)(stream, locator, depth + 1)
        elif kind in LINES:
            yield from self._lines(stream, locator)
        else:
            yield from self._plain(stream, kind, locator)

    def _plain(self, stream: io.BufferedReader, kind: str, locator: str) -> Iterator[Payload | Broken]:
        if not is_list(stream.peek(_PEEK)):
            yield self._payload(whole(stream, self._limits.payload_bytes, locator), kind, locator)
        elif len(head := _up_to(stream, LISTED_FROM)) < LISTED_FROM:
            yield self._payload(head, kind, locator)
        else:
            for name, item in items(Chained(head, stream), self._limits.line_bytes, locator):
                if isinstance(item, PayloadTooLarge):
                    yield Broken(self._source, f"{locator}#{name}", item)
                else:
                    yield self._payload(item, ".json", f"{locator}#{name}")

    def _payload(self, body: bytes, media: str, locator: str) -> Payload:
        return Payload(source=self._source, locator=locator, body=body, media=media)

    def _lines(self, stream: io.BufferedReader, locator: str) -> Iterator[Payload | Broken]:
        names = Names()
        for number, line in lines(stream, self._limits.line_bytes, locator):
            if isinstance(line, PayloadTooLarge):
                yield Broken(self._source, f"{locator}#L{number}", line)
            else:
                yield self._payload(line, ".json", f"{locator}#{names.of(line, f'L{number}')}")

    def _zip(self, stream: io.BufferedReader, locator: str, depth: int) -> Iterator[Payload | Broken]:
        with _seekable(stream, self._limits.nested_bytes, locator) as file:
            if _central_directory(file) > self._limits.members * (_CENTRAL_ENTRY + MIB // 1024):
                raise ArchiveLimit(f"more than {self._limits.members} members", place=locator)
            with zipfile.ZipFile(file) as archive:
                names = _Names(locator)
                for member in archive.infolist():
                    if member.is_dir() or hidden(member.filename):
                        continue
                    yield from self._zip_member(archive, member, names.locate(member.filename), depth)
                    if self._budget.spent:
                        return

    def _zip_member(
        self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, locator: str, depth: int
    ) -> Iterator[Payload | Broken]:
        try:
            self._budget.count_member()
            if member.flag_bits & 0x1:
                raise SourceError("encrypted", place=locator, hint="decrypt the archive first")
            opened = cast("zipfile.ZipExtFile", archive.open(member))
        except (SourceError, *FAULTS) as error:
            yield self._broken(locator, error)
            return
        with Metered(opened, lambda: member.compress_size, self._budget, locator) as inside:
            yield from self.guarded(inside, member.filename, locator, depth)

    def _tar(self, stream: io.BufferedReader, locator: str, depth: int) -> Iterator[Payload | Broken]:
        names = _Names(locator)
        with tarfile.open(fileobj=stream, mode="r|", tarinfo=_TarInfo, errors="surrogateescape") as archive:
            while (member := archive.next()) is not None:
                vars(archive)["members"] = []  # else it keeps every header it has seen
                if member.isdir() or hidden(member.name):
                    continue
                yield from self._tar_member(archive, member, names.locate(member.name), depth)
                if self._budget.spent:
                    return

    def _tar_member(
        self, archive: tarfile.TarFile, member: tarfile.TarInfo, locator: str, depth: int
    ) -> Iterator[Payload | Broken]:
        try:
            self._budget.count_member()
        except ArchiveLimit as error:
            yield self._broken(locator, error)
            return
        file = archive.extractfile(member) if member.isreg() and not member.issparse() else None
        if file is None:
            yield self._broken(locator, SourceError("a link, device or sparse file: not read", place=locator))
            return
        with file:
            yield from self.guarded(Forward(file), member.name, locator, depth)

    def _broken(self, locator: str, error: Exception) -> Broken:
        return Broken(self._source, locator, source_error(error, locator))


class _TarInfo(tarfile.TarInfo):
    """A header that is refused before tarfile believes it: extended headers are read into memory
    whole, a negative size makes it walk in circles, and an archive cut off between two members
    would look whole."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _TarInfo:
        if len(buf) < tarfile.BLOCKSIZE:
            raise tarfile.ReadError("the archive breaks off")
        header = super().frombuf(buf, encoding, errors)
        if header.size < 0:
            raise tarfile.ReadError("a member of negative size")
        if header.type in _LONG_HEADERS and header.size > _MAX_TAR_HEADER:
            raise ArchiveLimit(f"a header larger than {_MAX_TAR_HEADER} bytes")
        return header


class _Names:
    """Locators of an archive's members, each once."""

    def __init__(self, archive: str) -> None:
        self._archive = archive
        self._seen: dict[str, int] = {}

    def locate(self, name: str) -> str:
        locator = f"{self._archive}!{printable(name)}"
        count = self._seen[locator] = self._seen.get(locator, 0) + 1
        return locator if count == 1 else f"{locator}#{count}"


def _buffered(stream: BinaryIO | io.RawIOBase) -> io.BufferedReader:
    return stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(cast("io.RawIOBase", stream), _PEEK)


def _up_to(stream: io.BufferedReader, size: int) -> bytes:
    """The first bytes of a stream; less than `size` only where there are no more."""
    parts: list[bytes] = []
    while size > 0 and (block := stream.read(min(size, BLOCK))):
        parts.append(block)
        size -= len(block)
    return b"".join(parts)


def _kind(name: str, stream: io.BufferedReader) -> tuple[str, str]:
    """The name without its outermost suffix, and that suffix in lower case (by content if it has none)."""
    path = PurePosixPath(name)
    suffix = path.suffix.lower()
    if suffix in _ALIASES:
        path = path.with_name(path.name[: -len(suffix)] + _ALIASES[suffix])
        suffix = path.suffix
    return (path.name[: -len(suffix)], suffix) if suffix else (name, _sniffed(stream.peek(_PEEK)))


def _sniffed(head: bytes) -> str:
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[257:262] == b"ustar":
        return ".tar"
    first, _, second = head.lstrip(b"\xef\xbb\xbf").partition(b"\n")
    return ".jsonl" if first.startswith(b"{") and first.rstrip().endswith(b"}") and second.startswith(b"{") else ""


@contextmanager
def _seekable(stream: io.BufferedReader, limit: int, place: str) -> Iterator[BinaryIO]:
    """The stream itself where it can seek, else a temporary copy of at most `limit` bytes."""
    if stream.seekable():
        yield stream
        return
    with tempfile.SpooledTemporaryFile(max_size=16 * MIB) as copy:
        while block := stream.read(BLOCK):
            if copy.tell() + len(block) > limit:
                raise ArchiveLimit(
                    f"an archive inside another of more than {limit} bytes", place=place, hint="unpack it"
                )
            copy.write(block)
        copy.seek(0)
        yield copy  # type: ignore[misc]


def _central_directory(file: BinaryIO) -> int:
    """Size in bytes of a zip's central directory, which zipfile reads into memory whole (APPNOTE
    4.3.14 and 4.3.16); 0 where none is found, which is for zipfile to refuse."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - 65_557 - 56 - 20))
    tail = file.read()
    file.seek(0)
    end = len(tail) - 22 if tail[-22:-18] == b"PK\x05\x06" else tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) - end < 22:
        return 0
    length: int = struct.unpack_from("<L", tail, end + 12)[0]
    if (wide := tail.rfind(b"PK\x06\x06", 0, end)) >= 0 and end - wide >= 56:
        length = max(length, struct.unpack_from("<Q", tail, wide + 40)[0])
    return length if length != 0xFFFFFFFF else 0

"""The changes of each commit, kept as compressed patches: a feed that replays one state into the next.

    changes/000000000042.patch.zst

A commit's patch is written before the commit is settled and written again if it has to be repeated,
so there is exactly one for each sequence number from the first build's end on. The oldest are
removed beyond the setting `changes_kept_mb`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
import zstandard

from api.settings import Settings
from graph.patches import Patch, read, together, write
from ontology.errors import Gone, NotFound

_SUFFIX: Final = ".patch.zst"
_BLOCK: Final = 1 << 16


class ChangeInfo(msgspec.Struct, frozen=True):
    """One change: its number, when it was written (UTC), and the bytes it takes compressed."""

    sequence: int
    created: str
    bytes: int


class ChangeFeed(msgspec.Struct, frozen=True):
    """Changes after `since`, oldest first; `newest` is the number of the last commit. `complete` says
    that no change between `since` and the first of these has been removed."""

    since: int
    newest: int
    complete: bool
    changes: list[ChangeInfo]


class Changes:
    """The patches of one data folder. None are made before its first build has come to an end: whoever
    wants that state takes a dump."""

    def __init__(self, settings: Settings) -> None:
        self.folder = settings.data / "changes"
        self._kept = settings.changes_kept_mb << 20

    def put(self, patch: Patch) -> None:
        """Keep a commit's patch; one with the same number is replaced."""
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = self.folder / f".partial-{os.getpid()}"
        with partial.open("wb") as file, zstandard.ZstdCompressor(level=3).stream_writer(file) as output:
            for line in write(patch):
                output.write(line.encode() + b"\n")
        partial.rename(self._path(patch.sequence))
        self._tidy()

    def _tidy(self) -> None:
        sizes = [(path, path.stat().st_size) for path in self._paths()]
        total = sum(size for _, size in sizes)
        for path, size in sizes[:-1]:
            if total <= self._kept:
                break
            path.unlink(missing_ok=True)
            total -= size

    def feed(self, since: int, newest: int, limit: int) -> ChangeFeed:
        """At most `limit` changes after `since`; `newest` is the journal's sequence number."""
        found = [info for path in self._paths() if (info := _info(path)).sequence > since and info.sequence <= newest]
        complete = since >= newest or bool(found and found[0].sequence == since + 1)
        return ChangeFeed(since, newest, complete, found[:limit])

    def text(self, sequence: int, newest: int) -> Iterator[bytes]:
        """The patch in RDF Patch, in pieces. NotFound for a number after `newest`, Gone for one
        whose patch has been removed (or was never made: the first build)."""
        path = self._path(sequence)
        if not path.is_file():
            if not 1 <= sequence <= newest:
                raise NotFound("there is no such change", place=str(sequence), hint="/v1/changes lists them")
            raise Gone("this change is not kept any longer", place=str(sequence), hint="start from a dump: /dumps")
        return _pieces(path)

    def patch(self, sequence: int) -> Patch:
        """One change, read; Gone where it is not kept."""
        return read(b"".join(self.text(sequence, sequence)).decode().split("\n")[:-1])

    def between(self, start: int, end: int) -> Patch:
        """What leads from the state after commit `start` to that after `end`, in one patch; backwards
        where `end` is the earlier one."""
        low, high = sorted((start, end))
        if low == high:
            return Patch(high, low, frozenset(), frozenset())
        forward = together(self.patch(number) for number in range(low + 1, high + 1))
        return forward if start < end else Patch(end, start, forward.added, forward.removed)

    def _paths(self) -> list[Path]:
        return sorted(self.folder.glob(f"*{_SUFFIX}")) if self.folder.is_dir() else []

    def _path(self, sequence: int) -> Path:
        return self.folder / f"{sequence:012d}{_SUFFIX}"


def _info(path: Path) -> ChangeInfo:
    stat = path.stat()
    created = datetime.fromtimestamp(stat.st_mtime, UTC).isoformat(timespec="seconds")
    return ChangeInfo(int(path.name.removesuffix(_SUFFIX)), created, stat.st_size)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as output:
        while piece := output.read(_BLOCK):
            yield piece

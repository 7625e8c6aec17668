"""Checkpoints for readers: one folder a commit, a pointer to the newest, and none taken away in use.

    snapshots/000000000042-0/        a checkpoint (hard links to the store's files)
    snapshots/current                name of the newest, replaced by one rename
    snapshots/leases/NAME.PID.N      a process that reads NAME
    snapshots/tags/TAG               name of a checkpoint that stays until the tag is taken away

One process publishes: the one that has the store open. Any number may read. A reader that was
killed leaves its lease behind; leases of processes that are gone count for nothing.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Protocol

import msgspec

from ontology.errors import NotFound, StoreError

_PARTIAL, _REMOVING = ".partial-", ".removing-"
_LEASE_NUMBERS = count()
_ATTEMPTS = 20
_SETTLED = 50_000_000
"""Nanoseconds after a change of a folder within which another one may bear the same time."""
_KNOWN_MOST = 200
_TAG = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")


class Checkpointed(Protocol):
    def checkpoint(self, path: Path) -> None: ...


class Snapshot(msgspec.Struct, frozen=True):
    """A checkpoint and the number of the commit it shows."""

    path: Path
    sequence: int


class Lease:
    """A snapshot that stays while this is held; a context manager that gives the snapshot. Without a
    mark it holds nothing: for a folder that nobody takes away."""

    def __init__(self, snapshot: Snapshot, mark: Path | None = None) -> None:
        self.snapshot = snapshot
        self._mark = mark

    def release(self) -> None:
        if self._mark is not None:
            self._mark.unlink(missing_ok=True)

    def __enter__(self) -> Snapshot:
        return self.snapshot

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


class Checkpoints(Protocol):
    """Where a reader finds the checkpoint to read."""

    def current(self) -> Snapshot | None: ...

    def acquire(self) -> Lease: ...

    def tidy(self) -> None:
        """Take away what nobody reads any longer, where that is this side's business."""
        ...


class FixedCheckpoint:
    """One folder that never changes and is never taken away."""

    def __init__(self, path: Path) -> None:
        self._snapshot = Snapshot(path, 0)

    def current(self) -> Snapshot | None:
        return self._snapshot

    def acquire(self) -> Lease:
        return Lease(self._snapshot)

    def tidy(self) -> None:
        """It stays."""


class Tag(msgspec.Struct, frozen=True):
    """A checkpoint kept under a name."""

    name: str
    snapshot: Snapshot


class AsOf:
    """One checkpoint of the past for readers; it is theirs as long as they hold a lease."""

    def __init__(self, snapshots: Snapshots, snapshot: Snapshot) -> None:
        self._snapshots = snapshots
        self._snapshot = snapshot

    def current(self) -> Snapshot | None:
        return self._snapshot

    def acquire(self) -> Lease:
        """A lease on it; NotFound where it has been taken away meanwhile."""
        return self._snapshots.lease(self._snapshot)

    def tidy(self) -> None:
        """Not this one's business."""


class Snapshots:
    """The checkpoints in `folder`. The newest `keep` (1 or more) stay even when nobody reads them, so does the
    last one of each of the newest `days` days (UTC) that have any, and so does what has a tag."""

    def __init__(self, folder: Path, keep: int = 3, days: int = 0) -> None:
        if keep < 1:
            raise ValueError("keep must be 1 or more")
        self.folder = folder
        self._keep = keep
        self._days = days
        self._tags = folder / "tags"
        self._pointer = folder / "current"
        self._seen: tuple[tuple[int, int], Snapshot | None] | None = None
        """The pointer's inode and time when it was last read, and what it said."""
        self._known: tuple[tuple[int, int], dict[str, Snapshot]] | None = None
        """Times of the folders when they were last looked through, and what was found in them."""
        self._leases = folder / "leases"

    def publish(self, store: Checkpointed, sequence: int) -> Snapshot:
        """Make a checkpoint of `store`, point to it, and take away what is old and unread.

        May be repeated with the same sequence, after a commit that was broken off.
        """
        self._leases.mkdir(parents=True, exist_ok=True)
        path = next(p for n in count() if not (p := self.folder / f"{sequence:012d}-{n}").exists())
        partial = self.folder / f"{_PARTIAL}{path.name}"
        shutil.rmtree(partial, ignore_errors=True)
        store.checkpoint(partial)
        partial.rename(path)
        self._point_to(path.name)
        self._sweep()
        return Snapshot(path, sequence)

    def current(self) -> Snapshot | None:
        """The newest checkpoint; None before the first. Microseconds: asked before every query."""
        try:
            stat = os.stat(self._pointer)  # noqa: PTH116 (a Path's own takes several times as long)
        except FileNotFoundError:
            return None
        stamp = (stat.st_ino, stat.st_mtime_ns)
        if self._seen is None or self._seen[0] != stamp:
            self._seen = (stamp, self._named(self._pointer.read_text("ascii").strip()))
        return self._seen[1]

    def _named(self, name: str) -> Snapshot | None:
        path = self.folder / name
        return Snapshot(path, _sequence(name)) if path.is_dir() else None

    def acquire(self) -> Lease:
        """A lease on the newest checkpoint; StoreError before the first."""
        for _ in range(_ATTEMPTS):
            snapshot = self.current()
            if snapshot is None:
                break
            mark = self._leases / f"{snapshot.path.name}.{os.getpid()}.{next(_LEASE_NUMBERS)}"
            mark.touch()
            # The publisher may have taken the folder away between the two lines above.
            if snapshot.path.is_dir():
                return Lease(snapshot, mark)
            mark.unlink(missing_ok=True)
        raise StoreError("no snapshot has been published", place=str(self.folder), hint="run gnomon build first")

    def listed(self) -> list[Snapshot]:
        """All checkpoints there are, newest first."""
        return [Snapshot(self.folder / name, _sequence(name)) for name in reversed(self._names())]

    def find(self, wanted: str) -> Snapshot:
        """The checkpoint of a commit's number, of a tag, or the newest one not after an ISO date or time
        (UTC; a date means its end). NotFound says which there are."""
        stamp = self._stamp()
        if self._known is None or self._known[0] != stamp:
            self._known = (stamp, {})
        known = self._known[1]
        found = known.get(wanted) or self._looked_for(wanted)
        if time.time_ns() - max(stamp) > _SETTLED and len(known) < _KNOWN_MOST:
            known[wanted] = found
        return found

    def _looked_for(self, wanted: str) -> Snapshot:
        found = self.listed()
        if tagged := next((tag.snapshot for tag in self.tags() if tag.name == wanted), None):
            return tagged
        if wanted.isdecimal():
            match = next((one for one in found if one.sequence == int(wanted)), None)
        else:
            end = _moment(wanted)
            match = next((one for one in found if end is not None and made(one) <= end), None)
        if match is None:
            there = ", ".join(str(one.sequence) for one in found[:10]) or "none"
            raise NotFound(
                "no such snapshot is kept", place=wanted[:80], hint=f"kept are {there}; /v1/snapshots lists all"
            )
        return match

    def _stamp(self) -> tuple[int, int]:
        """When the folder and its tags were last changed."""
        return _changed(self.folder), _changed(self._tags)

    def lease(self, snapshot: Snapshot) -> Lease:
        """A lease on this checkpoint; NotFound where it is gone."""
        mark = self._leases / f"{snapshot.path.name}.{os.getpid()}.{next(_LEASE_NUMBERS)}"
        mark.touch()
        if snapshot.path.is_dir():
            return Lease(snapshot, mark)
        mark.unlink(missing_ok=True)
        raise NotFound("this snapshot is not kept any longer", place=snapshot.path.name)

    def tags(self) -> list[Tag]:
        """Tags whose checkpoints are there, by name."""
        if not self._tags.is_dir():
            return []
        named = ((mark.name, self.folder / mark.read_text("ascii").strip()) for mark in sorted(self._tags.iterdir()))
        return [Tag(name, Snapshot(path, _sequence(path.name))) for name, path in named if path.is_dir()]

    def tag(self, name: str, snapshot: Snapshot) -> Tag:
        """Keep a checkpoint under a name; StoreError for a name that is none or taken."""
        if not _TAG.fullmatch(name):
            raise StoreError("a tag begins with a letter and has letters, digits, - and _", place=name[:80])
        self._tags.mkdir(parents=True, exist_ok=True)
        with self.lease(snapshot):
            try:
                with (self._tags / name).open("x", encoding="ascii") as file:
                    file.write(snapshot.path.name)
            except FileExistsError as error:
                raise StoreError("there is a tag of this name already", place=name, hint="untag it first") from error
        return Tag(name, snapshot)

    def untag(self, name: str) -> None:
        """Let a checkpoint go; NotFound where there is no such tag."""
        if not _TAG.fullmatch(name) or not (self._tags / name).is_file():
            raise NotFound("there is no such tag", place=name[:80])
        (self._tags / name).unlink()

    def _names(self) -> list[str]:
        if not self.folder.is_dir():
            return []
        names = (path.name for path in self.folder.iterdir() if path.is_dir() and path.name[0].isdigit())
        return sorted(names, key=_order)

    def _kept(self, names: list[str]) -> set[str]:
        """Names that stay by the policy."""
        stay = {*names[-self._keep :], *(tag.snapshot.path.name for tag in self.tags())}
        last_of_day = {made(Snapshot(self.folder / name, 0)).date(): name for name in names}
        newest = sorted(last_of_day)[-self._days :] if self._days else []
        return stay | {last_of_day[day] for day in newest}

    def _point_to(self, name: str) -> None:
        fresh = self.folder / f"{_PARTIAL}pointer"
        with fresh.open("w", encoding="ascii") as file:
            file.write(name)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._pointer)

    def _sweep(self) -> None:
        """Leftovers of a crash, dead leases, and all but the newest `keep` that nobody reads."""
        for left in (*self.folder.glob(f"{_PARTIAL}*"), *self.folder.glob(f"{_REMOVING}*")):
            shutil.rmtree(left, ignore_errors=True)
        self.tidy()

    def tidy(self) -> None:
        """Take away all but the newest `keep` that nobody reads; any process may, at any time."""
        if not self._pointer.exists():
            return
        names = self._names()
        current = self._pointer.read_text("ascii")
        kept = self._kept(names)
        for name in names:
            if name not in kept and name != current and name not in self._read():
                self._remove(name)

    def _remove(self, name: str) -> None:
        """Out of sight first; back again where a reader came in that moment."""
        path, away = self.folder / name, self.folder / f"{_REMOVING}{name}"
        with suppress(FileNotFoundError):  # another process tidies as well
            path.rename(away)
            if name in self._read():
                away.rename(path)
            else:
                shutil.rmtree(away, ignore_errors=True)

    def _read(self) -> set[str]:
        return set(self._living())

    def _living(self) -> Iterator[str]:
        """Names that a living process reads; marks of dead ones are cleared."""
        for mark in self._leases.iterdir():
            name, pid, _ = mark.name.rsplit(".", 2)
            if _alive(int(pid)):
                yield name
            else:
                mark.unlink(missing_ok=True)


def _changed(folder: Path) -> int:
    """Nanoseconds; 0 where there is none."""
    try:
        return folder.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def made(snapshot: Snapshot) -> datetime:
    """When a checkpoint was made (UTC); the beginning of time where it is gone."""
    try:
        return datetime.fromtimestamp(snapshot.path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return datetime.fromtimestamp(0, UTC)


def _moment(text: str) -> datetime | None:
    """An ISO date (its end) or time; None where it is none. Without an offset it is UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if len(text) <= len("2026-01-31"):
        found += timedelta(days=1, microseconds=-1)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _order(name: str) -> tuple[int, int]:
    sequence, _, turn = name.partition("-")
    return int(sequence), int(turn)


def _sequence(name: str) -> int:
    return _order(name)[0]


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

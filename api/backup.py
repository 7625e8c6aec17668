"""A copy of all that cannot be rebuilt, taken while servers read and a build writes; and back again.

    FOLDER/backup.json         what is in it, with sizes and SHA-256
    FOLDER/journal.sqlite      payloads, records, identity, readings, vectors, as of one moment
    FOLDER/…                   vocabularies, keys, sources, saved queries: whatever else is in the data folder

Store and index are made anew from the journal: nothing is read or encoded again, as readings and
vectors are in it. Models and samples come from the package registry again.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import msgspec

from api.build import BuildReport, build
from api.settings import Settings
from api.watch import Watcher
from ingest.journal.database import Database
from ontology.errors import JournalError, SettingsError
from ontology.packages import file_sha256

_MANIFEST = "backup.json"
_MADE_ANEW = frozenset({"store", "index", "snapshots", "models", "samples"})
_DATABASE, _PASSING = (".sqlite",), (".lock", "-wal", "-shm", "-journal", ".partial", ".restoring")


class BackupFile(msgspec.Struct, frozen=True):
    name: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """`sequence` is the last commit that the journal knows; `taken` a UTC time; sizes in bytes."""

    version: str
    taken: str
    sequence: int
    files: tuple[BackupFile, ...]


def backup(settings: Settings, folder: Path) -> Manifest:
    """Write a backup to `folder`, which must not exist; it appears there only when it is complete.

    The journal is copied by SQLite in one read transaction: as of one moment, without a lock, however
    much is written meanwhile. Raises JournalError where there is no journal, SettingsError where
    `folder` exists.
    """
    if folder.exists():
        raise SettingsError(
            "there is something in the place of the backup", place=str(folder), hint="name a new folder"
        )
    if not settings.journal.exists():
        raise JournalError("there is no journal here", place=str(settings.journal), hint="run `gnomon build` first")
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    # The journal first: vocabularies only grow, so those it speaks of are there when they are copied.
    for path in sorted(_kept(settings.data), key=lambda path: path != settings.journal):
        with suppress(FileNotFoundError):  # taken away meanwhile by those who write: of no use any longer
            _copy(path, partial / path.relative_to(settings.data))
    with Database(partial / settings.journal.name, read_only=True) as journal:
        sequence = int(journal.meta("sequence", "0"))
    taken = datetime.now(UTC).isoformat(timespec="seconds")
    manifest = Manifest(version("gnomon"), taken, sequence, tuple(_files(partial)))
    (partial / _MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
    partial.rename(folder)
    return manifest


def _kept(data: Path) -> Iterator[Path]:
    """The files that cannot be made anew. A folder that is taken away meanwhile counts as empty."""
    for name, folders, files in os.walk(data):
        folder = Path(name)
        if folder == data:
            folders[:] = [one for one in folders if one not in _MADE_ANEW]
        yield from (folder / one for one in files if not one.endswith(_PASSING))


def restore(settings: Settings, folder: Path, watcher: Watcher) -> BuildReport:
    """Make a data folder of a backup, store and index included. Broken off, it is run again: nothing
    counts as restored before the journal has its place.

    Raises SettingsError where the data folder has a journal already, JournalError where the backup is
    not as it was written.
    """
    if settings.journal.exists():
        raise SettingsError(
            "this data folder has a journal already", place=str(settings.journal), hint="restore into a new folder"
        )
    files = _manifest(folder).files
    for file in files:
        _copy_checked(folder / file.name, settings.data / f"{file.name}.restoring", file)
    for file in reversed(files):
        (settings.data / f"{file.name}.restoring").replace(settings.data / file.name)
    with Database(settings.journal) as journal, journal.transaction():
        journal.rows("DELETE FROM written")
        journal.rows("DELETE FROM outbox")
        journal.rows("UPDATE entity SET dirty = 1")
        journal.rows("INSERT OR IGNORE INTO stale SELECT 'payload', id FROM payload")
        journal.set_meta("schemes", "{}")
    return build(settings, (), (), watcher)


def _manifest(folder: Path) -> Manifest:
    try:
        return msgspec.json.decode((folder / _MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError) as error:
        raise JournalError(f"this is no backup: {error}", place=str(folder / _MANIFEST)) from error


def _copy(source: Path, target: Path) -> None:
    """A database as of one moment, any other file as it is; with its permissions."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.name.endswith(_DATABASE):
        _copy_database(source, target)
    else:
        shutil.copyfile(source, target)
    shutil.copymode(source, target)


def _copy_database(source: Path, target: Path) -> None:
    reading = sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=30)
    writing = sqlite3.connect(target)
    try:
        # All pages in one step: one read transaction, which no writer disturbs.
        reading.backup(writing, pages=-1)
        writing.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise JournalError(f"the backup failed: {error}", place=str(source)) from error
    finally:
        writing.close()
        reading.close()


def _files(folder: Path) -> Iterator[BackupFile]:
    """Everything below the folder; the journal comes first, so that it is the last to be put in its place."""
    found = sorted((p for p in folder.rglob("*") if p.is_file()), key=lambda p: (p.name != "journal.sqlite", str(p)))
    for path in found:
        yield BackupFile(path.relative_to(folder).as_posix(), path.stat().st_size, file_sha256(path))


def _copy_checked(source: Path, target: Path, known: BackupFile) -> None:
    if ".." in Path(known.name).parts or Path(known.name).is_absolute():
        raise JournalError("the backup names a file outside of it", place=known.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copy(source, target)
    except OSError as error:
        raise JournalError(f"the backup is not whole: {error}", place=str(source)) from error
    if file_sha256(target) != known.sha256:
        raise JournalError("a file of the backup has changed since it was written", place=str(source))

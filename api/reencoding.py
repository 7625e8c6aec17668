"""Another encoder while everything goes on: vectors are made in the background, then a new index is switched to.

A process of low priority makes the vectors and keeps them in the journal a few at a time, taking the writer's lock
only for that moment, so that builds and harvests run beside it. When none is missing the index is made anew from
what is known. Until the switch the old vectors serve. Broken off, it goes on where it was.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

import msgspec

from api.command import environment
from api.encoding import encoder_of
from api.indexing import generations, holds, listed, living, rebuild
from api.library import Library
from api.settings import Settings
from api.vectors import embedded
from ingest.journal.database import Database
from ingest.journal.ledger import Ledger
from nlp.encoders.base import Encoder
from ontology.errors import EncoderError, GnomonError, WriterBusy
from ontology.files import write_whole

AT_ONCE: Final = 64
"""Works whose vectors are made between two visits to the journal."""
PATIENCE_S: Final = 2.0
"""Between two tries to get the writer's lock."""
State = Literal["running", "done", "failed", "stopped"]


class Reencoding(msgspec.Struct, frozen=True):
    """Where a change of the encoder stands: `done` of `total` works have a vector of `encoder`, while those of
    `serving` are searched. "stopped": broken off, goes on with the next start of the server or by
    `gnomon index reencode`."""

    encoder: str
    serving: str
    state: State
    done: int
    total: int
    updated: str
    error: str = ""


def wanted(settings: Settings) -> bool:
    """Whether the index that serves holds other vectors than the settings ask for."""
    return generations(settings).current() is not None and settings.encoder != "none" and not holds(settings)


def progress(settings: Settings) -> Reencoding | None:
    """How far the last change of the encoder is; None where there has been none."""
    try:
        told = msgspec.json.decode(_file(settings).read_bytes(), type=Reencoding)
    except (OSError, msgspec.DecodeError):
        return None
    if told.state == "running" and not _held(settings):
        return msgspec.structs.replace(told, state="stopped")
    return told


def start(settings: Settings) -> subprocess.Popen[bytes] | None:
    """Begin beside this process what is wanted; None where nothing is, or it goes on already."""
    if not wanted(settings) or _held(settings):
        return None
    return subprocess.Popen(
        [sys.executable, "-m", "api.cli.main", "index", "reencode", "--json"],
        env={**os.environ, **environment(settings)}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


def reencode(settings: Settings, advance: Callable[[int, int], None] = lambda done, of: None) -> int:
    """Make all vectors of the settings' encoder, then the index; returns the number of works.

    Raises WriterBusy where another process does so already, EncoderError where the encoder cannot be had.
    """
    with _alone(settings):
        teller = _Teller(settings, advance)
        try:
            encoder = encoder_of(settings)
            if encoder is None:
                raise EncoderError(f"the encoder {settings.encoder} cannot be had", hint="name another one")
            _encode(settings, encoder, teller)
            with _writing(settings) as database:
                works = rebuild(
                    settings, database, Library(settings.data, settings.base), encoder, settings.encoder
                )  # fmt: skip
        except GnomonError as error:
            teller.say("failed", error.message)
            raise
        teller.say("done")
        return works


def _encode(settings: Settings, encoder: Encoder, teller: _Teller) -> None:
    """Every work's vector into the journal."""
    library = Library(settings.data, settings.base)
    with Database(settings.journal, read_only=True) as database:
        numbers, ledger = living(database), Ledger(database)
        teller.total = len(numbers)
        for at in range(0, len(numbers), AT_ONCE):
            some = numbers[at : at + AT_ONCE]
            found = list(listed(settings, database, library, some))
            parts = [parts for _, _, parts in found]
            new = embedded([one for _, one, _ in found], ledger, encoder, parts, settings.fragment_vectors)
            if new.made:
                with _writing(settings) as journal, journal.transaction():
                    Ledger(journal).keep_vectors(encoder.id, new.made)
                    uses = {number: some for (number, _, _), some in zip(found, new.versions, strict=True)}
                    Ledger(journal).use_texts(uses)
            teller.done = at + len(some)
            teller.say("running")


class _Teller:
    """Keeps the progress where the server reads it."""

    def __init__(self, settings: Settings, advance: Callable[[int, int], None]) -> None:
        self._settings = settings
        self._advance = advance
        folder = generations(settings)
        current = folder.current()
        self._serving = folder.encoder(current) if current is not None else "none"
        self.done = self.total = 0

    def say(self, state: State, error: str = "") -> None:
        told = Reencoding(
            encoder=self._settings.encoder, serving=self._serving, state=state, done=self.done, total=self.total,
            updated=datetime.now(UTC).isoformat(timespec="seconds"), error=error,
        )  # fmt: skip
        write_whole(_file(self._settings), msgspec.json.encode(told))
        self._advance(self.done, self.total)


@contextmanager
def _writing(settings: Settings) -> Iterator[Database]:
    """The journal for writing, however long another writer takes."""
    while True:
        try:
            database = Database(settings.journal)
        except WriterBusy:
            time.sleep(PATIENCE_S)
            continue
        with database:
            yield database
        return


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """A lock that the kernel drops with the process."""
    handle = os.open(_lock(settings), os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise WriterBusy("another process makes the vectors already", place=str(settings.data)) from error
    finally:
        os.close(handle)


def _held(settings: Settings) -> bool:
    try:
        handle = os.open(_lock(settings), os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _file(settings: Settings) -> Path:
    return generations(settings).folder / "reencoding.json"


def _lock(settings: Settings) -> Path:
    return generations(settings).folder / "reencoding.lock"

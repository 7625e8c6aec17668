"""Runs in this process: every build says what it does, and can be stopped."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import msgspec

from api.build import BuildReport, build
from api.harvesting.book import SourceBook
from api.harvesting.events import DECISIONS, RunEvents
from api.indexing import as_indexed
from api.settings import Settings
from api.watch import Both, Watcher
from ingest.harvest import HarvestOptions
from ingest.journal.database import Database
from ingest.journal.runs import new_run_id
from ingest.journal.sources import SourceNotes
from ingest.sources.base import NOTHING, Complete, Entry, Past, Source
from ontology.errors import BuildDue
from ontology.vocabularies.base import DescribedFile


def run_build(
    settings: Settings,
    sources: Sequence[Source],
    vocabularies: Sequence[Path | DescribedFile],
    watcher: Watcher,
    options: HarvestOptions | None = None,
    run: str = "",
) -> BuildReport:
    """`build`, told to the watcher and to everybody who looks at the run. SIGTERM stops it between two steps."""
    run = run or new_run_id()
    with _stoppable(), RunEvents(settings.data, run, [source.name for source in sources]) as told:
        return build(settings, sources, vocabularies, Both(watcher, told), options, run)


def run_decision(settings: Settings, watcher: Watcher, most: int = 0, run: str = "") -> BuildReport:
    """Take what somebody decided into the graph, and into the index as it is: with its encoder, whatever the
    settings ask for by now. Raises BuildDue where more than `most` works (0: any number) were to be written."""
    run = run or new_run_id()
    with _stoppable(), RunEvents(settings.data, run, [DECISIONS]) as told:
        return build(as_indexed(settings), [], [], Both(watcher, told), run_id=run, most=most)


class Settled(msgspec.Struct, frozen=True):
    """What became of a decision: so many works and agents were written again, or `waits` says why the graph has it
    only after the next build."""

    written: int = 0
    waits: str = ""


def settle(settings: Settings, watcher: Watcher, most: int = 0) -> Settled:
    """`run_decision`, or, where more than `most` works were to be written, why not."""
    try:
        counts = run_decision(settings, watcher, most).counts
    except BuildDue as due:
        return Settled(waits=due.message)
    return Settled(counts.works + counts.people + counts.organisations + counts.venues)


def run_sources(
    settings: Settings,
    names: Sequence[str],
    watcher: Watcher,
    *,
    full: bool = False,
    allow_shrink: bool = False,
    run: str = "",
) -> BuildReport:
    """Harvest named sources and take what changed into the graph. Raises NotFound, SettingsError and as `build`."""
    book = SourceBook(settings)
    options = HarvestOptions(full=full, allow_shrink=allow_shrink, shrink=settings.shrink_limit)
    return run_build(settings, [book.source(name) for name in names], (), watcher, options, run)


def delete_records(settings: Settings, name: str, watcher: Watcher, run: str = "") -> BuildReport:
    """Delete all that was harvested from a source, in journal, graph and index; it leaves tombstones."""
    report = run_build(settings, [_Empty(name)], (), watcher, HarvestOptions(full=True, allow_shrink=True), run)
    with Database(settings.journal) as journal, journal.transaction():
        SourceNotes(journal, name).clear()
    return report


class _Empty:
    """What is left of a source that was given up: nothing."""

    def __init__(self, name: str) -> None:
        self.name = name

    def harvest(self, past: Past = NOTHING) -> Iterator[Entry]:
        yield Complete()


@contextmanager
def _stoppable() -> Iterator[None]:
    """SIGTERM as an interrupt, so that locks, files and histories are closed in order."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_: int, __: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)

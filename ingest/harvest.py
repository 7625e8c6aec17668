"""Source to journal: fetch payloads, read those that are new or changed, keep everything."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import msgspec

from ingest.formats.base import Rejected
from ingest.journal.database import Database
from ingest.journal.harvested import Harvested
from ingest.journal.sources import RollCall, SourceNotes
from ingest.parsing import Parsed, Parsing, parsed_here
from ingest.revising import revised
from ingest.sources.base import Broken, Complete, Entry, Expected, Listed, Noted, Past, Source
from ontology.errors import GnomonError
from ontology.records import Payload

_BATCH_ENTRIES = 400
_BATCH_BYTES = 32 << 20
_BATCH_SECONDS = 10.0


class HarvestReport(msgspec.Struct, kw_only=True):
    """Counts of one harvest of one source, in payloads; `records` are new or changed records.

    `seen` counts all that was handed over or listed, `deleted` also what is gone from a complete
    list. `withheld` counts what seems gone and was kept, because it is more than may go at once.
    `expected` is the number the source says it has for this harvest, 0 where it does not say.
    `error` is why the source could not be read to its end.
    """

    source: str
    seen: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    withheld: int = 0
    quarantined: int = 0
    records: int = 0
    expected: int = 0
    error: str = ""


class HarvestOptions(msgspec.Struct, frozen=True, kw_only=True):
    """`full` asks for everything again. Of a source's payloads at most the share `shrink` (0 to 1) may
    vanish from its complete list in one harvest, and never the last one, unless `allow_shrink` is set."""

    full: bool = False
    allow_shrink: bool = False
    shrink: float = 0.2


_FEW = 5
"""So many may always vanish, as a share of little is nothing, but not all there are."""
Begun = tuple[Entry, Callable[[], Parsed] | None]
"""What a source handed over, and the reading of it where it is a payload to be read."""
T = TypeVar("T")
Progress = Callable[[HarvestReport], None]
"""Called after each payload with the counts so far."""


def _unwatched(_: HarvestReport) -> None:
    pass


def harvest(
    database: Database,
    source: Source,
    progress: Progress = _unwatched,
    options: HarvestOptions | None = None,
    parse: Parsing = parsed_here,
) -> HarvestReport:
    """Bring the journal up to date with a source.

    Payloads whose bytes are known are not read again. What cannot be fetched or read is kept in
    quarantine with its reason, and the next payload goes on. Committed every few hundred payloads or
    few seconds: a broken-off harvest is simply run again, and goes on from the last note its source
    left. What a complete list no longer has is deleted, within the limits of `options`. `parse` may
    read payloads elsewhere, a portion ahead of what is kept.
    """
    run = _Harvest(database, source.name, progress, options or HarvestOptions(), parse)
    ahead = (run.begin(batch) for batch in _batches(source.harvest(run.past)))
    for begun in _one_behind(ahead):
        with database.transaction():
            for entry, parsed in begun:
                run.take(entry, parsed)
    return run.report


class _Harvest:
    """One harvest: what it counts, and whom it saw."""

    def __init__(
        self, database: Database, source: str, progress: Progress, options: HarvestOptions, parse: Parsing
    ) -> None:
        self.report = HarvestReport(source=source)
        self._journal = Harvested(database)
        self._notes = SourceNotes(database, source)
        self._progress = progress
        self._options = options
        self._parse = parse
        self._known = self._notes.count()
        self._roll = RollCall(database, source)
        self.past = Past(notes=self._notes.all(), missed=self._notes.missed(), full=options.full)
        self._missed = frozenset(self.past.missed)

    def begin(self, batch: Sequence[Entry]) -> list[Begun]:
        """Have the payloads read that are new or changed, as far as can be told before others are kept."""
        return [(entry, self._reading(entry) if isinstance(entry, Payload) else None) for entry in batch]

    def _reading(self, payload: Payload) -> Callable[[], Parsed] | None:
        state = self._journal.state(payload)
        if payload.deleted or state == "unchanged":
            return None
        part = revised(self._journal, payload, self._parse) if state == "changed" else None
        return part or self._parse(payload)

    def take(self, entry: Entry, parsed: Callable[[], Parsed] | None) -> None:
        """Keep what an entry says. Belongs inside a transaction."""
        match entry:
            case Payload():
                self._roll.here(entry.locator)
                self._payload(entry, parsed)
            case Listed():
                self._roll.here(entry.locator)
                self.report.unchanged += 1
            case Broken():
                self._roll.shut(entry.locator)
                self._notes.fetch_failed(entry.locator, entry.error)
                self.report.quarantined += 1
            case Noted():
                self._notes.put(entry.key, entry.value)
                return
            case Expected():
                self.report.expected = entry.total
                return
            case Complete():
                self._missing()
                return
        self.report.seen += 1
        self._progress(self.report)

    def _missing(self) -> None:
        gone = self._roll.missing()
        most = max(self._options.shrink * self._known, min(_FEW, self._known - 1))
        if len(gone) > most and not self._options.allow_shrink:
            self.report.withheld = len(gone)
            return
        for payload in gone:
            self._payload(payload, None)

    def _payload(self, payload: Payload, reading: Callable[[], Parsed] | None) -> None:
        state = self._journal.state(payload)
        if state == "unchanged":
            self.report.unchanged += 1
            if payload.locator in self._missed:
                self._notes.fetched(payload.locator)
            return
        if payload.deleted:
            self.report.deleted += 1
            self._journal.keep(payload, "", ())
            return
        if state == "new":
            self.report.new += 1
        else:
            self.report.changed += 1
        parsed = (reading or self._parse(payload))()
        self.report.records += keep(self._journal, payload, parsed)
        rejected = sum(isinstance(one, Rejected) for one in parsed.entries)
        self.report.quarantined += rejected + (parsed.error is not None)


def keep(journal: Harvested, payload: Payload, parsed: Parsed) -> int:
    """Keep what was read; what was read before an error stays beside the error. Returns how many
    records are new or changed."""
    if parsed.error is not None and not parsed.entries:
        journal.quarantine(payload, parsed.error, parsed.format, parsed.reader)
        return 0
    broken = [Rejected.of("", parsed.error)] if parsed.error else []
    return journal.keep(payload, parsed.format, [*parsed.entries, *broken], parsed.reader, parsed.instead_of)


def _one_behind(begun: Iterable[T]) -> Iterator[T]:
    """The same, each given out when the next has begun; all that came before an error too."""
    held: list[T] = []
    try:
        for one in begun:
            yield from held
            held = [one]
    except GnomonError:
        yield from held
        raise
    yield from held


def _batches(entries: Iterator[Entry]) -> Iterator[list[Entry]]:
    """Entries in portions to commit; what came before an error is handed out before it."""
    batch: list[Entry] = []
    size, began = 0, time.monotonic()
    try:
        for entry in entries:
            batch.append(entry)
            size += len(entry.body) if isinstance(entry, Payload) else 0
            if len(batch) >= _BATCH_ENTRIES or size >= _BATCH_BYTES or time.monotonic() - began > _BATCH_SECONDS:
                yield batch
                batch, size, began = [], 0, time.monotonic()
    except GnomonError:
        if batch:
            yield batch
        raise
    if batch:
        yield batch

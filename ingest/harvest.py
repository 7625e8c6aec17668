"""Source to journal: fetch payloads, read those that are new or changed, keep everything."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import msgspec

from ingest.formats.base import Rejected
from ingest.identity.deriving import Deriver
from ingest.identity.observing import Observer
from ingest.journal.database import Database
from ingest.journal.harvested import Harvested
from ingest.journal.sources import RollCall, SourceNotes
from ingest.parsing import Parsed, parse_payload
from ingest.sources.base import Broken, Complete, Entry, Expected, Listed, Noted, Past, Source
from ontology.errors import GnomonError
from ontology.records import Payload

_BATCH_ENTRIES = 400
_BATCH_BYTES = 32 << 20
_BATCH_SECONDS = 10.0
IDENTIFY_BATCH = 2000


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
Progress = Callable[[HarvestReport], None]
"""Called after each payload with the counts so far."""


def _unwatched(_: HarvestReport) -> None:
    pass


def harvest(
    database: Database, source: Source, progress: Progress = _unwatched, options: HarvestOptions | None = None
) -> HarvestReport:
    """Bring the journal up to date with a source.

    Payloads whose bytes are known are not read again. What cannot be fetched or read is kept in
    quarantine with its reason, and the next payload goes on. Committed every few hundred payloads or
    few seconds: a broken-off harvest is simply run again, and goes on from the last note its source
    left. What a complete list no longer has is deleted, within the limits of `options`.
    """
    run = _Harvest(database, source.name, progress, options or HarvestOptions())
    for batch in _batches(source.harvest(run.past)):
        with database.transaction():
            for entry in batch:
                run.take(entry)
    return run.report


class _Harvest:
    """One harvest: what it counts, and whom it saw."""

    def __init__(self, database: Database, source: str, progress: Progress, options: HarvestOptions) -> None:
        self.report = HarvestReport(source=source)
        self._journal = Harvested(database)
        self._notes = SourceNotes(database, source)
        self._progress = progress
        self._options = options
        self._known = self._notes.count()
        self._roll = RollCall(database, source)
        self.past = Past(notes=self._notes.all(), missed=self._notes.missed(), full=options.full)
        self._missed = frozenset(self.past.missed)

    def take(self, entry: Entry) -> None:
        """Keep what an entry says. Belongs inside a transaction."""
        match entry:
            case Payload():
                self._roll.here(entry.locator)
                self._payload(entry)
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
            self._payload(payload)

    def _payload(self, payload: Payload) -> None:
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
        parsed = parse_payload(payload)
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
    return journal.keep(payload, parsed.format, [*parsed.entries, *broken], parsed.reader)


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


def identify(database: Database, progress: Callable[[int], None] = lambda more: None) -> int:
    """Give every record its entities and take back what vanished records said; returns how many records
    were taken in. First all of them are written down, then what they touch is derived, so that nothing
    is derived twice. `progress` is told how many more. A run that was broken off goes on where it stopped."""
    _forget(database)
    journal = Harvested(database)
    total = 0
    while records := journal.unidentified(IDENTIFY_BATCH):
        with database.transaction():
            Observer(database).observe(records)
        total += len(records)
        progress(len(records))
    deriver = Deriver(database)
    done = 1
    while done:
        with database.transaction():
            done = deriver.step()
    return total


def _forget(database: Database) -> None:
    while gone := [n for (n,) in database.rows("SELECT record FROM vanished LIMIT ?", (IDENTIFY_BATCH,))]:
        with database.transaction():
            Observer(database).forget(gone)
            database.many("DELETE FROM vanished WHERE record = ?", [(n,) for n in gone])


def unsettled(database: Database) -> int:
    """How many records `identify` has to take in or to take back, and nodes or blocks to derive."""
    return int(
        database.one(
            "SELECT (SELECT count(*) FROM record WHERE stage = 'parsed') + (SELECT count(*) FROM vanished)"
            " + (SELECT count(*) FROM stale WHERE kind <> 'payload')"
        )
    )

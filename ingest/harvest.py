"""Source to journal: fetch payloads, read those that are new or changed, keep everything."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from ingest.formats.base import Rejected
from ingest.identity.resolver import Resolver
from ingest.journal.database import Database
from ingest.journal.harvested import Harvested
from ingest.parsing import Parsed, parse_payload
from ingest.sources.base import Broken, Source
from ontology.records import Payload

_BATCH_PAYLOADS = 400
_BATCH_BYTES = 32 << 20
IDENTIFY_BATCH = 2000
Progress = Callable[[str, int], None]
"""Called with what is counted ("payloads", "records") and how many more of it are done."""


class HarvestReport(msgspec.Struct, kw_only=True):
    """Counts of one harvest of one source."""

    source: str
    seen: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    quarantined: int = 0
    records: int = 0


def harvest(database: Database, source: Source, progress: Progress = lambda what, more: None) -> HarvestReport:
    """Bring the journal up to date with a source.

    Payloads whose bytes are known are not read again. What cannot be fetched or read is kept in
    quarantine with its reason, and the next payload goes on. Committed every few hundred payloads:
    a broken-off harvest is simply run again. Only one that came to its end moves the datestamp from
    which the next one asks, as sources list in any order of time.
    """
    report = HarvestReport(source=source.name)
    reached = f"harvested:{source.name}"
    for batch in _batches(source.harvest(database.meta(reached))):
        with database.transaction():
            for entry in batch:
                _take(Harvested(database), entry, report, progress)
    newest = database.one("SELECT max(datestamp) FROM payload WHERE source = ?", (source.name,))
    database.set_meta(reached, str(newest or ""))
    return report


def _take(journal: Harvested, entry: Payload | Broken, report: HarvestReport, progress: Progress) -> None:
    report.seen += 1
    progress("payloads", 1)
    if isinstance(entry, Broken):
        report.quarantined += 1
        journal.quarantine(Payload(source=entry.source, locator=entry.locator), entry.error)
        return
    state = journal.state(entry)
    if state == "unchanged":
        report.unchanged += 1
        return
    if state == "new":
        report.new += 1
    elif entry.deleted:
        report.deleted += 1
    else:
        report.changed += 1
    if entry.deleted:
        journal.keep(entry, "", ())
        return
    parsed = parse_payload(entry)
    changed = keep(journal, entry, parsed)
    report.quarantined += sum(isinstance(one, Rejected) for one in parsed.entries) + (parsed.error is not None)
    report.records += changed
    progress("records", changed)


def keep(journal: Harvested, payload: Payload, parsed: Parsed) -> int:
    """Keep what was read; what was read before an error stays beside the error. Returns how many
    records are new or changed."""
    if parsed.error is not None and not parsed.entries:
        journal.quarantine(payload, parsed.error, parsed.format, parsed.reader)
        return 0
    broken = [Rejected.of("", parsed.error)] if parsed.error else []
    return journal.keep(payload, parsed.format, [*parsed.entries, *broken], parsed.reader)


def _batches(entries: Iterator[Payload | Broken]) -> Iterator[list[Payload | Broken]]:
    batch: list[Payload | Broken] = []
    size = 0
    for entry in entries:
        batch.append(entry)
        size += 0 if isinstance(entry, Broken) else len(entry.body)
        if len(batch) >= _BATCH_PAYLOADS or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def identify(database: Database, progress: Progress = lambda what, more: None) -> int:
    """Give every record that has none its entity; returns how many there were."""
    journal = Harvested(database)
    total = 0
    while records := journal.unidentified(IDENTIFY_BATCH):
        with database.transaction():
            Resolver(database, records).run()
        total += len(records)
        progress("records", len(records))
    return total

"""Payloads that were kept, read again by today's readers: on request, and after an upgrade."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from ingest.formats.detect import order
from ingest.formats.versions import reader_version, readers_version
from ingest.harvest import keep
from ingest.journal.database import Database
from ingest.journal.harvested import Harvested
from ingest.journal.quarantine import NOT_FETCHED, Quarantine, Selection, numbered_payload
from ingest.parsing import parse_payload

_BATCH = 100
_VERSION = "readers"


class RereadReport(msgspec.Struct, kw_only=True):
    """`payloads` read again, `records` that are new or changed by it, entries in quarantine `before`
    and `after`; `unfetched` entries have no payload here and wait for the next harvest."""

    payloads: int = 0
    records: int = 0
    before: int = 0
    after: int = 0
    unfetched: int = 0


def retry(database: Database, chosen: Selection, progress: Callable[[int], None] = lambda more: None) -> RereadReport:
    """Read what is in quarantine again."""
    quarantine = Quarantine(database)
    numbers = quarantine.payloads(chosen)
    report = RereadReport(payloads=len(numbers), before=quarantine.count(chosen))
    report.unfetched = sum(not one.size or one.key == NOT_FETCHED for one in quarantine.entries(chosen))
    report.records = _read_again(database, numbers, progress)
    report.after = quarantine.count(chosen)
    return report


def outdated(database: Database) -> list[int]:
    """Numbers of the payloads that another version of their reader read, or that no reader knew
    before one of them changed. Nothing is looked at where all readers are those of the last time."""
    if database.meta(_VERSION) == readers_version():
        return []
    versions = msgspec.json.encode({"": readers_version(), **{name: reader_version(name) for name in order()}})
    found = database.rows(
        "SELECT p.id FROM payload p LEFT JOIN json_each(?) v ON v.key = p.format"
        " WHERE p.stage <> 'deleted' AND p.size > 0 AND p.reader IS NOT v.value ORDER BY p.id",
        (versions.decode(),),
    )
    return [row[0] for row in found]


def catch_up(database: Database, numbers: Sequence[int], progress: Callable[[int], None] = lambda more: None) -> int:
    """Read the `outdated` payloads again; returns how many records are new or changed by it."""
    changed = _read_again(database, numbers, progress)
    database.set_meta(_VERSION, readers_version())
    return changed


def _read_again(database: Database, numbers: Sequence[int], progress: Callable[[int], None]) -> int:
    changed = 0
    for at in range(0, len(numbers), _BATCH):
        batch = numbers[at : at + _BATCH]
        with database.transaction():
            for number in batch:
                changed += _once_more(database, number)
        progress(len(batch))
    return changed


def _once_more(database: Database, number: int) -> int:
    """Read one payload; that it could not be fetched lately stays said."""
    unfetched = database.rows(
        "SELECT * FROM quarantine WHERE payload = ? AND key = ?", (number, NOT_FETCHED)
    ).fetchall()
    payload = numbered_payload(database, number)
    changed = keep(Harvested(database), payload, parse_payload(payload))
    database.many("INSERT INTO quarantine VALUES (?, ?, ?, ?, ?, ?)", unfetched)
    return changed

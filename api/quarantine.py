"""Quarantine as the doors show it: faults with their excerpts, and another try that ends in the graph."""

from __future__ import annotations

import msgspec

from api.harvesting.running import settle
from api.settings import Settings
from api.watch import Watcher
from ingest.formats.excerpt import Excerpt, excerpt
from ingest.journal.database import Database
from ingest.journal.quarantine import EVERYTHING, Quarantine, Quarantined, Selection
from ingest.rereading import RereadReport, retry

_FAULTS = 100
"""Faults of one payload that are shown; a broken file of a million rows has a million."""


class Fault(msgspec.Struct, frozen=True):
    """Why a payload, or the record `key` of it, could not be read, with the text at the place."""

    key: str
    error: str
    message: str
    place: str
    hint: str
    excerpt: Excerpt


class QuarantinedPayload(msgspec.Struct, frozen=True):
    """A payload in quarantine with its first 100 faults; `count` is how many there are. `size` is in bytes."""

    id: int
    source: str
    locator: str
    format: str
    media: str
    datestamp: str
    size: int
    count: int
    faults: tuple[Fault, ...]


class QuarantineGroup(msgspec.Struct, frozen=True):
    source: str
    format: str
    error: str
    count: int


class QuarantineList(msgspec.Struct, frozen=True):
    """`total` entries agree with what was asked; `groups` count all there are."""

    total: int
    groups: tuple[QuarantineGroup, ...]
    entries: tuple[Quarantined, ...]


def quarantine_list(
    database: Database, chosen: Selection = EVERYTHING, limit: int = 50, offset: int = 0
) -> QuarantineList:
    """A page of what is in quarantine."""
    quarantine = Quarantine(database)
    return QuarantineList(
        total=quarantine.count(chosen),
        groups=tuple(QuarantineGroup(*row) for row in quarantine.groups()),
        entries=tuple(quarantine.entries(chosen, limit, offset)),
    )


def quarantined_payload(database: Database, number: int) -> QuarantinedPayload:
    """A payload with its faults. NotFound where there is none with this number in quarantine."""
    quarantine, chosen = Quarantine(database), Selection(id=number)
    payload = quarantine.payload(number)
    found = list(quarantine.entries(chosen, _FAULTS))
    return QuarantinedPayload(
        id=number, source=payload.source, locator=payload.locator, format=found[0].format, media=payload.media,
        datestamp=payload.datestamp, size=len(payload.body), count=quarantine.count(chosen),
        faults=tuple(
            Fault(one.key, one.error, one.message, one.place, one.hint, excerpt(payload.body, one.place))
            for one in found
        ),
    )  # fmt: skip


class Retried(RereadReport, kw_only=True):
    """What came of reading again; `waits` says why the graph has it only after the next build."""

    waits: str = ""


def retry_and_build(settings: Settings, chosen: Selection, watcher: Watcher, most: int = 0) -> Retried:
    """Read what is in quarantine again and bring the graph up to date, unless more than `most` works (0: any number)
    have to be written. Raises as `build` does."""
    with Database(settings.journal) as database:
        report = retry(database, chosen)
    return Retried(**msgspec.structs.asdict(report), waits=settle(settings, watcher, most).waits)

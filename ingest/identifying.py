"""Records to entities: what they say is written down, then whatever it touches is derived again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

from ingest.identity.blocks import Grouping
from ingest.identity.deriving import Deriver
from ingest.identity.linking import Comparing, compared
from ingest.identity.nodes import kind_of
from ingest.identity.observing import Observer, Told, told_of
from ingest.identity.versions import identity_version
from ingest.journal.database import Database
from ingest.journal.harvested import Harvested

BATCH: Final = 8000
"""Records of one transaction."""
_VERSION: Final = "identity"
_AHEAD: Final = 2
"""Batches that are looked at before their turn."""
Observing = Callable[[Sequence[int]], Callable[[], Told]]
"""Has it found out what records (by their numbers) say, here or elsewhere; what it gives waits for the outcome."""


def identify(
    database: Database,
    progress: Callable[[int], None] = lambda more: None,
    observing: Observing | None = None,
    comparing: Comparing = compared,
    grouping: Grouping | None = None,
) -> int:
    """Give every record its entities and take back what vanished records said; returns how many records
    were taken in. First all of them are written down, then what they touch is derived, so that nothing
    is derived twice. `progress` is told how many more. A run that was broken off goes on where it stopped.

    Where other rules identified the records before, all of them are taken in again: what came of the old
    rules is taken back, IRIs that change lead on."""
    anew = outdated(database)
    if anew:
        _unsettle(database)
    _forget(database)
    numbers = Harvested(database).unidentified()
    for batch, told in _observed(numbers, observing or (lambda some: partial(told_of, database, some))):
        said = told()
        with database.transaction():
            Observer(database, comparing, anew=anew).observe(batch, said)
        progress(len(batch))
    deriver = Deriver(database, grouping)
    done = 1
    while done:
        with database.transaction():
            done = deriver.step()
    if database.meta(_VERSION) != identity_version():
        database.set_meta(_VERSION, identity_version())
    return len(numbers)


def outdated(database: Database) -> bool:
    """Whether records here were identified by other rules than today's."""
    return database.meta(_VERSION) != identity_version() and bool(database.one("SELECT 1 FROM said LIMIT 1"))


def _unsettle(database: Database) -> None:
    with database.transaction():
        database.rows("UPDATE record SET stage = 'parsed' WHERE stage = 'identified'")
        shared = [(kind_of(node), node) for (node,) in database.rows("SELECT node FROM said WHERE node < 0")]
        database.many("INSERT OR IGNORE INTO stale VALUES (?, ?)", shared)


def _observed(numbers: Sequence[int], observing: Observing) -> Iterator[tuple[Sequence[int], Callable[[], Told]]]:
    """Records in batches, with what they say, a few batches ahead."""
    waiting: deque[tuple[Sequence[int], Callable[[], Told]]] = deque()
    for at in range(0, len(numbers), BATCH):
        batch = numbers[at : at + BATCH]
        waiting.append((batch, observing(batch)))
        if len(waiting) > _AHEAD:
            yield waiting.popleft()
    yield from waiting


def _forget(database: Database) -> None:
    while gone := [n for (n,) in database.rows("SELECT record FROM vanished LIMIT ?", (BATCH,))]:
        with database.transaction():
            Observer(database).forget(gone)
            database.many("DELETE FROM vanished WHERE record = ?", [(n,) for n in gone])


def unsettled(database: Database) -> int:
    """How many records `identify` has to take in or to take back, and nodes or blocks to derive."""
    if outdated(database):
        return int(database.one("SELECT count(*) FROM record"))
    return int(
        database.one(
            "SELECT (SELECT count(*) FROM record WHERE stage = 'parsed') + (SELECT count(*) FROM vanished)"
            " + (SELECT count(*) FROM stale WHERE kind <> 'payload')"
        )
    )

"""What the store holds: all that the journal says was written to it, and how many statements that is."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from api.watch import Run
from graph.stores.oxigraph import OxigraphStore
from ingest.journal.database import Database, unpack
from ingest.journal.ledger import Ledger

_RESTORING = "restoring"


def restore(database: Database, store: OxigraphStore, ledger: Ledger, run: Run) -> bool:
    """Fill an empty store, or one whose filling was broken off, with all that the journal says was written to it."""
    begun = database.meta(_RESTORING) == "yes"
    if not ledger.sequence or (not begun and next(iter(store.lines()), None) is not None):
        return False
    database.set_meta(_RESTORING, "yes")
    with run.stage("store restored from the journal") as stage:
        store.load(_unpacked(ledger, lambda: run.advance(stage, 1)))
    database.set_meta(_RESTORING, "")
    return True


def _unpacked(ledger: Ledger, advance: Callable[[], None]) -> Iterator[bytes]:
    for body in ledger.bodies():
        yield unpack(body)
        advance()


def quads_in(database: Database, ledger: Ledger, store: OxigraphStore) -> int:
    """Statements in the store. Counting takes a second for six million, so it is done where nobody knows."""
    known = known_quads(database, ledger)
    if known is None:
        known = store.count()
        know_quads(database, ledger, known)
    return known


def known_quads(database: Database, ledger: Ledger) -> int | None:
    """Statements in the store after the last commit, where somebody has counted them or what it changed."""
    sequence, _, known = database.meta("quads").partition(":")
    return int(known) if sequence == str(ledger.sequence) else None


def know_quads(database: Database, ledger: Ledger, count: int) -> None:
    database.set_meta("quads", f"{ledger.sequence}:{count}")

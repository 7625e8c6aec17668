"""What the store holds: all that the journal says was written to it, and how many statements that is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

from graph.stores.oxigraph import OxigraphStore
from ingest.journal.database import Database
from ingest.journal.ledger import Ledger
from ingest.journal.packing import unpack_all

_WHOLE: Final = "restoring"
"""Up to which commit the store is whole, where it is not whole ("yes", as older versions write: up to none)."""
_AT_ONCE: Final = 2_000
"""Owners whose lines are loaded at a time."""


def lacks(database: Database, store: OxigraphStore, ledger: Ledger) -> int | None:
    """The commit after which the store may lack what was written, 0 for an empty one; None where it is whole."""
    if not ledger.sequence:
        return None
    if next(iter(store.lines()), None) is None:
        return 0
    said = database.meta(_WHOLE)
    return (int(said) if said.isdecimal() else 0) if said else None


def lack(database: Database, after: int) -> None:
    """Say that the store may lack what is written after this commit."""
    if not database.meta(_WHOLE):
        database.set_meta(_WHOLE, str(after))


def whole(database: Database) -> None:
    """Say that the store lacks nothing."""
    if database.meta(_WHOLE):
        database.set_meta(_WHOLE, "")


def restore(
    database: Database, store: OxigraphStore, ledger: Ledger, after: int, advance: Callable[[int], None] | None = None
) -> None:
    """Fill the store with all that the journal says was written after a commit. May be broken off and repeated.
    `advance` is told of how many owners more the lines are on their way."""
    database.set_meta(_WHOLE, str(after))
    store.load(_unpacked(ledger.bodies(after), advance or (lambda more: None)))
    whole(database)


def _unpacked(bodies: Iterator[bytes], advance: Callable[[int], None]) -> Iterator[bytes]:
    while some := list(islice(bodies, _AT_ONCE)):
        yield unpack_all(some)
        advance(len(some))


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

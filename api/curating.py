"""Decisions on identity, taken into the graph at once."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from api.harvesting.running import settle
from api.settings import Settings
from api.watch import Watcher
from ingest.identity.curating import Curator
from ingest.journal.database import Database


class Decided(msgspec.Struct, frozen=True):
    """What came of a decision: the IRIs there are now, and how many works and agents were written again.
    Where that would take too long, `waits` says why: the decision holds, the graph has it after the next build."""

    iris: tuple[str, ...]
    written: int
    waits: str = ""


def decide(
    settings: Settings, by: str, what: Callable[[Curator], list[str]], watcher: Watcher, most: int = 0
) -> Decided:
    """Let a curator decide, and bring graph and index up to date, unless more than `most` works (0: any number)
    have to be written. Raises as `Curator` and `build`."""
    with Database(settings.journal) as journal:
        iris = what(Curator(journal, settings.base, by))
    settled = settle(settings, watcher, most)
    return Decided(tuple(iris), settled.written, settled.waits)

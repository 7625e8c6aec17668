"""Decisions on identity, taken into the graph at once."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from api.harvesting.running import run_decision
from api.settings import Settings
from api.watch import Watcher
from ingest.identity.curating import Curator
from ingest.journal.database import Database


class Decided(msgspec.Struct, frozen=True):
    """What came of a decision: the IRIs there are now, and how many works and agents were written again."""

    iris: tuple[str, ...]
    written: int


def decide(settings: Settings, by: str, what: Callable[[Curator], list[str]], watcher: Watcher) -> Decided:
    """Let a curator decide, and bring graph and index up to date. Raises as `Curator` and `build`."""
    with Database(settings.journal) as journal:
        iris = what(Curator(journal, settings.base, by))
    counts = run_decision(settings, watcher).counts
    return Decided(tuple(iris), counts.works + counts.people + counts.organisations + counts.venues)

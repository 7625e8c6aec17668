"""Decisions on identity, taken into the graph at once."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from api.harvesting.running import run_decision
from api.settings import Settings
from api.watch import Watcher
from ingest.identity.curating import Curator
from ingest.journal.database import Database
from ontology.errors import BuildDue


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
    try:
        counts = run_decision(settings, watcher, most).counts
    except BuildDue as due:
        return Decided(tuple(iris), 0, due.message)
    return Decided(tuple(iris), counts.works + counts.people + counts.organisations + counts.venues)

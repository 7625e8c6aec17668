"""What a server makes of its vocabularies, made again when a build took in others or an edit reached the graph."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from api.curation.following import linked
from api.library import Library
from api.settings import Settings
from api.suggesting import Suggester
from api.terms.ranking import Ranking
from api.understanding import Understanding
from graph.search.engine import SearchEngine
from graph.stores.base import ReadableStore
from ingest.journal.database import Database

State = tuple[int, dict[str, int]]
"""When the vocabularies' index was written (ns), and the versions that the graph has."""


def state_of(settings: Settings) -> State:
    """The state of a data folder."""
    index = settings.data / "vocabularies" / "index.json"
    written = index.stat().st_mtime_ns if index.exists() else 0
    if not settings.journal.exists():
        return written, {}
    journal = Database(settings.journal, read_only=True)
    try:
        return written, linked(journal)
    finally:
        journal.close()


class Shelf:
    """The vocabularies in one state, and what understands queries with them."""

    def __init__(self, settings: Settings, state: State) -> None:
        self.state = state
        self._base = settings.base
        self.library = Library(settings.data, settings.base, state[1])
        self._suggester: Suggester | None = None
        self._terms: Ranking | None = None

    @cached_property
    def understanding(self) -> Understanding:
        return Understanding(self.library)

    def suggester(self, engine: Callable[[], SearchEngine]) -> Suggester:
        """One for this state."""
        if self._suggester is None:
            self._suggester = Suggester(self.library, engine)
        return self._suggester

    def terms(self, journal: Database, store: Callable[[], ReadableStore]) -> Ranking:
        """Candidates for new terms, with the concepts of this state near them."""
        if self._terms is None:
            self._terms = Ranking(journal, self.library, self._base, store)
        return self._terms

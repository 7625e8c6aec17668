"""What the graph foretells, kept for as long as the checkpoint stays the same: shared by API, page and command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Lock

from graph.hypotheses.asking import Foresight, Hypotheses
from graph.hypotheses.history import history
from graph.hypotheses.learning import Scoreboard, scoreboard
from graph.stores.base import ReadableStore


class Foretold:
    """Learns when first asked after a commit (seconds), once however many ask at the time. `now` gives the graph and
    what names its checkpoint."""

    def __init__(self, now: Callable[[], tuple[ReadableStore, Path]]) -> None:
        self._now = now
        self._lock = Lock()
        self._of: Path | None = None
        self._foresight: Foresight | None = None
        self._scores: Scoreboard | None = None

    def ask(self, iri: str, limit: int) -> Hypotheses:
        """As `Foresight.ask`."""
        store, checkpoint = self._now()
        return self._learned(store, checkpoint).ask(store, iri, limit)

    def scores(self) -> Scoreboard:
        """As `scoreboard`."""
        foresight = self._learned(*self._now())
        with self._lock:
            if self._scores is None:
                self._scores = scoreboard(foresight.past)
            return self._scores

    def _learned(self, store: ReadableStore, checkpoint: Path) -> Foresight:
        with self._lock:
            if self._foresight is None or self._of != checkpoint:
                self._foresight, self._scores, self._of = Foresight(history(store)), None, checkpoint
            return self._foresight

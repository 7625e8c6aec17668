"""What a checkpoint is made of: predicates and classes with their numbers, for hints, estimates and completion.

Counting reads the whole graph (about a second a million statements), so it is done in a worker, in the
background, and not for each of many commits in a row: meanwhile the last profile serves.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

import msgspec

from ontology.errors import GnomonError
from ontology.namespaces import expand

_PAUSE: Final = 20.0
"""A profile is made again after this many times what it took to make."""
PREDICATES: Final = (
    "SELECT ?x (COUNT(*) AS ?n) { { ?s ?x ?o } UNION { GRAPH ?g { ?s ?x ?o } } } GROUP BY ?x"
)  # fmt: skip
CLASSES: Final = (
    f"SELECT ?x (COUNT(*) AS ?n) {{ {{ ?s <{expand('rdf:type')}> ?x }}"
    f" UNION {{ GRAPH ?g {{ ?s <{expand('rdf:type')}> ?x }} }} }} GROUP BY ?x"
)
Rows = Callable[[str, float], list[dict[str, str]]]
"""A query and its seconds → rows of plain values."""


class Profile(msgspec.Struct, frozen=True):
    """IRI → statements with it, the most frequent first."""

    snapshot: str
    predicates: dict[str, int]
    classes: dict[str, int]

    @property
    def statements(self) -> int:
        return sum(self.predicates.values())


class Profiles:
    """The profile of the newest checkpoint, or of the last one before it that was counted."""

    def __init__(self, rows: Rows, snapshot: Callable[[], str]) -> None:
        self._rows = rows
        self._snapshot = snapshot
        self._made: Profile | None = None
        self._next = 0.0
        self._lock = threading.Lock()
        self._working: threading.Thread | None = None

    def get(self, wait: float = 0.0) -> Profile | None:
        """The profile; None where none is ready within `wait` seconds. Starts counting where it is due."""
        now = self._snapshot()
        with self._lock:
            stale = self._made is None or self._made.snapshot != now
            due = stale and time.monotonic() >= self._next
            if due and (self._working is None or not self._working.is_alive()):
                self._working = threading.Thread(target=self._make, args=(now,), daemon=True)
                self._working.start()
            working = self._working
        if self._made is None and working is not None and wait:
            working.join(wait)
        return self._made

    def _make(self, snapshot: str) -> None:
        started = time.monotonic()
        try:
            made = Profile(snapshot, self._counted(PREDICATES), self._counted(CLASSES))
        except GnomonError:
            made = self._made or Profile(snapshot, {}, {})
        with self._lock:
            self._made = made
            self._next = time.monotonic() + _PAUSE * (time.monotonic() - started)

    def _counted(self, query: str) -> dict[str, int]:
        rows = self._rows(query, 120.0)
        return dict(sorted(((row["x"], int(row["n"])) for row in rows), key=lambda one: (-one[1], one[0])))

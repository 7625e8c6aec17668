"""The commits that answers are made from: the newest one, and older ones that somebody still walks over."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Final

from tantivy import Searcher

from graph.search.dense import DenseView
from graph.search.fragments import FragmentSnapshot
from graph.search.works import Snapshot
from ontology.errors import SearchError

if TYPE_CHECKING:
    from graph.search.orders import Orders

WALKED_S: Final = 900.0
"""Seconds after its last page that a commit is kept for whoever walks over it."""
MAX_WALKED: Final = 8
"""Commits kept so; the one longest unused goes first."""
MAX_KEPT: Final = 128
"""Results of preparation kept for each commit (orders of searches)."""


class Commit:
    """Everything of one commit that answers are made of, and what was worked out from it so far."""

    def __init__(
        self,
        snapshot: Snapshot,
        view: DenseView | None = None,
        fragments: FragmentSnapshot | None = None,
        entities: Searcher | None = None,
    ) -> None:
        self.snapshot = snapshot
        self.view = view
        self.fragments = fragments
        self.entities = entities
        self._orders: OrderedDict[str, Orders] = OrderedDict()
        self._lock = Lock()

    def orders(self, name: str, make: Callable[[], Orders]) -> Orders:
        """The order kept under a name, made where it is missing."""
        with self._lock:
            if name not in self._orders:
                self._orders[name] = make()
            self._orders.move_to_end(name)
            while len(self._orders) > MAX_KEPT:
                self._orders.popitem(last=False)
            return self._orders[name]


class Walks:
    """Commits by sequence, for as long as walks over them go on."""

    def __init__(self) -> None:
        self._commits: OrderedDict[int, tuple[Commit, float]] = OrderedDict()
        self._lock = Lock()

    def begin(self, commit: Commit) -> None:
        """Somebody has been given a cursor over this commit."""
        with self._lock:
            sequence = commit.snapshot.manifest.sequence
            self._commits[sequence] = commit, time.monotonic()
            self._commits.move_to_end(sequence)
            self._sweep()

    def find(self, sequence: int, newest: Commit) -> Commit:
        """The commit a cursor is over. SearchError where it is no longer kept."""
        if sequence == newest.snapshot.manifest.sequence:
            return newest
        with self._lock:
            self._sweep()
            found = self._commits.get(sequence)
        if found is None:
            raise SearchError(
                "the cursor has expired: the catalogue has changed since and the walk paused too long",
                place="cursor", hint=f"begin again with cursor=*; pages may lie {WALKED_S / 60:.0f} minutes apart",
            )  # fmt: skip
        return found[0]

    def _sweep(self) -> None:
        limit = time.monotonic() - WALKED_S
        for sequence in [one for one, (_, used) in self._commits.items() if used < limit]:
            del self._commits[sequence]
        while len(self._commits) > MAX_WALKED:
            self._commits.popitem(last=False)

"""Updates that strangers send, made part of the graph: journalled like everything else in it.

What a role may write are graphs of its own: each is an owner in the journal, written whole, so that a
rebuild brings it back. What is built from sources cannot be written to: a build would undo it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime

from api.changes import Changes
from api.commit import Change, Committer
from api.indexing import serves, write_index
from api.settings import Settings
from api.stored import lacks, restore
from graph.snapshots import Snapshots
from graph.stores.oxigraph import OxigraphStore
from ingest.journal.database import Database
from ingest.journal.ledger import Ledger, Logged, body_of
from sparql.messages import Changed
from sparql.service import Said


class JournalWriter:
    """Writes to the built graph. Holds the data folder's lock for as long as one update takes."""

    everything = False

    def __init__(self, settings: Settings, snapshots: Snapshots) -> None:
        self._settings = settings
        self._snapshots = snapshots
        self._turn = threading.Lock()

    def writable(self, graph: str) -> bool:
        """Graphs under {base}/graph/user/, and whatever lies outside the base."""
        base = self._settings.base
        ours = graph == base.iri or base.local(graph) is not None
        return bool(graph) and (not ours or graph.startswith(base.graph("user/")))

    def write(self, said: Said, make: Callable[[], Changed]) -> Changed:
        """See `sparql.service.Writer`. WriterBusy while a build runs."""
        with self._turn, Database(self._settings.journal) as database:
            changed = make()
            if changed.graphs:
                self._commit(database, said, changed)
            return changed

    def _commit(self, database: Database, said: Said, changed: Changed) -> None:
        logged = Logged(
            datetime.now(UTC).isoformat(timespec="seconds"), said.author, said.kind, said.text, tuple(changed.graphs),
            changed.added, changed.removed,
        )  # fmt: skip
        bodies = {f"graph:{name}": body_of(lines) for name, lines in changed.graphs.items()}
        store = OxigraphStore(self._settings.data / "store")
        try:
            ledger = Ledger(database)
            if (after := lacks(database, store, ledger)) is not None:
                restore(database, store, ledger, after)
            # An index that is lost, or of another version, is for the next build: opened to write it would be empty.
            engine = write_index(self._settings) if serves(self._settings, 0) else None
            try:
                changes = Changes(self._settings) if database.meta("built") else None
                committer = Committer(database, store, engine, self._snapshots, self._settings.min_free_mb, changes)
                committer.commit(Change(bodies=bodies, logged=logged), "", "")
            finally:
                if engine is not None:
                    engine.close()
        finally:
            store.close()

"""The services a running server or a command needs, each made when it is first asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from api.auth import Allowances, Keys
from api.encoding import encoder_of
from api.library import Library
from api.settings import Settings
from api.understanding import Understanding
from graph.search.engine import SearchEngine
from graph.snapshots import Snapshot, Snapshots
from graph.stores.oxigraph import OxigraphStore
from ingest.journal.database import Database
from nlp.encoders.base import Encoder
from ontology.errors import NotFound
from sparql.pool import QueryPool


class Services:
    """Everything read-only that the doors share. Close it at the end."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.keys = Keys(settings.data / "keys.sqlite")
        self.allowances = Allowances()
        self.snapshots = Snapshots(settings.data / "snapshots", keep=settings.snapshots_kept)
        self._lock = threading.Lock()
        self._open: tuple[int, OxigraphStore] | None = None

    def snapshot(self) -> Snapshot:
        """The current checkpoint; NotFound before the first build."""
        found = self.snapshots.current()
        if found is None:
            raise NotFound(
                "there is no graph here yet",
                place=str(self.settings.data),
                hint="run `gnomon demo` or `gnomon build PATH`",
            )
        return found

    @property
    def store(self) -> OxigraphStore:
        """The current checkpoint, opened for our own questions; re-opened after a commit."""
        current = self.snapshot()
        with self._lock:
            if self._open is None or self._open[0] != current.sequence:
                self._open = (current.sequence, OxigraphStore.read_only(current.path))
            return self._open[1]

    @cached_property
    def library(self) -> Library:
        return Library(self.settings.data, self.settings.base)

    @cached_property
    def journal(self) -> Database:
        return Database(self.settings.journal, read_only=True)

    @cached_property
    def understanding(self) -> Understanding:
        return Understanding(self.library)

    @cached_property
    def engine(self) -> SearchEngine:
        self.snapshot()
        encoder = self.encoder
        return SearchEngine.open(
            self.settings.data / "index",
            encoder.id if encoder else "",
            encoder.dimensions if encoder else 0,
            read_only=True,
            encode_query=(lambda text: encoder.encode([text], "query")[0]) if encoder else None,
            recognise=self.understanding.recognise, expand=self.understanding.expand,
        )  # fmt: skip

    @cached_property
    def encoder(self) -> Encoder | None:
        """The encoder of the settings; None where it cannot be had (searches say so)."""
        return encoder_of(self.settings)

    @cached_property
    def pool(self) -> QueryPool:
        return QueryPool(self.snapshot_path, self.settings)

    @property
    def snapshot_path(self) -> Callable[[], Path]:
        return lambda: self.snapshot().path

    def close(self) -> None:
        for name in ("pool", "engine", "journal"):
            if name in self.__dict__:
                self.__dict__[name].close()

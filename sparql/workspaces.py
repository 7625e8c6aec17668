"""Datasets of their own beside the built graph, for whatever a role wants to write: all of SPARQL Update
and of the Graph Store Protocol, any graph. They are no part of the knowledge graph and of no rebuild.

    workspaces/NAME/store        the quads
    workspaces/NAME/snapshots    checkpoints for readers
    workspaces/NAME/changes.jsonl    who changed what, one JSON object a line
"""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from graph.snapshots import Snapshots
from graph.stores.oxigraph import OxigraphStore
from ontology.errors import NotFound, SettingsError
from sparql.messages import Changed
from sparql.service import Said

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class Workspace:
    """One dataset; made where it is missing. The writer of it, and the source of its checkpoints."""

    everything = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.checkpoints = Snapshots(folder / "snapshots", keep=1)
        self._turn = threading.Lock()
        self._store: OxigraphStore | None = None
        if self.checkpoints.current() is None:
            self._publish(self._opened())

    def writable(self, graph: str) -> bool:
        """Any."""
        return True

    def write(self, said: Said, make: Callable[[], Changed]) -> Changed:
        """See `sparql.service.Writer`."""
        with self._turn:
            store = self._opened()
            changed = make()
            if changed.graphs:
                for graph, lines in changed.graphs.items():
                    before, after = set(store.lines(graph)), set(lines)
                    store.apply(before - after, after - before)
                self._log(said, changed)
                self._publish(store)
            return changed

    def close(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None

    def _opened(self) -> OxigraphStore:
        if self._store is None:
            self._store = OxigraphStore(self.folder / "store")
        return self._store

    def _publish(self, store: OxigraphStore) -> None:
        current = self.checkpoints.current()
        self.checkpoints.publish(store, current.sequence + 1 if current else 1)

    def _log(self, said: Said, changed: Changed) -> None:
        entry = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"), "author": said.author, "kind": said.kind,
            "said": said.text, "graphs": list(changed.graphs), "added": changed.added, "removed": changed.removed,
        }  # fmt: skip
        with (self.folder / "changes.jsonl").open("ab") as file:
            file.write(msgspec.json.encode(entry) + b"\n")


class Workspaces:
    """All datasets of one data folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[str, Workspace] = {}
        self._turn = threading.Lock()

    def names(self) -> list[str]:
        found = self._folder.iterdir() if self._folder.is_dir() else ()
        return sorted(path.name for path in found if _NAME.fullmatch(path.name))

    def get(self, name: str) -> Workspace:
        """The dataset of this name; NotFound."""
        with self._turn:
            if name not in self._open:
                if not _NAME.fullmatch(name) or not (self._folder / name).is_dir():
                    raise NotFound("no workspace has this name", place=name, hint="PUT /workspaces/{name} makes one")
                self._open[name] = Workspace(self._folder / name)
            return self._open[name]

    def create(self, name: str) -> bool:
        """Make an empty one; False where it is there already. SettingsError for a bad name."""
        if not _NAME.fullmatch(name):
            raise SettingsError("a workspace's name is made of a-z, 0-9, - and _", place=name)
        if (self._folder / name).is_dir():
            return False
        (self._folder / name).mkdir(parents=True)
        self.get(name)
        return True

    def remove(self, name: str) -> None:
        """Delete it with all that is in it; NotFound."""
        found = self.get(name)
        with self._turn:
            found.close()
            self._open.pop(name, None)
            away = found.folder.with_name(f".{name}")
            shutil.rmtree(away, ignore_errors=True)
            found.folder.rename(away)  # gone at once; checkpoints in it may be tidied away by others meanwhile
            shutil.rmtree(away, ignore_errors=True)

    def close(self) -> None:
        for one in self._open.values():
            one.close()

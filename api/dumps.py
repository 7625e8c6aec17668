"""Dumps of the graph: one gzipped N-Quads file a graph, with checksums, and what they reload to.

    dumps/000000000042/default.nq.gz, text.nq.gz …, manifest.json

A dump is made from one checkpoint, beside everything else that runs, and appears whole or not at
all. The canonical hash in its manifest is that of the graph: whoever loads the files gets the same.
"""

from __future__ import annotations

import gzip
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from api.checkpoints import snapshots_of
from api.settings import Settings
from graph.stores.hashing import store_hash
from graph.stores.oxigraph import OxigraphStore
from graph.terms import StoreHash
from graph.void import count_graphs
from ontology.errors import NotFound, StoreError

_MANIFEST: Final = "manifest.json"
_LEVEL: Final = 6
_BLOCK: Final = 1 << 20
_PARTIAL: Final = ".partial-"


class DumpFile(msgspec.Struct, frozen=True, kw_only=True):
    """One graph's file: `graph` is its IRI, empty for the default graph; `hash` the canonical hash of its
    statements."""

    name: str
    graph: str
    statements: int
    bytes: int
    sha256: str
    hash: str


class DumpManifest(msgspec.Struct, frozen=True, kw_only=True):
    """A dump: the commit it shows, when it was made (UTC), the licence, and the hash of the whole."""

    sequence: int
    created: str
    base: str
    license: str
    statements: int
    hash: str
    files: tuple[DumpFile, ...]


class Dumps:
    """The dumps of one data folder."""

    def __init__(self, settings: Settings) -> None:
        self.folder = settings.data / "dumps"
        self._settings = settings

    def make(self) -> DumpManifest:
        """A dump of the newest checkpoint; the one there is where it has been made already. Older
        ones beyond the setting `dumps_kept` are removed."""
        snapshots = snapshots_of(self._settings)
        with snapshots.acquire() as snapshot:
            target = self.folder / f"{snapshot.sequence:012d}"
            if (target / _MANIFEST).is_file():
                return self.read(target.name)
            store = OxigraphStore.read_only(snapshot.path)
            try:
                manifest = self._write(store, snapshot.sequence, target)
            finally:
                store.close()
        for old in self.names()[self._settings.dumps_kept :]:
            shutil.rmtree(self.folder / old)
        return manifest

    def _write(self, store: OxigraphStore, sequence: int, target: Path) -> DumpManifest:
        partial = self.folder / f"{_PARTIAL}{target.name}"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        files = [_file(store, graph.iri, partial) for graph in count_graphs(store)]
        whole = sum(int(one.hash, 16) for one in files) % (1 << 256)
        manifest = DumpManifest(
            sequence=sequence, created=datetime.now(UTC).isoformat(timespec="seconds"), base=self._settings.base_iri,
            license=self._settings.license_iri, statements=sum(one.statements for one in files), hash=f"{whole:064x}",
            files=tuple(files),
        )  # fmt: skip
        (partial / _MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
        shutil.rmtree(target, ignore_errors=True)
        partial.rename(target)
        return manifest

    def names(self) -> list[str]:
        """Folders of the dumps there are, newest first."""
        if not self.folder.is_dir():
            return []
        return sorted((p.name for p in self.folder.iterdir() if p.name.isdigit()), reverse=True)

    def read(self, name: str) -> DumpManifest:
        """The manifest of a dump by its folder's name, or of the "latest"; NotFound where there is none."""
        found = self.names()
        wanted = found[0] if name == "latest" and found else name
        if wanted not in found:
            raise NotFound("there is no such dump", place=name, hint="`gnomon dump` makes one; /dumps lists them")
        return msgspec.json.decode((self.folder / wanted / _MANIFEST).read_bytes(), type=DumpManifest)

    def path(self, name: str, file: str) -> Path:
        """A file of a dump; only those its manifest names can be had."""
        manifest = self.read(name)
        if file != _MANIFEST and file not in {one.name for one in manifest.files}:
            raise NotFound("the dump has no such file", place=file, hint="its manifest.json lists its files")
        return self.folder / f"{manifest.sequence:012d}" / file

    def check(self, name: str) -> DumpManifest:
        """Load the dump's files into an empty store and compare hashes; StoreError where they differ."""
        manifest = self.read(name)
        for one in manifest.files:
            if _sha256(self.path(name, one.name)) != one.sha256:
                raise StoreError("the file is not the one that was written", place=one.name, hint="make a new dump")
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=_PARTIAL) as folder:
            store = OxigraphStore(Path(folder) / "store")
            try:
                for one in manifest.files:
                    store.load(_lines(self.path(name, one.name)))
                found = store_hash(store)
            finally:
                store.close()
        if found != manifest.hash:
            raise StoreError("the dump reloads to another graph", place=name, hint=f"{found} is not {manifest.hash}")
        return manifest


def _file(store: OxigraphStore, graph: str, folder: Path) -> DumpFile:
    name = f"{graph.rpartition('/')[2] or 'default'}.nq.gz"
    made = StoreHash()
    path = folder / name
    # No time and no file name inside: the same statements make the same bytes.
    with path.open("wb") as raw, gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as output:
        for line in store.lines(graph):
            made.update((line,))
            output.write(line.encode() + b"\n")
    return DumpFile(
        name=name, graph=graph, statements=made.count, bytes=path.stat().st_size, sha256=_sha256(path),
        hash=made.hexdigest(),
    )  # fmt: skip


def _sha256(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _lines(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        for line in file:
            yield line.rstrip("\n")

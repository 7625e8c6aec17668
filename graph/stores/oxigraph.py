"""The embedded store: Oxigraph on disk. The only module that imports pyoxigraph.

One process may write a folder; readers use checkpoints (`graph.snapshots`), never the live folder.
A checkpoint is made of hard links where the file system allows (1.5 ms at 1M quads, 25 ms at 10M).
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Final

import pyoxigraph as ox

from graph.stores.base import Row
from graph.stores.bindings import bound
from graph.terms import XSD, Blank, Iri, Literal, Term
from ontology.errors import DiskFull, StoreError, WriterBusy

LOAD_BYTES: Final = 40 << 20
"""Text handed to one bulk load: some 250,000 statements, which take 170 MB at the peak."""
APPLY_CHUNK: Final = 50_000

_STRING: Final = XSD + "string"
_LANG_STRING: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"


class OxigraphStore:
    """A set of quads in a folder, made where it is missing.

    Raises WriterBusy where another process (or another instance in this one) has it open.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with _errors(path):
            path.mkdir(parents=True, exist_ok=True)
            self._store: ox.Store | None = ox.Store(str(path))

    @classmethod
    def read_only(cls, path: Path) -> OxigraphStore:
        """A checkpoint opened for reading (6-22 ms). Any number of processes may."""
        store = cls.__new__(cls)
        store.path = path
        with _errors(path):
            store._store = ox.Store.read_only(str(path))
        return store

    @property
    def raw(self) -> ox.Store:
        """The pyoxigraph store, for pySHACL."""
        if self._store is None:
            raise StoreError("the store has been closed", place=str(self.path))
        return self._store

    def apply(self, removes: Iterable[str], adds: Iterable[str]) -> None:
        """See `Store.apply`. Each 50,000 added lines are one transaction."""
        with _errors(self.path):
            for chunk in _chunks(removes, APPLY_CHUNK):
                for quad in _parsed(chunk):
                    self.raw.remove(quad)
            for chunk in _chunks(adds, APPLY_CHUNK):
                self.raw.extend(_parsed(chunk))

    def load(self, texts: Iterable[str | bytes]) -> None:
        """See `Store.load`: written past the log, about three times as fast as `apply`."""
        with _errors(self.path):
            for chunk in _documents(texts):
                self.raw.bulk_load(chunk, format=ox.RdfFormat.N_QUADS)

    def select(self, query: str, bindings: Mapping[str, Term] | None = None) -> Iterator[Row]:
        """See `ReadableStore.select`. The iterator belongs to the thread that made it."""
        with _errors(self.path):
            found = self.raw.query(bound(query, bindings))
        if not isinstance(found, ox.QuerySolutions):
            raise StoreError("select() was given a query that is no SELECT", place=query[:80])
        return self._rows(found)

    def _rows(self, found: ox.QuerySolutions) -> Iterator[Row]:
        names = [variable.value for variable in found.variables]
        with _errors(self.path):
            for solution in found:
                yield {name: _term(value) for name, value in zip(names, solution, strict=True) if value is not None}

    def ask(self, query: str, bindings: Mapping[str, Term] | None = None) -> bool:
        with _errors(self.path):
            found = self.raw.query(bound(query, bindings))
        if not isinstance(found, ox.QueryBoolean):
            raise StoreError("ask() was given a query that is no ASK", place=query[:80])
        return bool(found)

    def lines(self, graph: str | None = None) -> Iterator[str]:
        name = None if graph is None else ox.NamedNode(graph) if graph else ox.DefaultGraph()
        with _errors(self.path):
            for quad in self.raw.quads_for_pattern(None, None, None, name):
                yield f"{quad} ."

    def count(self) -> int:
        with _errors(self.path):
            return len(self.raw)

    def checkpoint(self, path: Path) -> None:
        """Write the present state to the folder `path`, which must not exist."""
        with _errors(path):
            self.raw.backup(str(path))

    def close(self) -> None:
        """Give the folder free. Iterators that are still alive keep it until they end."""
        self._store = None


def encode(lines: Iterable[str], output: IO[bytes], format_name: str, prefixes: Mapping[str, str]) -> None:
    """Write statements in a format of Oxigraph's (`RdfFormat`, by media type), one after another;
    graph names are left out where the format has none."""
    form = _format(format_name)
    with _errors(Path(getattr(output, "name", "output"))):
        quads = (quad for chunk in _chunks(lines, APPLY_CHUNK) for quad in _parsed(chunk))
        said = quads if form.supports_datasets else (quad.triple for quad in quads)
        ox.serialize(said, output, form, prefixes=dict(prefixes))


def decode(body: bytes, format_name: str, base_iri: str) -> Iterator[str]:
    """Statements of a document in a format of Oxigraph's; StoreError where it is broken."""
    with _errors(Path("input")):
        for quad in ox.parse(body, _format(format_name), base_iri=base_iri or None):
            yield f"{quad} ."


def _format(media_type: str) -> ox.RdfFormat:
    found = ox.RdfFormat.from_media_type(media_type)
    if found is None:
        raise StoreError(f"no RDF format has the media type {media_type!r}")
    return found


def _chunks(lines: Iterable[str], size: int) -> Iterator[list[str]]:
    lines = iter(lines)
    while chunk := list(islice(lines, size)):
        yield chunk


def _documents(texts: Iterable[str | bytes]) -> Iterator[bytes]:
    """Texts put together to documents of about `LOAD_BYTES`."""
    chunk: list[bytes] = []
    size = 0
    for text in texts:
        chunk.append(text if isinstance(text, bytes) else text.encode())
        size += len(chunk[-1])
        if size >= LOAD_BYTES:
            yield b"\n".join(chunk)
            chunk, size = [], 0
    if chunk:
        yield b"\n".join(chunk)


def _bytes(lines: list[str]) -> bytes:
    return "\n".join(lines).encode()


def _parsed(lines: list[str]) -> Iterator[ox.Quad]:
    return ox.parse(_bytes(lines), format=ox.RdfFormat.N_QUADS)


def _term(node: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> Term:
    if isinstance(node, ox.NamedNode):
        return Iri(node.value)
    if isinstance(node, ox.Literal):
        datatype = node.datatype.value
        return Literal(node.value, node.language or "", "" if datatype in (_STRING, _LANG_STRING) else datatype)
    if isinstance(node, ox.BlankNode):
        return Blank(node.value)
    raise StoreError("a solution holds a triple term, which Gnomon's own data never does", place=str(node)[:80])


@contextmanager
def _errors(path: Path) -> Iterator[None]:
    """Say in Gnomon's errors what Oxigraph and the file system complain of."""
    try:
        yield
    except OSError as error:
        said = str(error)
        if error.errno == errno.ENOSPC or "No space left" in said:
            raise DiskFull(
                "no space is left for the store", place=str(path), hint="free some space and repeat"
            ) from error
        if "LOCK" in said:
            raise WriterBusy("the store is open in another process", place=str(path)) from error
        raise StoreError(f"the store cannot be used: {said}", place=str(path)) from error
    except (SyntaxError, ValueError) as error:
        raise StoreError(f"the store refuses a statement or query: {error}", place=str(path)) from error

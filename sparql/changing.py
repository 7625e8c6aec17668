"""Updates applied to a copy of a checkpoint, in a worker: what they would make of the graphs is said,
and nothing but the copy is touched. Whoever keeps the store takes the new lines from there.

The copy is made of hard links (table files never change once written): 1 ms, whatever the size.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from ontology.errors import (
    QueryFailed,
    QueryForbidden,
    QuerySyntaxError,
    QueryTooLarge,
    StoreError,
    UnsupportedMediaType,
)
from ontology.namespaces import PREFIXES
from sparql.messages import Changed, Documents, Open, Update
from sparql.worker import syntax_error

_TABLES: Final = ".sst"
Graphs = dict[str, set[str]]
"""IRI ("" is the default graph) → its lines."""


def change(request: Update | Documents | Open) -> Changed:
    """Apply it; QuerySyntaxError, QueryForbidden, QueryTooLarge, StoreError."""
    match request:
        case Update():
            return _update(request)
        case Documents():
            return _read(request)
    raise StoreError("this is no change")


def _update(request: Update) -> Changed:
    scratch = Path(request.scratch)
    try:
        _copy(Path(request.snapshot), scratch)
        store = ox.Store(str(scratch))
        before = _graphs(store, request.graphs, request.most)
        try:
            store.update(request.text, base_iri=request.base or None, prefixes=PREFIXES)
        except SyntaxError as error:
            raise syntax_error(request.text, str(error)) from error
        except (RuntimeError, ValueError) as error:
            raise QueryFailed(f"the update fails, and nothing is changed: {error}", place="update") from error
        after = _graphs(store, request.graphs, request.most)
        del store
        return _difference(before, after)
    except OSError as error:
        raise StoreError(f"the update cannot be tried: {error}", place=request.scratch) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _read(request: Documents) -> Changed:
    store = ox.Store.read_only(request.snapshot)
    before = _graphs(store, [request.graph], request.most)
    name = ox.NamedNode(request.graph) if request.graph else ox.DefaultGraph()
    said = {f"{ox.Quad(*triple, name)} ." for kind, body in request.parts for triple in _triples(kind, body, request)}
    old = before.get(request.graph, set())
    made = _difference(before, {request.graph: said if request.replace else old | said})
    return Changed(made.graphs, created=not old, added=made.added, removed=made.removed)


def _triples(kind: str, body: bytes, request: Documents) -> Iterable[tuple[ox.NamedNode, ox.NamedNode, ox.NamedNode]]:
    form = ox.RdfFormat.from_media_type(kind)
    if form is None:
        raise UnsupportedMediaType(
            f"no RDF is read from {kind or 'a body without a type'}", place="Content-Type",
            hint="send text/turtle, application/n-triples, application/rdf+xml or application/ld+json",
        )  # fmt: skip
    try:
        for quad in ox.parse(body, form, base_iri=request.base or None, rename_blank_nodes=True):
            if quad.graph_name != ox.DefaultGraph():
                raise QueryForbidden("a document for one graph names another", place=str(quad.graph_name))
            yield (quad.subject, quad.predicate, quad.object)
    except (SyntaxError, ValueError) as error:
        raise QuerySyntaxError(f"the document cannot be read: {error}", place="body") from error


def _copy(checkpoint: Path, to: Path) -> None:
    to.mkdir(parents=True)
    for file in checkpoint.iterdir():
        if file.suffix == _TABLES:
            os.link(file, to / file.name)
        else:
            shutil.copyfile(file, to / file.name)


def _graphs(store: ox.Store, names: list[str] | None, most: int) -> Graphs:
    """The lines of these graphs, or of all; QueryTooLarge from `most` bytes on."""
    found: Graphs = {}
    size = 0
    for name in [None] if names is None else names:
        node = None if name is None else ox.NamedNode(name) if name else ox.DefaultGraph()
        for quad in store.quads_for_pattern(None, None, None, node):
            line = f"{quad} ."
            size += len(line)
            if size > most:
                raise QueryTooLarge(f"the graphs that change are larger than {most:,} bytes", place="update")
            graph = quad.graph_name
            if isinstance(graph, ox.BlankNode):
                raise QueryForbidden("a graph must be named by an IRI", place=str(graph))
            found.setdefault(graph.value if isinstance(graph, ox.NamedNode) else "", set()).add(line)
    return found


def _difference(before: Graphs, after: Graphs) -> Changed:
    names = [name for name in sorted({*before, *after}) if before.get(name, set()) != after.get(name, set())]
    pairs = [(before.get(name, set()), after.get(name, set())) for name in names]
    return Changed(
        {name: sorted(after.get(name, ())) for name in names},
        added=sum(len(new - old) for old, new in pairs), removed=sum(len(old - new) for old, new in pairs),
    )  # fmt: skip

"""The same endpoint over a server elsewhere: any that speaks the SPARQL 1.1 Protocol.

A remote worker stands in the pool where a process stands otherwise, and says the same things over the
same kind of socket pair. The server answers in JSON or N-Triples, which is read here while it arrives and
written in the format asked for; so guard, formats, limits of time, rows and bytes, budgets, completeness and
cut answers are ours. What is lost is listed in `LOST`.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Final, cast

import httpx2
import pyoxigraph as ox

from graph.snapshots import Lease, Snapshot
from ontology.errors import QueryFailed, QueryTooLarge, RemoteStoreError, StoreError
from ontology.namespaces import PREFIXES
from sparql.formats import GRAPHS
from sparql.messages import Ask, Ready, Request, pack
from sparql.pipe import Pipe
from sparql.plan import Closure
from sparql.process import Ending, WorkerProcess
from sparql.worker import Found, NoWatch, Worker

LOST: Final = (
    "a query that is stopped here may go on in the remote server",
    "no memory limit, no processor time counted",
    "no checkpoints: no ETag, no as-of queries, a long answer may see two states",
    "no updates and no graph store",
    "paths are evaluated as they are written",
)
_GRAPHS: Final = frozenset(one.key for one in GRAPHS)
_SOLUTIONS_TYPE: Final = "application/sparql-results+json"
_GRAPH_TYPES: Final = "application/n-triples, text/turtle;q=0.8, application/rdf+xml;q=0.6"
_MAX_ROWS: Final = "x-sparql-maxrows"
"""Virtuoso's word for an answer that it has cut at so many rows."""
_ASKED: Final = "__ASK_RETVAL"
"""The column of Virtuoso's answer to ASK."""
_PROLOGUE: Final = "".join(f"PREFIX {name}: <{iri}> " for name, iri in PREFIXES.items())


class NoCheckpoints:
    """A remote server has none; its workers need no lease."""

    def current(self) -> Snapshot | None:
        return None

    def acquire(self) -> Lease:
        return Lease(Snapshot(Path("remote"), 0))

    def tidy(self) -> None:
        """There is nothing."""


class RemoteWorker(WorkerProcess):
    """A thread that puts queries to a server; killed by closing what it holds."""

    def __init__(self, url: str, timeout: float) -> None:
        ours, theirs = socket.socketpair()
        self._start_talking(ours)
        self._loop = _Loop(Pipe(theirs), url, timeout)
        self._thread = threading.Thread(target=self._loop.serve, daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int:
        return 0

    @property
    def alive(self) -> bool:
        self.wait_ready(0)
        return self._thread.is_alive()

    def cpu(self) -> float:
        return 0.0

    def put_last(self) -> None:
        """It is a thread that waits."""

    def kill(self) -> None:
        """Let the server's connection go and end the thread."""
        if self.ear is not None:
            self.ear.forget()
        self._loop.close()
        self.let_go()

    def ending(self) -> Ending:
        return Ending("its connection was closed", from_outside=True)


class _Loop(Worker):
    """The far side of the socket pair."""

    def __init__(self, pipe: Pipe, url: str, timeout: float) -> None:
        super().__init__(pipe, "ask")
        self._watch = NoWatch()
        self._url = url
        self._http = httpx2.Client(timeout=timeout, trust_env=False, follow_redirects=False)
        pipe.send(pack(Ready(own_network=False, no_sockets=False, pid=0)))

    def serve(self) -> None:
        """As a worker; whatever closing it in the middle brings about is its end."""
        with suppress(OSError, RuntimeError, EOFError):
            super().serve()

    def close(self) -> None:
        """From another thread."""
        self._pipe.hang_up()
        with suppress(OSError, RuntimeError):
            self._http.close()

    def _serve(self, request: Request) -> None:
        if isinstance(request, Ask):
            self._forward(request)

    def _forward(self, ask: Ask) -> None:
        graph = ask.format in _GRAPHS
        form: dict[str, str | list[str]] = {"query": _PROLOGUE + _as_written(ask)}
        if ask.default_graphs is not None or ask.named_graphs is not None:
            form |= {"default-graph-uri": ask.default_graphs or [], "named-graph-uri": ask.named_graphs or []}
        headers = {"Accept": _GRAPH_TYPES if graph else _SOLUTIONS_TYPE}
        try:
            with self._http.stream("POST", self._url, data=form, headers=headers) as answer:
                if answer.status_code >= 400:
                    raise _refusal(answer)
                if _MAX_ROWS in answer.headers:
                    raise QueryTooLarge(
                        f"the remote server cuts answers at {answer.headers[_MAX_ROWS]} rows", place=self._url,
                        hint="add LIMIT and OFFSET",
                    )  # fmt: skip
                self.write(ask, _read(answer, graph))
        except httpx2.HTTPError as error:
            raise RemoteStoreError(f"the remote server cannot be reached: {error}", place=self._url) from error
        except SyntaxError as error:
            raise RemoteStoreError(f"the remote server's answer is broken: {error}", place=self._url) from error


def _as_written(ask: Ask) -> str:
    """The query with its searches filled in, and nothing else changed."""
    if ask.plan is None:
        return ask.text
    text = ask.plan.pieces[0]
    for hole, piece in zip(ask.plan.holes, ask.plan.pieces[1:], strict=True):
        text += (hole.original if isinstance(hole, Closure) else "") + piece
    return text


def _read(answer: httpx2.Response, graph: bool) -> Found:
    body = cast("IO[bytes]", _Body(answer.iter_bytes()))
    if not graph:
        return _boolean(ox.parse_query_results(body, ox.QueryResultsFormat.JSON))
    form = ox.RdfFormat.from_media_type(answer.headers.get("content-type", "").partition(";")[0])
    if form is None:
        raise RemoteStoreError("the remote server answers in a format that is not read", place=str(answer.url))
    return (quad.triple for quad in ox.parse(body, form))


def _boolean(found: Found) -> Found:
    """Virtuoso's table in answer to ASK as what it means; everything else as it is."""
    if not isinstance(found, ox.QuerySolutions) or [one.value for one in found.variables] != [_ASKED]:
        return found
    said = any(isinstance(row[0], ox.Literal) and row[0].value not in ("0", "false") for row in found)
    text = b'{"head":{},"boolean":%s}' % str(said).lower().encode()
    return ox.parse_query_results(text, ox.QueryResultsFormat.JSON)


class _Body:
    """The pieces of an answer as a file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._rest = piece
        taken, self._rest = (self._rest, b"") if size < 0 else (self._rest[:size], self._rest[size:])
        return taken


def _refusal(answer: httpx2.Response) -> StoreError | QueryFailed:
    said = answer.read()[:300].decode("utf-8", "replace").strip()
    if answer.status_code < 500:
        return QueryFailed(f"the remote server refuses the query: {said}", place="query")
    return RemoteStoreError(f"the remote server fails ({answer.status_code}): {said}", place=str(answer.url))


def wait_for(url: str, seconds: float) -> bool:
    """Whether a server answers there within this time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(httpx2.HTTPError):
            if httpx2.get(url, params={"query": "ASK {}"}, trust_env=False).status_code == 200:
                return True
        time.sleep(0.1)
    return False

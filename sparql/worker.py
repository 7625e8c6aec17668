"""The process that evaluates queries: confined, killable, read-only.

Forked by `sparql.nursery`; the role "change" makes it one that applies updates to copies
(`sparql.changing`) and may write files. One thread with a large stack does all the work (the engine
binds results to the thread that made them, and its parser recurses); a second one only watches for the
server's end of the socket to close, so that a worker never outlives its server.
"""

from __future__ import annotations

import os
import re
import select
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, Final, cast

import pyoxigraph as ox

from graph.stores.oxigraph import OxigraphStore
from ontology.errors import GnomonError, QueryFailed, QueryMemoryExceeded, QuerySyntaxError, QueryTooLarge, StoreError
from ontology.namespaces import PREFIXES
from sparql.filling import Asked, filled
from sparql.formats import GRAPHS, SOLUTIONS
from sparql.jail import Confinement, limit_memory, memory_in_use
from sparql.messages import Ask, Changed, Chunk, Done, Failed, Open, Ready, Request, pack, read_request
from sparql.meters import METERS, Meter, OwnMeter
from sparql.pipe import Pipe
from sparql.process import CHANGE

STACK: Final = 256 << 20
ENGINE: Final = 256 << 20
"""Address space that opening a store reserves, mostly unused: threads' stacks and heaps (measured: 170 MiB)."""
CHUNK: Final = 64 << 10
_STRING: Final = f"{PREFIXES['xsd']}string"
FIRST: Final = 500
"""Triples that a graph has at most whose prefixes are only those it needs; the head of a larger one has all."""
PAUSE: Final = 0.1
"""Seconds after which a smaller chunk is sent all the same."""
SHORT: Final = 0.005
"""Seconds of a query whose processor time is not worth asking for: that takes a tenth of a millisecond."""

_NOISE: Final = ("LATERAL", "SERVICE")
"""What the engine expects after any pattern."""
_POSITION: Final = re.compile(r"error at (\d+):(\d+): expected (?:one of )?(.*)", re.DOTALL)


_RESULTS: Final = {one.key: getattr(ox.QueryResultsFormat, one.engine) for one in SOLUTIONS}
_GRAPHS: Final = {one.key: getattr(ox.RdfFormat, one.engine) for one in GRAPHS}
Found = ox.QuerySolutions | ox.QueryBoolean | Iterable[ox.Triple]


class Stopwatch:
    """Processor time of one query after the other, in seconds; of short ones the time they took. `resident`
    is the memory held after the last one that was not short: short ones take none worth speaking of."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.resident = 0
        self._told = 0.0
        """Processor time of this process that has been said to be somebody's."""

    def start(self) -> None:
        """A query begins."""
        self._began = time.monotonic()

    def stop(self) -> float:
        """What it took."""
        took = time.monotonic() - self._began
        if took < SHORT:
            self._told += took
            return took
        self.resident = memory_in_use().resident
        used = time.process_time()
        took, self._told = max(0.0, used - self._told), used
        return took


class NoWatch(Stopwatch):
    """For a thread that waits for another server: what its process takes is not the query's."""

    def stop(self) -> float:
        """Nothing."""
        return 0.0


class Sink:
    """Takes the serialiser's writes, counts them, and sends them on in larger chunks.

    Sending blocks while the server does not read: that is all the back-pressure there is. Raises
    QueryTooLarge out of `write` where a limit is passed, which ends the evaluation.
    """

    def __init__(self, pipe: Pipe, ask: Ask, meter: Meter, watch: Stopwatch) -> None:
        self._pipe = pipe
        self._watch = watch
        self._ask = ask
        self._meter = meter
        self._waiting: list[bytes] = []
        self._size = 0
        self._total = 0
        self._last = time.monotonic()

    def flush(self) -> None:
        """The serialiser's own idea of when to flush is not ours."""

    def write(self, data: bytes) -> int:
        self._meter.add(data)
        self._total += len(data)
        self.check_rows(self._meter.rows)
        if self._total > self._ask.bytes:
            raise QueryTooLarge(
                f"the answer is larger than {self._ask.bytes:,} bytes", place="answer", hint="add LIMIT and OFFSET"
            )
        self._waiting.append(bytes(data))
        self._size += len(data)
        if self._size >= CHUNK or time.monotonic() - self._last > PAUSE:
            self.send()
        return len(data)

    def check_rows(self, rows: int) -> None:
        if rows > self._ask.rows:
            raise QueryTooLarge(
                f"the answer has more than {self._ask.rows:,} rows", place="answer", hint="add LIMIT and OFFSET"
            )

    def send(self) -> None:
        if self._waiting:
            self._pipe.send(pack(Chunk(b"".join(self._waiting))))
        self._waiting.clear()
        self._size = 0
        self._last = time.monotonic()

    def finish(self) -> None:
        """Say that the answer is complete, with what has not been sent yet."""
        rest = b"".join(self._waiting)
        cpu = self._watch.stop()
        self._pipe.send(pack(Done(self._meter.rows, self._watch.resident, cpu, rest)))


class Worker:
    def __init__(self, pipe: Pipe, role: str) -> None:
        self._pipe = pipe
        self._role = role
        self._watch = Stopwatch()
        self._store: OxigraphStore | None = None
        self._snapshot = ""

    def serve(self) -> None:
        """Answer one query after the other until the server hangs up."""
        while True:
            try:
                request = read_request(self._pipe.receive())
            except EOFError:
                return
            self._watch.start()
            try:
                self._serve(request)
            except GnomonError as error:
                self._pipe.send(pack(Failed.of(error)))
            except MemoryError:
                full = QueryMemoryExceeded("the query needs more memory than it may take", hint="ask for less at once")
                self._pipe.send(pack(Failed.of(full)))
                return
            except BrokenPipeError:
                return

    def _serve(self, request: Request) -> None:
        if isinstance(request, Ask):
            self._answer(request)
        elif isinstance(request, Open):
            with suppress(GnomonError):  # said again when something is asked of it
                self._open(request.snapshot)
        elif self._role == CHANGE:
            from sparql.changing import change

            send(self._pipe, change(request))

    def _answer(self, ask: Ask) -> None:
        self.write(ask, self._evaluate(ask))

    def write(self, ask: Ask, found: Found) -> None:
        """Send an answer in the format asked for, in chunks, up to its limits."""
        solutions = isinstance(found, ox.QuerySolutions)
        own = OwnMeter()
        sink = Sink(self._pipe, ask, METERS[ask.format]() if solutions else own, self._watch)
        output = cast("IO[bytes]", sink)
        try:
            if isinstance(found, ox.QuerySolutions | ox.QueryBoolean):
                found.serialize(output, _RESULTS[ask.format])
            else:
                triples = _counted(found, sink, own)
                first = [*islice(triples, FIRST)]
                prefixes = _used(first) if len(first) < FIRST else PREFIXES
                ox.serialize(chain(first, triples), output, _GRAPHS[ask.format], prefixes=prefixes)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise StoreError(f"the store cannot be read: {error}", place=ask.snapshot) from error
        except (RuntimeError, ValueError) as error:
            raise QueryFailed(f"the query failed while it was evaluated: {error}", place="query") from error
        sink.finish()

    def _evaluate(self, ask: Ask) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        put = _asked_of(self._open(ask.snapshot).raw, ask)
        try:
            if ask.plan is None:
                return put(ask.text)
            try:
                return put(filled(ask.plan, put))
            except SyntaxError:
                return put(ask.text)  # so that places are those of the text as it was written
        except SyntaxError as error:
            raise syntax_error(ask.text, str(error)) from error
        except OSError as error:
            raise StoreError(f"the store cannot be read: {error}", place=ask.snapshot) from error
        except (RuntimeError, ValueError) as error:
            raise QueryFailed(str(error), place="query") from error

    def _open(self, snapshot: str) -> OxigraphStore:
        if self._store is None or self._snapshot != snapshot:
            if self._store is not None:
                self._store.close()
                self._store = None
            self._store, self._snapshot = OxigraphStore.read_only(Path(snapshot)), snapshot
        return self._store


def send(pipe: Pipe, changed: Changed) -> None:
    """What a change made, in chunks, as the answer to it."""
    body = pack(changed)
    for at in range(0, len(body), 1 << 20):
        pipe.send(pack(Chunk(body[at : at + (1 << 20)])))
    pipe.send(pack(Done(changed.added + changed.removed, memory_in_use().resident, time.process_time())))


def _asked_of(store: ox.Store, ask: Ask) -> Asked:
    """Puts texts to a store, of the dataset that is wanted."""
    given: dict[str, Any] = {}
    if ask.prefixes:
        given["prefixes"] = {name: PREFIXES[name] for name in ask.prefixes}
    if ask.base:
        given["base_iri"] = ask.base
    if ask.default_graphs is not None:
        given["default_graph"] = _nodes(ask.default_graphs)
    if ask.named_graphs is not None:
        given["named_graphs"] = _nodes(ask.named_graphs)
    return partial(store.query, **given)


def _nodes(graphs: list[str]) -> list[ox.NamedNode]:
    try:
        return [ox.NamedNode(graph) for graph in graphs]
    except ValueError as error:
        raise QuerySyntaxError(f"a graph's name is no absolute IRI: {error}", place="default-graph-uri") from error


def _used(triples: Iterable[ox.Triple]) -> dict[str, str]:
    """The prefixes that a small graph needs."""
    nodes = {str(node)[1:-1] for triple in triples for node in triple if isinstance(node, ox.NamedNode)}
    typed = (one.object for one in triples if isinstance(one.object, ox.Literal) and not one.object.language)
    nodes |= {literal.datatype.value for literal in typed} - {_STRING}
    return {name: begin for name, begin in PREFIXES.items() if any(node.startswith(begin) for node in nodes)}


def _counted(triples: Iterable[ox.Triple], sink: Sink, meter: OwnMeter) -> Iterator[ox.Triple]:
    for triple in triples:
        meter.rows += 1
        sink.check_rows(meter.rows)
        yield triple


def syntax_error(text: str, said: str) -> QuerySyntaxError:
    """The engine's complaint with its place, what stands there, and what it hoped for, made short.

    The engine names the farthest spot it could reach in any reading, often a little behind the fault.
    """
    match = _POSITION.match(said)
    if match is None:
        return QuerySyntaxError(f"the query is not SPARQL: {said}", place="query")
    line, column = int(match[1]), int(match[2])
    lines = text.split("\n")
    rest = lines[line - 1][column - 1 :].split() if line <= len(lines) else []
    here = (
        f"the query cannot be read beyond “{rest[0][:40]}”" if rest else "the query breaks off or is wrong near its end"
    )
    hopes = [part for part in re.split(r", (?![^\[]*\])|\n", match[3]) if part and part[0] not in "['|" + '"']
    reasons = [part for part in hopes if " " in part]
    wanted = [part for part in hopes if part not in _NOISE]
    hint = f"expected there: {', '.join(wanted)}" if 0 < len(wanted) <= 4 else "look just before this place"
    return QuerySyntaxError(
        reasons[0] if reasons else here, place=f"line {line}, column {column}", hint="" if reasons else hint
    )


def _end_with_server(descriptor: int) -> None:
    """Leave at once when the other end closes, whatever the query is doing."""
    poll = select.poll()
    poll.register(descriptor, getattr(select, "POLLRDHUP", select.POLLHUP))
    poll.poll()
    os._exit(0)


def run(descriptor: int, role: str, memory: int, reached: Confinement) -> None:
    """Be a worker on this socket, with at most so many bytes of memory more than now, until the server
    hangs up."""
    limit_memory(memory)
    pipe = Pipe(socket.socket(fileno=descriptor))
    pipe.send(pack(Ready(reached.own_network, reached.no_sockets, os.getpid())))
    threading.Thread(target=_end_with_server, args=(descriptor,), daemon=True).start()
    threading.stack_size(STACK)
    serving = threading.Thread(target=Worker(pipe, role).serve)
    serving.start()
    serving.join()

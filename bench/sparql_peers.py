"""`python -m bench.sparql_peers FOLDER [--quads 10000000] [--small 200000]`: typical queries beside other engines.

Makes the graph of `bench.synthetic` where it is missing, loads it into Virtuoso (Debian's, where installed), and
asks our server, `oxigraph serve-read-only` and Virtuoso the same over HTTP: one client, milliseconds, median of
five (of three where one takes long) after one that does not count. rdflib keeps everything in memory and cannot hold
ten million statements: it answers in its own process from a graph of `--small` statements of the same kind. Numbers of
rows are compared.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import httpx2
import rdflib

from bench.processes import server_of, settled
from bench.sparql import PROLOGUE, oxigraph
from bench.synthetic import concept, lines, make, person, work
from bench.virtuoso import MISSING, installed, virtuoso
from bench.w3c.server import serving

RUN = 250_000
"""Statements written to one file before it is the turn of the next."""
SECONDS = 60.0
"""Patience with one query."""
LONG_MS = 1_000
FILES = 8
QUERIES = {
    "all about one work": f"SELECT ?p ?o {{ {work(41)} ?p ?o }}",
    "title and year of a work": f"SELECT ?t ?y {{ {work(977)} dct:title ?t ; gn:year ?y }}",
    "works of a person": f"SELECT ?w {{ ?w dct:creator {person(210)} }}",
    "labels of a work's subjects": f"SELECT ?l {{ {work(86)} dct:subject ?c . ?c skos:prefLabel ?l }}",
    "co-authors of a person": f"SELECT DISTINCT ?n {{ ?w dct:creator {person(33)}, ?o . ?o foaf:name ?n }}",
    "cited by what it cites": f"SELECT DISTINCT ?c {{ {work(500)} cito:cites/cito:cites ?c }}",
    "works below a concept": f"SELECT DISTINCT ?w {{ ?w dct:subject/skos:broader* {concept(400)} }}",
    "how many below another, by year": "SELECT ?y (COUNT(DISTINCT ?w) AS ?n) { ?w dct:subject/skos:broader* "
    f"{concept(2400)} ; gn:year ?y }} GROUP BY ?y",
    "works a year": "SELECT ?y (COUNT(?w) AS ?n) { ?w gn:year ?y } GROUP BY ?y",
    "busiest venues": "SELECT ?v (COUNT(?w) AS ?n) { ?w dct:isPartOf ?v } GROUP BY ?v ORDER BY DESC(?n) ?v LIMIT 20",
    "titles with two words": 'SELECT ?w ?t { ?w dct:title ?t FILTER(CONTAINS(?t, "quantum archive")) } LIMIT 50',
    "export of 200,000 rows": "SELECT ?w ?t { ?w dct:title ?t } LIMIT 200000",
}
_TURN = count()
_HTTP = httpx2.Client(timeout=SECONDS, trust_env=False)
Answered = tuple[float, int] | str
"""Milliseconds and rows, or why there are none."""


def over_http(address: str, query: str) -> Answered:
    """One query, answered in CSV."""
    started = time.perf_counter()
    try:
        # Another text each time: no server shall answer from memory.
        text = f"{PROLOGUE} {query} # {next(_TURN)}"
        answer = _HTTP.post(address, data={"query": text}, headers={"Accept": "text/csv"})
    except httpx2.HTTPError as error:
        return type(error).__name__
    took = 1000 * (time.perf_counter() - started)
    return (took, answer.content.count(b"\n") - 1) if answer.status_code == 200 else f"HTTP {answer.status_code}"


def in_memory(graph: rdflib.Graph) -> Callable[[str], Answered]:
    def ask(query: str) -> Answered:
        started = time.perf_counter()
        rows = len(list(graph.query(PROLOGUE + query)))
        return 1000 * (time.perf_counter() - started), rows

    return ask


def median(ask: Callable[[str], Answered], query: str) -> Answered:
    first = ask(query)
    if isinstance(first, str):
        return first
    found = [ask(query) for _ in range(1 if first[0] > LONG_MS else 5)]
    good = [one for one in found if not isinstance(one, str)]
    return (statistics.median(one[0] for one in good), good[0][1]) if good else str(found[0])


def written(folder: Path, quads: int) -> Path:
    """The graph as N-Quads files, which other engines load."""
    if not folder.exists():
        folder.mkdir(parents=True)
        with ExitStack() as stack:
            files = [stack.enter_context((folder / f"part{n}.nq").open("w")) for n in range(FILES)]
            for number, line in enumerate(lines(quads)):
                files[number // RUN % FILES].write(f"{line}\n")
    return folder


def small(quads: int) -> rdflib.Graph:
    """The default graph only."""
    graph = rdflib.Graph()
    plain = (line for line in lines(quads) if not line.endswith("/graph/text> ."))
    graph.parse(data="\n".join(plain), format="nt")
    return graph


def peers(folder: Path, quads: int, few: int, stack: ExitStack) -> Iterator[tuple[str, Callable[[str], Answered]]]:
    """Each with what asks it; all run until the stack is closed."""
    checkpoint = make(folder, quads)
    ours = stack.enter_context(serving(folder, query_workers=2, query_seconds=SECONDS))
    settled(server_of(os.getpid()))
    yield "Gnomon", lambda query: over_http(f"{ours}/sparql", query)
    theirs, _ = stack.enter_context(oxigraph(checkpoint))
    yield "oxigraph serve", lambda query: over_http(theirs, query)
    if installed():
        address = stack.enter_context(virtuoso(folder / "virtuoso", written(folder / "nquads", quads), memory_mb=1500))
        yield "Virtuoso", lambda query: over_http(address, query)
    else:
        print(MISSING)
    if few:
        yield f"rdflib, {few:,}", in_memory(small(few))


def shown(found: Answered) -> str:
    return found if isinstance(found, str) else f"{found[0]:,.1f} ({found[1]:,})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quads", type=int, default=10_000_000)
    parser.add_argument("--small", type=int, default=200_000, help="statements for rdflib; 0: without it")
    given = parser.parse_args()
    with ExitStack() as stack:
        table: dict[str, list[str]] = {name: [] for name in QUERIES}
        names = []
        for name, ask in peers(given.folder, given.quads, given.small, stack):
            names.append(name)
            for query, text in QUERIES.items():
                table[query].append(shown(median(ask, text)))
        print(f"| milliseconds (rows), {given.quads:,} quads | {' | '.join(names)} |\n|---|{'---:|' * len(names)}")
        for query, cells in table.items():
            print(f"| {query} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()

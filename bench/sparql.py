"""`python -m bench.sparql FOLDER [--quads 10000000] [--seconds 6]`: the endpoint on a large invented graph.

Makes the graph (`bench.synthetic`) where it is missing, serves it, and prints: latency of point queries over
HTTP; throughput of point queries, exports and aggregates beside `oxigraph serve-read-only` on the same
files in the same run; roll-ups rewritten and plain; whether 500 random path queries have equal rows.
Processor time is printed beside wall time: the machine may be busy with other things.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pyoxigraph as ox

from bench.load import Seen, load
from bench.synthetic import BASE, concept, make, person, work
from bench.w3c.server import free_port, serving
from ontology.namespaces import PREFIXES
from sparql.filling import filled
from sparql.plan import planned
from sparql.terms import Names

PROLOGUE = "".join(f"PREFIX {name}: <{PREFIXES[name]}> " for name in ("dct", "gn", "skos", "cito", "foaf", "fabio"))
EXPORT = PROLOGUE + "SELECT ?w ?t { ?w dct:title ?t } LIMIT 200000"
AGGREGATES = (
    PROLOGUE + "SELECT ?y (COUNT(?w) AS ?n) { ?w gn:year ?y } GROUP BY ?y",
    PROLOGUE + "SELECT ?v (COUNT(?w) AS ?n) { ?w dct:isPartOf ?v } GROUP BY ?v ORDER BY DESC(?n) LIMIT 20",
)


def points(works: int, number: int = 2_000) -> list[str]:
    """Distinct questions about one work or one person."""
    dice = random.Random(1)
    made = []
    for _ in range(number):
        one = work(dice.randrange(works))
        made.append(
            dice.choice(
                [
                    f"SELECT ?p ?o {{ {one} ?p ?o }}",
                    f"{PROLOGUE} SELECT ?t ?y {{ {one} dct:title ?t ; gn:year ?y }}",
                    f"{PROLOGUE} SELECT ?w {{ ?w dct:creator {person(dice.randrange(works // 3))} }} LIMIT 20",
                    f"{PROLOGUE} SELECT ?l {{ {one} dct:subject ?c . ?c skos:prefLabel ?l }}",
                ]
            )
        )
    return made


@contextmanager
def oxigraph(checkpoint: Path) -> Iterator[tuple[str, int]]:
    """Address and process id of Oxigraph's own server over the same files."""
    port = free_port()
    program = Path(sys.executable).with_name("oxigraph")
    process = subprocess.Popen(
        [program, "serve-read-only", "--location", str(checkpoint), "--bind", f"127.0.0.1:{port}"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{port}/query"
        for _ in range(300):
            try:
                httpx2.get(address, params={"query": "ASK {}"}, trust_env=False)
                break
            except httpx2.TransportError:
                time.sleep(0.1)
        yield address, process.pid
    finally:
        process.kill()
        process.wait()


def shown(name: str, seen: Seen) -> str:
    return (
        f"{name:34} {seen.rate:8.1f}/s  median {seen.median:8.2f} ms  p95 {seen.percentile(0.95):8.2f} ms"
        f"  p99 {seen.percentile(0.99):8.2f} ms  faults {seen.faults}"
    )


def over_http(checkpoint: Path, data: Path, works: int, seconds: float) -> None:
    """Both servers, the same questions, one after the other and each twice."""
    asked: dict[str, tuple[Sequence[str], int, str]] = {
        "point, 1 client": (points(works), 1, "application/json"),
        "point, 4 clients": (points(works), 4, "application/json"),
        "export 200,000 rows, CSV": ([EXPORT], 2, "text/csv"),
        "aggregate": (AGGREGATES, 2, "application/json"),
    }
    found: dict[str, dict[str, Seen]] = {name: {} for name in asked}
    with oxigraph(checkpoint) as (theirs, _), serving(data, query_workers=2, query_seconds=60) as server:
        time.sleep(5)
        for _ in range(2):
            for name, (queries, clients, accept) in asked.items():
                for side, address in (("oxigraph", theirs), ("gnomon", f"{server}/sparql")):
                    seen = load(address, queries, clients, seconds, accept)
                    best = found[name].get(side)
                    if best is None or seen.rate > best.rate:
                        found[name][side] = seen
    for name, sides in found.items():
        for side, seen in sides.items():
            print(shown(f"{name}, {side}", seen))
        print(f"{'':34} ratio {sides['gnomon'].rate / max(sides['oxigraph'].rate, 1e-9):.2f}")


def roll_ups(checkpoint: Path) -> None:
    """The natural way to ask for everything below a concept, plain and as it is put to the engine."""
    store = ox.Store.read_only(str(checkpoint))

    def put(text: str) -> ox.QuerySolutions:
        return store.query(text, prefixes=PREFIXES)  # type: ignore[return-value]

    for node in (9_000, 400, 40):
        for text in (
            f"SELECT ?p {{ ?p dct:subject/skos:broader* {concept(node)} }}",
            f"SELECT (COUNT(DISTINCT ?p) AS ?n) {{ ?p dct:subject/skos:broader* {concept(node)} }}",
        ):
            plain, rows = _timed(lambda text=text: put(text))  # type: ignore[misc]
            planned_, same = _timed(lambda text=text: put(filled(planned(text, Names.of(text)), put)))  # type: ignore[misc]
            print(
                f"roll-up below concept {node:5}: {rows[0]:7} rows  plain {plain:9.1f} ms  rewritten {planned_:7.2f} ms"
                f"  {plain / planned_:8.0f} x  {'equal' if rows == same else 'DIFFERENT'}"
            )


def _timed(call: Callable[[], ox.QuerySolutions]) -> tuple[float, tuple[int, int]]:
    """Milliseconds of processor time, and (number of rows, hash of all of them)."""
    started = time.process_time()
    rows = sorted(str(row) for row in call())
    return 1000 * (time.process_time() - started), (len(rows), hash(tuple(rows)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quads", type=int, default=10_000_000)
    parser.add_argument("--seconds", type=float, default=6.0)
    given = parser.parse_args()
    checkpoint = make(given.folder, given.quads)
    print(f"{len(ox.Store.read_only(str(checkpoint))):,} quads, base {BASE}", flush=True)
    roll_ups(checkpoint)
    sys.stdout.flush()
    over_http(checkpoint, given.folder, int(given.quads / 20.3), given.seconds)


if __name__ == "__main__":
    main()

"""`python -m bench.sparql FOLDER [--quads 10000000] [--seconds 2] [--rounds 4] [--only http]`: the endpoint on a
large invented graph.

Makes the graph (`bench.synthetic`) where it is missing, serves it, and prints: throughput and latency of point
queries, exports and aggregates beside `oxigraph serve-read-only` on the same files in the same run, in turns;
roll-ups rewritten and plain; completion; whether random path queries have equal rows rewritten and plain.
The point queries that count are all different from one another; "asked again" are few, asked over and over.
Processor time of both servers is printed for each query: the machine may be busy with other things.
`--only` takes http, rollups, paths, completion or as-of (`?snapshot=` beside the newest checkpoint).
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx2
import msgspec
import pyoxigraph as ox

from bench.load import Seen, load, merged
from bench.processes import below, cpu_seconds, server_of, settled
from bench.synthetic import BASE, concept, make, person, work
from bench.w3c.server import free_port, serving
from graph.snapshots import Snapshots
from graph.stores.oxigraph import OxigraphStore
from ontology.namespaces import PREFIXES
from sparql.filling import filled
from sparql.plan import planned
from sparql.terms import Names

PROLOGUE = "".join(f"PREFIX {name}: <{PREFIXES[name]}> " for name in ("dct", "gn", "skos", "cito", "foaf", "fabio"))
EXPORT = PROLOGUE + "SELECT ?w ?t { ?w dct:title ?t } LIMIT 200000"
FLOOR = "SELECT ?p { ?p dct:subject ?c } LIMIT 23617"
AGGREGATES = (
    PROLOGUE + "SELECT ?y (COUNT(?w) AS ?n) { ?w gn:year ?y } GROUP BY ?y",
    PROLOGUE + "SELECT ?v (COUNT(?w) AS ?n) { ?w dct:isPartOf ?v } GROUP BY ?v ORDER BY DESC(?n) LIMIT 20",
)

OURS, THEIRS = "gnomon", "oxigraph"
TURNS = 4


def points(works: int, number: int = 2_000) -> list[str]:
    """Questions about one work or one person each, no two alike (a few less than `number`)."""
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
    return list(dict.fromkeys(made))


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
        f"{name:38} {seen.rate:8.1f}/s  median {seen.median:8.2f} ms  p95 {seen.percentile(0.95):8.2f} ms"
        f"  p99 {seen.percentile(0.99):8.2f} ms  faults {seen.faults}"
    )


class Asked(msgspec.Struct):
    """Queries, clients, the format asked for; and for each server what was seen and the processor time it took."""

    queries: Sequence[str]
    clients: int
    accept: str = "application/json"
    seen: dict[str, list[Seen]] = msgspec.field(default_factory=lambda: {OURS: [], THEIRS: []})
    cpu: dict[str, float] = msgspec.field(default_factory=lambda: {OURS: 0.0, THEIRS: 0.0})

    def ask(self, side: str, address: str, pid: int, seconds: float, turn: int) -> None:
        """One turn at one server: other queries in each."""
        part = len(self.queries) // TURNS
        share = self.queries[turn % TURNS * part :][:part] or self.queries
        before = cpu_seconds([pid, *below(pid)])
        self.seen[side].append(load(address, share, self.clients, seconds, self.accept))
        self.cpu[side] += cpu_seconds([pid, *below(pid)]) - before

    def report(self, name: str, seconds: float) -> None:
        rates = {}
        for side, turns in self.seen.items():
            whole = merged(turns, seconds * len(turns))
            rates[side] = whole.rate
            each = 1e6 * self.cpu[side] / max(len(whole.latencies), 1)
            print(f"{shown(f'{name}, {side}', whole)}  {each:10,.0f} us of its processor time each")
        ratios = sorted(o.rate / max(t.rate, 1e-9) for o, t in zip(self.seen[OURS], self.seen[THEIRS], strict=True))
        print(
            f"{'':38} ratio {rates[OURS] / max(rates[THEIRS], 1e-9):.2f}, of each turn {[round(r, 2) for r in ratios]}"
        )


def over_http(checkpoint: Path, data: Path, works: int, seconds: float, rounds: int) -> None:
    """Both servers, the same questions, in turns."""
    different = points(works, 160_000)
    asked = {
        "point, 1 client": Asked(different, 1),
        "point, 4 clients": Asked(different, 4),
        "point asked again, 4 clients": Asked(different[:200], 4),
        "export 200,000 rows, CSV": Asked([EXPORT], 2, "text/csv"),
        # Another text each time, or we should remember the answer.
        "aggregate": Asked([f"{text} # {n}" for n in range(200) for text in AGGREGATES], 2),
    }
    with oxigraph(checkpoint) as (theirs, other), serving(data, query_workers=2, query_seconds=60) as server:
        pid = server_of(os.getpid())
        settled(pid)
        for turn in range(rounds):
            for one in asked.values():
                long = seconds if one.accept == "application/json" else 3 * seconds
                one.ask(THEIRS, theirs, other, long, turn)
                one.ask(OURS, f"{server}/sparql", pid, long, turn)
    for name, one in asked.items():
        one.report(name, seconds if one.accept == "application/json" else 3 * seconds)


def as_of(data: Path, works: int, seconds: float) -> None:
    """Point queries of the newest checkpoint and of one before it (`?snapshot=`), which is made where there is none."""
    snapshots = Snapshots(data / "snapshots")
    if len(snapshots.listed()) == 1:
        store = OxigraphStore(data / "store")
        snapshots.publish(store, snapshots.listed()[0].sequence + 1)
        store.close()
    past = snapshots.listed()[-1].sequence
    with serving(data, query_workers=2) as server:
        settled(server_of(os.getpid()))
        for turn, clients in enumerate((1, 4)):
            share = points(works, 80_000)[turn * 20_000 :][:20_000]
            for name, address in (("newest", ""), ("?snapshot=", f"?snapshot={past}")):
                seen = load(f"{server}/sparql{address}", share, clients, seconds)
                print(shown(f"point, {clients} clients, {name}", seen))


def completion(data: Path) -> None:
    """What may be typed next, over HTTP."""
    with serving(data) as server, httpx2.Client(trust_env=False) as client:
        settled(server_of(os.getpid()))
        took = []
        for typed in ("dct:", "gn:y", "sk", "title", "foaf:n", "work", "cito:", "prefL", "a", "P") * 20:
            started = time.perf_counter()
            client.get(f"{server}/sparql/complete", params={"text": typed}).raise_for_status()
            took.append(1000 * (time.perf_counter() - started))
    print(shown("completion", Seen(took, 1000 / statistics.mean(took), 0, 0)))


def paths(checkpoint: Path, number: int) -> None:
    """Random path queries, as they are put to the engine and plain."""
    store = OxigraphStore.read_only(checkpoint).raw
    dice, equal, rewritten = random.Random(11), 0, 0

    def put(text: str) -> ox.QuerySolutions:
        return store.query(text, prefixes=PREFIXES)  # type: ignore[return-value]

    for _ in range(number):
        text = _path_query(dice)
        plan = planned(text, Names.of(text))
        rewritten += bool(plan.holes)
        same = Counter(map(str, put(filled(plan, put)))) == Counter(map(str, put(text)))
        equal += same
        if not same:
            print(f"DIFFERENT: {text}")
    print(f"{equal} of {number} random path queries have equal rows, {rewritten} of them rewritten")


def _path_query(dice: random.Random) -> str:
    """One that the engine can answer plainly in its time as well: its other end is narrowed down."""
    node, step = concept(dice.randrange(40, 15_000)), dice.choice("*+?")
    end = dice.choice(["skos:broader", "^skos:narrower"])
    one = work(dice.randrange(490_000))
    columns = dice.choice(["?p", "DISTINCT ?p", "(COUNT(*) AS ?n)", "*"])
    near = dice.choice([f"{one} cito:cites ?p .", f"VALUES ?p {{ {one} {work(dice.randrange(490_000))} }}"])
    return dice.choice(
        [
            f"SELECT {columns} {{ {near} ?p dct:subject/{end}{step} {node} }}",
            f"SELECT {columns} {{ ?p {end}{step} {node} }}",
            f"SELECT {columns} {{ {node} (^({end})){step} ?p . ?p skos:prefLabel ?l }}",
            f"SELECT {columns} {{ {near} OPTIONAL {{ ?p dct:subject ?c . ?c {end}{step} {node} }} }}",
            f"SELECT {columns} {{ {{ {node} {end}{step} ?p }} UNION {{ {near} }} }}",
        ]
    )


def roll_ups(checkpoint: Path) -> None:
    """The natural way to ask for everything below a concept, plain and as it is put to the engine; rows go out as
    CSV, as the endpoint's do."""
    store = ox.Store.read_only(str(checkpoint))

    def put(text: str) -> ox.QuerySolutions:
        return store.query(text, prefixes=PREFIXES)  # type: ignore[return-value]

    for node in (9_000, 400, 40):
        for text in (
            f"SELECT ?p {{ ?p dct:subject/skos:broader* {concept(node)} }}",
            f"SELECT (COUNT(DISTINCT ?p) AS ?n) {{ ?p dct:subject/skos:broader* {concept(node)} }}",
        ):
            plan = planned(text, Names.of(text))
            as_put, same = min(_timed(lambda plan=plan: put(filled(plan, put))) for _ in range(3))  # type: ignore[misc]
            plain, rows = _timed(lambda text=text: put(text))  # type: ignore[misc]
            print(
                f"roll-up below concept {node:5}: {rows[0]:7} rows  plain {plain:9.1f} ms  rewritten {as_put:7.2f} ms"
                f"  {plain / as_put:8.0f} x  {'equal' if rows == same else 'DIFFERENT'}"
            )
    floor = min(_timed(lambda: put(FLOOR))[0] for _ in range(3))
    print(f"{FLOOR}: {floor:.1f} ms, which is what handing out so many rows takes")


def _timed(call: Callable[[], ox.QuerySolutions]) -> tuple[float, tuple[int, int]]:
    """Milliseconds of processor time, and (number of rows, hash of all of them)."""
    started = time.process_time()
    found = call().serialize(format=ox.QueryResultsFormat.CSV)
    took = 1000 * (time.process_time() - started)
    rows = sorted((found or b"").splitlines()[1:])
    return took, (len(rows), hash(tuple(rows)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quads", type=int, default=10_000_000)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--paths", type=int, default=500)
    parser.add_argument("--only", choices=["http", "rollups", "paths", "completion", "as-of"])
    given = parser.parse_args()
    checkpoint = make(given.folder, given.quads)
    print(f"{len(ox.Store.read_only(str(checkpoint))):,} quads, base {BASE}", flush=True)
    works = int(given.quads / 20.3)
    parts: dict[str, Callable[[], None]] = {
        "http": lambda: over_http(checkpoint, given.folder, works, given.seconds, given.rounds),
        "completion": lambda: completion(given.folder),
        "as-of": lambda: as_of(given.folder, works, given.seconds),
        "rollups": lambda: roll_ups(checkpoint),
        "paths": lambda: paths(checkpoint, given.paths),
    }
    for name, part in parts.items():
        if given.only in (None, name):
            part()
            sys.stdout.flush()


if __name__ == "__main__":
    main()

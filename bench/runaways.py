"""`python -m bench.runaways FOLDER [--number 200] [--limit 2]`: queries that would never end, beside ordinary ones.

FOLDER is a graph of `bench.synthetic`. Eight clients ask point queries, first alone and then while another
client sends runaways one after the other: cartesian products, path loops, huge sorts, regular expressions
that backtrack, large VALUES (30,000, and 100 MB of them). Prints by how much the runaways overran their
limit, processor time of workers a second after the last one, the clients' latencies, and the memory of
server and workers.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import msgspec

from api.auth import Role
from bench.load import Seen, load, merged
from bench.processes import Memory, below, cpu_seconds, server_of, settled
from bench.sparql import points, shown
from bench.synthetic import make
from bench.w3c.server import key_for, serving

CLIENTS = 8
RUNAWAYS = (
    "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . FILTER(?a != ?f) }",
    "SELECT (COUNT(*) AS ?n) { ?s (cito:cites|^cito:cites)* ?o }",
    "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c ?f LIMIT 10",
    'SELECT (COUNT(*) AS ?n) { ?s dct:title ?t . ?x dct:title ?u FILTER(REGEX(CONCAT(?t, ?u), "(a+)+(b+)+(c|d)*z$")) }',
    "SELECT (COUNT(*) AS ?n) { ?a cito:cites+ ?b . ?b cito:cites+ ?c }",
    "SELECT DISTINCT ?a ?d { ?a dct:subject ?x . ?d dct:subject ?y FILTER(STR(?x) < STR(?y)) }",
    "SELECT * { VALUES ?x { %s } ?a ?b ?x }" % " ".join(f'"{n}"' for n in range(30_000)),  # noqa: UP031
    "SELECT ?a (GROUP_CONCAT(?t) AS ?all) { ?a ?p ?b . ?c dct:title ?t } GROUP BY ?a",
)

REFUSED = 20
"""Every so many a VALUES of 100 MB is sent instead."""


class Outcome(msgspec.Struct):
    """How one runaway ended, and seconds since it was sent."""

    code: str
    seconds: float


def _run(server: str, key: str, number: int) -> Outcome:
    started = time.monotonic()
    text = RUNAWAYS[number % len(RUNAWAYS)]
    if number % REFUSED == 0:
        text = "SELECT * { VALUES ?x { " + "1 " * (50 << 20) + "} }"
    try:
        answer = httpx2.post(
            f"{server}/sparql", data={"query": text}, headers={"X-API-Key": key}, timeout=120, trust_env=False
        )
        code = answer.json().get("code", "") if answer.status_code != 200 else "answered"
    except httpx2.RemoteProtocolError:
        code = "cut"
    except httpx2.NetworkError:
        code = "not listened to"
    return Outcome(code, time.monotonic() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quads", type=int, default=1_000_000)
    parser.add_argument("--number", type=int, default=200)
    parser.add_argument("--limit", type=float, default=0.5)
    parser.add_argument("--alone", type=float, default=10.0, help="seconds of clients alone")
    given = parser.parse_args()
    make(given.folder, given.quads)
    queries = points(int(given.quads / 20.3), 50_000)
    limits = {"query_seconds": given.limit, "query_memory_mb": 512, "query_workers": 2}
    key = key_for(given.folder, Role.analyst)
    with serving(given.folder, **limits) as server:
        pid = server_of(os.getpid())
        settled(pid)
        with Memory(pid) as memory, ThreadPoolExecutor(1) as side:
            print(shown("8 clients, nothing else", load(f"{server}/sparql", queries, CLIENTS, given.alone)), flush=True)
            began = time.monotonic()
            running = side.submit(lambda: [_run(server, key, n) for n in range(given.number)])
            seen = Seen([], 0.0, 0, 0)
            while not running.done():
                some = load(f"{server}/sparql", queries, CLIENTS, 5.0)
                seen = merged([seen, some], time.monotonic() - began)
            print(shown("8 clients beside runaways", seen), flush=True)
            outcomes = running.result()
        time.sleep(1.0)
        before = cpu_seconds(below(pid))
        time.sleep(1.0)
        after = cpu_seconds(below(pid))
    print(dict(Counter(one.code for one in outcomes)))
    over = sorted(one.seconds - given.limit for one in outcomes if one.code == "QueryTimeout")
    if over:
        print(
            f"over the limit, in seconds: median {statistics.median(over):.3f}, p99 {over[int(0.99 * len(over))]:.3f}"
        )
    print(f"processor seconds of workers, one to two seconds after the last: {after - before:.2f}")
    print(f"most memory of server and workers: {memory.all:.0f} MB")


if __name__ == "__main__":
    main()

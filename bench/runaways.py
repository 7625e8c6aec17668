"""`python -m bench.runaways FOLDER [--number 200] [--limit 2]`: queries that would never end, beside ordinary ones.

FOLDER is a graph of `bench.synthetic`. Eight clients ask point queries, first alone and then while another
client sends runaways one after the other: cartesian products, path loops, huge sorts, regular expressions
that backtrack, large VALUES. Prints by how much the runaways overran their limit, processor time of workers
a second after the last one, the clients' latencies, and the memory of server and workers.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import msgspec

from api.auth import Role
from bench.load import load
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


class Outcome(msgspec.Struct):
    """How one runaway ended, and seconds since it was sent."""

    code: str
    seconds: float


def _run(server: str, key: str, number: int) -> Outcome:
    started = time.monotonic()
    text = RUNAWAYS[number % len(RUNAWAYS)]
    try:
        answer = httpx2.post(
            f"{server}/sparql", data={"query": text}, headers={"X-API-Key": key}, timeout=120, trust_env=False
        )
        code = answer.json().get("code", "") if answer.status_code != 200 else "answered"
    except httpx2.RemoteProtocolError:
        code = "cut"
    return Outcome(code, time.monotonic() - started)


def processes(server_pid: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(server_pid)], capture_output=True, text=True, check=False).stdout
    return [int(one) for one in found.split()]


def cpu_seconds(pids: list[int]) -> float:
    total = 0.0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
        except OSError:
            continue
        total += (int(fields[11]) + int(fields[12])) / 100
    return total


def resident_mb(pids: list[int]) -> float:
    total = 0
    for pid in pids:
        try:
            total += int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * 4096
        except OSError:
            continue
    return total / 1e6


class Memory(threading.Thread):
    """The most that server and workers held, looked at ten times a second."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.most = 0.0
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.1):
            self.most = max(self.most, resident_mb([self.pid, *processes(self.pid)]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quads", type=int, default=1_000_000)
    parser.add_argument("--number", type=int, default=200)
    parser.add_argument("--limit", type=float, default=0.5)
    given = parser.parse_args()
    make(given.folder, given.quads)
    queries = points(int(given.quads / 20.3))
    limits = {"query_seconds": given.limit, "query_memory_mb": 512, "query_workers": 2}
    key = key_for(given.folder, Role.analyst)
    with serving(given.folder, **limits) as server:
        pid = next(one for one in processes(os.getpid()) if b"serve" in Path(f"/proc/{one}/cmdline").read_bytes())
        time.sleep(5)
        memory = Memory(pid)
        memory.start()
        print(shown("8 clients, nothing else", load(f"{server}/sparql", queries, CLIENTS, 8.0)), flush=True)
        with ThreadPoolExecutor(1) as side:
            sent = [side.submit(_run, server, key, n) for n in range(given.number)]
            time.sleep(1.0)
            seen = load(f"{server}/sparql", queries, CLIENTS, 20.0)
            print(shown("8 clients beside runaways", seen), flush=True)
            outcomes = [one.result() for one in sent]
        time.sleep(1.0)
        before = cpu_seconds(processes(pid))
        time.sleep(1.0)
        after = cpu_seconds(processes(pid))
        memory.over.set()
    print(dict(Counter(one.code for one in outcomes)))
    over = sorted(one.seconds - given.limit for one in outcomes if one.code == "QueryTimeout")
    if over:
        print(
            f"over the limit, in seconds: median {statistics.median(over):.3f}, p99 {over[int(0.99 * len(over))]:.3f}"
        )
    print(f"processor seconds of workers, one to two seconds after the last: {after - before:.2f}")
    print(f"most memory of server and workers: {memory.most:.0f} MB")


if __name__ == "__main__":
    main()

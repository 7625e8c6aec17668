"""`python -m bench.first_byte FOLDER [--rows 1000000]`: how soon a long answer begins, and what the server holds.

FOLDER is a graph of `bench.synthetic`. For each format of tables: seconds to the first byte and to the last,
megabytes of the answer, and the most memory that the server's own process and all its workers held meanwhile.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import httpx2

from bench.processes import Memory, server_of
from bench.sparql import PROLOGUE
from bench.synthetic import make
from bench.w3c.server import serving

FORMATS = ("text/csv", "text/tab-separated-values", "application/sparql-results+json", "application/sparql-results+xml")


def timed(server: str, query: str, accept: str) -> tuple[float, float, int]:
    """Seconds to the first byte and to the last, and bytes."""
    started = time.monotonic()
    first, size = 0.0, 0
    with httpx2.stream(
        "POST", f"{server}/sparql", data={"query": query}, headers={"Accept": accept, "Accept-Encoding": "identity"},
        timeout=300, trust_env=False,
    ) as answer:  # fmt: skip
        for piece in answer.iter_raw():
            first = first or time.monotonic() - started
            size += len(piece)
    return first, time.monotonic() - started, size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quads", type=int, default=10_000_000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    given = parser.parse_args()
    make(given.folder, given.quads)
    query = f"{PROLOGUE} SELECT ?work ?concept {{ ?work dct:subject ?concept }} LIMIT {given.rows}"
    with serving(given.folder, query_seconds=300, query_rows=given.rows, query_bytes=1 << 30) as server:
        pid = server_of(os.getpid())
        for accept in FORMATS:
            with Memory(pid) as memory:
                first, last, size = timed(server, query, accept)
            print(
                f"{accept:34} first byte {first:6.3f} s, last {last:6.1f} s, {size / 1e6:6.1f} MB;"
                f" server {memory.server:4.0f} MB, with workers {memory.all:4.0f} MB", flush=True,
            )  # fmt: skip


if __name__ == "__main__":
    main()

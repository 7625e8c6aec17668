"""`python -m bench.cuts FOLDER [--number 500]`: answers cut by a limit in their middle, in every format and coding.

FOLDER is a data folder with 20,000 statements or more. Each answer is larger than the server's limit of bytes,
which is drawn anew for each of four servers. Counts how many cut answers ended as if they were whole, or would
be read as whole.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2

from bench.w3c.server import serving

SELECT = "SELECT * { ?a ?b ?c }"
CONSTRUCT = "CONSTRUCT WHERE { ?a ?b ?c }"
FORMATS = {
    "application/sparql-results+json": SELECT, "application/sparql-results+xml": SELECT, "text/csv": SELECT,
    "text/tab-separated-values": SELECT, "application/n-triples": CONSTRUCT, "text/turtle": CONSTRUCT,
}  # fmt: skip
SERVERS = 4
CLIENTS = 2
ALL = SERVERS * CLIENTS


def cut(server: str, accept: str, coding: str) -> str:
    """How an answer ended: "cut" as it should, "refused" before its first byte, or what is wrong."""
    body = b""
    headers = {"Accept": accept, "Accept-Encoding": coding}
    try:
        with httpx2.stream(
            "POST", f"{server}/sparql", data={"query": FORMATS[accept]}, headers=headers, timeout=60, trust_env=False
        ) as answer:
            if answer.status_code != 200:
                return "refused"
            for piece in answer.iter_bytes():
                body += piece
    except httpx2.RemoteProtocolError:
        return "read as whole" if _whole(accept, body) else "cut"
    return "ended as if it were whole"


def _whole(accept: str, body: bytes) -> bool:
    if accept.endswith("json"):
        try:
            json.loads(body)
        except ValueError:
            return False
        return True
    return accept.endswith("xml") and body.rstrip().endswith(b"</sparql>")


def some(server: str, number: int, seed: int) -> Counter[str]:
    """Cuts one after the other, of formats and codings drawn by lot."""
    dice = random.Random(seed)
    return Counter(cut(server, dice.choice(list(FORMATS)), dice.choice(["identity", "gzip"])) for _ in range(number))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--number", type=int, default=500)
    given = parser.parse_args()
    dice = random.Random(5)
    found: Counter[str] = Counter()
    said = 0
    for seed in range(SERVERS):
        log = given.folder / "cuts.log"
        with (
            log.open("wb") as file,
            serving(given.folder, log=file, query_bytes=dice.randrange(70_000, 400_000)) as server,
            ThreadPoolExecutor(CLIENTS) as clients,
        ):
            seeds = range(seed * CLIENTS, (seed + 1) * CLIENTS)
            shares = [given.number * (one + 1) // ALL - given.number * one // ALL for one in seeds]
            for one in clients.map(some, [server] * CLIENTS, shares, seeds):
                found += one
        said += len(log.read_bytes().splitlines())
        log.unlink()
    print(f"{found.total()} answers: {dict(found)}; {said} lines in the server's log")


if __name__ == "__main__":
    main()

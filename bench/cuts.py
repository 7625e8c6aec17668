"""`python -m bench.cuts FOLDER [--number 500]`: answers cut by a limit in their middle, in every format and coding.

FOLDER is any built data folder. Each answer is larger than the server's limit of bytes, which is drawn anew for
each of four servers. Counts how many cut answers ended as if they were whole, or would be read as whole.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from pathlib import Path

import httpx2

from bench.w3c.server import serving

SELECT = "SELECT * { ?a ?b ?c . ?d ?e ?f }"
CONSTRUCT = "CONSTRUCT { ?a ?e ?c } WHERE { ?a ?b ?c . ?d ?e ?f }"
FORMATS = {
    "application/sparql-results+json": SELECT, "application/sparql-results+xml": SELECT, "text/csv": SELECT,
    "text/tab-separated-values": SELECT, "application/n-triples": CONSTRUCT, "text/turtle": CONSTRUCT,
}  # fmt: skip
SERVERS = 4


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--number", type=int, default=500)
    given = parser.parse_args()
    dice = random.Random(5)
    found: Counter[str] = Counter()
    for _ in range(SERVERS):
        with serving(given.folder, query_bytes=dice.randrange(70_000, 400_000)) as server:
            for _ in range(given.number // SERVERS):
                found[cut(server, dice.choice(list(FORMATS)), dice.choice(["identity", "gzip"]))] += 1
    print(dict(found))


if __name__ == "__main__":
    main()

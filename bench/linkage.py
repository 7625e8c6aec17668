"""`python -m bench.linkage [--data FOLDER]`: two bibliographic tables of the same works, linked without training.

Gnomon takes the two CSV files in as two sources, through the journal and all of `ingest.identity`, and
its works are the answer. Beside it, in environments of their own that the first run makes under
`.build/peers`, splink (DuckDB, its defaults: blocking on title or authors, expectation maximisation)
and dedupe (RecordLink, which cannot do without examples: fifty matches and fifty others drawn from the
truth, as a person would label them; blocking by beginnings of titles and authors). Prints JSON:
precision, recall, F1 over pairs across the two tables, and records per CPU second. `FOLDER` holds two
tables with the columns id, title, authors, venue, year and a third with the pairs that match.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import msgspec

from ingest.identifying import identify
from ingest.identity.nodes import record_of
from ingest.journal.database import Database
from ingest.journal.harvested import Harvested
from ontology.records import Contributor, Payload, Record, Title, Venue

_PEERS = Path(".build/peers/linkage")
_NEEDED = ("splink==4.0.8", "sqlglot==25.34.1", "dedupe==3.0.3", "BTrees<6", "pandas")
Pair = tuple[str, str]


class Tables(msgspec.Struct):
    """The two tables (rows by id) and the pairs that are one work."""

    left: dict[str, dict[str, str]]
    right: dict[str, dict[str, str]]
    truth: set[Pair]


class Score(msgspec.Struct, frozen=True):
    precision: float
    recall: float
    f1: float
    records_per_cpu_second: float


def load(folder: Path) -> Tables:
    """The two largest CSV files are the tables; the third, in the order of their columns, the truth."""
    pairs, *tables = sorted(folder.glob("*.csv"), key=lambda path: len(_rows(path)[0]))
    truth = _rows(pairs)
    by_name = {path.stem.lower(): path for path in tables}
    first = next(iter(truth[0])).lower().removeprefix("id")
    left = next((path for name, path in by_name.items() if name.startswith(first)), tables[0])
    right = next(path for path in tables if path != left)
    return Tables(_by_id(left), _by_id(right), {(a, b) for a, b in (tuple(row.values()) for row in truth)})


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        return list(csv.DictReader(file))


def _by_id(path: Path) -> dict[str, dict[str, str]]:
    return {row["id"]: row for row in _rows(path)}


def score(found: set[Pair], tables: Tables, seconds: float) -> Score:
    right = len(found & tables.truth)
    precision, recall = right / max(1, len(found)), right / max(1, len(tables.truth))
    records = len(tables.left) + len(tables.right)
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    rate = round(records / max(seconds, 1e-9))
    return Score(round(precision, 4), round(recall, 4), round(f1, 4), rate)


def gnomon(tables: Tables) -> tuple[set[Pair], float]:
    """Pairs whose records became one work; CPU seconds from the records to the works."""
    with tempfile.TemporaryDirectory() as scratch, Database(Path(scratch) / "journal.sqlite") as database:
        for source, rows in (("left", tables.left), ("right", tables.right)):
            with database.transaction():
                Harvested(database).keep(Payload(source=source, locator="table", body=b"-"), "test", _records(rows))
        started = time.process_time()
        identify(database)
        seconds = time.process_time() - started
        origins = Harvested(database).origins(n for (n,) in database.rows("SELECT id FROM record").fetchall())
        works: defaultdict[int, dict[str, list[str]]] = defaultdict(lambda: {"left": [], "right": []})
        for entity, node in database.rows("SELECT entity, node FROM said WHERE node > 0 AND node & 1048575 = 0"):
            source, _, key = origins[record_of(node)]
            works[entity][source].append(key)
    return {pair for sides in works.values() for pair in product(sides["left"], sides["right"])}, seconds


def _records(rows: dict[str, dict[str, str]]) -> Iterator[Record]:
    for key, row in rows.items():
        people = (name.strip() for name in row["authors"].split(","))
        yield Record(
            key=key, format="bibtex", titles=(Title(row["title"]),), issued=row["year"].strip()[:4],
            contributors=tuple(Contributor(name=name) for name in people if name),
            venue=Venue(name=row["venue"]) if row["venue"] else None,
        )  # fmt: skip


def peer(name: str, folder: Path) -> tuple[set[Pair], float]:
    """What another library finds, in its own environment (see `bench/linkage_peers.py`)."""
    python = _PEERS / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(_PEERS)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *_NEEDED], check=True)
    script = Path(__file__).with_name("linkage_peers.py")
    done = subprocess.run([str(python), str(script), name, str(folder)], check=True, capture_output=True)
    said = msgspec.json.decode(done.stdout.splitlines()[-1])
    return {(a, b) for a, b in said["pairs"]}, said["seconds"]


def measure(folder: Path, peers: Sequence[str]) -> dict[str, Score | str]:
    tables = load(folder)
    found: dict[str, Score | str] = {"gnomon": score(*_swap(gnomon(tables), tables))}
    for name in peers:
        try:
            found[name] = score(*_swap(peer(name, folder), tables))
        except subprocess.CalledProcessError as error:
            found[name] = f"failed: {(error.stderr or b'').decode()[-300:]}"
    return found


def _swap(found: tuple[set[Pair], float], tables: Tables) -> tuple[set[Pair], Tables, float]:
    return found[0], tables, found[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/gold/dedup_dblp_acm"))
    parser.add_argument("--peers", nargs="*", default=["splink", "dedupe"])
    given = parser.parse_args()
    print(msgspec.json.format(msgspec.json.encode(measure(given.data, given.peers)), indent=1).decode())


if __name__ == "__main__":
    main()

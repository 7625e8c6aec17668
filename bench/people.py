"""`python -m bench.people [PATH…]`: who is who, without their ORCIDs.

Takes in records whose authors have ORCIDs (default: ../shared/data/opencitations/meta_csv), hides the
ORCIDs, identifies, and compares the people with the hidden identifiers: B³ precision, recall and F1
(Bagga and Baldwin 1998) over the mentions that have one. Beside it three simple rules on the same
mentions: everybody alone, one full name one person, one family name and initial one person; and the
rule that stood before (full name with co-author or affiliation). Prints JSON.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from itertools import pairwise
from pathlib import Path

import msgspec

from ingest.harvest import harvest
from ingest.identifying import identify
from ingest.identity.nodes import CONTRIBUTOR, node_of
from ingest.identity.text import fold, name_of
from ingest.journal.database import Database
from ingest.journal.harvested import Harvested, StoredRecord
from ingest.journal.packing import pack
from ingest.sources.files import FilesSource
from ontology.records import Contributor

_BATCH = 1000


class BCubed(msgspec.Struct, frozen=True):
    precision: float
    recall: float
    f1: float


def b_cubed(found: Mapping[int, Hashable], truth: Mapping[int, str]) -> BCubed:
    """B³ over the mentions that have a truth; the others do not count."""
    ours: defaultdict[Hashable, set[int]] = defaultdict(set)
    theirs: defaultdict[str, set[int]] = defaultdict(set)
    for mention, right in truth.items():
        ours[found[mention]].add(mention)
        theirs[right].add(mention)
    precision = recall = 0.0
    for mention, right in truth.items():
        shared = len(ours[found[mention]] & theirs[right])
        precision += shared / len(ours[found[mention]])
        recall += shared / len(theirs[right])
    precision, recall = precision / len(truth), recall / len(truth)
    return BCubed(round(precision, 4), round(recall, 4), round(2 * precision * recall / (precision + recall), 4))


def hide(database: Database) -> tuple[dict[int, str], dict[int, Contributor], dict[int, int]]:
    """Take the identifiers of people out of all records; mention → ORCID, mention → contributor,
    mention → record."""
    truth: dict[int, str] = {}
    people: dict[int, Contributor] = {}
    record_of: dict[int, int] = {}
    for stored in _all(database):
        kept = []
        for at, person in enumerate(stored.record.contributors):
            node = node_of(stored.id, CONTRIBUTOR, at)
            if not person.organisation:
                people[node], record_of[node] = person, stored.id
                if orcid := next((i.value for i in person.identifiers if i.scheme == "orcid"), ""):
                    truth[node] = orcid
            kept.append(msgspec.structs.replace(person, identifiers=()))
        blind = msgspec.structs.replace(stored.record, contributors=tuple(kept))
        database.rows("UPDATE record SET body = ? WHERE id = ?", (pack(msgspec.json.encode(blind)), stored.id))
    return truth, people, record_of


def _all(database: Database) -> Iterable[StoredRecord]:
    numbers = [n for (n,) in database.rows("SELECT id FROM record")]
    for at in range(0, len(numbers), _BATCH):
        yield from list(Harvested(database).records(numbers[at : at + _BATCH]))


def by_company(people: Mapping[int, Contributor], record_of: Mapping[int, int]) -> dict[int, int]:
    """The earlier rule: the same full name with a co-author's full name or an affiliation in common."""
    at: defaultdict[int, list[int]] = defaultdict(list)
    for node in people:
        at[record_of[node]].append(node)
    root = {node: node for node in people}

    def find(node: int) -> int:
        while root[node] != node:
            node = root[node]
        return node

    keys: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for node, person in people.items():
        name = _full(person)
        if len(name_of(person.name, person.given, person.family).given.partition(" ")[0]) > 1:
            for other in at[record_of[node]]:
                if other != node:
                    keys[name, _full(people[other])].append(node)
            for place in person.affiliations:
                keys[name, fold(place.name)].append(node)
    for nodes in keys.values():
        for a, b in pairwise(nodes):
            root[find(a)] = find(b)
    return {node: find(node) for node in people}


def _full(person: Contributor) -> str:
    name = name_of(person.name, person.given, person.family)
    return f"{name.family}, {name.given}"


def measure(paths: list[Path]) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as scratch, Database(Path(scratch) / "journal.sqlite") as database:
        harvest(database, FilesSource("people", paths))
        truth, people, record_of = hide(database)
        started = time.process_time()
        identify(database)
        seconds = time.process_time() - started
        ours = dict(database.rows("SELECT node, entity FROM said WHERE node > 0").fetchall())
        names = {n: name_of(p.name, p.given, p.family) for n, p in people.items()}
        return {
            "mentions": len(people), "with ORCID": len(truth), "people": len(set(truth.values())),
            "cpu_seconds": round(seconds, 1),
            "gnomon": b_cubed(ours, truth),
            "full name with co-author or affiliation": b_cubed(by_company(people, record_of), truth),
            "full name": b_cubed({n: _full(p) for n, p in people.items()}, truth),
            "family name and initial": b_cubed({n: name.block for n, name in names.items()}, truth),
            "everybody alone": b_cubed({n: n for n in people}, truth),
        }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=Path, default=[Path("../shared/data/opencitations/meta_csv")])
    given = parser.parse_args()
    print(msgspec.json.format(msgspec.json.encode(measure(given.paths)), indent=1).decode())


if __name__ == "__main__":
    main()

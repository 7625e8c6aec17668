"""What curators decided: same and different, in the journal, by the names records have in any journal.

A verdict names the records (source, locator, key) and the places in them that it speaks of, so that
it holds after they are harvested again or the journal's numbers change. The latest verdict on two
nodes counts. Nothing is ever removed: a verdict taken back is kept as undone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

import msgspec

from ingest.identity.clusters import Edge, Verdicts
from ingest.identity.nodes import Kind, record_of, slot_of
from ingest.journal.database import Database


class Verdict(msgspec.Struct, frozen=True):
    """One decision of a curator. `sides` are the things it speaks of: the IRI each had and its nodes now."""

    id: int
    kind: str
    verdict: str
    decided_by: str
    decided_at: str
    note: str
    undone: bool
    sides: tuple[tuple[str, tuple[int, ...]], ...]


class VerdictBook:
    """Calls that write belong inside a transaction."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(
        self, kind: Kind, verdict: str, sides: Sequence[tuple[str, Sequence[int]]], by: str, at: str, note: str
    ) -> int:
        """Keep a verdict on nodes that are here now; `sides` are (IRI, nodes). Returns its number."""
        number = int(
            self._db.one(
                "INSERT INTO verdict (kind, verdict, decided_by, decided_at, note) VALUES (?, ?, ?, ?, ?) RETURNING id",
                (kind, verdict, by, at, note),
            )
        )
        for side, (iri, nodes) in enumerate(sides):
            for node in nodes:
                self._db.rows(
                    "INSERT INTO verdict_side SELECT ?, ?, ?, p.source, p.locator, r.key, ?, ? FROM record r"
                    " JOIN payload p ON p.id = r.payload WHERE r.id = ?",
                    (number, side, iri, *self._place(node)),
                )
        return number

    def _place(self, node: int) -> tuple[int, int | None, int]:
        """Slot, shared node, record. A shared observation is named by one record that tells it."""
        if node >= 0:
            return slot_of(node), None, record_of(node)
        record, at = self._db.rows("SELECT record, slot FROM told WHERE node = ? ORDER BY record", (node,)).fetchone()
        return at, node, record

    def undo(self, number: int) -> None:
        self._db.rows("UPDATE verdict SET undone = 1 WHERE id = ?", (number,))

    def all(self, *, undone: bool = False) -> list[Verdict]:
        """Verdicts in the order in which they were given, with the nodes they speak of now."""
        nodes: dict[tuple[int, int], list[int]] = {}
        iris: dict[tuple[int, int], str] = {}
        for number, side, iri, node in self._db.rows(
            "SELECT v.verdict, v.side, v.iri, coalesce(v.node, r.id << 20 | v.slot) FROM verdict_side v"
            " LEFT JOIN payload p ON p.source = v.source AND p.locator = v.locator"
            " LEFT JOIN record r ON r.payload = p.id AND r.key = v.key"
        ):
            iris[number, side] = iri
            found = nodes.setdefault((number, side), [])
            if node is not None:
                found.append(node)
        rows = self._db.rows(
            "SELECT id, kind, verdict, decided_by, decided_at, note, undone FROM verdict WHERE undone <= ? ORDER BY id",
            (int(undone),),
        )
        return [
            Verdict(
                id=row[0],
                kind=row[1],
                verdict=row[2],
                decided_by=row[3],
                decided_at=row[4],
                note=row[5],
                undone=bool(row[6]),
                sides=tuple((iris[key], tuple(nodes[key])) for key in sorted(iris) if key[0] == row[0]),
            )
            for row in rows.fetchall()
        ]


def records_named(database: Database, verdict: int, side: int) -> list[tuple[str, str, str]]:
    """Source, locator and key of the records by which a side of a verdict is named, whether they are here or not."""
    rows = database.rows(
        "SELECT DISTINCT source, locator, key FROM verdict_side WHERE verdict = ? AND side = ? ORDER BY 1, 2, 3",
        (verdict, side),
    )
    return rows.fetchall()


class Rulings:
    """All verdicts of one kind, ready to be asked for the nodes of a component."""

    def __init__(self, verdicts: Iterable[Verdict], kind: Kind) -> None:
        self._said: dict[int, list[tuple[int, int, str, float]]] = {}
        self._edges: dict[int, set[int]] = {}
        self._latest: dict[tuple[int, int], tuple[bool, str]] = {}
        for verdict in verdicts:
            if verdict.kind == kind and not verdict.undone:
                self._take(verdict)

    def _take(self, verdict: Verdict) -> None:
        sides = [nodes for _, nodes in verdict.sides]
        if verdict.verdict == "same":
            every = [node for nodes in sides for node in nodes]
            pairs = [(every[0], other) for other in every[1:]] if every else []
            for a, b in product(every, every):  # an older "different" about any two of them is overruled
                if a < b and (a, b) in self._latest:
                    self._latest[a, b] = True, verdict.decided_by
        else:
            pairs = [(a, b) for at, left in enumerate(sides) for right in sides[at + 1 :] for a in left for b in right]
        for a, b in pairs:
            self._latest[min(a, b), max(a, b)] = verdict.verdict == "same", verdict.decided_by
            self._edges.setdefault(a, set()).add(b)
            self._edges.setdefault(b, set()).add(a)

    def near(self, nodes: Iterable[int]) -> set[int]:
        """Nodes that a verdict names together with one of these."""
        if not self._edges:
            return set()
        return {other for node in nodes for other in self._edges.get(node, ())}

    def cells(self, at: Mapping[int, int]) -> set[int]:
        """Cells (`at`: node → cell) of which a verdict speaks."""
        return {at[node] for node in self._edges if node in at}

    def among(self, nodes: Iterable[int]) -> Verdicts:
        """The verdicts on these nodes."""
        if not self._edges:
            return Verdicts()
        here = set(nodes)
        same, apart = [], set()
        for node in sorted(here & self._edges.keys()):
            for other in sorted(self._edges[node] & here):
                if node < other:
                    joined, by = self._latest[node, other]
                    if joined:
                        same.append(Edge(node, other, f"decided by {by}", 1.0))
                    else:
                        apart.add((node, other))
        return Verdicts(tuple(same), frozenset(apart))

"""Clusters to entities: which name each has, what changed by it, where names that are gone lead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from ingest.identity.clusters import Member
from ingest.identity.nodes import Kind, Nodes, listed, record_of
from ontology.identifiers import opaque


class Settled(msgspec.Struct):
    """One thing: its opaque name, its members, and for people the cell of each member."""

    name: str
    members: list[Member]
    cells: dict[int, int] = {}


def named(
    kind: Kind, clusters: Sequence[list[Member]], seeds: Callable[[list[Member]], Iterable[str]]
) -> list[Settled]:
    """Each cluster with the best name that no better cluster took; clusters in canonical order."""
    taken: set[str] = set()
    found = []
    for members in clusters:
        last = ""
        for seed in seeds(members):
            if seed not in taken:
                break
            last = seed
        else:
            seed = f"{last}\x1f{len(taken)}"
        taken.add(seed)
        found.append(Settled(opaque(kind, seed), members))
    return found


class Settler:
    """Writes what was derived; one for each batch. Calls belong inside a transaction."""

    def __init__(self, nodes: Nodes, kind: Kind) -> None:
        self._nodes = nodes
        self._db = nodes.db
        self._kind = kind

    def settle(self, found: Iterable[Settled], before: dict[int, int | None]) -> set[int]:
        """Give nodes their entities (`before`: node → entity until now); returns the nodes whose entity changed."""
        settled = list(found)
        numbers = self._numbers(settled)
        changed: set[int] = set()
        rows = []
        for one in settled:
            entity = numbers[one.name]
            for member in one.members:
                edge = member.edge
                parent = (edge.left if edge.right == member.node else edge.right) if edge else None
                method, score = (edge.method, edge.score) if edge else (None, None)
                rows.append((entity, one.cells.get(member.node), parent, method, score, member.node))
                if before.get(member.node) != entity:
                    changed.add(member.node)
        rows.sort(key=lambda row: row[-1])  # neighbours in the table one after the other
        self._db.many("UPDATE said SET entity = ?, cell = ?, parent = ?, method = ?, score = ? WHERE node = ?", rows)
        now = {row[-1]: row[0] for row in rows}
        left = {e for n in changed if (e := before.get(n)) is not None}
        self._nodes.dirty({now[n] for n in changed} | left)
        self._retire(left, before, now)
        self._owners([n for n in changed if before.get(n) is not None])
        return changed

    def _numbers(self, settled: Sequence[Settled]) -> dict[str, int]:
        names = [one.name for one in settled]
        self._db.many("INSERT OR IGNORE INTO entity (kind, name) VALUES (?, ?)", [(self._kind, n) for n in names])
        rows = self._db.rows(
            "SELECT name, seq, survivor FROM entity WHERE name IN (SELECT value FROM json_each(?))",
            (msgspec.json.encode(names).decode(),),
        ).fetchall()
        revived = [(seq,) for _, seq, survivor in rows if survivor is not None]
        self._db.many("UPDATE entity SET survivor = NULL, dirty = 1 WHERE seq = ?", revived)
        return {name: seq for name, seq, _ in rows}

    def _retire(self, left: set[int], before: dict[int, int | None], now: dict[int, int]) -> None:
        """Names that nothing bears any longer lead to where the first of their nodes went."""
        if not left:
            return
        rows = self._db.rows(
            "SELECT value FROM json_each(?) WHERE NOT EXISTS (SELECT 1 FROM said WHERE entity = value)", (listed(left),)
        )
        gone = {entity for (entity,) in rows}
        heirs: dict[int, int] = {}
        for node in sorted(now):
            if (entity := before.get(node)) in gone and entity is not None:
                heirs.setdefault(entity, now[node])
        for entity, heir in heirs.items():
            self._db.rows("UPDATE entity SET survivor = ? WHERE survivor = ?", (heir, entity))
            self._db.rows("UPDATE entity SET survivor = ? WHERE seq = ?", (heir, entity))

    def _owners(self, changed: Sequence[int]) -> None:
        """Works that show the entity of a changed node must be written again (those of new nodes are so anyway)."""
        if self._kind in ("person", "organisation", "venue"):
            if not changed:
                return
            self._nodes.dirty_works(record_of(n) for n in changed if n >= 0)
            rows = self._db.rows(
                "SELECT DISTINCT record FROM told WHERE node IN (SELECT value FROM json_each(?))",
                (listed(n for n in changed if n < 0),),
            )
            self._nodes.dirty_works(record for (record,) in rows)

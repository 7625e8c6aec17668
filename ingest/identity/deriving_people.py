"""People: blocks that something touched are derived again, then joined with other blocks by identifiers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from ingest.identity import people
from ingest.identity.clusters import Edge, Member
from ingest.identity.nodes import Node, Nodes, listed, record_of, unpacked
from ingest.identity.people import Mention, PersonSays
from ingest.identity.settling import Settler, named
from ingest.identity.verdicts import Rulings
from ingest.identity.works import WorkSays

BATCH_BLOCKS = 12_000
_decode = msgspec.msgpack.Decoder(PersonSays).decode
_decode_work = msgspec.msgpack.Decoder(WorkSays).decode


class Found(msgspec.Struct):
    """People as far as they are loaded: entity until now, what each mention says, its identifier keys,
    and the cells (first node → members)."""

    before: dict[int, int | None] = {}
    said: dict[int, PersonSays] = {}
    keys: dict[int, tuple[int, ...]] = {}
    cells: dict[int, list[Member]] = {}

    def take(self, node: Node) -> PersonSays:
        self.before[node.number] = node.entity
        self.keys[node.number] = node.keys
        said = self.said[node.number] = _decode(node.body)
        return said


class People:
    """One for each run."""

    def __init__(self, nodes: Nodes, rulings: Rulings) -> None:
        self._nodes = nodes
        self._db = nodes.db
        self._rulings = rulings

    def batch(self) -> int:
        """Derive some stale blocks; returns how many."""
        rows = self._db.rows("SELECT number FROM stale WHERE kind = 'person' LIMIT ?", (BATCH_BLOCKS,)).fetchall()
        if not rows:
            return 0
        found = Found()
        self._blocks([key for (key,) in rows], found)
        self._neighbours(found)
        self._settle(found)
        self._db.many("DELETE FROM stale WHERE kind = 'person' AND number = ?", rows)
        return len(rows)

    def _blocks(self, keys: Sequence[int], found: Found) -> None:
        """The cells of these blocks, from the evidence."""
        blocks: defaultdict[int, list[Mention]] = defaultdict(list)
        for key, number, ids, body, entity, work in self._db.rows(
            "SELECT a.key, s.node, s.keys, s.body, s.entity, w.entity FROM alias a JOIN said s ON s.node = a.node"
            " LEFT JOIN said w ON w.node = s.node >> 20 << 20 WHERE a.key IN (SELECT value FROM json_each(?))",
            (listed(keys),),
        ):
            said = found.take(Node(number, unpacked(ids), (), body, entity))
            blocks[key].append(Mention(number, said, work if work is not None else number))
        doubts: list[Edge] = []
        for mentions in blocks.values():
            cells, doubtful = people.cells(self._detailed(mentions), self._rulings.among(m.node for m in mentions))
            found.cells.update((members[0].node, members) for members in cells)
            doubts += doubtful
        self._keep_doubts(found.said, doubts)

    def _detailed(self, mentions: list[Mention]) -> list[Mention]:
        """Venue and topic words of each mention's work, where names and company leave the block open."""
        if not people.ambiguous(mentions):
            return mentions
        works = self._nodes.load(record_of(m.node) << 20 for m in mentions)
        said = {number >> 20: _decode_work(node.body) for number, node in works.items()}
        return [people.detailed(m, said.get(record_of(m.node))) for m in mentions]

    def _keep_doubts(self, nodes: Iterable[int], doubts: Iterable[Edge]) -> None:
        self._db.many("DELETE FROM link WHERE low = ?", [(n,) for n in nodes])
        self._db.many(
            "INSERT OR REPLACE INTO link VALUES (?, ?, ?, 'same')",
            [(min(e.left, e.right), max(e.left, e.right), e.score) for e in doubts],
        )

    def _neighbours(self, found: Found) -> None:
        """Load the cells of other blocks that share an identifier or a verdict with what is here, or did so
        until now; they stay as they are. Blocks still to be derived will look for ours themselves."""
        asked: set[int] = set()
        visited: set[int] = set()
        ahead = set(found.said)
        while ahead:
            keys = {k for n in ahead for k in found.keys[n]} - asked
            asked |= keys
            met = {n for nodes in self._nodes.with_keys(keys).values() for n in nodes} if keys else set()
            met = (met | self._rulings.near(ahead)) - found.said.keys()
            entities = {e for n in ahead if (e := found.before[n]) is not None}
            entities |= (
                {e for node in self._nodes.load(met).values() if (e := node.entity) is not None} if met else set()
            )
            ahead = self._stored(entities - visited, found)
            visited |= entities

    def _stored(self, entities: set[int], found: Found) -> set[int]:
        """Load the cells of these entities that are not here yet; returns their nodes."""
        fresh: set[int] = set()
        if not entities:
            return fresh
        for number, ids, body, entity, cell, parent, method, score in self._db.rows(
            "SELECT node, keys, body, entity, cell, parent, method, score FROM said"
            " WHERE entity IN (SELECT value FROM json_each(?)) AND cell IS NOT NULL",
            (listed(entities),),
        ):
            if number in found.said:
                continue
            found.take(Node(number, unpacked(ids), (), body, entity))
            inner = parent is not None and number != cell
            edge = Edge(parent, number, method, score) if inner else None
            found.cells.setdefault(cell, []).append(Member(number, edge))
            fresh.add(number)
        return fresh

    def _settle(self, found: Found) -> None:
        said = {cell: [found.said[m.node] for m in members] for cell, members in found.cells.items()}
        at = {m.node: cell for cell, members in found.cells.items() for m in members}
        linked = {cell for cell, every in said.items() if any(s.ids for s in every)} | self._rulings.cells(at)
        alone = [[Member(cell)] for cell in said if cell not in linked]
        unions = alone + people.bridges({c: said[c] for c in linked}, self._rulings.among(at).moved(at))
        whole = [
            [Member(m.node, m.edge or bridge.edge) for bridge in union for m in found.cells[bridge.node]]
            for union in unions
        ]
        settled = named("person", whole, lambda members: people.seeds(found.said[m.node] for m in members))
        for one in settled:
            one.cells = {m.node: at[m.node] for m in one.members}
        Settler(self._nodes, "person").settle(settled, found.before)

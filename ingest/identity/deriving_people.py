"""People: blocks that something touched are derived again, then joined with other blocks by identifiers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

import msgspec

from ingest.identity import people
from ingest.identity.blocks import Blocks, Grouping, blocks_of
from ingest.identity.clusters import Edge, Member
from ingest.identity.nodes import Nodes, listed
from ingest.identity.people import PersonSays
from ingest.identity.settling import Settler, named
from ingest.identity.verdicts import Rulings

BATCH_BLOCKS = 12_000
_PORTION = 4_000
"""Blocks that are handed over together."""
_AHEAD = 1
"""Batches that are looked at before their turn."""
_FIRST = -(1 << 63)
_decode = msgspec.msgpack.Decoder(PersonSays).decode


class Found(msgspec.Struct):
    """People as far as they are loaded: the cells (first node → members), each mention's entity until now, the seeds
    of cells that nobody has identifiers of, and of others what each mention says and its identifier keys."""

    cells: dict[int, list[Member]] = {}
    before: dict[int, int | None] = {}
    seeds: dict[int, str] = {}
    said: dict[int, PersonSays] = {}
    keys: dict[int, tuple[int, ...]] = {}


class People:
    """One for each run."""

    def __init__(self, nodes: Nodes, rulings: Rulings, grouping: Grouping | None = None) -> None:
        self._nodes = nodes
        self._db = nodes.db
        self._rulings = rulings
        self._grouping = grouping or (lambda keys: partial(blocks_of, nodes.db, keys, rulings))
        self._from = _FIRST
        self._waiting: deque[tuple[list[int], list[Callable[[], Blocks]]]] = deque()

    def batch(self) -> int:
        """Derive some stale blocks; returns how many."""
        keys, waiting = self._next()
        if not keys:
            return 0
        found = Found()
        for wait in waiting:
            self._take(wait(), found)
        self._neighbours(found)
        self._settle(found)
        self._db.many("DELETE FROM stale WHERE kind = 'person' AND number = ?", [(key,) for key in keys])
        return len(keys)

    def _next(self) -> tuple[list[int], list[Callable[[], Blocks]]]:
        """The next stale blocks, and what waits for what they come to; that of a batch more is found out meanwhile:
        nothing that is written for one block changes what another one tells."""
        while len(self._waiting) <= _AHEAD and (keys := self._stale()):
            portions = [keys[at : at + _PORTION] for at in range(0, len(keys), _PORTION)]
            self._waiting.append((keys, [self._grouping(portion) for portion in portions]))
        if self._waiting:
            return self._waiting.popleft()
        self._from = _FIRST
        return [], []

    def _stale(self) -> list[int]:
        """Stale blocks that have not been handed over yet, as many as make a batch."""
        rows = self._db.rows(
            "SELECT number FROM stale WHERE kind = 'person' AND number >= ? ORDER BY number LIMIT ?",
            (self._from, BATCH_BLOCKS),
        )
        keys = [key for (key,) in rows]
        self._from = keys[-1] + 1 if keys else self._from
        return keys

    def _take(self, blocks: Blocks, found: Found) -> None:
        """Cells of blocks, each mention with its entity until now; what is said where that may join blocks."""
        cells = {cell.members[0].node: cell for cell in blocks.cells}
        found.cells.update((number, cell.members) for number, cell in cells.items())
        found.seeds.update((number, cell.seed) for number, cell in cells.items() if cell.seed)
        nodes = [m.node for cell in blocks.cells for m in cell.members]
        before: dict[int, int | None] = dict(
            self._db.rows(
                "SELECT node, entity FROM said WHERE node IN (SELECT value FROM json_each(?)) AND entity IS NOT NULL",
                (listed(nodes),),
            )
        )
        found.before.update(before)
        self._load(found, (m.node for cell in blocks.cells if not cell.seed for m in cell.members))
        self._keep_doubts(before, blocks.doubts)

    def _load(self, found: Found, nodes: Iterable[int]) -> None:
        """What these mentions say, and by which keys they may be joined with others, as far as it is not known yet."""
        wanted = set(nodes) - found.said.keys()
        for node in self._nodes.load(wanted).values() if wanted else ():
            found.said[node.number] = _decode(node.body)
            found.keys[node.number] = node.keys

    def _keep_doubts(self, derived: Iterable[int], doubts: Iterable[Edge]) -> None:
        """`derived` are the nodes that were derived before, and so may have doubts from then."""
        self._db.many("DELETE FROM link WHERE low = ?", [(n,) for n in derived])
        self._db.many(
            "INSERT OR REPLACE INTO link VALUES (?, ?, ?, 'same')",
            [(min(e.left, e.right), max(e.left, e.right), e.score) for e in doubts],
        )

    def _neighbours(self, found: Found) -> None:
        """Load the cells of other blocks that share an identifier or a verdict with what is here, or did so
        until now; they stay as they are. Blocks still to be derived will look for ours themselves."""
        here = {m.node for members in found.cells.values() for m in members}
        asked: set[int] = set()
        visited: set[int] = set()
        ahead = set(here)
        while ahead:
            keys = {k for n in ahead for k in found.keys.get(n, ())} - asked
            asked |= keys
            met = {n for nodes in self._nodes.with_keys(keys).values() for n in nodes} if keys else set()
            met = (met | self._rulings.near(ahead)) - here
            entities = {e for n in ahead if (e := found.before.get(n)) is not None}
            entities |= (
                {e for node in self._nodes.load(met).values() if (e := node.entity) is not None} if met else set()
            )
            ahead = self._stored(entities - visited, found, here)
            here |= ahead
            visited |= entities

    def _stored(self, entities: set[int], found: Found, here: set[int]) -> set[int]:
        """Load the cells of these entities that are not here yet; returns their nodes."""
        fresh: set[int] = set()
        if not entities:
            return fresh
        for number, entity, cell, parent, method, score in self._db.rows(
            "SELECT node, entity, cell, parent, method, score FROM said"
            " WHERE entity IN (SELECT value FROM json_each(?)) AND cell IS NOT NULL",
            (listed(entities),),
        ):
            if number in here:
                continue
            found.before[number] = entity
            inner = parent is not None and number != cell
            edge = Edge(parent, number, method, score) if inner else None
            found.cells.setdefault(cell, []).append(Member(number, edge))
            fresh.add(number)
        self._load(found, fresh)
        return fresh

    def _settle(self, found: Found) -> None:
        at = {m.node: cell for cell, members in found.cells.items() for m in members}
        linked = {at[number] for number, says in found.said.items() if says.ids} | self._rulings.cells(at)
        self._load(found, (m.node for cell in linked for m in found.cells[cell]))
        alone = [[Member(cell)] for cell in found.cells if cell not in linked]
        said = {cell: [found.said[m.node] for m in found.cells[cell]] for cell in found.cells if cell in linked}
        unions = alone + people.bridges(said, self._rulings.among(at).moved(at))
        whole = [
            [Member(m.node, m.edge or bridge.edge) for bridge in union for m in found.cells[bridge.node]]
            for union in unions
        ]
        settled = named("person", whole, partial(self._seeds, found, linked))
        for one in settled:
            one.cells = {m.node: at[m.node] for m in one.members}
        Settler(self._nodes, "person").settle(settled, found.before)

    def _seeds(self, found: Found, linked: set[int], members: Sequence[Member]) -> Iterator[str]:
        """What a person may be named by, best first; of one cell without identifiers the first is known."""
        cell = members[0].node
        if cell not in linked and cell in found.seeds:
            yield found.seeds[cell]
        self._load(found, (m.node for m in members))
        yield from people.seeds(found.said[m.node] for m in members)

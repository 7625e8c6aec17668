"""Nodes to entities: the components that something touched are derived again, the others stay.

What comes of a component is a function of its nodes, their links and the curators' verdicts. No
order of harvest, no number of the journal and no earlier outcome enters into it: after any change
the entities are those of a journal that never held anything else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from ingest.identity import matching, organisations, venues, works
from ingest.identity.blocks import Grouping
from ingest.identity.clusters import Member, Verdicts
from ingest.identity.comparison import MATCH
from ingest.identity.deriving_people import People
from ingest.identity.matching import Link
from ingest.identity.nodes import Kind, Node, Nodes, kind_of, listed, record_of
from ingest.identity.organisations import OrganisationSays
from ingest.identity.settling import Settled, Settler, named
from ingest.identity.text import number_of
from ingest.identity.venues import VenueSays
from ingest.identity.verdicts import Rulings, VerdictBook
from ingest.identity.works import WorkSays
from ingest.journal.database import Database

BATCH_NODES = 16_000


class _Step(Protocol):
    def batch(self) -> int:
        """Derive some of what is stale; how much, 0 where nothing is."""


class Deriver:
    """Derives what is stale, a batch at a time. One for each run: verdicts are read once. `grouping` finds out what
    blocks of people come to, ahead of their turn; here where there is none."""

    def __init__(self, database: Database, grouping: Grouping | None = None) -> None:
        self._nodes = Nodes(database)
        verdicts = VerdictBook(database).all()
        self._steps: list[_Step] = [
            _Works(self._nodes, Rulings(verdicts, "work")),
            _Agents(self._nodes, Rulings(verdicts, "venue"), "venue", VenueSays, venues),
            _Agents(self._nodes, Rulings(verdicts, "organisation"), "organisation", OrganisationSays, organisations),
            People(self._nodes, Rulings(verdicts, "person"), grouping),
        ]  # works first: who wrote the same work is evidence for people

    def step(self) -> int:
        """Derive one batch; how many nodes or blocks it held, 0 where nothing is stale."""
        for step in self._steps:
            if done := step.batch():
                return done
        return 0


class _Components:
    """Follows keys (and links, and verdicts) from stale nodes until nothing new is met."""

    kind: Kind

    def __init__(self, nodes: Nodes, rulings: Rulings) -> None:
        self._nodes = nodes
        self._db = nodes.db
        self._rulings = rulings

    def batch(self) -> int:
        rows = self._db.rows("SELECT number FROM stale WHERE kind = ? LIMIT ?", (self.kind, BATCH_NODES)).fetchall()
        if not rows:
            return 0
        start = [number for (number,) in rows]
        found, links = self._closure(start)
        self._derive(found, links)
        done = [(self.kind, number) for number in {*start, *found}]
        self._db.many("DELETE FROM stale WHERE kind = ? AND number = ?", done)
        return len(rows)

    def _closure(self, start: Sequence[int]) -> tuple[dict[int, Node], list[Link]]:
        found: dict[int, Node] = {}
        links: dict[tuple[int, int], Link] = {}
        asked: set[int] = set()
        ahead = set(start)
        while ahead:
            fresh = self._nodes.load(ahead)
            found |= fresh
            keys = {key for node in fresh.values() for key in node.keys} - asked
            asked |= keys
            met = {n for nodes in self._nodes.with_keys(keys).values() for n in nodes}
            for link in self._links(fresh):
                links[link.low, link.high] = link
                if link.relation == "same" and link.score >= MATCH:
                    met |= {link.low, link.high}
            ahead = (met | self._rulings.near(fresh)) - found.keys()
        return found, list(links.values())

    def _links(self, nodes: Iterable[int]) -> Iterable[Link]:
        return ()

    def _derive(self, nodes: dict[int, Node], links: Sequence[Link]) -> None:
        raise NotImplementedError

    def _parts(self, nodes: Mapping[int, Node], links: Iterable[Link]) -> list[list[int]]:
        """Connected components of these nodes."""
        parent = {n: n for n in nodes}

        def root(n: int) -> int:
            while parent[n] != n:
                parent[n] = parent[parent[n]]
                n = parent[n]
            return n

        first: dict[int, int] = {}
        for node in nodes.values():
            for key in node.keys:
                parent[root(node.number)] = root(first.setdefault(key, node.number))
            for other in self._rulings.near((node.number,)):
                if other in parent:
                    parent[root(node.number)] = root(other)
        for link in links:
            if link.low in parent and link.high in parent:
                parent[root(link.low)] = root(link.high)
        groups: defaultdict[int, list[int]] = defaultdict(list)
        for n in nodes:
            groups[root(n)].append(n)
        return list(groups.values())


class _Works(_Components):
    kind: Kind = "work"
    _decode = staticmethod(msgspec.msgpack.Decoder(WorkSays).decode)

    def _links(self, nodes: Iterable[int]) -> Iterable[Link]:
        numbers = listed(nodes)
        for row in self._db.rows(
            "SELECT low, high, score, relation FROM link WHERE low IN (SELECT value FROM json_each(?))"
            " UNION SELECT low, high, score, relation FROM link WHERE high IN (SELECT value FROM json_each(?))",
            (numbers, numbers),
        ):
            yield Link(*row)

    def _derive(self, nodes: dict[int, Node], links: Sequence[Link]) -> None:
        said = {number: self._decode(node.body) for number, node in nodes.items()}
        at: dict[int, list[Link]] = defaultdict(list)
        for link in links:
            at[link.low].append(link)
        settled: list[Settled] = []
        for part in self._parts(nodes, links):
            if len(part) == 1:
                settled += named("work", [[Member(part[0])]], lambda members: works.seeds([said[members[0].node]]))
                continue
            inner = {n: said[n] for n in part}
            found = matching.clusters(
                inner, [k for n in part for k in at.get(n, ()) if k.high in inner], self._rulings.among(part)
            )
            settled += named("work", found, lambda members: works.seeds(said[m.node] for m in members))
        before = {number: node.entity for number, node in nodes.items()}
        changed = Settler(self._nodes, "work").settle(settled, before)
        self._follow(nodes, changed, before, said)

    def _follow(
        self,
        nodes: Mapping[int, Node],
        changed: set[int],
        before: Mapping[int, int | None],
        said: Mapping[int, WorkSays],
    ) -> None:
        """What depends on the works of these nodes: works that cite them or are related, people who wrote them."""
        self._nodes.dirty_wanting(k for n in changed for k in (*nodes[n].keys, *nodes[n].blocks))
        stated = {number_of(f"w:{target}") for n in changed for _, target in said[n].states}
        self._nodes.dirty(
            node.entity
            for node in self._nodes.load(n for found in self._nodes.with_keys(stated).values() for n in found).values()
        )
        numbers = listed(changed)
        self._db.rows(
            "UPDATE entity SET dirty = 1 WHERE seq IN (SELECT s.entity FROM link l JOIN said s ON s.node = l.high"
            " WHERE l.low IN (SELECT value FROM json_each(?)) UNION SELECT s.entity FROM link l"
            " JOIN said s ON s.node = l.low WHERE l.high IN (SELECT value FROM json_each(?)))",
            (numbers, numbers),
        )
        moved = [record_of(n) for n in changed if before[n] is not None]
        if moved:
            people_of = self._nodes.of_records(moved).values()
            self._nodes.stale("person", {b for n in people_of if kind_of(n.number) == "person" for b in n.blocks})


class _Kind(Protocol):
    """Module of a kind of agent."""

    def clusters(self, said: Mapping[int, Any], verdicts: Verdicts) -> list[list[Member]]: ...
    def seeds(self, said: Iterable[Any]) -> list[str]: ...


class _Agents(_Components):
    """Organisations and venues."""

    def __init__(self, nodes: Nodes, rulings: Rulings, kind: Kind, shape: type[Any], module: _Kind) -> None:
        super().__init__(nodes, rulings)
        self.kind = kind
        self._decode = msgspec.msgpack.Decoder(shape).decode
        self._module = module

    def _derive(self, nodes: dict[int, Node], links: Sequence[Link]) -> None:
        said = {number: self._decode(node.body) for number, node in nodes.items()}
        settled: list[Settled] = []
        for part in self._parts(nodes, ()):
            found = self._module.clusters({n: said[n] for n in part}, self._rulings.among(part))
            settled += named(self.kind, found, lambda members: self._module.seeds(said[m.node] for m in members))
        before = {number: node.entity for number, node in nodes.items()}
        changed = Settler(self._nodes, self.kind).settle(settled, before)
        self._nodes.dirty_wanting(k for n in changed for k in (*nodes[n].keys, *nodes[n].blocks))

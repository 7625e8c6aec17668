"""Records to nodes: what a batch of records says is written down, what they said before is taken back.

Only what changed is touched: a node whose words are the same keeps its row and its entity. Which
entities come of the nodes is decided afterwards (`deriving`); here it is only noted what must be
decided again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import msgspec

from ingest.identity import organisations, people, references, venues, works
from ingest.identity.linking import Comparing, Linker, compared, works_among
from ingest.identity.nodes import (
    CONTRIBUTOR,
    ORGANISATION,
    VENUE,
    Kind,
    Node,
    Nodes,
    agent_node,
    kind_of,
    node_of,
    shared_node,
    slot,
)
from ingest.identity.organisations import OrganisationSays
from ingest.identity.stating import stated_keys, stating
from ingest.identity.text import number_of
from ingest.identity.venues import VenueSays
from ingest.journal.database import Database
from ingest.journal.harvested import Harvested, StoredAgent, StoredRecord
from ontology.records import Record

_encode = msgspec.msgpack.Encoder().encode
_MAX_CONTRIBUTORS = 65_536


class Told(msgspec.Struct):
    """All that one batch says: nodes of its records, shared nodes, who tells them, what is looked for."""

    own: dict[int, Node]
    shared: dict[int, Node]
    told: dict[tuple[int, int], int]
    wanted: set[tuple[int, int]]


def told_of(database: Database, numbers: Sequence[int]) -> Told:
    """What these records say; reads the journal only."""
    harvested = Harvested(database)
    origins = harvested.origins(numbers)
    told = Told({}, {}, {}, set())
    for one in harvested.numbered(numbers):
        origin = origins[one.id]
        if isinstance(one, StoredRecord):
            _work(one.id, one.record, origin, told)
        else:
            made = _agent(one, "\x1f".join(origin))
            told.own[made.number] = made
            parents = (i for r in one.record.relations if r.kind == "parent" for i in r.identifiers)
            told.wanted.update((number_of(f"o:{i}"), one.id) for i in parents)
    return told


class Observer:
    """Takes in one batch; create a new one for each. Calls belong inside a transaction.

    `anew`: nodes that say the same count as new all the same, for rules that have changed."""

    def __init__(self, database: Database, comparing: Comparing = compared, *, anew: bool = False) -> None:
        self._db = database
        self._anew = anew
        self._nodes = Nodes(database)
        self._linker = Linker(self._nodes, comparing)
        self._stale: dict[Kind, set[int]] = {}

    def forget(self, records: Sequence[int]) -> None:
        """These records are gone."""
        self._replace(records, Told({}, {}, {}, set()))

    def observe(self, numbers: Sequence[int], told: Told) -> None:
        """These records are new or say something else than before: `told`."""
        self._replace(numbers, told)
        self._nodes.dirty_works(numbers)
        self._db.many("UPDATE record SET stage = 'identified' WHERE id = ?", [(number,) for number in numbers])

    def _replace(self, records: Sequence[int], now: Told) -> None:
        before = self._nodes.of_records(records)
        fresh = [n for n in now.own.values() if (old := before.get(n.number)) is None or not self._same(old, n)]
        gone = [n for n in before.values() if (new := now.own.get(n.number)) is None or not self._same(n, new)]
        self._share(records, now)
        if gone:
            self._take_back(gone)
        if fresh:
            self._nodes.put(_heir(node, before.get(node.number)) for node in fresh)
            self._mark(fresh)
            self._link(self._linker.added(works_among(fresh)))
        self._want(records, now.wanted)
        for kind, numbers in self._stale.items():
            self._nodes.stale(kind, numbers)
        self._stale.clear()

    def _same(self, a: Node, b: Node) -> bool:
        return not self._anew and (a.body, a.keys, a.blocks) == (b.body, b.keys, b.blocks)

    def _link(self, touched: set[int]) -> None:
        self._stale.setdefault("work", set()).update(touched)

    def _share(self, records: Sequence[int], now: Told) -> None:
        """Venues and organisations: who tells which of the shared observations."""
        before = self._nodes.told(records)
        if before == now.told:
            return
        self._db.many("DELETE FROM told WHERE record = ? AND slot = ?", [at for at in before if at not in now.told])
        self._db.many("INSERT OR REPLACE INTO told VALUES (?, ?, ?)", [(*at, node) for at, node in now.told.items()])
        known = self._nodes.load(now.shared)
        fresh = [node for number, node in now.shared.items() if number not in known]
        self._nodes.put(fresh)
        self._mark(fresh)
        dropped = set(before.values()) - set(now.told.values())
        if dropped:
            still = self._db.rows(
                "SELECT DISTINCT node FROM told WHERE node IN (SELECT value FROM json_each(?))",
                (msgspec.json.encode(sorted(dropped)).decode(),),
            )
            untold = dropped - {node for (node,) in still}
            self._take_back(list(self._nodes.load(untold).values()))

    def _take_back(self, gone: Sequence[Node]) -> None:
        """Remove nodes; whatever they held together or kept apart must be derived again."""
        near: set[int] = {n for nodes in self._nodes.with_keys(k for g in gone for k in g.keys).values() for n in nodes}
        entities = {g.entity for g in gone if g.entity is not None}
        near |= self._nodes.of_entities(entities).keys() | self._linked(gone)
        near -= {g.number for g in gone}
        self._nodes.dirty(entities)
        self._nodes.dirty_wanting(k for g in gone if kind_of(g.number) != "person" for k in (*g.keys, *g.blocks))
        self._nodes.remove(gone)
        self._link(self._linker.removed(works_among(gone)))
        self._mark([*self._nodes.load(near).values(), *(g for g in gone if kind_of(g.number) == "person")])

    def _linked(self, gone: Sequence[Node]) -> set[int]:
        numbers = msgspec.json.encode([g.number for g in gone if kind_of(g.number) == "work"]).decode()
        rows = self._db.rows(
            "SELECT high FROM link WHERE low IN (SELECT value FROM json_each(?))"
            " UNION SELECT low FROM link WHERE high IN (SELECT value FROM json_each(?))",
            (numbers, numbers),
        )
        return {node for (node,) in rows}

    def _mark(self, nodes: Iterable[Node]) -> None:
        """Note what must be derived again: nodes, of people whole blocks."""
        for node in nodes:
            kind = kind_of(node.number)
            self._stale.setdefault(kind, set()).update(node.blocks if kind == "person" else (node.number,))

    def _want(self, records: Sequence[int], wanted: set[tuple[int, int]]) -> None:
        numbers = msgspec.json.encode(list(records)).decode()
        before = set(
            self._db.rows(
                "SELECT key, record FROM wanted WHERE record IN (SELECT value FROM json_each(?))", (numbers,)
            ).fetchall()
        )
        named = self._nodes.with_keys(stating(key) for key, _ in before ^ wanted)
        self._nodes.dirty(n.entity for n in self._nodes.load(n for found in named.values() for n in found).values())
        self._db.many("DELETE FROM wanted WHERE key = ? AND record = ?", list(before - wanted))
        self._db.many("INSERT INTO wanted VALUES (?, ?)", sorted(wanted - before))


def _heir(now: Node, before: Node | None) -> Node:
    """The node with the entity that its place in the record spoke of until now, so that an IRI that is
    given up leads on. Another name in the same place is another person."""
    if before is None or (kind_of(now.number) == "person" and now.blocks != before.blocks):
        return now
    return msgspec.structs.replace(now, entity=before.entity)


def _work(number: int, record: Record, origin: tuple[str, str, str], told: Told) -> None:
    """Nodes of a record of a work."""
    source, locator, _ = origin
    said = works.says(record, "\x1f".join(origin), f"{source}\x1f{locator.partition('#')[0]}")
    seeds = said.seeds
    told.own[node_of(number)] = Node(
        node_of(number), works.joining(seeds), tuple(map(number_of, works.block_keys(said))), _encode(said)
    )
    if record.venue is not None:
        _share("venue", venues.says(record.venue), number, slot(VENUE, 0), told)
    for at, observed in enumerate(organisations.of_record(record)):
        _share("organisation", observed, number, slot(ORGANISATION, at), told)
    people_of = record.contributors[:_MAX_CONTRIBUTORS]
    for at, found in enumerate(people.says(people_of, seeds[0], record.year)):
        if found is not None:
            person, block = found
            node = node_of(number, CONTRIBUTOR, at)
            told.own[node] = Node(node, tuple(people.id_keys(person)), (block,), _encode(person))
        elif people_of[at].organisation:
            _share("organisation", organisations.group(people_of[at], seeds[0]), number, slot(CONTRIBUTOR, at), told)
    told.wanted.update((key, number) for key in references.looked_for(record) | stated_keys(said.states))


def _share(kind: Kind, observed: VenueSays | OrganisationSays, number: int, at: int, told: Told) -> None:
    node = _observed(kind, observed)
    told.told[number, at] = node.number
    told.shared[node.number] = node


@lru_cache(maxsize=16384)
def _observed(kind: Kind, observed: VenueSays | OrganisationSays) -> Node:
    body = _encode(observed)
    return Node(shared_node(kind, body), tuple(observed.keys()), tuple(observed.blocks()), body)


def _agent(stored: StoredAgent, origin: str) -> Node:
    """The node of a registry's entry."""
    record = stored.record
    node = agent_node(stored.id, record.kind)
    if record.kind == "person":
        said, block = people.of_agent(record, f"record:{number_of(origin)}")
        return Node(node, tuple(people.id_keys(said)), (block,), _encode(said))
    observed = venues.of_agent(record) if record.kind == "venue" else organisations.of_agent(record)
    return Node(node, tuple(observed.keys()), tuple(observed.blocks()), _encode(observed))

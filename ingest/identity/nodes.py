"""Nodes: each is what one record says about one thing. Their numbers, and their rows in the journal.

A node's number holds the record it belongs to (`record << 20 | part << 16 | position`), so that all
nodes of a record lie side by side. What many records say in the same words (a venue, an
organisation) is kept once, under a number below zero made from what is said; table `told` says
which records say it.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Literal

import msgspec

from ingest.identity.text import number_of
from ingest.journal.database import Database
from ontology.errors import SettingsError

Kind = Literal["work", "person", "organisation", "venue"]
KINDS: tuple[Kind, ...] = ("work", "person", "organisation", "venue")
WORK, CONTRIBUTOR, VENUE, ORGANISATION = 0, 1, 2, 3
"""Parts of a record of a work."""
_AGENTS: dict[str, int] = {"person": 5, "organisation": 6, "venue": 7}
_KIND_OF: dict[int, Kind] = {WORK: "work", CONTRIBUTOR: "person", 5: "person", 6: "organisation", 7: "venue"}
_POSITIONS = 1 << 16


def node_of(record: int, part: int = WORK, position: int = 0) -> int:
    """Number of the node; positions from 65,536 on have none (ValueError)."""
    if position >= _POSITIONS:
        raise ValueError(position)
    return record << 20 | part << 16 | position


def agent_node(record: int, kind: str) -> int:
    return node_of(record, _AGENTS[kind])


def record_of(node: int) -> int:
    return node >> 20


def slot_of(node: int) -> int:
    """Part and position, without the record."""
    return node & 0xFFFFF


def slot(part: int, position: int) -> int:
    return part << 16 | position


def shared_node(kind: Kind, body: bytes) -> int:
    """Number of an observation that many records may share: from its kind and content, below zero."""
    hashed = number_of(f"{kind}\x1f{body.hex()}") & (1 << 60) - 1
    return -((hashed << 1 | (kind == "venue")) + 1)


def kind_of(node: int) -> Kind:
    if node < 0:
        return "venue" if (-node - 1) & 1 else "organisation"
    return _KIND_OF[slot_of(node) >> 16]


def known_kind(text: str) -> Kind:
    """The kind with this name; SettingsError for any other text."""
    if text in KINDS:
        return text
    raise SettingsError(f"no things of kind {text!r} are kept here", hint=f"one of {', '.join(KINDS)}")


class Node(msgspec.Struct, frozen=True):
    """A row of `said`. `keys` join or touch (see the kind's module), `blocks` only bring together."""

    number: int
    keys: tuple[int, ...]
    blocks: tuple[int, ...]
    body: bytes
    entity: int | None = None


def packed(numbers: Iterable[int]) -> bytes:
    return array("q", numbers).tobytes()


def unpacked(body: bytes) -> tuple[int, ...]:
    found = array("q")
    found.frombytes(body)
    return tuple(found)


def listed(numbers: Iterable[int]) -> str:
    """Numbers as a parameter for `json_each`."""
    return msgspec.json.encode(list(numbers)).decode()


class Nodes:
    """The rows of `said`, `alias` and `told`. Calls that write belong inside a transaction."""

    def __init__(self, database: Database) -> None:
        self.db = database

    def load(self, numbers: Iterable[int]) -> dict[int, Node]:
        return {node.number: node for node in self._selected("node IN (SELECT value FROM json_each(?))", numbers)}

    def of_entities(self, entities: Iterable[int]) -> dict[int, Node]:
        return {node.number: node for node in self._selected("entity IN (SELECT value FROM json_each(?))", entities)}

    def of_records(self, records: Sequence[int]) -> dict[int, Node]:
        """All nodes of these records but the shared ones."""
        found = self.db.rows(
            "SELECT node, keys, blocks, body, entity FROM json_each(?) r"
            " JOIN said ON node >= r.value << 20 AND node < (r.value + 1) << 20",
            (listed(records),),
        )
        return {row[0]: _node(row) for row in found}

    def _selected(self, where: str, numbers: Iterable[int]) -> Iterator[Node]:
        sql = f"SELECT node, keys, blocks, body, entity FROM said WHERE {where}"  # noqa: S608
        for row in self.db.rows(sql, (listed(numbers),)):
            yield _node(row)

    def with_keys(self, keys: Iterable[int]) -> dict[int, list[int]]:
        """Key → nodes that have it."""
        found: defaultdict[int, list[int]] = defaultdict(list)
        for key, node in self.db.rows(
            "SELECT key, node FROM alias WHERE key IN (SELECT value FROM json_each(?))", (listed(keys),)
        ):
            found[key].append(node)
        return found

    def told(self, records: Sequence[int]) -> dict[tuple[int, int], int]:
        """(record, slot) → shared node."""
        rows = self.db.rows(
            "SELECT record, slot, node FROM told WHERE record IN (SELECT value FROM json_each(?))", (listed(records),)
        )
        return {(record, at): node for record, at, node in rows}

    def put(self, nodes: Iterable[Node]) -> None:
        fresh = list(nodes)
        self.db.many(
            "INSERT INTO said (node, keys, blocks, body, entity) VALUES (?, ?, ?, ?, ?)",
            [(n.number, packed(n.keys), packed(n.blocks), n.body, n.entity) for n in fresh],
        )
        self.db.many(
            "INSERT OR IGNORE INTO alias VALUES (?, ?)",
            sorted((key, n.number) for n in fresh for key in (*n.keys, *n.blocks)),
        )

    def remove(self, nodes: Iterable[Node]) -> None:
        gone = list(nodes)
        self.db.many(
            "DELETE FROM alias WHERE key = ? AND node = ?",
            [(key, n.number) for n in gone for key in (*n.keys, *n.blocks)],
        )
        numbers = [(n.number,) for n in gone]
        self.db.many("DELETE FROM said WHERE node = ?", numbers)
        self.db.many("DELETE FROM link WHERE low = ?", numbers)
        self.db.many("DELETE FROM link WHERE high = ?", numbers)

    def stale(self, kind: Kind, numbers: Iterable[int]) -> None:
        """Say that these must be derived again: nodes, or for people block keys."""
        self.db.many("INSERT OR IGNORE INTO stale VALUES (?, ?)", [(kind, number) for number in numbers])

    def dirty(self, entities: Iterable[int | None]) -> None:
        self.db.rows(
            "UPDATE entity SET dirty = 1 WHERE dirty = 0 AND seq IN (SELECT value FROM json_each(?))",
            (listed(e for e in set(entities) if e is not None),),
        )

    def dirty_works(self, records: Iterable[int]) -> None:
        """The works that these records speak of must be written again."""
        self.db.rows(
            "UPDATE entity SET dirty = 1 WHERE dirty = 0 AND seq IN"
            " (SELECT entity FROM said WHERE node IN (SELECT value << 20 FROM json_each(?)))",
            (listed(set(records)),),
        )

    @cached_property
    def _some_clean(self) -> bool:
        """Whether anything has been written yet: in a first build there is nothing that could become dirty."""
        return self.db.one("SELECT 1 FROM entity WHERE dirty = 0 LIMIT 1") is not None

    def dirty_wanting(self, keys: Iterable[int]) -> None:
        """Works that look for one of these keys (in references, relations, affiliations) must be written again,
        and organisations that are parts of one with such a key."""
        if not self._some_clean or not self.db.one("SELECT 1 FROM wanted LIMIT 1"):
            return
        self.db.rows(
            "UPDATE entity SET dirty = 1 WHERE dirty = 0 AND seq IN (SELECT s.entity FROM json_each(?) k JOIN wanted w"
            " ON w.key = k.value JOIN said s ON s.node IN (w.record << 20, w.record << 20 | ?))",
            (listed(set(keys)), slot(_AGENTS["organisation"], 0)),
        )


def _node(row: tuple[int, bytes, bytes, bytes, int | None]) -> Node:
    return Node(row[0], unpacked(row[1]), unpacked(row[2]), row[3], row[4])

"""Scored pairs of records of works in the journal: made when the later of the two arrives, kept until one goes.

A pair is compared where the two meet in a block of at most `CROWD` records; a larger block (a title
like "Supplementary figure") says nothing. Whether a block is crowded depends on how many records are
there now, so that pairs appear and vanish as it empties and fills.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Final

import msgspec

from ingest.identity.comparison import GREY, comparable, compare, families
from ingest.identity.nodes import Node, Nodes, kind_of, listed
from ingest.identity.works import WorkSays

CROWD: Final = 100
_decode = msgspec.msgpack.Decoder(WorkSays).decode


Pair = tuple[int, int]
"""Two nodes, the lower number first."""
Scored = tuple[int, int, float, str]
"""A pair with its score and relation."""
Comparing = Callable[[Mapping[int, bytes], Sequence[Pair]], list[Scored]]
"""Compares pairs of nodes (number → body), here or elsewhere; those that come to nothing are left out."""


def compared(bodies: Mapping[int, bytes], pairs: Sequence[Pair]) -> list[Scored]:
    """Pairs whose score is worth to be kept, in the order given."""
    said = {number: _decode(body) for number, body in bodies.items()}
    known = {number: families(one) for number, one in said.items()}
    rows: list[Scored] = []
    for low, high in pairs:
        left, right = said[low], said[high]
        strangers = known[low].isdisjoint(known[high])
        if comparable(left, right, strangers=strangers) and (found := compare(left, right)).score >= GREY:
            rows.append((low, high, found.score, found.relation))
    return rows


class Linker:
    """Calls that write belong inside a transaction."""

    def __init__(self, nodes: Nodes, comparing: Comparing = compared) -> None:
        self._nodes = nodes
        self._comparing = comparing
        self._bodies: dict[int, bytes] = {}

    def added(self, fresh: Sequence[Node]) -> set[int]:
        """Compare these nodes, which are in the journal now, with whom they meet; returns nodes to derive again."""
        numbers = {node.number for node in fresh}
        self._bodies.update((node.number, node.body) for node in fresh)
        pairs: set[tuple[int, int]] = set()
        touched: set[int] = set()
        for nodes in self._blocks(fresh):
            new = [n for n in nodes if n in numbers]
            if len(nodes) <= CROWD:
                pairs.update((min(a, b), max(a, b)) for a in new for b in nodes if a != b)
            elif len(nodes) - len(new) <= CROWD:
                touched |= self._unlink(nodes)
        return touched | self._compare(pairs)

    def removed(self, gone: Sequence[Node]) -> set[int]:
        """These nodes were taken from the journal: blocks that are crowded no longer count again."""
        pairs: set[tuple[int, int]] = set()
        left: dict[int, int] = {}
        for node in gone:
            for key in node.blocks:
                left[key] = left.get(key, 0) + 1
        for key, nodes in self._nodes.with_keys(left).items():
            if len(nodes) <= CROWD < len(nodes) + left[key]:
                pairs.update(combinations(sorted(nodes), 2))
        return self._compare(pairs)

    def _blocks(self, fresh: Sequence[Node]) -> Iterable[list[int]]:
        return self._nodes.with_keys({key for node in fresh for key in node.blocks}).values()

    def _compare(self, pairs: set[tuple[int, int]]) -> set[int]:
        if missing := {n for pair in pairs for n in pair} - self._bodies.keys():
            self._bodies.update((node.number, node.body) for node in self._nodes.load(missing).values())
        rows = self._comparing(self._bodies, sorted(pairs))
        self._nodes.db.many("INSERT OR REPLACE INTO link VALUES (?, ?, ?, ?)", rows)
        return {n for low, high, *_ in rows for n in (low, high)}

    def _unlink(self, nodes: Sequence[int]) -> set[int]:
        """A block has become crowded: pairs that met only there go."""
        rows = self._nodes.db.rows(
            "SELECT low, high FROM link WHERE low IN (SELECT value FROM json_each(?))"
            " AND high IN (SELECT value FROM json_each(?))",
            (listed(nodes), listed(nodes)),
        ).fetchall()
        members = self._nodes.load({n for pair in rows for n in pair})
        shared = {pair: set(members[pair[0]].blocks) & set(members[pair[1]].blocks) for pair in rows}
        sizes = {k: len(found) for k, found in self._nodes.with_keys(k for ks in shared.values() for k in ks).items()}
        gone = [pair for pair, keys in shared.items() if all(sizes[key] > CROWD for key in keys)]
        self._nodes.db.many("DELETE FROM link WHERE low = ? AND high = ?", gone)
        return {n for pair in gone for n in pair}


def works_among(nodes: Iterable[Node]) -> list[Node]:
    return [node for node in nodes if kind_of(node.number) == "work"]

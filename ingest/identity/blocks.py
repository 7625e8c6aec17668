"""Blocks of people in the journal: who is who within each, as far as the block itself tells. Reads only, so that it
may go on in other processes ahead of who writes it down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import msgspec

from ingest.identity import people
from ingest.identity.clusters import Edge, Member
from ingest.identity.nodes import Nodes, listed, record_of
from ingest.identity.people import Mention, PersonSays
from ingest.identity.verdicts import Rulings, VerdictBook
from ingest.identity.works import WorkSays
from ingest.journal.database import Database

_decode = msgspec.msgpack.Decoder(PersonSays).decode
_decode_work = msgspec.msgpack.Decoder(WorkSays).decode


class Cell(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Mentions within one block that are one person. `seed` names them; it is empty where one of them has an
    identifier, by which they may be joined with cells of other blocks."""

    members: list[Member]
    seed: str


class Blocks(msgspec.Struct, frozen=True, array_like=True):
    """The cells of some blocks, and pairs that may be one person but for want of evidence are not joined."""

    cells: list[Cell]
    doubts: list[Edge]


Grouping = Callable[[Sequence[int]], Callable[[], Blocks]]
"""Has it found out what blocks (by their numbers) come to, here or elsewhere; what it gives waits for the outcome."""


def blocks_of(database: Database, keys: Sequence[int], rulings: Rulings | None = None) -> Blocks:
    """What the blocks with these numbers come to; `rulings` are the verdicts on people, if they have been read."""
    if rulings is None:
        rulings = Rulings(VerdictBook(database).all(), "person")
    nodes = Nodes(database)
    found = Blocks([], [])
    for mentions in _mentions(database, keys).values():
        detailed = _detailed(nodes, mentions)
        cells, doubts = people.cells(detailed, rulings.among(m.node for m in mentions))
        says = {m.node: m.says for m in mentions}
        found.cells.extend(_cell(members, says) for members in cells)
        found.doubts.extend(doubts)
    return found


def _mentions(database: Database, keys: Sequence[int]) -> dict[int, list[Mention]]:
    blocks: defaultdict[int, list[Mention]] = defaultdict(list)
    for key, number, body, work in database.rows(
        "SELECT a.key, s.node, s.body, w.entity FROM alias a JOIN said s ON s.node = a.node"
        " LEFT JOIN said w ON w.node = s.node >> 20 << 20 WHERE a.key IN (SELECT value FROM json_each(?))",
        (listed(keys),),
    ):
        blocks[key].append(Mention(number, _decode(body), work if work is not None else number))
    return blocks


def _detailed(nodes: Nodes, mentions: list[Mention]) -> list[Mention]:
    """With venue and topic words of each mention's work, where names and company leave the block open."""
    if not people.ambiguous(mentions):
        return mentions
    works = nodes.load(record_of(m.node) << 20 for m in mentions)
    said = {number >> 20: _decode_work(node.body) for number, node in works.items()}
    return [people.detailed(m, said.get(record_of(m.node))) for m in mentions]


def _cell(members: list[Member], says: dict[int, PersonSays]) -> Cell:
    every = [says[m.node] for m in members]
    return Cell(members, "" if any(s.ids for s in every) else next(people.seeds(every)))

"""The curator's hand: merging and splitting things, for ever, and taking it back.

A merge makes one thing of several, a split takes records out of one; both are verdicts that outlive
harvests and rebuilds (`verdicts`). What contradicts an earlier verdict takes that one back first, so
that a merge followed by its split leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from ingest.identity.deriving import Deriver
from ingest.identity.nodes import KINDS, Kind, Node, Nodes, kind_of, listed
from ingest.identity.verdicts import Verdict, VerdictBook
from ingest.journal.database import Database
from ontology.errors import NotFound, SettingsError
from ontology.namespaces import Base


class Thing:
    """An entity as it is now: number, kind, IRI and nodes."""

    def __init__(self, number: int, kind: Kind, iri: str, nodes: dict[int, Node]) -> None:
        self.number = number
        self.kind = kind
        self.iri = iri
        self.nodes = nodes


class Curator:
    """Each call is one transaction. `by` is whoever decides."""

    def __init__(self, database: Database, base: Base, by: str) -> None:
        self._db = database
        self._base = base
        self._by = by
        self._nodes = Nodes(database)
        self._book = VerdictBook(database)

    def merge(self, iris: Sequence[str], note: str = "") -> str:
        """Make one thing of these; returns its IRI. NotFound for an IRI that names nothing here,
        SettingsError for things of several kinds or fewer than two things."""
        with self._db.transaction():
            things = list({thing.number: thing for thing in map(self.thing, iris)}.values())
            if len(things) < 2 or len({thing.kind for thing in things}) > 1:
                raise SettingsError(
                    "a merge takes two or more different things of one kind", place=" ".join(iris),
                    hint="`gnomon identity explain IRI` says what an IRI is",
                )  # fmt: skip
            self._withdraw("different", things)
            self._derive(things)
            if len({self._entity(thing) for thing in things}) > 1:
                sides = [(thing.iri, sorted(thing.nodes)) for thing in things]
                self._book.add(things[0].kind, "same", sides, self._by, _now(), note)
                self._derive(things)
            return self._iri(things[0].kind, self._entity(things[0]))

    def split(self, iri: str, parts: Sequence[str] = (), note: str = "") -> list[str]:
        """Take records (IRIs of harvested records, or IRIs that were merged into it) out of a thing; without
        any, take the latest merge back. Returns the IRIs there are now, the thing's own first."""
        with self._db.transaction():
            thing = self.thing(iri)
            groups = self._groups(thing, parts)
            self._withdraw("same", groups)
            self._derive([thing])
            if len({self._entity(group) for group in groups}) < 2:
                sides = [(group.iri, sorted(group.nodes)) for group in groups]
                self._book.add(thing.kind, "different", sides, self._by, _now(), note)
                self._derive([thing])
            return list(dict.fromkeys(self._iri(thing.kind, self._entity(group)) for group in groups))

    def thing(self, iri: str) -> Thing:
        """What an IRI names now, merged ones included. NotFound where nothing speaks of it."""
        parts = (self._base.local(iri) or "").strip("/").split("/")
        row = self._db.rows(
            "SELECT coalesce(s.seq, e.seq), e.kind, coalesce(s.name, e.name) FROM entity e"
            " LEFT JOIN entity s ON s.seq = e.survivor WHERE e.name = ?",
            (parts[2] if len(parts) > 2 else iri,),
        ).fetchone()
        nodes = self._nodes.of_entities([row[0]]) if row and row[1] in KINDS else {}
        if not nodes:
            raise NotFound("this IRI names nothing here", place=iri, hint="search for the thing to find its IRI")
        return Thing(row[0], row[1], self._base.entity(row[1], row[2]), nodes)

    def _groups(self, thing: Thing, parts: Sequence[str]) -> list[Thing]:
        """The thing without the parts, and the parts."""
        taken = self._latest_merge(thing) if not parts else self._nodes_of(thing, parts)
        rest = {n: node for n, node in thing.nodes.items() if n not in taken}
        if not taken or not rest:
            raise SettingsError(
                "these parts are not some of the records of this thing", place=thing.iri,
                hint="`gnomon identity explain` lists its records",
            )  # fmt: skip
        out = {n: thing.nodes[n] for n in taken}
        return [Thing(thing.number, thing.kind, thing.iri, rest), Thing(thing.number, thing.kind, thing.iri, out)]

    def _latest_merge(self, thing: Thing) -> set[int]:
        here = set(thing.nodes)
        for verdict in reversed(self._book.all()):
            sides = [here & set(nodes) for _, nodes in verdict.sides]
            if verdict.verdict == "same" and sum(map(bool, sides)) > 1:
                own = next(
                    (side for (iri, _), side in zip(verdict.sides, sides, strict=True) if iri == thing.iri), sides[0]
                )
                return {n for side in sides for n in side} - own
        raise SettingsError(
            "no curator merged anything into this thing", place=thing.iri, hint="name the records to take out of it"
        )

    def _nodes_of(self, thing: Thing, parts: Sequence[str]) -> set[int]:
        found: set[int] = set()
        wanted = set(parts)
        for node, record in self._record_iris(thing):
            if record in wanted:
                found.add(node)
        for verdict in self._book.all():
            for iri, nodes in verdict.sides:
                if iri in wanted:
                    found |= set(nodes) & thing.nodes.keys()
        return found

    def _record_iris(self, thing: Thing) -> list[tuple[int, str]]:
        rows = self._db.rows(
            "SELECT n.value, p.source, p.locator, r.key FROM json_each(?) n LEFT JOIN told t ON t.node = n.value"
            " JOIN record r ON r.id = coalesce(t.record, n.value >> 20) JOIN payload p ON p.id = r.payload",
            (listed(thing.nodes),),
        )
        return [(node, self._base.record(source, f"{locator}#{key}")) for node, source, locator, key in rows]

    def _withdraw(self, said: str, things: Sequence[Thing]) -> None:
        """Take verdicts back that say the opposite about these things."""
        for verdict in self._book.all():
            if verdict.verdict == said and _across(verdict, things):
                self._book.undo(verdict.id)

    def _derive(self, things: Sequence[Thing]) -> None:
        for thing in things:
            for node in thing.nodes.values():
                kind = kind_of(node.number)
                self._nodes.stale(kind, node.blocks if kind == "person" else (node.number,))
            self._nodes.dirty([thing.number])
        deriver = Deriver(self._db)
        while deriver.step():
            pass

    def _entity(self, thing: Thing) -> int:
        return int(self._db.one("SELECT entity FROM said WHERE node = ?", (min(thing.nodes),)))

    def _iri(self, kind: Kind, number: int) -> str:
        return self._base.entity(kind, self._db.one("SELECT name FROM entity WHERE seq = ?", (number,)))


def _across(verdict: Verdict, things: Sequence[Thing]) -> bool:
    """Whether a verdict speaks of nodes of several of these things, on different sides."""
    sides = [
        {at for at, thing in enumerate(things) if not thing.nodes.keys().isdisjoint(nodes)}
        for _, nodes in verdict.sides
    ]
    return any(a and b and len(a | b) > 1 for at, a in enumerate(sides) for b in sides[at + 1 :])


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

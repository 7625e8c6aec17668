"""What holds a thing together and what nearly did: records, reasons field by field, verdicts, candidates.

Reads the journal, writes nothing. What joined two nodes is kept with them; the reasons are made by
comparing them again.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ingest.identity.comparison import Reason, compare
from ingest.identity.curating import Curator
from ingest.identity.names import agreement
from ingest.identity.nodes import Kind, Node, Nodes, kind_of, listed
from ingest.identity.organisations import OrganisationSays
from ingest.identity.people import PersonSays
from ingest.identity.venues import VenueSays
from ingest.identity.verdicts import VerdictBook
from ingest.identity.works import WorkSays
from ingest.journal.database import Database
from ontology.namespaces import Base

_MEMBERS = 200
_TYPES = {"work": WorkSays, "person": PersonSays, "organisation": OrganisationSays, "venue": VenueSays}


class MemberView(msgspec.Struct, frozen=True, omit_defaults=True):
    """A record that speaks of the thing, what it calls it, and what joins it to another of the records."""

    record: str
    name: str
    joined_to: str = ""
    method: str = ""
    score: float = 1.0
    reasons: tuple[Reason, ...] = ()


class VerdictView(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a curator decided: that these are the same or different things."""

    id: int
    verdict: str
    iris: tuple[str, ...]
    decided_by: str
    decided_at: str
    note: str = ""
    undone: bool = False


class CandidateView(msgspec.Struct, frozen=True, omit_defaults=True):
    """Two things that may be one: nobody has decided, nothing was merged."""

    left: str
    right: str
    left_name: str
    right_name: str
    score: float
    reasons: tuple[Reason, ...] = ()
    records: tuple[str, str] = ("", "")


class Explanation(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a thing is one: `score` is that of the weakest evidence that holds it together; `formerly` are
    IRIs that lead to it. Of very many records the first 200 are shown."""

    iri: str
    kind: str
    score: float
    members: tuple[MemberView, ...]
    formerly: tuple[str, ...] = ()
    verdicts: tuple[VerdictView, ...] = ()
    candidates: tuple[CandidateView, ...] = ()


class Explainer:
    def __init__(self, database: Database, base: Base) -> None:
        self._db = database
        self._base = base
        self._nodes = Nodes(database)

    def explain(self, iri: str) -> Explanation:
        """Everything about one thing. NotFound where the IRI names nothing here."""
        thing = Curator(self._db, self._base, "").thing(iri)
        numbers = sorted(thing.nodes)[:_MEMBERS]
        held = {
            node: (parent, method or "", score if score is not None else 1.0)
            for node, parent, method, score in self._db.rows(
                "SELECT node, parent, method, score FROM said WHERE node IN (SELECT value FROM json_each(?))",
                (listed(numbers),),
            )
        }
        nodes = thing.nodes | self._nodes.load(p for p, _, _ in held.values() if p is not None and p not in thing.nodes)
        records = self.records(nodes)
        members = [
            MemberView(
                record=records.get(n, ""), name=shown(nodes[n]), joined_to=records.get(held[n][0] or 0, ""),
                method=held[n][1], score=held[n][2],
                reasons=reasons(nodes[n], nodes[held[n][0]]) if held[n][0] in nodes else (),
            )
            for n in numbers
        ]  # fmt: skip
        return Explanation(
            iri=thing.iri,
            kind=thing.kind,
            score=min(m.score for m in members),
            members=tuple(members),
            formerly=self._formerly(thing.number, thing.kind),
            verdicts=tuple(v for v, touched in self._verdicts() if touched & thing.nodes.keys()),
            candidates=tuple(self._pairs("AND (l.low IN (SELECT value FROM json_each(:nodes))"
                                         " OR l.high IN (SELECT value FROM json_each(:nodes)))",
                                         thing.kind, 50, 0, numbers)),
        )  # fmt: skip

    def candidates(self, kind: Kind, limit: int = 50, offset: int = 0) -> list[CandidateView]:
        """Undecided pairs of things of this kind, the likeliest first."""
        return list(self._pairs("", kind, limit, offset, ()))

    def verdicts(self) -> list[VerdictView]:
        """Everything curators decided, the latest first, what was taken back included."""
        return [view for view, _ in reversed(self._verdicts())]

    def _pairs(self, where: str, kind: Kind, limit: int, offset: int, nodes: Iterable[int]) -> Iterable[CandidateView]:
        apart = {
            (min(a, b), max(a, b))
            for verdict in VerdictBook(self._db).all()
            if verdict.verdict == "different"
            for at, (_, left) in enumerate(verdict.sides) for _, right in verdict.sides[at + 1 :]
            for a in left for b in right
        }  # fmt: skip
        rows = self._db.rows(  # `where` is one of two texts of this module
            "SELECT l.low, l.high, l.score, a.name, b.name FROM link l JOIN said s ON s.node = l.low"  # noqa: S608
            " JOIN said t ON t.node = l.high JOIN entity a ON a.seq = s.entity JOIN entity b ON b.seq = t.entity"
            f" WHERE l.relation = 'same' AND s.entity <> t.entity AND a.kind = :kind {where}"
            " ORDER BY l.score DESC, a.name, b.name LIMIT :limit OFFSET :offset",
            {"kind": kind, "limit": limit, "offset": offset, "nodes": listed(nodes)},
        ).fetchall()
        loaded = self._nodes.load(n for row in rows for n in row[:2])
        records = self.records(loaded)
        for low, high, score, left, right in rows:
            if (low, high) not in apart:
                yield CandidateView(
                    left=self._base.entity(kind, left), right=self._base.entity(kind, right),
                    left_name=shown(loaded[low]), right_name=shown(loaded[high]), score=score,
                    reasons=reasons(loaded[low], loaded[high]), records=(records.get(low, ""), records.get(high, "")),
                )  # fmt: skip

    def records(self, nodes: Iterable[int]) -> dict[int, str]:
        """IRI of the record of each node; of a shared one the first that tells it."""
        rows = self._db.rows(
            "SELECT n.value, p.source, p.locator, r.key FROM json_each(?) n JOIN record r ON r.id ="
            " CASE WHEN n.value < 0 THEN (SELECT min(record) FROM told WHERE node = n.value) ELSE n.value >> 20 END"
            " JOIN payload p ON p.id = r.payload",
            (listed(nodes),),
        )
        return {node: self._base.record(source, f"{locator}#{key}") for node, source, locator, key in rows}

    def _formerly(self, number: int, kind: str) -> tuple[str, ...]:
        rows = self._db.rows("SELECT name FROM entity WHERE survivor = ? ORDER BY name", (number,))
        return tuple(self._base.entity(kind, name) for (name,) in rows)

    def _verdicts(self) -> list[tuple[VerdictView, set[int]]]:
        return [
            (
                VerdictView(
                    id=v.id, verdict=v.verdict, iris=tuple(iri for iri, _ in v.sides), decided_by=v.decided_by,
                    decided_at=v.decided_at, note=v.note, undone=v.undone,
                ),
                {n for _, nodes in v.sides for n in nodes},
            )
            for v in VerdictBook(self._db).all(undone=True)
        ]  # fmt: skip


def _said(node: Node) -> WorkSays | PersonSays | OrganisationSays | VenueSays:
    found: WorkSays | PersonSays | OrganisationSays | VenueSays = msgspec.msgpack.decode(
        node.body, type=_TYPES[kind_of(node.number)]
    )
    return found


def shown(node: Node) -> str:
    """What a record calls the thing."""
    match _said(node):
        case WorkSays(titles=titles, year=year):
            return f"{titles[0] if titles else ''} ({year or 'no year'})"
        case PersonSays(printed=printed):
            return printed
        case OrganisationSays(names=names) | VenueSays(names=names):
            return names[0] if names else ""


def reasons(left: Node, right: Node) -> tuple[Reason, ...]:
    """What two nodes have in common and in what they differ, field by field."""
    match _said(left), _said(right):
        case WorkSays() as a, WorkSays() as b:
            shared = tuple(Reason("identifier", i, i, 20.0) for i in a.ids if i in b.ids)
            return (*shared, *compare(a, b).reasons)
        case PersonSays() as a, PersonSays() as b:
            return tuple(_of_people(a, b))
        case (OrganisationSays() | VenueSays()) as a, (OrganisationSays() | VenueSays()) as b:
            same = tuple(Reason("identifier", str(i), str(i), 20.0) for i in a.ids if i in b.ids)
            return (*same, Reason("name", a.names[0], b.names[0], 0.0))
        case _:
            return ()


def _of_people(a: PersonSays, b: PersonSays) -> Iterable[Reason]:
    yield from (Reason("identifier", i, i, 20.0) for i in a.ids if i in b.ids)
    level = agreement(a.name.given, b.name.given)
    yield Reason("name", a.printed, b.printed, (-8.0, 0.0, 1.5, 4.0, 6.0)[level + 1])
    if common := len(set(a.co) & set(b.co)):
        yield Reason("co-authors", f"{common} of {len(a.co)}", f"{common} of {len(b.co)}", 3.0 * common)
    if common := len(set(a.places) & set(b.places)):
        yield Reason("affiliations", f"{common} of {len(a.places)}", f"{common} of {len(b.places)}", 4.0 * common)

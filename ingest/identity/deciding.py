"""Why records are one thing: the decision behind each entity, as the graph states it.

Reads the journal, writes nothing. A work that several records speak of has one; people,
organisations and venues only where a curator merged them (`gnomon identity explain` tells the rest).
What a curator split says of each of the parts which records are not of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from ingest.identity.nodes import listed
from ingest.identity.verdicts import Verdict, VerdictBook, records_named
from ingest.journal.database import Database
from ontology.entities import IdentityDecision
from ontology.identifiers import opaque
from ontology.namespaces import Base

MAKER = "gnomon-identity/2"
_DECIDED = "decided by "


class Decisions:
    """Decisions on entities, as they stand."""

    def __init__(self, database: Database, base: Base) -> None:
        self._db = database
        self._base = base

    def of(self, numbers: Sequence[int]) -> dict[int, tuple[IdentityDecision, ...]]:
        """Decisions by the number of their entity."""
        found = self._apart(numbers)
        joined = self._joined(numbers)
        records = self._records([node for _, rows in joined.values() for node, _, _ in rows])
        merged = [v for v in VerdictBook(self._db).all() if v.verdict == "same"] if joined else []
        for entity, (iri, rows) in joined.items():
            nodes = {node for node, _, _ in rows}
            methods = sorted({method for _, method, _ in rows if method})
            makers = [m.removeprefix(_DECIDED) for m in methods if m.startswith(_DECIDED)]
            replaced = {old for v in merged for old, side in v.sides if old != iri and not nodes.isdisjoint(side)}
            decision = IdentityDecision(
                iri=f"{self._base.iri}/decision/{opaque('decision', iri.rpartition('/')[2])}",
                survivor=iri,
                members=tuple(sorted({record for node in nodes for record in records[node]})),
                method="; ".join(methods),
                score=min((score for _, _, score in rows if score is not None), default=1.0),
                decided_by=", ".join(makers) or MAKER,
                replaced=tuple(sorted(replaced)),
            )
            found[entity] = (decision, *found.get(entity, ()))
        return found

    def _apart(self, numbers: Sequence[int]) -> dict[int, tuple[IdentityDecision, ...]]:
        """Splits by curators: one decision for each side that is one of these entities. What the other side is
        called is left to its records, which outlive its IRI."""
        if not self._db.one("SELECT count(*) FROM verdict WHERE verdict = 'different' AND undone = 0"):
            return {}
        here: dict[int, tuple[int, str]] = {}
        for node, entity, kind, name in self._db.rows(
            "SELECT s.node, s.entity, e.kind, e.name FROM said s JOIN entity e ON e.seq = s.entity"
            " WHERE s.entity IN (SELECT value FROM json_each(?))",
            (listed(numbers),),
        ):
            here[node] = entity, self._base.entity(kind, name)
        found: defaultdict[int, list[IdentityDecision]] = defaultdict(list)
        for verdict in VerdictBook(self._db).all():
            if verdict.verdict == "different":
                for side, (_, nodes) in enumerate(verdict.sides):
                    for entity, iri in sorted({here[node] for node in nodes if node in here}):
                        found[entity].append(self._split(verdict, side, iri))
        return {entity: tuple(decisions) for entity, decisions in found.items()}

    def _split(self, verdict: Verdict, side: int, iri: str) -> IdentityDecision:
        named = [records_named(self._db, verdict.id, at) for at in range(len(verdict.sides))]
        sides = [[self._base.record(source, f"{locator}#{key}") for source, locator, key in rows] for rows in named]
        own, others = sides[side], sorted({one for at, records in enumerate(sides) if at != side for one in records})
        seed = "\x1f".join([iri.rpartition("/")[2], *own, "", *others])
        return IdentityDecision(
            iri=f"{self._base.iri}/decision/{opaque('decision', seed)}",
            survivor=iri,
            members=tuple(own),
            apart=tuple(others),
            method="kept apart",
            score=1.0,
            decided_by=verdict.decided_by,
        )

    def _joined(self, numbers: Sequence[int]) -> dict[int, tuple[str, list[tuple[int, str | None, float | None]]]]:
        """Entity → IRI and nodes with what joined each, of those that have a decision."""
        found: dict[int, tuple[str, list[tuple[int, str | None, float | None]]]] = {}
        for entity, kind, name, node, method, score in self._db.rows(
            "SELECT s.entity, e.kind, e.name, s.node, s.method, s.score FROM said s JOIN entity e ON e.seq = s.entity"
            " WHERE s.entity IN (SELECT value FROM json_each(?)) ORDER BY s.entity",
            (listed(numbers),),
        ):
            found.setdefault(entity, (self._base.entity(kind, name), []))[1].append((node, method, score))
        return {
            entity: (iri, rows)
            for entity, (iri, rows) in found.items()
            if (len(rows) > 1 and "/id/work/" in iri) or any((m or "").startswith(_DECIDED) for _, m, _ in rows)
        }

    def _records(self, nodes: Sequence[int]) -> dict[int, list[str]]:
        """Node → IRIs of the records that say it."""
        found: defaultdict[int, list[str]] = defaultdict(list)
        for node, source, locator, key in self._db.rows(
            "SELECT n.value, p.source, p.locator, r.key FROM json_each(?) n LEFT JOIN told t ON t.node = n.value"
            " JOIN record r ON r.id = coalesce(t.record, n.value >> 20) JOIN payload p ON p.id = r.payload",
            (listed(nodes),),
        ):
            found[node].append(self._base.record(source, f"{locator}#{key}"))
        return found

"""Why records are one thing: the decisions behind an entity, field by field, and the curator's verdicts.

Reads the journal, writes nothing. The reasons are made from the records when they are asked for:
what joined two nodes is kept with them, the comparison is repeated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from ingest.identity.nodes import listed, record_of
from ingest.journal.database import Database
from ingest.journal.harvested import Harvested
from ontology.entities import IdentityDecision
from ontology.identifiers import opaque
from ontology.namespaces import Base

MAKER = "gnomon-identity/2"


class Decisions:
    """Decisions on entities, as they stand."""

    def __init__(self, database: Database, base: Base) -> None:
        self._db = database
        self._base = base

    def of(self, numbers: Sequence[int]) -> dict[int, tuple[IdentityDecision, ...]]:
        """One decision for each work that several records speak of, and for each agent that a curator merged."""
        joined: defaultdict[int, list[tuple[int, str | None, float | None]]] = defaultdict(list)
        names: dict[int, str] = {}
        for entity, name, node, method, score in self._db.rows(
            "SELECT s.entity, e.name, s.node, s.method, s.score FROM said s JOIN entity e ON e.seq = s.entity"
            " WHERE s.entity IN (SELECT value FROM json_each(?)) AND e.kind = 'work'",
            (listed(numbers),),
        ):
            joined[entity].append((node, method, score))
            names[entity] = name
        several = {entity: rows for entity, rows in joined.items() if len(rows) > 1}
        records = [record_of(node) for rows in several.values() for node, _, _ in rows]
        sources = Harvested(self._db).sources(records, self._base)
        found: dict[int, tuple[IdentityDecision, ...]] = {}
        for entity, rows in several.items():
            methods = sorted({method for _, method, _ in rows if method})
            makers = {m.removeprefix("decided by ") for m in methods if m.startswith("decided by ")}
            decision = IdentityDecision(
                iri=f"{self._base.iri}/decision/{opaque('decision', names[entity])}",
                survivor=self._base.entity("work", names[entity]),
                members=tuple(sorted(sources[record_of(node)].iri for node, _, _ in rows)),
                method="; ".join(methods),
                score=min((score for _, _, score in rows if score is not None), default=1.0),
                decided_by=", ".join(sorted(makers)) or MAKER,
            )
            found[entity] = (decision,)
        return found

"""How works are related that are not the same: found by comparison, or stated by another. Reads the journal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from ingest.identity.comparison import MATCH, Relation
from ingest.identity.nodes import listed
from ingest.identity.stating import INVERSE, VERSIONS, stating
from ingest.identity.text import number_of
from ingest.identity.works import WorkSays, notice_of
from ingest.journal.database import Database
from ontology.entities import RelatedWork
from ontology.identifiers import Identifier
from ontology.namespaces import Base

MAX_RELATED: Final = 1000
"""So many works that others state to be related to one are told by it."""
_decode = msgspec.msgpack.Decoder(WorkSays).decode
_KINDS: dict[Relation, tuple[str, str]] = {
    "preprint": ("IsVersionOf", "HasVersion"),
    "version": ("IsVersionOf", "HasVersion"),
    "translation": ("IsTranslationOf", "HasTranslation"),
    "correction": ("Corrects", "IsCorrectedBy"),
    "retraction": ("Retracts", "IsRetractedBy"),
}
"""Relation → what the dependent work (preprint, later version, translation, notice) is to the other, and back.
Parts are told apart and nothing is said about them."""


class Relations:
    """Relations of a batch of works (`members`: entity → its records)."""

    def __init__(self, database: Database, base: Base, members: Mapping[int, Sequence[int]]) -> None:
        self._base = base
        self._found: defaultdict[int, dict[tuple[str, str], None]] = defaultdict(dict)
        self._retracted: set[int] = set()
        nodes = listed(record << 20 for records in members.values() for record in records)
        for mine, theirs, relation, my_body, other_body, kind, name in database.rows(
            "WITH pair (mine, theirs, relation) AS"
            " (SELECT low, high, relation FROM link WHERE score >= ? AND relation NOT IN ('same', 'part')"
            " AND low IN (SELECT value FROM json_each(?))"
            " UNION SELECT high, low, relation FROM link WHERE score >= ? AND relation NOT IN ('same', 'part')"
            " AND high IN (SELECT value FROM json_each(?)))"
            " SELECT m.entity, t.entity, p.relation, m.body, t.body, e.kind, e.name FROM pair p"
            " JOIN said m ON m.node = p.mine JOIN said t ON t.node = p.theirs JOIN entity e ON e.seq = t.entity",
            (MATCH, nodes, MATCH, nodes),
        ):
            if mine != theirs:
                self._take(mine, relation, _decode(my_body), _decode(other_body), base.entity(kind, name))
        self._stated(database, members)

    def _take(self, work: int, relation: Relation, mine: WorkSays, other: WorkSays, iri: str) -> None:
        depends = _depends(relation, mine, other)
        if relation == "retraction" and not depends:
            self._retracted.add(work)
        if not _said_otherwise(relation, mine, other):
            self._found[work][_KINDS[relation][0 if depends else 1], iri] = None

    def _stated(self, database: Database, members: Mapping[int, Sequence[int]]) -> None:
        """What other records state about these works, seen from here; whether one of them withdraws it."""
        ids: dict[str, int] = {}
        nodes = listed(record << 20 for records in members.values() for record in records)
        rows = database.rows("SELECT entity, body FROM said WHERE node IN (SELECT value FROM json_each(?))", (nodes,))
        for entity, body in rows:
            ids.update((one, entity) for one in _decode(body).ids)
        found = database.rows(
            "SELECT DISTINCT s.entity, s.body, e.kind, e.name FROM wanted w JOIN said s ON s.node = w.record << 20"
            " JOIN entity e ON e.seq = s.entity WHERE w.key IN (SELECT value FROM json_each(?))",
            (listed(stating(number_of(f"w:{one}")) for one in ids),),
        )
        for theirs, body, kind, name in found:
            for said, target in _decode(body).states:
                work = ids.get(target)
                if work is None or work == theirs or len(self._found[work]) >= MAX_RELATED:
                    continue
                self._found[work][INVERSE[said], self._base.entity(kind, name)] = None
                if said == "Retracts":
                    self._retracted.add(work)

    def of(self, work: int) -> tuple[RelatedWork, ...]:
        """Works related to this one, in canonical order."""
        found = sorted(self._found.get(work, ()))
        return tuple(RelatedWork(kind=kind, target=Identifier("iri", iri), work=iri) for kind, iri in found)

    def retracted(self, work: int) -> bool:
        """Whether a notice says that the work is withdrawn."""
        return work in self._retracted


def _said_otherwise(relation: Relation, mine: WorkSays, other: WorkSays) -> bool:
    """Whether one of the two states itself how they are related: it knows better."""
    stated = {kind for kind, target in mine.states if target in other.ids}
    stated |= {kind for kind, target in other.states if target in mine.ids}
    alike = frozenset(_KINDS[relation]) if relation in ("correction", "retraction") else VERSIONS
    return not stated.isdisjoint(alike)


def _depends(relation: Relation, mine: WorkSays, other: WorkSays) -> bool:
    """Whether mine is the preprint, the later version, the translation or the notice."""
    if relation == "preprint":
        return mine.kind == "preprint"
    if relation in ("correction", "retraction"):
        return bool(notice_of(mine))
    if relation == "translation" and mine.year == other.year:
        return (mine.language == "en", mine.seeds) > (other.language == "en", other.seeds)
    return (mine.year, mine.seeds) > (other.year, other.seeds)

"""How works are related that are not the same: found by comparison, or said by a notice. Reads the journal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from ingest.identity.comparison import MATCH, Relation
from ingest.identity.nodes import listed
from ingest.identity.text import number_of
from ingest.identity.works import WorkSays, notice_of
from ingest.journal.database import Database
from ontology.entities import RelatedWork
from ontology.identifiers import Identifier
from ontology.namespaces import Base
from ontology.records import Record

_NOTICE = 0x5A5A_A5A5_5A5A_A5A5
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
        self._notices(database, members)

    def _take(self, work: int, relation: Relation, mine: WorkSays, other: WorkSays, iri: str) -> None:
        depends = _depends(relation, mine, other)
        self._found[work][_KINDS[relation][0 if depends else 1], iri] = None
        if relation == "retraction" and not depends:
            self._retracted.add(work)

    def _notices(self, database: Database, members: Mapping[int, Sequence[int]]) -> None:
        """Works that the record of a retraction names."""
        keys: dict[int, int] = {}
        nodes = listed(record << 20 for records in members.values() for record in records)
        rows = database.rows("SELECT entity, body FROM said WHERE node IN (SELECT value FROM json_each(?))", (nodes,))
        for entity, body in rows:
            keys.update((withdrawing(number_of(f"w:{one}")), entity) for one in _decode(body).ids)
        found = database.rows(
            "SELECT DISTINCT key FROM wanted WHERE key IN (SELECT value FROM json_each(?))", (listed(keys),)
        )
        self._retracted |= {keys[key] for (key,) in found}

    def of(self, work: int) -> tuple[RelatedWork, ...]:
        """Works related to this one, in canonical order."""
        found = sorted(self._found.get(work, ()))
        return tuple(RelatedWork(kind=kind, target=Identifier("iri", iri), work=iri) for kind, iri in found)

    def retracted(self, work: int) -> bool:
        """Whether a notice says that the work is withdrawn."""
        return work in self._retracted


def retraction_keys(record: Record) -> set[int]:
    """Keys of the works that this record, a notice, withdraws."""
    if record.kind != "retraction":
        return set()
    return {withdrawing(number_of(f"w:{r.target}")) for r in record.relations if r.kind == "Obsoletes"}


def withdrawing(key: int) -> int:
    """The key by which a notice names the work with this key, and back."""
    return key ^ _NOTICE


def _depends(relation: Relation, mine: WorkSays, other: WorkSays) -> bool:
    """Whether mine is the preprint, the later version, the translation or the notice."""
    if relation == "preprint":
        return mine.kind == "preprint"
    if relation in ("correction", "retraction"):
        return bool(notice_of(mine))
    if relation == "translation" and mine.year == other.year:
        return (mine.language == "en", mine.seeds) > (other.language == "en", other.seeds)
    return (mine.year, mine.seeds) > (other.year, other.seeds)

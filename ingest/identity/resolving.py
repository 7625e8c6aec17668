"""From what records point at to the entities that are here: references, relations, affiliations.

Reads the journal, writes nothing. Nothing found is remembered: whatever is looked for is written in
`wanted`, and what arrives or goes makes the works dirty that look for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from ingest.identity import affiliations, references
from ingest.identity.nodes import Nodes, kind_of
from ingest.identity.organisations import OrganisationSays
from ingest.identity.text import number_of
from ingest.identity.works import WorkSays
from ingest.journal.database import Database
from ontology.identifiers import Identifier
from ontology.namespaces import Base
from ontology.records import Record, Reference

_decode_work = msgspec.msgpack.Decoder(WorkSays).decode
_decode_organisation = msgspec.msgpack.Decoder(OrganisationSays).decode
_AT_ONCE = 64
"""Candidates looked at for one key; a key of works with more means nothing."""


class Targets:
    """Everything that a batch of records may point at, loaded at once."""

    def __init__(self, database: Database, base: Base, records: Sequence[Record]) -> None:
        self._base = base
        nodes = Nodes(database)
        keys = {key for record in records for key in references.looked_for(record)}
        names = {key for record in records for key in references.names_of_organisations(record)}
        self._nodes = {
            key: _most_telling(found) if key in names else found
            for key, found in nodes.with_keys(keys).items()
            if key in names or len(found) <= _AT_ONCE
        }
        loaded = nodes.load({n for found in self._nodes.values() for n in found})
        self._iris = self._names(database, {n.entity for n in loaded.values() if n.entity is not None})
        self._entity = {number: node.entity for number, node in loaded.items()}
        self._works = {n: _decode_work(node.body) for n, node in loaded.items() if kind_of(n) == "work"}
        self._organisations = {
            n: _decode_organisation(node.body) for n, node in loaded.items() if kind_of(n) == "organisation"
        }

    def _names(self, database: Database, entities: Iterable[int]) -> dict[int, str]:
        rows = database.rows(
            "SELECT seq, kind, name FROM entity WHERE seq IN (SELECT value FROM json_each(?))",
            (msgspec.json.encode(list(entities)).decode(),),
        )
        return {seq: self._base.entity(kind, name) for seq, kind, name in rows}

    def cited(self, reference: Reference, itself: str) -> str:
        """IRI of the work a reference means; empty where none is here or it cannot be told which."""
        candidates: dict[int, WorkSays] = {}
        for key in references.keys(reference):
            for node in self._nodes.get(key, ()):
                if node in self._works and (iri := self._iri(node)) and iri != itself:
                    candidates[node] = self._works[node]
        chosen = references.choose(reference, candidates) if candidates else None
        return self._iri(chosen) if chosen is not None else ""

    def related(self, target: Identifier, itself: str) -> str:
        """IRI of the work with this identifier."""
        for one in references.either(target):
            for node in sorted(self._nodes.get(number_of(f"w:{one}"), ())):
                if node in self._works and (iri := self._iri(node)) and iri != itself:
                    return iri
        return ""

    def organisations(self, affiliation: str) -> tuple[str, ...]:
        """IRIs of the organisations that an affiliation as printed names."""
        found: Mapping[str, list[int]] = {
            form: [n for n in self._nodes.get(number_of(f"on:{form}"), ()) if n in self._organisations]
            for form in affiliations.forms(affiliation)
        }
        known = {n: (self._organisations[n], self._iri(n)) for nodes in found.values() for n in nodes}
        return affiliations.choose(affiliation, found, known)

    def _iri(self, node: int) -> str:
        entity = self._entity.get(node)
        return self._iris.get(entity, "") if entity is not None else ""


def _most_telling(nodes: Sequence[int]) -> list[int]:
    """Of the nodes with one name of an organisation, so many that their number costs little: registries' first, then
    lines by their numbers, which are hashes of what they say."""
    entries = [node for node in nodes if node > 0]
    return [*entries[:_AT_ONCE], *sorted(node for node in nodes if node < 0)[:_AT_ONCE]]

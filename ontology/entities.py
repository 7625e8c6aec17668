"""What is known, merged from records: the entities that become nodes of the graph.

Made by `ingest.identity`, turned into quads by `graph.convert`, indexed by `graph.search`.
Every struct carries its own IRI; links to other entities are IRIs.
"""

from __future__ import annotations

import msgspec

from ontology.identifiers import Identifier
from ontology.reading import Reading
from ontology.records import Document, Record, Reference


class Authorship(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One contributor of one work at one position (from 1), as printed and as identified."""

    position: int
    name: str
    person: str = ""
    """IRI of the person, or of the organisation where a group is the author."""
    role: str = "author"
    organisation: bool = False
    corresponding: bool = False
    affiliations: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()


class CitedWork(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A reference and the IRI of the work it was resolved to (empty: not in the catalogue)."""

    reference: Reference
    work: str = ""


class RelatedWork(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A typed link; `work` is empty where the target is not in the catalogue."""

    kind: str
    target: Identifier
    work: str = ""


class Work(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A work as merged: `record` holds the merged metadata (its document is left out)."""

    iri: str
    record: Record
    sources: tuple[str, ...]
    """IRIs of the source records it was derived from."""
    authorships: tuple[Authorship, ...] = ()
    venue: str = ""
    cites: tuple[CitedWork, ...] = ()
    related: tuple[RelatedWork, ...] = ()
    document: Document | None = None
    reading: Reading | None = None

    @property
    def is_dataset(self) -> bool:
        return self.record.kind == "dataset"

    @property
    def in_parts(self) -> Document | None:
        """The document, where its parts can be named: a full text, or title and abstract once they have been read.
        Before that nothing can be said of a part, and title and abstract are told as metadata."""
        return self.document if self.document and (self.document.full or self.reading) else None


class Person(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person: `names` with the fullest first."""

    iri: str
    names: tuple[str, ...]
    identifiers: tuple[Identifier, ...] = ()


class Organisation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An organisation; `parents` are IRIs of those it is a part of, as far as they are known here."""

    iri: str
    names: tuple[str, ...]
    identifiers: tuple[Identifier, ...] = ()
    country: str = ""
    parents: tuple[str, ...] = ()


class VenueEntity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    iri: str
    names: tuple[str, ...]
    kind: str = "journal"
    identifiers: tuple[Identifier, ...] = ()
    publisher: str = ""


class SourceRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Provenance of one record: the payload it was read from (`payload`, an IRI) and what names it there."""

    iri: str
    source: str
    key: str
    payload: str


class SourcePayload(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A payload as harvested: where it came from, in which format, and the hash of its bytes."""

    iri: str
    source: str
    locator: str
    sha256: str
    format: str
    datestamp: str = ""


class IdentityDecision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why several records (`members`) speak of one thing, `survivor`. `score` is that of the weakest
    evidence that holds them together; `replaced` are IRIs that a curator merged into the survivor's.
    Where a curator split it, `apart` are the records that do not speak of it."""

    iri: str
    survivor: str
    members: tuple[str, ...]
    method: str
    score: float
    decided_by: str
    replaced: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()


class FoundSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A thing named in texts and in no vocabulary: its names, the commonest first, and how many works name it."""

    iri: str
    type: str
    names: tuple[str, ...]
    works: int


class ClaimSummary(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A claim over all works that speak of it; `probability` is that it is right, calibrated on judged claims."""

    subject: str
    predicate: str
    object: str
    support: int
    dispute: int
    probability: float

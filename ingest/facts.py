"""What a record has and lacks, noted when it is kept, so that quality is counted without opening it again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from ontology.agents import AnyRecord
from ontology.records import Record

FIELDS: Final = (
    "title", "abstract", "contributors", "year", "venue", "identifier", "doi", "language", "license", "references",
    "subjects", "funding", "orcid", "affiliation", "link", "full_text", "retracted", "open_access",
)  # fmt: skip
"""A bit of `Facts.fields` for each, lowest first. The last two are statements, not fields to be filled."""
COMPLETENESS: Final = FIELDS[:16]
AGENT: Final = -1
"""`Facts.fields` of a record of a person, organisation or venue."""
_BROKEN_KEPT: Final = 1000


class Facts(msgspec.Struct, frozen=True):
    """`references` counts those listed; `broken` holds up to a thousand identifiers that are none ("orcid:0000-…")."""

    fields: int
    language: str = ""
    year: int = 0
    references: int = 0
    broken: tuple[str, ...] = ()


def facts_of(record: AnyRecord, broken: Sequence[str] = ()) -> Facts:
    """The facts of a record, in the reading of which these `broken` identifiers were met."""
    kept = tuple(dict.fromkeys(broken))[:_BROKEN_KEPT]
    if not isinstance(record, Record):
        return Facts(AGENT, broken=kept)
    there = _there(record)
    fields = sum(1 << bit for bit, name in enumerate(FIELDS) if there[name])
    return Facts(fields, record.language, record.year, len(record.references), kept)


def _there(record: Record) -> dict[str, bool]:
    people = record.contributors
    return {
        "title": bool(record.title), "abstract": bool(record.abstract), "contributors": bool(people),
        "year": bool(record.year), "venue": record.venue is not None, "identifier": bool(record.identifiers),
        "doi": any(one.scheme == "doi" for one in record.identifiers), "language": bool(record.language),
        "license": bool(record.license), "references": bool(record.references), "subjects": bool(record.subjects),
        "funding": bool(record.funding),
        "orcid": any(one.scheme == "orcid" for person in people for one in person.identifiers),
        "affiliation": any(person.affiliations for person in people), "link": bool(record.links),
        "full_text": record.document is not None and record.document.full, "retracted": record.retracted,
        "open_access": record.open_access is True,
    }  # fmt: skip

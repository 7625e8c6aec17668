"""Several records of one work merged into one, field by field. Pure.

For each field the first record that has it wins, in order of how carefully that field is kept by
the kind of source; lists that complement each other (identifiers, subjects, links) are united.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

import msgspec

from ingest.identity.text import fold
from ontology.documents import of_record
from ontology.records import Document, Record, Subject, WorkKind

RANK = (
    "jats", "elsevier", "pubmed", "europepmc", "medline", "crossref", "crossref_deposit", "datacite_json",
    "datacite_xml", "acl", "arxiv", "openalex", "semantic_scholar", "s2orc", "openalex_csv", "marc", "mods",
    "opencitations", "scisumm", "tei", "schema_org", "oai_dc", "orcid", "orcid_xml", "csl", "web_page", "ris",
    "bibtex", "flat_table", "flat_json", "ror",
)  # fmt: skip
T = TypeVar("T")
H = TypeVar("H", bound=Hashable)


def by_authority(records: Iterable[Record]) -> list[Record]:
    """Best source first; equal ones in the order given (the order of harvest)."""
    return sorted(records, key=lambda r: RANK.index(r.format) if r.format in RANK else len(RANK))


def merged(records: Sequence[Record]) -> Record:
    """One record of at least one, best first (see `by_authority`); its document is left out."""
    best = records[0]
    if len(records) == 1:
        return msgspec.structs.replace(
            best, identifiers=_united([best.identifiers]), subjects=_subjects(records),
            relations=_united([best.relations]), links=_united([best.links]), document=None,
        )  # fmt: skip
    return Record(
        key=best.key,
        format=best.format,
        kind=_kind(records),
        identifiers=_united(r.identifiers for r in records),
        titles=_first(records, lambda r: r.titles, ()),
        abstract=_first(records, lambda r: r.abstract, ""),
        abstracts=_first(records, lambda r: r.abstracts, ()),
        language=_first(records, lambda r: r.language, ""),
        issued=_issued(records),
        venue=_first(records, lambda r: r.venue, None),
        volume=_first(records, lambda r: r.volume, ""),
        issue=_first(records, lambda r: r.issue, ""),
        pages=_first(records, lambda r: r.pages, ""),
        publisher=_first(records, lambda r: r.publisher, ""),
        license=_first(records, lambda r: r.license, ""),
        retracted=any(r.retracted for r in records),
        open_access=_known([r.open_access for r in records]),
        citation_count=max((r.citation_count for r in records if r.citation_count is not None), default=None),
        contributors=records[contributors_from(records)].contributors,
        references=max((r.references for r in records), key=len),
        subjects=_subjects(records),
        funding=_first(records, lambda r: r.funding, ()),
        relations=_united(r.relations for r in records),
        links=_united(r.links for r in records),
    )


def contributors_from(records: Sequence[Record]) -> int:
    """Index of the record whose list of contributors is used: the best source with the longest list
    of authors (aggregators cut long lists)."""
    return max(range(len(records)), key=lambda i: (sum(c.role == "author" for c in records[i].contributors), -i))


def full_text(records: Sequence[Record]) -> Document | None:
    """The best full text, if there is any."""
    return next((r.document for r in records if r.document and r.document.full), None)


def document(records: Sequence[Record], merged_record: Record) -> Document | None:
    """The best full text; without any, one made of the merged title and abstract."""
    return full_text(records) or of_record(merged_record)


def _first(records: Sequence[Record], field: Callable[[Record], T], default: T) -> T:
    return next((value for r in records if (value := field(r))), default)


def _united(lists: Iterable[Iterable[H]]) -> tuple[H, ...]:
    return tuple(dict.fromkeys(entry for one in lists for entry in one))


def _known(values: Iterable[bool | None]) -> bool | None:
    found = [value for value in values if value is not None]
    return any(found) if found else None


def _kind(records: Sequence[Record]) -> WorkKind:
    """The first kind that says more than "article" or "other"."""
    kinds = [r.kind for r in records]
    return next((k for k in kinds if k not in ("article", "other")), next((k for k in kinds if k != "other"), kinds[0]))


def _issued(records: Sequence[Record]) -> str:
    """The best source's year, as precisely as any source that agrees on it knows it."""
    first = _first(records, lambda r: r.issued, "")
    agreeing = [r.issued for r in records if r.issued.startswith(first[:4])]
    return max(agreeing, key=len, default=first) if first else ""


def _subjects(records: Sequence[Record]) -> tuple[Subject, ...]:
    seen: dict[tuple[str, str], Subject] = {}
    for record in records:
        for subject in record.subjects:
            seen.setdefault((subject.scheme, subject.code or fold(subject.label)), subject)
    return tuple(seen.values())

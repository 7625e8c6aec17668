"""OpenCitations: bibliographic metadata (Meta) and citations (COCI and the Index) as CSV.

Columns as in the documentation of OpenCitations Meta and of the Index's dumps. Meta prints people and
venues with their identifiers in brackets ("Nomon, Ada [orcid:… omid:…]"). Of a citation the citing
work is a record whose one reference is the cited work; rows of one work that follow each other are
one record.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

import msgspec

from ingest.formats.base import Rejected
from ingest.formats.dates import date_in
from ingest.formats.fields import Role, contributor, identified, line, pages_in
from ingest.formats.many import one_by_one
from ingest.formats.markup import plain
from ingest.formats.table import Row, columns_of, named, rows
from ontology.errors import MalformedPayload
from ontology.identifiers import Identifier
from ontology.records import Contributor, Payload, Record, Reference, Title, Venue, WorkKind

_META: Final = frozenset({b"id", b"title", b"author", b"pub_date", b"venue"})
_INDEX: Final = frozenset({b"citing", b"cited"})
_KINDS: Final[dict[str, WorkKind]] = {
    "journal article": "article", "book chapter": "chapter", "book section": "chapter", "book part": "chapter",
    "book track": "chapter", "reference entry": "chapter", "monograph": "book", "book": "book",
    "edited book": "book", "reference book": "book", "book series": "book", "book set": "book",
    "proceedings article": "conference-paper", "proceedings": "proceedings", "proceedings series": "proceedings",
    "dissertation": "thesis", "report": "report", "report series": "report", "standard": "standard",
    "standard series": "standard", "data file": "dataset", "dataset": "dataset", "computer program": "software",
    "peer review": "peer-review", "web content": "other", "preprint": "preprint", "posted content": "preprint",
    "journal": "other", "journal issue": "journal-issue", "journal volume": "journal-issue",
}  # fmt: skip
_BETWEEN: Final = re.compile(r"\[[^\[\]]*\]|;\s+")
_SCHEMES: Final = frozenset({
    "doi", "pmid", "pmcid", "arxiv", "isbn", "issn", "openalex", "orcid", "ror", "wikidata", "handle", "crossref",
})  # fmt: skip
_BOOKS: Final = frozenset({"book", "proceedings", "thesis", "report", "standard"})


class OpenCitationsFormat(msgspec.Struct, frozen=True):
    """One record per row of metadata, or per citing work."""

    name: str = "opencitations"

    def recognises(self, head: bytes, media: str) -> bool:
        """A header with Meta's columns, or with `citing` and `cited`."""
        if media == self.name:
            return True
        names = set(columns_of(head))
        return names >= _META or names >= _INDEX

    def parse(self, payload: Payload) -> Iterator[Record | Rejected]:
        """Raises FormatError, with the line, where the CSV itself is broken; rows before it are kept."""
        lines = rows(payload.body)
        first = next(lines, None)
        header = [name.strip().lower() for name in first.cells] if first else []
        if {"citing", "cited"} <= set(header):
            groups = groupby(lines, key=lambda row: row.cells[header.index("citing")] if len(row.cells) > 1 else "")
            yield from one_by_one(
                ((citing, list(group)) for citing, group in groups),
                lambda group, number: _citing(header, group, number),
            )
        elif {"id", "title"} <= set(header):
            yield from one_by_one(lines, lambda row, number: _described(named(header, row), row.line, number))
        else:
            raise MalformedPayload("the header has the columns neither of Meta nor of the Index", place="line 1")


FORMAT: Final = OpenCitationsFormat()


def _described(row: dict[str, str], at: int, number: str) -> Record:
    kind = _KINDS.get(row.get("type", "").strip().lower(), "other")
    known = _listed(row.get("id", ""))
    title = plain(row.get("title", ""))
    if not known and not title:
        raise MalformedPayload("the row has neither identifier nor title", place=f"line {at}")
    publisher, _ = _apart(row.get("publisher", ""))
    return Record(
        key=str(known[0]) if known else number,
        format=FORMAT.name,
        kind=kind,
        identifiers=known if kind in _BOOKS else tuple(i for i in known if i.scheme != "isbn"),
        titles=(Title(title),) if title else (),
        issued=date_in(row.get("pub_date", "")),
        venue=_venue(row.get("venue", ""), kind, publisher),
        volume=line(row.get("volume")),
        issue=line(row.get("issue")),
        pages=pages_in(line(row.get("page"))),
        publisher=publisher,
        contributors=(*_people(row.get("author", ""), "author"), *_people(row.get("editor", ""), "editor")),
    )


def _apart(text: str) -> tuple[str, tuple[Identifier, ...]]:
    """A name and the identifiers in brackets behind it."""
    text = text.strip()
    name, bracket, ids = text[:-1].rpartition("[") if text.endswith("]") else (text, "", "")
    return (plain(name), _listed(ids)) if bracket else (plain(text), ())


def _listed(text: str) -> tuple[Identifier, ...]:
    """Identifiers of the form `scheme:value`, apart by blanks; OpenCitations' own (omid) name records of
    its database and are left out."""
    pairs = (each.partition(":") for each in text.split())
    return identified((scheme, value) for scheme, _, value in pairs if scheme in _SCHEMES)


def _venue(text: str, kind: str, publisher: str) -> Venue | None:
    name, known = _apart(text)
    if not name:
        return None
    of_kind = {"article": "journal", "conference-paper": "conference", "chapter": "book"}.get(kind, "other")
    kept = tuple(i for i in known if i.scheme in ("issn", "isbn", "openalex", "doi"))
    return Venue(name=name, kind=of_kind, identifiers=kept, publisher=publisher)  # type: ignore[arg-type]


def _people(text: str, role: Role) -> Iterator[Contributor]:
    """People as "Family, Given [ids]", organisations without comma, apart by semicolons."""
    for each in _split(text):
        name, known = _apart(each)
        family, comma, given = (part.strip() for part in name.partition(","))
        ids = tuple(i for i in known if i.scheme in ("orcid", "openalex", "ror", "wikidata"))
        found = contributor(
            "" if comma else name,
            given=given,
            family=family if comma else "",
            role=role,
            organisation=not comma and " " in name,
            identifiers=ids,
        )
        if found:
            yield found


def _split(text: str) -> list[str]:
    """The names of a list; a semicolon inside brackets parts nothing."""
    cuts = [found.span() for found in _BETWEEN.finditer(text) if found.group()[0] == ";"]
    begins, ends = [0, *(end for _, end in cuts)], [*(begin for begin, _ in cuts), len(text)]
    return [part for begin, end in zip(begins, ends, strict=True) if (part := text[begin:end].strip())]


def _citing(header: list[str], group: tuple[str, list[Row]], number: str) -> Record:
    citing, lines = group
    known = _cited_ids(citing)
    if not known:
        raise MalformedPayload("the citing work has no identifier", place=f"line {lines[0].line}")
    citations = [named(header, row) for row in lines]
    creation = next((date for row in citations if (date := date_in(row.get("creation", "")))), "")
    return Record(
        key=str(known[0]),
        format=FORMAT.name,
        kind="article",
        identifiers=known,
        issued=creation,
        references=tuple(_references(citations)),
    )


def _references(citations: Iterable[dict[str, str]]) -> Iterator[Reference]:
    used: set[str] = set()
    for row in citations:
        known = _cited_ids(row.get("cited", ""))
        key = row.get("oci", "").strip() or (str(known[0]) if known else "")
        if known and key not in used:
            used.add(key)
            yield Reference(key=key, identifiers=known)


def _cited_ids(text: str) -> tuple[Identifier, ...]:
    """The Index prints `doi:… omid:…`, COCI bare DOIs."""
    return _listed(text) or identified([("doi", text)])

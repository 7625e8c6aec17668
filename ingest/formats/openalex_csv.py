"""OpenAlex works as a flat CSV: one column per field ("primary_location.source.issn"), lists joined by "|".

What the flattening lost stays lost: an author's institutions are taken only where the export still
has one for each author (or there is one author); an award only where it has one for each funder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import Final

import msgspec

from ingest.formats.base import Rejected
from ingest.formats.many import one_by_one
from ingest.formats.openalex_model import (
    Author,
    Authorship,
    Biblio,
    Grant,
    Ids,
    Institution,
    Location,
    Mesh,
    OpenAccess,
    Source,
    Tagged,
    Work,
)
from ingest.formats.openalex_works import record_of
from ingest.formats.table import Row as Line
from ingest.formats.table import columns_of, named, rows
from ontology.errors import FormatError, MalformedPayload
from ontology.records import Payload, Record

_SIGNS: Final = (b"primary_location.", b"authorships.", b"ids.openalex", b"referenced_works", b"cited_by_api_url")
_NOTHING: Final = frozenset({"", "None", "nan", "NaN", "null"})
Row = dict[str, str]


class OpenAlexCsvFormat(msgspec.Struct, frozen=True):
    """One record per row."""

    name: str = "openalex_csv"

    def recognises(self, head: bytes, media: str) -> bool:
        """A header line with the column `id` and two others that only OpenAlex has."""
        if media == self.name:
            return True
        header = head.partition(b"\n")[0]
        return b"id" in columns_of(head) and sum(sign in header for sign in _SIGNS) >= 2

    def parse(self, payload: Payload) -> Iterator[Record | Rejected]:
        """Raises FormatError, with the line, where the CSV itself is broken; rows before it are kept."""
        lines = rows(payload.body)
        first = next(lines, None)
        header = first.cells if first else []
        if "id" not in header:
            raise MalformedPayload("the header has no column `id`", place="line 1")
        yield from one_by_one(lines, lambda row, number: _read(header, row, number))


FORMAT: Final = OpenAlexCsvFormat()


def _read(header: list[str], row: Line, number: str) -> Record:
    values = {name: cell for name, cell in named(header, row).items() if cell not in _NOTHING}
    try:
        return record_of(_work(values), number, FORMAT.name)
    except FormatError as error:
        raise type(error)(error.message, place=f"line {row.line}", hint=error.hint) from None


def _work(row: Row) -> Work:
    get = row.get
    return Work(
        id=get("id"), doi=get("doi"), title=get("title"), display_name=get("display_name"),
        publication_year=get("publication_year"), publication_date=get("publication_date"), language=get("language"),
        type=get("type"), type_crossref=get("type_crossref"),
        ids=Ids(pmid=get("ids.pmid"), pmcid=get("ids.pmcid"), mag=get("ids.mag")),
        primary_location=_place(row, "primary_location."),
        locations=_locations(row),
        open_access=OpenAccess(is_oa=_flag(get("open_access.is_oa"))),
        authorships=list(_authorships(row)),
        biblio=Biblio(get("biblio.volume"), get("biblio.issue"), get("biblio.first_page"), get("biblio.last_page")),
        is_retracted=_flag(get("is_retracted")), cited_by_count=_count(get("cited_by_count")),
        concepts=_tags(row, "concepts."), topics=_tags(row, "topics."), keywords=_tags(row, "keywords."),
        primary_topic=Tagged(id=get("primary_topic.id")), mesh=_mesh(row),
        referenced_works=_many(row, "referenced_works"), abstract=get("abstract"), grants=_grants(row),
    )  # fmt: skip


def _many(row: Row, column: str) -> list[str | None]:
    cell = row.get(column)
    return [None if each in _NOTHING else each for each in cell.split("|")] if cell else []


def _columns(row: Row, prefix: str, *names: str) -> Iterator[tuple[str | None, ...]]:
    """The rows of an inner table whose columns are lists; nothing where the lengths differ."""
    lists = [_many(row, prefix + name) for name in names]
    length = len(lists[0])
    kept = [each if len(each) == length else [None] * length for each in lists]
    return iter(zip(*kept, strict=True))


def _flag(text: str | None) -> bool | None:
    return None if text is None else text.lower() == "true"


def _count(text: str | None) -> int | None:
    whole = (text or "").partition(".")[0]
    return int(whole) if whole.isascii() and whole.isdigit() and len(whole) < 12 else None


def _score(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _place(row: Row, prefix: str) -> Location:
    get = row.get
    source = Source(
        id=get(f"{prefix}source.id"), display_name=get(f"{prefix}source.display_name"),
        issn=_many(row, f"{prefix}source.issn"), issn_l=get(f"{prefix}source.issn_l"),
        host_organization_name=get(f"{prefix}source.host_organization_name"), type=get(f"{prefix}source.type"),
    )  # fmt: skip
    return Location(
        landing_page_url=get(f"{prefix}landing_page_url"), pdf_url=get(f"{prefix}pdf_url"), source=source,
        license=get(f"{prefix}license"),
    )  # fmt: skip


def _locations(row: Row) -> list[Location]:
    pages, files = _many(row, "locations.landing_page_url"), _many(row, "locations.pdf_url")
    return [Location(landing_page_url=page, pdf_url=file) for page, file in zip_longest(pages, files)]


def _authorships(row: Row) -> Iterator[Authorship]:
    table = list(_columns(row, "authorships.", "author.id", "author.display_name", "author.orcid", "raw_author_name",
                          "is_corresponding"))  # fmt: skip
    institutions = _institutions(row, len(table))
    printed = _many(row, "authorships.raw_affiliation_strings") if len(table) == 1 else []
    for position, (own, name, orcid, raw, corresponding) in enumerate(table):
        yield Authorship(
            author=Author(id=own, display_name=name, orcid=orcid),
            raw_author_name=raw,
            is_corresponding=_flag(corresponding),
            institutions=institutions[position],
            raw_affiliation_strings=printed,
        )


def _institutions(row: Row, authors: int) -> list[list[Institution]]:
    """Institutions by author; none where the export does not say whose they are."""
    found = [each for each in map(_institution, _many(row, "authorships.institutions")) if each]
    if authors == 1:
        return [found]
    countries = len(_many(row, "authorships.raw_affiliation_strings"))
    if len(found) == authors == countries:
        return [[each] for each in found]
    return [[] for _ in range(authors)]


_PYTHON_PAIR: Final = re.compile(
    r"""'(id|display_name|ror|country_code)':\ (?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")""", re.VERBOSE
)


def _institution(cell: str | None) -> Institution | None:
    """From the text of a Python dictionary, which is what the export writes."""
    if not cell or not cell.startswith("{"):
        return None
    found = {name: re.sub(r"\\(.)", r"\1", single or double) for name, single, double in _PYTHON_PAIR.findall(cell)}
    return Institution(
        id=found.get("id"), display_name=found.get("display_name"), ror=found.get("ror"),
        country_code=found.get("country_code"),
    )  # fmt: skip


def _tags(row: Row, prefix: str) -> list[Tagged]:
    table = _columns(row, prefix, "id", "display_name", "score")
    return [Tagged(id=own, display_name=name, score=_score(score)) for own, name, score in table]


def _mesh(row: Row) -> list[Mesh]:
    table = _columns(row, "mesh.", "descriptor_ui", "descriptor_name", "is_major_topic")
    return [Mesh(code, name, _flag(major)) for code, name, major in table]


def _grants(row: Row) -> list[Grant]:
    table = _columns(row, "grants.", "funder", "funder_display_name", "award_id")
    return [Grant(funder=own, funder_display_name=name, award_id=award) for own, name, award in table]

"""Reports of organisations and people: made once for each checkpoint, each figure with where to ask for it again, and
as files."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlencode

import msgspec

from api.wiring import Services
from graph.discovery.reports import Part, Report
from ontology.errors import SearchError

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""Of all files in an archive: the same report is the same bytes."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def report_of(services: Services, iri: str, with_parts: bool, first: int, last: int, limit: int) -> Report:
    """As `graph.discovery.reports.report`, with the searches that count the same. SearchError for years that end before
    they begin."""
    if first and last and first > last:
        raise SearchError(
            f"no year lies between {first} and {last}", place="from_year, to_year", hint="exchange the two"
        )
    found = services.report(iri, with_parts, first, last, limit)
    parts = tuple(msgspec.structs.replace(part, search=_search(found, part)) for part in found.parts)
    return msgspec.structs.replace(found, parts=parts)


def _search(found: Report, part: Part) -> str:
    if not part.facet or not found.query:
        return ""
    asked = {"q": found.query, "filter": found.filter, "expand": "off", "group_by": part.facet, "limit": 0}
    return "/v1/search?" + urlencode({name: value for name, value in asked.items() if value != ""})


def works_page(found: Report, field: str = "", value: str = "") -> str:
    """The page of search with the works of a report, or those of one line; "" where no search can ask for them."""
    if not found.query or (value and not field):
        return ""
    asked = [("q", found.query), *((("f", f"{field}:{value}"),) if value else ())]
    if found.filter:
        asked[0] = ("q", f"({found.query}) AND year:{found.first or ''}..{found.last or ''}")
    return f"/?{urlencode(asked)}"


def sparql_page(query: str) -> str:
    """The page of the endpoint that asks this."""
    return f"/sparql?{urlencode({'query': query})}"


def tables(found: Report) -> Iterator[tuple[str, list[list[object]]]]:
    """The report as tables by name, each with its heading: one for all totals, one for each part."""
    yield "report", [["figure", "value"], *map(list, totals(found))]
    for part in found.parts:
        yield part.name, table_of(part)
    cited: list[list[object]] = [[one.iri, one.title, one.year or "", one.citations] for one in found.impact.most_cited]
    yield "most_cited", [["work", "title", "year", "citations"], *cited]
    if found.retracted:
        lines: list[list[object]] = [[one.iri, one.title, one.year or ""] for one in found.retracted]
        yield "retracted", [["work", "title", "year"], *lines]


def table_of(part: Part) -> list[list[object]]:
    """A part with its heading; what is not known is its last line."""
    lines: list[list[object]] = [[one.value, one.name, one.count] for one in part.lines]
    return [["value", "name", "works"], *lines, ["", "(not known)", part.unknown]]


def totals(found: Report) -> list[tuple[str, object]]:
    """What a report says once."""
    return [
        ("of", found.of.iri), ("name", found.of.name), ("kind", found.kind),
        ("with parts", "yes" if found.with_parts else "no"), ("parts", found.has_parts),
        ("first year", found.first or ""), ("last year", found.last or ""), ("works", found.works),
        ("works without a year", found.undated), ("works cited here", found.impact.cited),
        ("citations by works of this catalogue", found.impact.citations),
        ("h-index within this catalogue", found.impact.h_index), ("retracted works", len(found.retracted)),
        ("works of the catalogue", found.coverage.works),
        (f"works of the catalogue with {_PLACED[found.kind]}", found.coverage.placed),
    ]  # fmt: skip


_PLACED: Final = {"organisation": "an identified organisation", "person": "an identified person"}


def comma_separated(table: list[list[object]]) -> str:
    """A table as CSV (RFC 4180). Texts that a spreadsheet would take for formulas get an apostrophe before them."""
    file = io.StringIO()
    csv.writer(file).writerows([_safe(cell) for cell in line] for line in table)
    return file.getvalue()


def _safe(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def archive(found: Report) -> bytes:
    """A ZIP with a CSV file for each table."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, table in tables(found):
            file.writestr(zipfile.ZipInfo(f"{name}.csv", _EPOCH), comma_separated(table))
    return packed.getvalue()

"""`/v1/organisations/{name}/report`, `/v1/people/{name}/report` and their pages: what was published, counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode

from fastapi import Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BeforeValidator

from api.answers import answer, documented
from api.deps import Here, Reader
from api.lookup import entity
from api.pages import templates
from api.problems import status_of
from api.reports import archive, comma_separated, report_of, sparql_page, table_of, works_page
from api.routes.entities import Name
from api.routes.linked import API
from api.routing import Router
from api.showing.charts import by_year
from api.showing.terms import page_about
from api.wiring import Services
from graph.discovery.report_parts import PartName
from graph.discovery.reports import MOST_LINES, Line, Part, Report
from graph.search.narrowing import field_of
from ontology.errors import GnomonError, Gone, NotFound

router = Router(tags=["discovery"])
Format = Literal["json", "csv", "zip"]
_blank = BeforeValidator(lambda text: text or 0)
"""A field of a form that was left empty."""
From = Annotated[int, _blank, Query(alias="from_year", ge=0, le=9999, description="First year; 0 for all.")]
To = Annotated[int, _blank, Query(alias="to_year", ge=0, le=9999, description="Last year; 0 for all.")]
WithParts = Annotated[bool, Query(alias="parts", description="Also works of its parts and of their parts, as ROR has "
                                                              "them.")]  # fmt: skip
Limit = Annotated[int, Query(ge=1, le=MOST_LINES, description="Lines of each part.")]
As = Annotated[Format, Query(description="json; csv of one part; zip with a CSV file for each.")]
OfPart = Annotated[PartName | None, Query(description="The part that a CSV file is of.")]
_LINES: Final = 15
_DOCUMENTED: Final[dict[int | str, dict[str, Any]]] = documented(Report, moves=True)
_DOCUMENTED[200]["content"].update({"text/csv": {}, "application/zip": {}})


@router.get("/v1/organisations/{name}/report", responses=_DOCUMENTED, operation_id="organisation_report")
def organisation_report(
    request: Request, here: Here, _: Reader, name: Name, parts: WithParts = False, first: From = 0, last: To = 0,
    limit: Limit = 20, format: As = "json", part: OfPart = None,
) -> Response:  # fmt: skip
    """What people of an organisation published: years, kinds, access, topics, venues, partners, funders, citations
    within the catalogue, with how much is not known and the search or query that counts each figure again."""
    return _report(request, here, "organisation", name, (parts, first, last, limit), format, part)


@router.get("/v1/people/{name}/report", responses=_DOCUMENTED, operation_id="person_report")
def person_report(
    request: Request, here: Here, _: Reader, name: Name, first: From = 0, last: To = 0, limit: Limit = 20,
    format: As = "json", part: OfPart = None,
) -> Response:  # fmt: skip
    """What a person published, counted as for an organisation."""
    return _report(request, here, "person", name, (False, first, last, limit), format, part)


def _report(
    request: Request, here: Services, kind: str, name: str, asked: tuple[bool, int, int, int], form: Format,
    part: PartName | None,
) -> Response:  # fmt: skip
    found = entity(here, kind, name)
    if found.moved:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/v1/{API[kind]}/{found.iri.rsplit('/', 1)[-1]}/report{query}", status_code=308)
    report = _of_kind(report_of(here, found.iri, *asked), kind)
    if form == "json":
        return answer(request, report)
    if form == "zip":
        return _file(archive(report), "application/zip", f"{name}.zip")
    if part is None:
        raise NotFound("a CSV file is of one part", place="part", hint="name it, or ask for format=zip")
    return _file(comma_separated(table_of(report.part(part))).encode(), "text/csv", f"{name}-{part}.csv")


def _of_kind(report: Report, kind: str) -> Report:
    """A group may have written as a person would."""
    if report.kind != kind:
        raise NotFound(f"this is no {kind}", place=report.of.iri)
    return report


def _file(content: bytes, media: str, name: str) -> Response:
    return Response(content, media_type=media, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.get("/page/organisation/{name}/report", include_in_schema=False)
def organisation_page(
    request: Request, here: Here, _: Reader, name: Name, parts: WithParts = False, first: From = 0, last: To = 0,
    limit: Limit = _LINES,
) -> Response:  # fmt: skip
    """The report of an organisation as a page that can be printed."""
    return _page(request, here, "organisation", name, (parts, first, last, limit))


@router.get("/page/person/{name}/report", include_in_schema=False)
def person_page(
    request: Request, here: Here, _: Reader, name: Name, first: From = 0, last: To = 0, limit: Limit = _LINES
) -> Response:
    """The profile of a person, likewise."""
    return _page(request, here, "person", name, (False, first, last, limit))


def _page(request: Request, here: Services, kind: str, name: str, wanted: tuple[bool, int, int, int]) -> Response:
    parts, first, last, limit = wanted
    try:
        found = entity(here, kind, name)
    except Gone as gone:
        return templates.TemplateResponse(request, "gone.html", {"gone": gone}, status_code=410)
    if found.moved:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/page/{kind}/{found.iri.rsplit('/', 1)[-1]}/report{query}", status_code=301)
    report: Report | None = None
    problem: GnomonError | None = None
    try:
        report = _of_kind(report_of(here, found.iri, *wanted), kind)
    except GnomonError as error:
        problem = error
    now = {"parts": "true" if parts else "", "from_year": first, "to_year": last, "limit": limit}
    return templates.TemplateResponse(
        request,
        "report.html",
        {
            "kind": kind, "name": name, "report": report, "problem": problem, "parts": parts, "first": first,
            "last": last, "limit": limit, "api": f"/v1/{API[kind]}/{name}/report", "here": found.iri,
            "about": lambda iri: page_about(iri, here.settings.base) if "://" in iri else "",
            "sparql_page": sparql_page, "works_of": _works_of(report) if report else None,
            "works_at": works_page(report) if report else "",
            "figure": by_year((int(one.value), one.count) for one in report.part("years").lines) if report else None,
            "asked": lambda **new: urlencode({key: value for key, value in {**now, **new}.items() if value}),
        },
        status_code=status_of(problem) if problem else 200,
    )  # fmt: skip


def _works_of(report: Report) -> Callable[[Part, Line], str]:
    def address(part: Part, line: Line) -> str:
        return works_page(report, field_of(part.facet), line.value) if part.facet else ""  # type: ignore[arg-type]

    return address

"""Pages of the named queries: all of them by whom they serve, each with a form, its answer and a chart; and of
citations of answers. No script is needed."""

from __future__ import annotations

import shlex
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import Form, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from api.auth import Role
from api.deps import Analyst, Here, Reader
from api.pages import templates
from api.problems import status_of
from api.routes.queries import known
from api.routes.sparql import graph_session
from api.routes.sparql_page import by_group
from api.routing import Router
from api.showing.asked import Asked, ask_for_page
from api.showing.charts import figure_of
from api.showing.names import with_names
from api.wiring import Services
from graph.discovery.ask import names
from ontology.errors import GnomonError
from sparql.catalogue import NamedQuery, named_queries, read_query
from sparql.header import RESERVED, Column, ColumnType, Header, read_header, without_header, write_header
from sparql.protocol import Graphs, SentQuery

router = Router(include_in_schema=False)
AUDIENCES: Final = {
    "For librarians": ("catalogue", "venues", "organisations", "people", "datasets"),
    "For those who study science": ("citations", "topics", "claims", "text"),
    "For curators": ("curation", "vocabulary", "provenance"),
}
_FILES: Final = {"JSON": "json", "CSV": "csv", "TSV": "tsv", "SPARQL JSON": "sparql-json"}
Name = Annotated[str, Path(max_length=64)]


@router.get("/queries")
def all_queries(request: Request, here: Here, _: Analyst) -> Response:
    """Every named query, and those that analysts saved."""
    base = here.settings.base
    groups = by_group(named_queries(base))
    saved = [(read_query(one.name, one.text, base), one) for one in here.queries.newest()]
    context = {"audiences": AUDIENCES, "groups": groups, "saved": saved, "number": sum(map(len, groups.values()))}
    return templates.TemplateResponse(request, "queries.html", context)


@router.get("/queries/{name}")
async def one_query(
    request: Request, here: Here, name: Name, version: Annotated[int | None, Query(ge=1, le=2**31)] = None
) -> Response:
    """A query with its form and its answer for the values chosen."""
    session = await graph_session(request)  # looks at the role, and at what is left of the caller's allowance
    query, owner, number = await run_in_threadpool(_find, here, name, version)
    given = {key: value for key, value in request.query_params.items() if key not in RESERVED}
    text = ""
    try:
        text = query.bound(given)
        asked = await ask_for_page(request, session, SentQuery(text, Graphs(), {}), here.settings.base)
        asked = await run_in_threadpool(with_names, asked, lambda iris: names(here.store, iris))
    except GnomonError as error:
        asked = Asked(outcome="failed", problem=error)
    context = _context(request, query, given, asked) | {"text": text, "owner": owner, "version": number}
    status = status_of(asked.problem) if asked.problem and asked.outcome == "failed" else 200
    return templates.TemplateResponse(request, "query.html", context, status_code=status)


def _find(here: Services, name: str, version: int | None) -> tuple[NamedQuery, str, int]:
    """A query with its owner and version; of those that come with Gnomon "" and 0."""
    query = next((one for one in named_queries(here.settings.base) if one.name == name), None)
    if query is not None and version is None:
        return query, "", 0
    found, saved = here.queries.find(name, version)
    return found, saved.owner, saved.version


def _context(request: Request, query: NamedQuery, given: dict[str, str], asked: Asked) -> dict[str, Any]:
    header = query.header
    address = f"{request.url.scheme}://{request.url.netloc}/v1/queries/{query.name}"

    def file(name: str) -> str:
        return f"{address}?{urlencode({**given, 'format': name})}"

    files = {label: file(name) for label, name in _FILES.items()}
    if header.chart is not None:
        files["Vega-Lite"] = file("vega-lite")
    return {
        "named": query, "header": header, "given": given, "asked": asked, "figure": figure_of(asked, header),
        "says": {one.name: one.description + f" [{one.unit}]" * bool(one.unit) for one in header.columns},
        "files": files, "estimate": None, "snapshot": "", "formats": (),
        "snippets": {"curl": f"curl --silent {shlex.quote(file('csv'))}\n",
                     "python": f"import pandas\n\nrows = pandas.read_csv({file('csv')!r})\n"},
    }  # fmt: skip


@router.post("/queries")
async def save(
    request: Request, here: Here, caller: Analyst, query: Annotated[str, Form(max_length=100_000)],
    name: Annotated[str, Form(max_length=64)], title: Annotated[str, Form(max_length=200)],
    description: Annotated[str, Form(max_length=500)],
) -> Response:  # fmt: skip
    """Keep a query of the editor under a name of one's own; its columns are told by asking it once."""
    owner = known(caller)
    asked = await ask_for_page(
        request, await graph_session(request), SentQuery(query, Graphs(), {}), here.settings.base
    )
    if asked.problem is not None:
        raise asked.problem
    text = write_header(_header(query, title, description, asked)) + without_header(query)
    await run_in_threadpool(here.queries.save, name, text, owner)
    return RedirectResponse(f"/queries/{name}", status_code=303)


def _header(query: str, title: str, description: str, asked: Asked) -> Header:
    """As the query had it, where it had one; columns by what they hold."""
    before = read_header(query, "editor") if query.startswith("# title") else None
    told = {one.name: one for one in before.columns} if before else {}
    columns = tuple(told.get(name) or Column(name, _type(asked, at), name) for at, name in enumerate(asked.columns))
    return Header(
        title=title, description=description, group=before.group if before else "catalogue", columns=columns,
        chart=before.chart if before else None,
    )  # fmt: skip


def _type(asked: Asked, at: int) -> ColumnType:
    cells = [row[at] for row in asked.rows if row[at].text]
    if cells and all(cell.iri for cell in cells):
        return "iri"
    if cells and all(cell.number for cell in cells):
        return "integer" if all(cell.text.lstrip("+-").isdigit() for cell in cells) else "decimal"
    return "string"


@router.post("/queries/{name}/remove")
def remove(here: Here, caller: Analyst, name: Name) -> Response:
    """Forget one's own saved query."""
    here.queries.remove(name, known(caller), any_owner=caller.role >= Role.curator)
    return RedirectResponse("/queries", status_code=303)


@router.post("/sparql/cite")
def cite(
    here: Here, caller: Analyst, query: Annotated[str, Form(max_length=100_000)],
    snapshot: Annotated[str, Form(max_length=80)] = "",
) -> Response:  # fmt: skip
    """Make a citation of a query's answer, and show it."""
    made = here.citations.make(query, snapshot, known(caller))
    return RedirectResponse(f"/citations/{made.id}", status_code=303)


@router.get("/citations/{number}")
def citation(
    request: Request, here: Here, _: Reader, number: Annotated[str, Path(max_length=40)], again: bool = False
) -> Response:
    """A citation; `again` asks it once more and compares."""
    found = here.citations.find(number)
    verified = here.citations.again(number) if again else None
    context = {"citation": found, "verified": verified, "catalogue": here.settings.title}
    return templates.TemplateResponse(request, "citation.html", context)

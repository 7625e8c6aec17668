"""The SPARQL endpoint for people: what programs get as data at `/sparql`, browsers get as a page with an
editor, the answer as a table, and what to do next. Everything but completion and colours works without script.
"""

from __future__ import annotations

from typing import Any, Final

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.routing import Match, Route
from starlette.types import Scope

from api.pages import templates, wants_page
from api.past import snapshot_list
from api.problems import status_of
from api.routes.sparql import graph_session
from api.routing import asks_only
from api.showing.asked import MOST_ROWS, Asked, ask_for_page
from api.showing.charts import figure_of
from api.showing.names import with_names
from api.wiring import Services
from graph.discovery.ask import names
from ontology.errors import GnomonError, NotFound, QueryForbidden, QuerySyntaxError
from sparql.answering import Session
from sparql.catalogue import NamedQuery, named_queries
from sparql.completing import snippet
from sparql.formats import FORMATS, GRAPHS, SOLUTIONS
from sparql.header import Header, read_header
from sparql.hints import Estimate
from sparql.protocol import SentQuery, read_request

PATH: Final = "/sparql"
_MOST_BYTES: Final = 3 << 20
_OFFERED: Final = tuple(one.media[0] for one in FORMATS.values())
_START: Final = (
    "# The newest works and where they appeared.\n"
    "# Ctrl+Enter runs, Ctrl+Space completes; well-known prefixes need no declaration.\n"
    "SELECT ?work ?title ?year ?venue WHERE {\n  ?work a gn:Work ; dct:title ?title ; gn:year ?year .\n"
    "  OPTIONAL { ?work dct:isPartOf/foaf:name|dct:isPartOf/dct:title ?venue }\n}\nORDER BY DESC(?year)\nLIMIT 20\n"
)


def for_a_page(scope: Scope) -> bool:
    """Whether whoever asks the endpoint would rather have a page than data, and asks for no file."""
    html = any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])
    return html and b"format=" not in scope["query_string"] and wants_page(scope, _OFFERED)


class PageRoute(Route):
    """Matches those who would rather have a page."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        found = super().matches(scope)
        return found if found[0] is not Match.FULL or for_a_page(scope) else (Match.NONE, {})


def sparql_page_route() -> Route:
    """To be put before the route of the endpoint."""
    return PageRoute(PATH, page, methods=["GET", "HEAD", "POST"], include_in_schema=False)


@asks_only
async def page(request: Request) -> Response:
    """The page; or only its answer, where the page's own script asks for it (`X-Part: answer`)."""
    here: Services = request.app.state.services
    sent: SentQuery | None = None
    asked: Asked | None = None
    estimate: Estimate | None = None
    try:
        read = await read_request(request, _MOST_BYTES)
        if not isinstance(read, SentQuery):
            raise QueryForbidden(
                "updates are not made by this page", place="update", hint="send them as a program does"
            )
        sent = read
        if sent.text and sent.text.strip():
            session = await graph_session(request)
            if sent.options.get("show") == "estimate":
                estimate = await run_in_threadpool(session.service.estimate, sent.text)
            else:
                asked = await _asked(request, here, session, sent)
    except GnomonError as error:
        asked = Asked(outcome="failed", problem=error)
    options = sent.options if sent else {}
    context = await run_in_threadpool(_context, request, here, sent, asked)
    name = "answer.html" if request.headers.get("x-part") == "answer" else "sparql.html"
    status = status_of(asked.problem) if asked and asked.outcome == "failed" and asked.problem else 200
    context |= {"asked": asked, "estimate": estimate, "snapshot": options.get("snapshot", "")}
    headers = {"Vary": "Accept, X-Part", "Cache-Control": "no-cache"}
    return templates.TemplateResponse(request, name, context, status_code=status, headers=headers)


async def _asked(request: Request, here: Services, session: Session, sent: SentQuery) -> Asked:
    asked = await ask_for_page(request, session, sent, here.settings.base)
    return await run_in_threadpool(with_names, asked, lambda iris: names(here.store, iris))


def _context(request: Request, here: Services, sent: SentQuery | None, asked: Asked | None) -> dict[str, Any]:
    text = (sent.text if sent else None) or _example(here, sent.options.get("example", "") if sent else "")
    header = _header(text)
    return {
        "text": text, "most": MOST_ROWS, "figure": figure_of(asked, header) if asked else None, "header": header,
        "snapshots": _snapshots(here), "groups": by_group(named_queries(here.settings.base)),
        "formats": [one.key for one in (GRAPHS if asked and asked.triples else SOLUTIONS)],
        "snippets": {language: snippet(text, str(request.url.replace(query="", fragment="")), language)
                     for language in ("curl", "python")} if asked else {},
    }  # fmt: skip


def _example(here: Services, name: str) -> str:
    """The named query as it is asked with its defaults; what the editor begins with where there is none."""
    found = next((one for one in named_queries(here.settings.base) if one.name == name), None)
    return found.bound() if found else _START


def _snapshots(here: Services) -> list[Any]:
    try:
        return snapshot_list(here.snapshots)
    except NotFound:
        return []


def _header(text: str) -> Header | None:
    """The header of a named query, where the text has kept it."""
    if not text.startswith("# title"):
        return None
    try:
        return read_header(text, "editor")
    except QuerySyntaxError:
        return None


def by_group(queries: tuple[NamedQuery, ...]) -> dict[str, list[NamedQuery]]:
    """Named queries by what they are about."""
    found: dict[str, list[NamedQuery]] = {}
    for one in queries:
        found.setdefault(one.header.group, []).append(one)
    return dict(sorted(found.items()))

"""Templates of the pages, shared by all that render one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.templating import Jinja2Templates
from starlette.datastructures import Headers
from starlette.types import Scope

from api.auth import PERSON, Role
from api.deps import caller_of_cookie
from api.negotiation import best
from api.problems import Problem
from ontology.errors import Forbidden

WEB = Path(__file__).resolve().parent / "web"


def _who(request: Request) -> dict[str, Any]:
    """Who has signed in with this browser, for what every page shows at its top."""
    try:
        caller = caller_of_cookie(request)
    except Forbidden:
        caller = None
    return {
        "signed_in": caller.name.removeprefix("key:").removeprefix(PERSON) if caller else "",
        "is_curator": caller is not None and caller.role >= Role.curator,
        "is_admin": caller is not None and caller.role >= Role.admin,
    }


templates = Jinja2Templates(WEB / "templates", context_processors=[_who])


def wants_page(scope: Scope, others: tuple[str, ...] = ("application/json",)) -> bool:
    """Whether whoever sent this would rather have a page than any of the `others`."""
    accept = ",".join(Headers(scope=scope).getlist("accept"))
    return "text/html" in accept and best(accept, ("text/html", *others)) == "text/html"


def problem_page(request: Request, problem: Problem) -> Response | None:
    """A problem as a page, outside of `/v1`, for whoever would rather have one."""
    if request.url.path.startswith("/v1/") or not wants_page(request.scope, ("application/problem+json",)):
        return None
    return templates.TemplateResponse(request, "problem.html", {"problem": problem}, status_code=problem.status)

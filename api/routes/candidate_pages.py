"""Pages of the candidates for new terms: what works speak of and no vocabulary has, to be taken in or turned down.

Reading is open to all; deciding needs a curator's key. No script is needed.
"""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.deps import Curator, Here, Reader
from api.pages import templates
from api.routes import candidates
from api.routes.candidates import Accept, Name, Reject
from api.routing import Router
from api.showing.terms import page_about
from api.terms.ranking import LOOKED_AT, Order

router = Router(include_in_schema=False)
_PAGE: Final = 50
_ORDERS: Final = {"nc": "by NC-value", "c": "by C-value", "works": "by number of works"}
Words = Annotated[str, Form(max_length=2000)]


@router.get("/candidates")
def all_candidates(
    request: Request, here: Here, _: Reader, order: Order = "nc", q: Annotated[str, Query(max_length=100)] = "",
    offset: Annotated[int, Query(ge=0, le=LOOKED_AT)] = 0,
) -> Response:  # fmt: skip
    """The best candidates, each with how it is used and what it may belong to."""
    found = here.terms.page(order, 2, q, _PAGE, offset)
    context = {"found": found, "order": order, "orders": _ORDERS, "q": q, "offset": offset, "size": _PAGE}
    return templates.TemplateResponse(request, "candidates.html", context)


@router.get("/candidates/{name}")
def one_candidate(
    request: Request, here: Here, _: Reader, name: Name, run: Annotated[str, Query(max_length=64)] = ""
) -> Response:
    """One candidate with the sentences that use it, and the forms to decide; or what a decision waits for."""
    base = here.settings.base
    context = {"detail": here.terms.detail(name), "about": lambda iri: page_about(iri, base), "run": run}
    return templates.TemplateResponse(request, "candidate.html", context)


@router.post("/candidates/{name}/accept")
def accept(
    request: Request, here: Here, caller: Curator, name: Name, existing: Words = "", label: Words = "",
    broader: Words = "", definition: Words = "", note: Words = "",
) -> Response:  # fmt: skip
    """Take it in: as another name of a concept (`existing`), or as a new one below `broader`."""
    how = Accept(
        existing=existing.strip() or None, label=label, broader=broader.split(), definition=definition, note=note
    )
    run = candidates.accept(request, here, caller, name, how).headers.get("Location", "").rpartition("/")[2]
    return RedirectResponse(f"/candidates/{name}{f'?run={run}' if run else ''}", status_code=303)


@router.post("/candidates/{name}/reject")
def reject(request: Request, here: Here, caller: Curator, name: Name, note: Words = "") -> Response:
    """Turn it down, for good; then the next ones."""
    candidates.reject(request, here, caller, name, Reject(note=note))
    return RedirectResponse("/candidates", status_code=303)

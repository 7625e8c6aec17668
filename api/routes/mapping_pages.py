"""The page of mappings: pairs of two vocabularies side by side, to be accepted or turned down, many at once.

Everybody may look; deciding needs a curator's key. No script is needed.
"""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.curation.mapped import STATES, Mappings, Verdict, decisions_of
from api.deps import Curator, Here, Reader
from api.pages import templates
from api.routes.mappings import Name
from api.routes.vocabulary_pages import concept_page
from api.routing import Router
from ontology.errors import CurationError, GnomonError, HierarchyCycle
from ontology.mappings.model import MappingState

router = Router(include_in_schema=False)
_PAGE: Final = 50


@router.get("/mappings")
def mappings(
    request: Request, here: Here, _: Reader, scheme: Name = "", other: Name = "", state: MappingState = "offered",
    offset: Annotated[int, Query(ge=0, le=10**6)] = 0,
) -> Response:  # fmt: skip
    """Pairs in a state; without names the first two vocabularies."""
    return _page(request, here, scheme, other, state, offset)


def _page(
    request: Request, here: Here, scheme: str, other: str, state: MappingState, offset: int,
    problem: GnomonError | None = None,
) -> Response:  # fmt: skip
    names = [one.name for one in here.curator.vocabularies().vocabularies]
    scheme = scheme or next((name for name in names if name != other), "")
    other = other or next((name for name in names if name != scheme), "")
    found = here.mapper.page(state, scheme, other, _PAGE, offset) if other else Mappings(0, ())
    homes = here.mapper.homes()
    context = {
        "found": found, "names": names, "scheme": scheme, "other": other, "state": state, "states": STATES,
        "offset": offset, "size": _PAGE, "problem": problem,
        "address": lambda **say: _address(**{"scheme": scheme, "other": other, "state": state} | say),
        "concept_page": lambda iri: concept_page(home, iri) if (home := homes.home(iri)) else "",
    }  # fmt: skip
    return templates.TemplateResponse(request, "mappings.html", context, status_code=409 if problem else 200)


@router.post("/mappings")
def decide(
    request: Request, here: Here, caller: Curator, scheme: Annotated[str, Form()], other: Annotated[str, Form()],
    state: Annotated[MappingState, Form()], verdict: Annotated[Verdict, Form()],
    pair: Annotated[list[str], Form()] = [], predicate: Annotated[str, Form()] = "exact",  # noqa: B006
) -> Response:  # fmt: skip
    """Decide on the pairs that are ticked: two IRIs each, with a blank between them."""
    two = [one.split() for one in pair]
    said = [
        {"subject": one[0], "object": one[-1], "predicate": predicate, "verdict": verdict}
        for one in two
        if len(one) == 2
    ]
    try:
        if said:
            here.mapper.decide(decisions_of(said), caller.author, wait=verdict in ("accept", "reject"))
    except (CurationError, HierarchyCycle) as error:
        return _page(request, here, scheme, other, state, 0, error)
    return RedirectResponse(_address(scheme=scheme, other=other, state=state), status_code=303)


def _address(**said: object) -> str:
    return f"/mappings?{urlencode(said)}"

"""`/v1/resources` and its page: datasets and software, with who uses them and where it says so."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request, Response

from api.answers import answer, documented
from api.deps import Here, Reader
from api.pages import templates
from api.paging import after, following
from api.problems import status_of
from api.resources import resources_of
from api.routing import Router
from api.showing.terms import page_about
from graph.discovery.resources import MOST, Resources
from ontology.errors import GnomonError
from ontology.found import ResourceKind

router = Router(tags=["discovery"])
Kind = Annotated[ResourceKind | None, Query(description="Only datasets, or only software.")]
Topic = Annotated[str, Query(description="A concept or a narrower one, of the entry or of works that use it: IRI or "
                                         "label.", max_length=500)]  # fmt: skip
House = Annotated[str, Query(description="An organisation of the entry or of works that use it: IRI, ROR or name.",
                             max_length=500)]  # fmt: skip
Licence = Annotated[str, Query(description="As the source states it.", max_length=500)]
Words = Annotated[str, Query(description="In the name.", max_length=200)]
Catalogued = Annotated[bool, Query(description="Only those with an entry of their own.")]
Limit = Annotated[int, Query(ge=1, le=MOST)]
Offset = Annotated[int, Query(ge=0, le=1_000_000)]


@router.get("/v1/resources", responses=documented(Resources), operation_id="resources")
def find_resources(
    request: Request, here: Here, _: Reader, kind: Kind = None, topic: Topic = "", organisation: House = "",
    licence: Licence = "", q: Words = "", catalogued: Catalogued = False, limit: Limit = 20, offset: Offset = 0,
) -> Response:  # fmt: skip
    """Datasets and software that are catalogued or that texts name, the most used first, with facets. The sentences
    that name one are at `/v1/mentions?of=`."""
    found = resources_of(
        here, kind=kind, topic=topic, organisation=organisation, licence=licence, words=q, catalogued=catalogued,
        limit=limit, offset=offset,
    )  # fmt: skip
    return following(request, answer(request, found), offset=after(offset, limit, found.total))


@router.get("/resources", include_in_schema=False)
def resources_page(
    request: Request, here: Here, _: Reader, kind: Kind = None, topic: Topic = "", organisation: House = "",
    licence: Licence = "", q: Words = "", catalogued: Catalogued = False, limit: Limit = 25, offset: Offset = 0,
) -> Response:  # fmt: skip
    """The same as a page."""
    found: Resources | None = None
    problem: GnomonError | None = None
    try:
        found = resources_of(
            here, kind=kind, topic=topic, organisation=organisation, licence=licence, words=q, catalogued=catalogued,
            limit=limit, offset=offset,
        )  # fmt: skip
    except GnomonError as error:
        problem = error
    now = {"kind": kind, "topic": topic, "organisation": organisation, "licence": licence, "q": q,
           "catalogued": "true" if catalogued else "", "limit": "" if limit == 25 else limit}  # fmt: skip

    def address(**new: object) -> str:
        return "/resources?" + urlencode({key: value for key, value in {**now, **new}.items() if value})

    return templates.TemplateResponse(
        request,
        "resources.html",
        {
            "found": found, "problem": problem, "now": now, "address": address, "offset": offset, "limit": limit,
            "q": q,
            "about": lambda iri: page_about(iri, here.settings.base) if "://" in iri else "",
            "named_at": lambda iri: f"/page/named?{urlencode({'iri': iri})}",
            "data": "/v1" + address(limit=limit, offset=offset),
        },
        status_code=status_of(problem) if problem else 200,
    )  # fmt: skip

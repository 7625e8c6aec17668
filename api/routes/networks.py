"""`/v1/networks/{kind}` and its page: who and what stands together, with communities, as data or a drawing."""

from __future__ import annotations

from typing import Annotated, Final, Literal, get_args
from urllib.parse import urlencode

from fastapi import Path, Query, Request, Response

from api.answers import answer, documented
from api.deps import Here, Reader
from api.networks import network_of
from api.pages import templates
from api.problems import status_of
from api.routing import Router
from api.showing.drawing import drawn
from api.showing.terms import page_about
from graph.networks import FileFormat, Kind
from graph.networks.formats import MEDIA, encoded
from graph.networks.measures import MOST_NODES, Network
from ontology.errors import GnomonError

router = Router(tags=["discovery"])
KINDS: Final[dict[Kind, str]] = {
    "people": "people who wrote together", "organisations": "organisations that worked together",
    "topics": "topics of the same works", "citation": "works that cite one another",
    "co-citation": "works cited together", "coupling": "works with the same references",
}  # fmt: skip
Format = Literal["json", "gexf", "graphml", "vosviewer"]
_DOCUMENTED: Final = documented(Network)
_DOCUMENTED[200]["content"].update({media: {} for media in MEDIA.values() if media != "application/json"})
_OWN: Final = _DOCUMENTED[200]["content"]["application/json"]
_FOR_VOSVIEWER: Final = {"type": "object", "required": ["network"], "properties": {"network": {"type": "object"}}}
_OWN["schema"] = {"anyOf": [_OWN["schema"], {"title": "VOSviewer's network file", **_FOR_VOSVIEWER}]}
Of = Annotated[str, Query(description="A concept, person, organisation, venue or work: IRI, identifier or name.",
                          max_length=500)]  # fmt: skip
Words = Annotated[str, Query(description="Or a search: the first 2,000 works it finds by words.", max_length=4000)]
Limit = Annotated[int, Query(ge=2, le=MOST_NODES, description="The largest nodes that are shown.")]


@router.get("/v1/networks/{kind}", responses=_DOCUMENTED, operation_id="network")
def find_network(
    request: Request,
    here: Here,
    _: Reader,
    kind: Annotated[Kind, Path(description="Who or what is joined.")],
    of: Of = "",
    q: Words = "",
    limit: Limit = 100,
    format: Annotated[Format, Query(description="json, or a file for Gephi, networkx or VOSviewer.")] = "json",
) -> Response:
    """People, organisations, topics or works that stand together in the works of something, of a search, or of the
    whole catalogue: size, ties, communities, betweenness, and places to draw them."""
    found = network_of(here, kind, of, q, limit)
    if format == "json":
        return answer(request, found)
    suffix = "json" if format == "vosviewer" else format
    file = {"Content-Disposition": f'attachment; filename="{kind}.{suffix}"'}
    return Response(encoded(found, format), media_type=MEDIA[format], headers=file)


@router.get("/networks", include_in_schema=False)
def network_page(
    request: Request, here: Here, _: Reader, kind: Kind = "people", of: Of = "", q: Words = "", limit: Limit = 80
) -> Response:
    """The network as a drawing and a table."""
    found: Network | None = None
    problem: GnomonError | None = None
    try:
        found = network_of(here, kind, of, q, limit)
    except GnomonError as error:
        problem = error
    now = {"of": of, "q": q, "limit": limit}

    def address(path: str, **more: object) -> str:
        return f"{path}?{urlencode({name: value for name, value in (now | more).items() if value})}"

    return templates.TemplateResponse(
        request,
        "network.html",
        {
            "kind": kind, "kinds": KINDS, "of": of, "q": q, "limit": limit, "found": found, "problem": problem,
            "drawing": drawn(found) if found else None, "formats": get_args(FileFormat), "address": address,
            "about": lambda iri: page_about(iri, here.settings.base),
        },
        status_code=status_of(problem) if problem else 200,
    )  # fmt: skip

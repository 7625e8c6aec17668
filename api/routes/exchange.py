"""What was read in works, in the formats others exchange: Web Annotations, BioC, nanopublications."""

from __future__ import annotations

from typing import Annotated, Final, Literal, get_args

import msgspec
from fastapi import Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.answers import answer, documented
from api.deps import Here, Reader
from api.lookup import entity
from api.negotiation import best
from api.routing import Router
from api.wiring import Services
from graph.annotations import bioc, web
from graph.annotations.nanopub import nanopublication
from graph.annotations.passages import annotated
from graph.discovery.claims import ClaimView, claim_views
from graph.serialise import FORMATS, dumps
from graph.snapshots import made
from ontology.errors import Gone, NotAcceptable, NotFound

router = Router(tags=["annotations"])
AnnotationFormat = Literal["web", "bioc-xml", "bioc-json"]
_BY_MEDIA: Final[dict[str, AnnotationFormat]] = {
    "application/ld+json": "web", bioc.XML: "bioc-xml", bioc.JSON: "bioc-json"
}  # fmt: skip
_WITH_GRAPHS: Final = {form.media: form for form in FORMATS.values() if form.graphs}
_RDF: Final = ("application/trig", *(media for media in _WITH_GRAPHS if media != "application/trig"))
_ANSWERS: Final = {
    200: {"description": "The annotations.", "content": {web.MEDIA: {}, bioc.XML: {}, bioc.JSON: {}}}
}  # fmt: skip
_NANOPUB: Final = {
    200: {"description": "Four named graphs: head, assertion, provenance, publication info.",
          "content": {media: {} for media in _RDF}},
    303: {"description": "The nanopublication's own address."},
}  # fmt: skip
Work = Annotated[str, Path(description="The opaque name at the end of the work's IRI.", max_length=64)]
Claim = Annotated[str, Path(description="The name at the end of the claim's IRI.", pattern="^[0-9a-f]{20}$")]
Wanted = Annotated[
    AnnotationFormat | None, Query(description="web, bioc-xml or bioc-json; without it Accept decides, web if silent.")
]


@router.get(
    "/v1/works/{name}/annotations", responses=_ANSWERS, response_class=Response, operation_id="work_annotations"
)
def work_annotations(
    request: Request,
    here: Here,
    _: Reader,
    name: Work,
    format: Wanted = None,
    start: Annotated[int, Query(ge=0, le=10**6, description="Of Web Annotations, the first.")] = 0,
    size: Annotated[int, Query(ge=1, le=1000, description="Web Annotations of one page.")] = 200,
) -> Response:
    """Mentions, claims and highlights of a work: a page of W3C Web Annotations, or the whole as BioC."""
    work = annotated(here.store, entity(here, "work", name).iri)
    chosen = format or _accepted(request)
    headers = {"Vary": "Accept"}
    if chosen == "web":
        address = f"{here.settings.base_iri}/v1/works/{name}/annotations"
        body = msgspec.json.encode(web.page(work, address, start, size))
        return Response(body, media_type=web.MEDIA, headers=headers)
    head, documents = bioc.collection(made(here.snapshot()).isoformat()), [bioc.document(work)]
    if chosen == "bioc-json":
        return Response(bioc.as_json(head, documents), media_type=bioc.JSON, headers=headers)
    return Response(b"".join(bioc.as_xml(head, documents)), media_type=bioc.XML, headers=headers)


def _accepted(request: Request) -> AnnotationFormat:
    media = best(request.headers.get("accept", ""), tuple(_BY_MEDIA))
    if media is None:
        raise NotAcceptable(
            "annotations are JSON-LD or BioC",
            place="Accept",
            hint=f"ask with format={'|'.join(get_args(AnnotationFormat))}",
        )
    return _BY_MEDIA[media]


@router.get("/v1/claims/{name}", responses=documented(ClaimView), operation_id="claim")
def claim(
    request: Request, here: Here, _: Reader, name: Claim, sentences: Annotated[int, Query(ge=0, le=1000)] = 100
) -> Response:
    """A claim over all works, with the sentences that support and dispute it, the most confident first."""
    iri = here.settings.base.entity("claim", name)
    found = next(iter(claim_views(here.store, [iri], sentences)), None)
    if found is None:
        raise NotFound("there is no claim with this name", place=name, hint="/v1/works/NAME/claims lists a work's")
    return answer(request, found)


@router.get("/v1/claims/{name}/nanopub", responses=_NANOPUB, response_class=RedirectResponse, status_code=303,
            operation_id="current_nanopub")  # fmt: skip
def current(here: Here, _: Reader, name: Claim) -> Response:
    """Redirects to the claim's nanopublication as the graph has it now."""
    iri, _lines = _made(here, name)
    return RedirectResponse(f"/v1/claims/{name}/nanopub/{iri.rpartition('/')[2]}", status_code=303)


@router.get("/v1/claims/{name}/nanopub/{code}", responses=_NANOPUB, response_class=Response, operation_id="nanopub")
def nanopub(
    request: Request,
    here: Here,
    _: Reader,
    name: Claim,
    code: Annotated[str, Path(description="The code of its trusty URI.", pattern="^RA[A-Za-z0-9_-]{43}$")],
) -> Response:
    """The nanopublication with this trusty URI; 410 where the claim has other evidence by now."""
    iri, lines = _made(here, name)
    now = iri.rpartition("/")[2]
    if now != code:
        raise Gone(
            "the claim rests on other evidence by now", place=code,
            hint=f"its nanopublication is {iri}; older ones are in copies, which their code proves right",
            tombstone={"iri": iri},
        )  # fmt: skip
    media = best(request.headers.get("accept", ""), _RDF)
    if media is None:
        raise NotAcceptable("nanopublications have named graphs", place="Accept", hint=f"accept {', '.join(_RDF)}")
    return Response(dumps(lines, media), media_type=media, headers={"Vary": "Accept", "ETag": f'"{code}"'})


def _made(here: Services, name: str) -> tuple[str, list[str]]:
    return nanopublication(here.store, here.settings.base.entity("claim", name), here.settings.license_iri)

"""`/v1/search/export`, `/v1/works/{name}/export`: works as files, in the format that is named or accepted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final

from fastapi import Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from api.citing import signposts_back
from api.deps import Here, Reader
from api.exporting import BY_MEDIA, EXPORTS, MOST, OF_GRAPH, USUAL, FileName, found, single
from api.lookup import entity
from api.negotiation import best
from api.routes.search import Asked, Expand, Filter
from api.routing import Router
from api.searching import expansion_of, known_parameters
from graph.describe import whole
from graph.search.base import Mode, SearchRequest, Sort
from ontology.errors import NotAcceptable

router = Router(prefix="/v1", tags=["search"])

_FILES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {media: {} for media in BY_MEDIA}, "description": "The file."}
}
FileFormat = Annotated[
    FileName | None,
    Query(description="bibtex, ris, csl (CSL-JSON), csv, jsonl; nquads or jsonld: what the graph states of each work;"
                      " rocrate: a package of these. Without it Accept decides, bibtex if silent."),
]  # fmt: skip


@router.get("/search/export", operation_id="export_search", response_class=StreamingResponse, responses=_FILES)
def export(
    request: Request, here: Here, _: Reader, format: FileFormat = None, query: Asked = "", filter: Filter = "",
    mode: Mode = "hybrid",
    expand: Expand = [],  # noqa: B006 - FastAPI copies defaults
    sort: Sort = "relevance", sample: Annotated[int, Query(ge=0, le=10_000)] = 0,
    seed: Annotated[int, Query(ge=0, le=2**31)] = 0,
    limit: Annotated[
        int | None, Query(ge=1, le=MOST, description=f"Without it {USUAL:,}, or as many as the format takes.")
    ] = None,
) -> Response:  # fmt: skip
    """The first results of a search as a file, written while it is read."""
    known_parameters(request.query_params, export)
    expanded, without, also = expansion_of(expand)
    asked = SearchRequest(
        query=query, filter=filter, mode=mode, expand=expanded, without=without, also=also, sort=sort, sample=sample,
        seed=seed,
    )  # fmt: skip
    form = _form(request, format)
    return _file(form, "gnomon", found(here, asked, form, limit, f"{request.url.path}?{request.url.query}"))


@router.get("/works/{name}/export", operation_id="work_export", response_class=StreamingResponse, responses=_FILES)
def export_work(
    request: Request, here: Here, _: Reader,
    name: Annotated[str, Path(description="The opaque name at the end of the work's IRI.", max_length=64)],
    format: FileFormat = None,
) -> Response:  # fmt: skip
    """One work as a file. As an RO-Crate: metadata, text, and statements with the sentences that are their evidence.
    The header Completeness says `limited` where the graph states more of it than the file holds."""
    form = _form(request, format)
    iri = entity(here, "work", name).iri
    opaque = iri.rpartition("/")[2]
    told = _file(form, f"gnomon-{opaque}", single(here, iri, form))
    relation = "collection" if form == "rocrate" else "describes"
    told.headers["Link"] = signposts_back(here.settings.base_iri, opaque, relation)
    if form in OF_GRAPH and whole(here.store, iri).limited:
        told.headers["Completeness"] = "limited"
    return told


def _form(request: Request, named: FileName | None) -> FileName:
    wanted = named or BY_MEDIA.get(best(request.headers.get("accept", ""), tuple(BY_MEDIA)) or "")
    if wanted is None:
        raise NotAcceptable("works have other formats", place="Accept", hint=f"format= names {', '.join(EXPORTS)}")
    return wanted


def _file(form: FileName, name: str, pieces: Iterator[bytes]) -> Response:
    chosen = EXPORTS[form]
    headers = {"Content-Disposition": f'attachment; filename="{name}.{chosen.suffix}"', "Vary": "Accept"}
    return StreamingResponse(pieces, media_type=chosen.media, headers=headers)

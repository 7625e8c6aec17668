"""`/v1/paths`, `/v1/mentions` and `/v1/related`: how things hang together."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from api.answers import answer, documented
from api.deps import Here, Reader
from api.lookup import resolve
from api.routing import Router
from graph.discovery.named import NamedIn, named_in
from graph.discovery.paths import Paths, paths
from graph.discovery.related import RelatedWork

router = Router(prefix="/v1", tags=["discovery"])
_NAMED = "IRI, DOI or other identifier, concept label, title or person's name."


@router.get("/paths", responses=documented(Paths), operation_id="paths")
def find_paths(
    request: Request,
    here: Here,
    _: Reader,
    start: Annotated[str, Query(alias="from", description=_NAMED, max_length=500)],
    end: Annotated[str, Query(alias="to", description=_NAMED, max_length=500)],
    max_length: Annotated[int, Query(ge=1, le=6)] = 4,
    limit: Annotated[int, Query(ge=1, le=50)] = 5,
) -> Response:
    """The best paths between two things, each step with its evidence."""
    return answer(request, paths(here.store, resolve(here, start), resolve(here, end), max_length, limit))


@router.get("/mentions", responses=documented(NamedIn), operation_id="mentions_of")
def find_mentions(
    request: Request,
    here: Here,
    _: Reader,
    of: Annotated[str, Query(description=_NAMED, max_length=500)],
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Response:
    """Where texts name a concept, or a thing no vocabulary has: works, how often, the surest sentence of each."""
    return answer(request, named_in(here.store, resolve(here, of), limit))


@router.get("/related", responses=documented(tuple[RelatedWork, ...]), operation_id="related")
def find_related(
    request: Request,
    here: Here,
    _: Reader,
    id: Annotated[str, Query(description=_NAMED, max_length=500)],
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
) -> Response:
    """Similar works by shared references, shared citing works, shared topics and meaning, with what is shared."""
    return answer(request, here.related(resolve(here, id), limit))

"""The SPARQL endpoints and graph stores: of the built graph, and of each workspace."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

import msgspec
from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel

from api.answers import answer, documented
from api.auditing.watching import announce, watch_of
from api.auth import Caller, Role
from api.deps import Admin, Analyst, Curator, Here, Reader, admitted, lacking
from api.routing import Router
from api.wiring import Services
from ontology.namespaces import PREFIXES
from sparql.answering import Session, Writing
from sparql.completing import MOST, Completion, Kind, snippet
from sparql.endpoint import sparql_router
from sparql.graphstore import graph_store_router
from sparql.statement import Statement

_WORKSPACE = "/workspaces/{workspace}"


async def graph_session(request: Request) -> Session:
    """Who asks the built graph."""
    here: Services = request.app.state.services
    watch_of(request).own = True  # only what is sent tells whether it changes anything
    caller = await admitted(request, request.headers.get("x-api-key"), Role.analyst, "sparql")
    service = await asyncio.to_thread(lambda: here.sparql) if here.cold else here.sparql
    if request.scope["query_string"] and (wanted := request.query_params.get("snapshot")):
        service = here.sparql_as_of(wanted)
    return Session(service, caller.name, _writing(request, caller))


async def workspace_session(request: Request) -> Session:
    """Who asks a workspace."""
    here: Services = request.app.state.services
    watch_of(request).own = True  # only what is sent tells whether it changes anything
    caller = await admitted(request, request.headers.get("x-api-key"), Role.analyst, "sparql")
    service = await asyncio.to_thread(here.workspace, request.path_params["workspace"])
    return Session(service, caller.name, _writing(request, caller))


def _writing(request: Request, caller: Caller) -> Writing:
    """Curators may write, and it is written down that they do."""

    async def allowed(target: str) -> None:
        missing = lacking(caller, Role.curator, request)
        if missing is not None:
            raise missing
        await announce(request, target)

    return allowed


def _own_address(request: Request) -> str:
    """A graph's IRI begins with the base of the installation, by whatever name the server was reached."""
    return str(request.app.state.services.settings.base_iri) + request.url.path


router = Router(tags=["sparql"])


class Completions(msgspec.Struct, frozen=True):
    """The best first."""

    completions: tuple[Completion, ...]


class WorkspaceList(BaseModel):
    """Names of the datasets beside the graph."""

    workspaces: list[str]


@router.get("/workspaces", operation_id="list_workspaces")
def list_workspaces(here: Here, _: Analyst) -> WorkspaceList:
    """Datasets of their own, for whatever a role wants to write."""
    return WorkspaceList(workspaces=here.workspaces.names())


@router.put(_WORKSPACE, operation_id="make_workspace", status_code=201, response_class=Response)
def make_workspace(here: Here, _: Curator, workspace: str) -> Response:
    """Make an empty dataset, if there is none of this name."""
    return Response(status_code=201 if here.workspaces.create(workspace) else 204)


@router.delete(_WORKSPACE, operation_id="remove_workspace", status_code=204, response_class=Response)
def remove_workspace(here: Here, _: Admin, workspace: str) -> Response:
    """Delete a dataset with all that is in it."""
    here.workspaces.remove(workspace)
    return Response(status_code=204)


@router.get("/sparql/answers/{name}", responses=documented(Statement), operation_id="answer_statement")
def answer_statement(request: Request, session: Annotated[Session, Depends(graph_session)], name: str) -> Response:
    """Whether an answer of the endpoint was complete; for a SELECT without rows also why it is empty."""
    return answer(request, session.service.statement(name))


@router.get(
    _WORKSPACE + "/sparql/answers/{name}", responses=documented(Statement), operation_id="workspace_answer_statement"
)
def workspace_statement(
    request: Request, session: Annotated[Session, Depends(workspace_session)], name: str
) -> Response:
    """As above, for an answer from a workspace."""
    return answer(request, session.service.statement(name))


@router.get("/sparql/complete", responses=documented(Completions), operation_id="complete_query")
def complete_query(
    request: Request,
    here: Here,
    _: Reader,
    text: Annotated[str, Query(max_length=200)] = "",
    kind: Kind = "any",
    limit: Annotated[int, Query(ge=1, le=MOST)] = 20,
) -> Response:
    """What may be typed next in a query: prefixes, classes, predicates by use, entities by label."""
    return answer(request, Completions(tuple(here.sparql.completions(text, kind, limit))))


@router.get("/sparql/snippet", operation_id="query_snippet", response_class=Response)
def query_snippet(
    request: Request,
    _: Reader,
    query: Annotated[str, Query(max_length=100_000)],
    language: Literal["curl", "python"] = "curl",
) -> Response:
    """A query as a command for curl or a programme in Python, ready to be pasted."""
    endpoint = str(request.url.replace(path="/sparql", query="", fragment=""))
    return Response(snippet(query, endpoint, language), media_type="text/plain; charset=utf-8")


@router.get("/sparql/prefixes", operation_id="prefixes")
def prefixes(_: Reader) -> dict[str, str]:
    """Prefixes that need no declaration here, with what they stand for."""
    return PREFIXES


router.include_router(sparql_router(graph_session))
router.include_router(graph_store_router(graph_session, path="/graph", base=_own_address))
router.include_router(sparql_router(workspace_session, path=_WORKSPACE + "/sparql", name="_workspace"))
router.include_router(graph_store_router(workspace_session, path=_WORKSPACE + "/graph"))

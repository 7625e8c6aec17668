"""The SPARQL endpoints and graph stores: of the built graph, and of each workspace."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Response
from pydantic import BaseModel

from api.auth import Caller, Role
from api.deps import Admin, Analyst, Curator, Here, allowed, lacking
from api.routing import Router
from sparql.endpoint import Session, sparql_router
from sparql.graphstore import graph_store_router

_WORKSPACE = "/workspaces/{workspace}"
_Asker = Annotated[Caller, Depends(allowed(Role.analyst, "sparql"))]


def _graph(here: Here, caller: _Asker, request: Request) -> Session:
    return Session(here.sparql, caller.name, lacking(caller, Role.curator, request))


def _workspace(here: Here, caller: _Asker, request: Request, workspace: str) -> Session:
    return Session(here.workspace(workspace), caller.name, lacking(caller, Role.curator, request))


def _own_address(request: Request) -> str:
    """A graph's IRI begins with the base of the installation, by whatever name the server was reached."""
    return str(request.app.state.services.settings.base_iri) + request.url.path


router = Router(tags=["sparql"])


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


router.include_router(sparql_router(_graph))
router.include_router(graph_store_router(_graph, path="/graph", base=_own_address))
router.include_router(sparql_router(_workspace, path=_WORKSPACE + "/sparql", name="_workspace"))
router.include_router(graph_store_router(_workspace, path=_WORKSPACE + "/graph"))

"""`/v1/sources`: what the catalogue is harvested from, and runs to start, watch and stop.

`api.routes.source_book` has the routes that name sources and give them up.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path as FilePath
from subprocess import Popen
from threading import Thread
from typing import Annotated
from urllib.parse import quote

import msgspec
from fastapi import Depends, Header, Path, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from api.answers import answer, documented
from api.auth import Role
from api.deps import Curator, Here, Reader
from api.harvesting.book import SourceBook
from api.harvesting.events import RunEvent, events, run_file
from api.harvesting.runs import RunView, is_live, run_view, stop_run
from api.harvesting.starting import start_run
from api.harvesting.views import SourceList, SourceView, source_list, source_view
from api.routing import Router
from api.wiring import Services
from ingest.journal.database import Database
from ontology.errors import NotFound

router = Router(prefix="/v1/sources", tags=["sources"])

Name = Annotated[str, Path(max_length=200, description="Name of the source.")]
RunId = Annotated[str, Path(max_length=60, description="Id of the run.")]
_LOOK_SECONDS = 0.25


def _journal(here: Here) -> Database | None:
    """The journal, which is not there before the first run."""
    return here.journal if here.settings.journal.exists() else None


Journal = Annotated[Database | None, Depends(_journal)]


@router.get("", responses=documented(SourceList), operation_id="sources")
def sources(request: Request, here: Here, caller: Reader, journal: Journal) -> Response:
    """All sources with what they hold and their latest run. Addresses and options are shown to curators."""
    return answer(request, source_list(here.settings, journal, inside=caller.role >= Role.curator))


@router.get("/{name}", responses=documented(SourceView), operation_id="source")
def source(request: Request, here: Here, caller: Reader, journal: Journal, name: Name) -> Response:
    """One source with its latest runs. Address and options are shown to curators."""
    return answer(request, source_view(here.settings, journal, name, inside=caller.role >= Role.curator))


@router.post("/{name}/runs", status_code=202, operation_id="start_run", responses=documented(RunView, status=202))
def start(
    request: Request, here: Here, _: Curator, name: Name,
    full: Annotated[bool, Query(description="Ask for everything again, not only for what changed.")] = False,
    allow_shrink: Annotated[bool, Query(description="Delete what is gone, even if it is most of the source.")] = False,
) -> Response:  # fmt: skip
    """Start a run of a named source in a process of its own; its address is in Location. 409 while
    another run is under way. Needs the role curator."""
    SourceBook(here.settings).source(name)
    return begun(request, here, name, *start_run(here.settings, [name], full=full, allow_shrink=allow_shrink))


def begun(request: Request, here: Services, name: str, run: str, process: Popen[bytes]) -> Response:
    """202: a run that was started, and where it can be watched."""
    Thread(target=process.wait, daemon=True).start()
    accepted = answer(request, run_view(here.settings.data, None, name, run))
    accepted.status_code = 202
    accepted.headers["Location"] = f"{router.prefix}/{quote(name)}/runs/{run}"
    return accepted


@router.get("/{name}/runs/{run}", responses=documented(RunView), operation_id="run")
def run(request: Request, here: Here, _: Reader, journal: Journal, name: Name, run: RunId) -> Response:
    """A run of a source: what it does, its counts, its rate and the time it still needs."""
    return answer(request, run_view(here.settings.data, journal, name, run))


@router.delete(
    "/{name}/runs/{run}", status_code=202, responses=documented(RunView, status=202), operation_id="stop_run"
)
def stop(request: Request, here: Here, _: Curator, journal: Journal, name: Name, run: RunId) -> Response:
    """Ask a run to stop; one that has ended stays as it is. What it has taken in stays. Needs the role curator."""
    run_view(here.settings.data, journal, name, run)
    stop_run(here.settings.data, run)
    asked = answer(request, run_view(here.settings.data, journal, name, run))
    asked.status_code = 202
    return asked


def _events_of(here: Here, journal: Journal, name: Name, run: RunId) -> FilePath:
    """The file of a run that can be listened to."""
    run_view(here.settings.data, journal, name, run)
    path = run_file(here.settings.data, run)
    if path is None or not path.exists():
        raise NotFound("nothing more is told of this run", hint="its counts are kept without the last part of the path")
    return path


@router.get("/{name}/runs/{run}/events", response_class=EventSourceResponse, operation_id="run_events")
async def listen(
    request: Request, _: Reader, path: Annotated[FilePath, Depends(_events_of)],
    last_event_id: Annotated[str, Header(description="Go on after this event.", max_length=20)] = "",
) -> AsyncIterator[ServerSentEvent]:  # fmt: skip
    """What a run says, as server-sent events: from its beginning, or after Last-Event-ID, to its end."""
    after = int(last_event_id) if last_event_id.isdigit() and len(last_event_id) < 10 else 0
    offset = 0
    while request.method != "HEAD":
        live = await asyncio.to_thread(is_live, path)
        for number, place, event in await asyncio.to_thread(_read, path, after, offset):
            after, offset = number, place
            yield ServerSentEvent(id=str(number), event=event.event, data=msgspec.to_builtins(event))
            if event.event == "ended":
                return
        if not live:
            yield ServerSentEvent(event="ended", data={"event": "ended", "state": "broken off"})
            return
        await asyncio.sleep(_LOOK_SECONDS)


def _read(path: FilePath, after: int, offset: int) -> list[tuple[int, int, RunEvent]]:
    return list(events(path, after, offset))


router.get("/{name:path}", include_in_schema=False)(source)
"""A name given to files may have slashes."""

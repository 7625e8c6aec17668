"""Pages for whoever looks after the sources: what is harvested, how runs go, what could not be read.

Reading them is open to all; running a source needs a curator's key, naming or giving one up an admin's.
Forms do everything; a script only shows progress while it happens.
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import Thread
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote

from fastapi import Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from api.auth import Role
from api.deps import Admin, Curator, Here, Reader
from api.harvesting.book import SourceBook
from api.harvesting.remote import from_afar
from api.harvesting.runs import stop_run
from api.harvesting.starting import start_removal, start_run
from api.harvesting.views import source_list, source_view
from api.pages import templates
from api.problems import status_of
from api.quarantine import Retried, quarantine_list, quarantined_payload
from api.routes.deciding import decided
from api.routes.sources import Journal
from api.routing import Router
from ingest.journal.quarantine import Selection
from ingest.sources.kinds import KINDS, SourceDefinition, options_of
from ingest.sources.politeness import Politeness
from ontology.errors import GnomonError

router = Router(include_in_schema=False)
_PAGE: Final = 50
_OPTION: Final = "option."
Name = Annotated[str, Path(max_length=200)]
Short = Annotated[str, Query(max_length=200)]


@router.get("/sources")
def all_sources(request: Request, here: Here, caller: Reader, journal: Journal) -> Response:
    """Every source with what it holds and how its latest run went."""
    found = source_list(here.settings, journal, inside=caller.role >= Role.curator).sources
    return templates.TemplateResponse(request, "sources.html", {"sources": found, "kinds": list(KINDS)})


@router.get("/new-source")
def new(request: Request, _: Admin, kind: Annotated[str, Query(max_length=50)] = "oai") -> Response:
    """The form of a source of some kind."""
    return _form(request, SourceDefinition(name="new", kind=kind))


def _form(
    request: Request, wanted: SourceDefinition, problem: GnomonError | None = None, *, change: bool = False
) -> Response:  # fmt: skip
    kind = KINDS.get(wanted.kind)
    options, manners = options_of(kind), Politeness.__struct_fields__
    context = {
        "wanted": wanted, "kinds": {name: KINDS.get(name).says for name in KINDS}, "says": kind.says,
        "options": [one for one in options if one.name not in manners], "default": kind.address,
        "manners": [one for one in options if one.name in manners], "problem": problem, "change": change,
    }  # fmt: skip
    return templates.TemplateResponse(
        request, "source_form.html", context, status_code=status_of(problem) if problem else 200
    )


@router.post("/sources")
async def add(request: Request, here: Here, _: Admin) -> Response:
    """Name a source as the form says."""
    wanted = _wanted(await request.form())
    try:
        SourceBook(here.settings).add(from_afar(wanted, here.settings))
    except GnomonError as problem:
        return _form(request, wanted, problem)
    return _to(wanted.name)


@router.get("/sources/{name}")
def one_source(request: Request, here: Here, caller: Reader, journal: Journal, name: Name) -> Response:
    """One source: what it is, its latest runs, and what may be done with it."""
    found = source_view(here.settings, journal, name, inside=caller.role >= Role.curator)
    return templates.TemplateResponse(request, "source.html", {"source": found})


@router.get("/sources/{name}/change")
def change_form(request: Request, here: Here, _: Admin, journal: Journal, name: Name) -> Response:
    """The form filled in with what the source is; secrets are shown hidden and stay so."""
    found = source_view(here.settings, journal, name, inside=True)
    options: dict[str, Any] = dict(found.options)
    now = SourceDefinition(name=name, kind=found.kind, address=found.address, options=options, schedule=found.schedule)
    return _form(request, now, change=True)


@router.post("/sources/{name}/change")
async def change(request: Request, here: Here, _: Admin, name: Name) -> Response:
    """Say anew what the source is."""
    wanted = _wanted(await request.form(), name)
    book = SourceBook(here.settings)
    try:
        book.replace(from_afar(wanted, here.settings, book.get(name)))
    except GnomonError as problem:
        return _form(request, wanted, problem, change=True)
    return _to(name)


def _wanted(form: FormData, name: str = "") -> SourceDefinition:
    """What the fields of the form say; those left as they are by default are not said."""
    said = {key: value.strip() for key, value in form.items() if isinstance(value, str)}
    address = tuple(line.strip() for line in said.get("address", "").splitlines() if line.strip())
    kind = said.get("kind", "")[:50]
    return SourceDefinition(
        name=name or said.get("name", "")[:80], kind=kind, address=address, options=_options(kind, said),
        schedule=said.get("schedule", "")[:100],
    )  # fmt: skip


def _options(kind: str, said: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for option in options_of(KINDS.get(kind)):
        value = said.get(_OPTION + option.name, "")
        if option.type == "bool":
            if (value == "on") != bool(option.default):
                found[option.name] = value == "on"
        elif value and value != str(option.default):
            found[option.name] = value
    return found


@router.post("/sources/{name}/run")
def run(
    here: Here, _: Curator, name: Name, full: Annotated[bool, Form()] = False,
    allow_shrink: Annotated[bool, Form()] = False,
) -> Response:  # fmt: skip
    """Start a run; the page of the source shows how it goes."""
    SourceBook(here.settings).source(name)
    _run, process = start_run(here.settings, [name], full=full, allow_shrink=allow_shrink)
    Thread(target=process.wait, daemon=True).start()
    return _to(name)


@router.post("/sources/{name}/stop")
def stop(here: Here, _: Curator, name: Name, run: Annotated[str, Form(max_length=60)]) -> Response:
    """Ask a run to end; what it has taken in stays."""
    stop_run(here.settings.data, run)
    return _to(name)


@router.post("/sources/{name}/remove")
def remove(
    here: Here, _: Admin, journal: Journal, name: Name, records: Annotated[Literal["keep", "delete"], Form()]
) -> Response:
    """Give a source up, with or without what was harvested from it."""
    known = source_view(here.settings, journal, name, inside=True)
    if records == "delete" and not known.configured:
        _run, process = start_removal(here.settings, name)
        Thread(target=process.wait, daemon=True).start()
        return _to(name)
    SourceBook(here.settings).remove(name)
    return RedirectResponse("/sources", status_code=303)


@router.get("/quarantine")
def quarantine(
    request: Request, here: Here, _: Reader, journal: Journal, source: Short = "", format: Short = "",
    error: Short = "", offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> Response:  # fmt: skip
    """What could not be read, and why."""
    chosen = Selection(source=source, format=format, error=error)
    found = quarantine_list(journal, chosen, _PAGE, offset) if journal is not None else None
    context = {"found": found, "chosen": chosen, "offset": offset, "size": _PAGE}
    return templates.TemplateResponse(request, "quarantine.html", context)


@router.get("/quarantine/{number}")
def quarantined(request: Request, here: Here, _: Reader, number: Annotated[int, Path(ge=1, le=2**62)]) -> Response:
    """One payload that could not be read, opened at the place."""
    context = {"payload": quarantined_payload(here.journal, number)}
    return templates.TemplateResponse(request, "quarantined.html", context)


@router.post("/quarantine/retry")
def retry(
    request: Request, here: Here, _: Curator, source: Annotated[str, Form(max_length=200)] = "",
    format: Annotated[str, Form(max_length=100)] = "", error: Annotated[str, Form(max_length=100)] = "",
    id: Annotated[int, Form(ge=0, le=2**62)] = 0,
) -> Response:  # fmt: skip
    """Read it again with the readers of today; answers when that is done, or a run is under way that does it."""
    chosen = [f"--source={source}", f"--format={format}", f"--error={error}", f"--id={id}"]
    report, run = decided(here, ["quarantine", "retry", *chosen], Retried)
    return templates.TemplateResponse(request, "retried.html", {"report": report, "run": run})


router.get("/sources/{name:path}")(one_source)
"""A name given to files may have slashes: asked last, so that `/change` and the like stay what they are."""


def _to(name: str) -> Response:
    return RedirectResponse(f"/sources/{quote(name, safe='')}", status_code=303)

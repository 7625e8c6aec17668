"""Decisions over HTTP: in the graph when the answer comes, or taken there by a run that can be watched."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Thread
from typing import Any, Final, Protocol, TypeVar

from fastapi import Request, Response

from api.answers import answer, documented
from api.command import run_command
from api.harvesting.events import DECISIONS
from api.harvesting.starting import start_decisions
from api.wiring import Services
from ontology.errors import WriterBusy

AT_ONCE: Final = 500
"""Works that are written while the caller waits: some ten seconds."""


class _Decided(Protocol):
    @property
    def waits(self) -> str: ...


T = TypeVar("T", bound=_Decided)


def deciding(kind: type) -> dict[int | str, dict[str, Any]]:
    """`responses=` of a route that decides."""
    later = {"description": "Decided; the graph has it after the run at Location, for the reason in `waits`."}
    return documented(kind) | {202: {**documented(kind)[200], **later}}


def decide(request: Request, here: Services, arguments: Sequence[str], kind: type[T]) -> Response:
    """What `gnomon ARGUMENTS` decides; 202 where the graph has it after a run."""
    found, run = decided(here, arguments, kind)
    said = answer(request, found)
    if run:
        said.status_code = 202
        said.headers["Location"] = run
    return said


def decided(here: Services, arguments: Sequence[str], kind: type[T]) -> tuple[T, str]:
    """What `gnomon ARGUMENTS` decides. Where much more than it concerns has to be written first (the software was
    upgraded, a venue of thousands of works was merged), that is done by a run, and its address is told, else ""."""
    found = run_command(here.settings, [*arguments, f"--most={AT_ONCE}"], kind)
    if not found.waits:
        return found, ""
    try:
        run, process = start_decisions(here.settings)
    except WriterBusy as busy:
        run = busy.place  # what is under way writes whatever waits at its end, or the next one does
    else:
        Thread(target=process.wait, daemon=True).start()
    return found, f"/v1/sources/{DECISIONS}/runs/{run}"

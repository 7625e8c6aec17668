"""Runs in processes of their own: started by the server or the scheduler, and free of both."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from api.command import environment
from api.harvesting.events import DECISIONS, accept, run_file
from api.harvesting.runs import run_under_way
from api.settings import Settings
from ingest.journal.runs import new_run_id
from ontology.errors import WriterBusy


def start_run(
    settings: Settings, names: Sequence[str], *, full: bool = False, allow_shrink: bool = False
) -> tuple[str, subprocess.Popen[bytes]]:
    """Start a run of named sources; returns its id and its process, for which somebody has to wait.

    What the process prints goes to `<data>/runs/<run>.log`. Raises WriterBusy while another run is under way.
    """
    return _started(settings, names, ["source", "run", *names, *["--full"] * full, *["--allow-shrink"] * allow_shrink])


def start_removal(settings: Settings, name: str) -> tuple[str, subprocess.Popen[bytes]]:
    """Start to give up a source with all that was harvested from it. Returns and raises as `start_run`."""
    return _started(settings, [name], ["source", "remove", name, "--delete-records"])


def start_decisions(settings: Settings) -> tuple[str, subprocess.Popen[bytes]]:
    """Start to take into the graph what was decided and waits. Returns and raises as `start_run`."""
    return _started(settings, [DECISIONS], ["identity", "settle"])


def _started(settings: Settings, names: Sequence[str], arguments: Sequence[str]) -> tuple[str, subprocess.Popen[bytes]]:
    """`gnomon ARGUMENTS` as a run of the sources `names`."""
    if other := run_under_way(settings.data):
        raise WriterBusy("a run is under way in this data folder", place=other, hint="wait for its end, or stop it")
    run = new_run_id()
    accept(settings.data, run, names)
    path = run_file(settings.data, run)
    assert path is not None
    with path.with_suffix(".log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own program; the names are those of sources
            [sys.executable, "-m", "api.cli.main", *arguments, "--run", run, "--json"],
            env={**os.environ, **environment(settings)}, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
    return run, process

"""Runs what is due, one run after the other, each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from api.command import environment
from api.harvesting.book import SourceBook
from api.harvesting.runs import latest_runs, open_journal, run_under_way
from api.harvesting.schedule import due
from api.harvesting.starting import start_run
from api.settings import Settings
from ingest.journal.database import Database

_LOOK_SECONDS = 15.0


def due_now(settings: Settings) -> list[str]:
    """Names of the sources that are due."""
    definitions = [one for one in SourceBook(settings).all() if one.schedule]
    journal = open_journal(settings.journal)
    try:
        last = {one.name: _last_start(settings, journal, one.name) for one in definitions}
    finally:
        if journal is not None:
            journal.close()
    return due(definitions, last, datetime.now(UTC), settings.timezone)


def run_due(settings: Settings, say: Callable[[str], None]) -> int:
    """Run everything that is due, together; returns how many sources that were. Waits for the end.

    While another run is under way nothing is begun: what is due now is due the next time as well.
    """
    names = due_now(settings)
    if not names or run_under_way(settings.data):
        return 0
    run, process = start_run(settings, names)
    say(f"{run}: {', '.join(names)}")
    try:
        status = process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    say(f"{run}: {'done' if status == 0 else f'ended with status {status}'}")
    return len(names)


def keep_running(settings: Settings, say: Callable[[str], None]) -> None:
    """Look every few seconds for what is due, for ever. Definitions may change meanwhile."""
    while True:
        run_due(settings, say)
        time.sleep(_LOOK_SECONDS)


def start_scheduler(settings: Settings) -> subprocess.Popen[bytes]:
    """A scheduler in a process of its own, beside a server."""
    return subprocess.Popen(
        [sys.executable, "-m", "api.cli.main", "schedule"],
        env={**os.environ, **environment(settings)}, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def _last_start(settings: Settings, journal: Database | None, name: str) -> str:
    runs = latest_runs(settings.data, journal, name, 1)
    return runs[0].started if runs else ""

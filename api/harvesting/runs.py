"""Runs as they are shown: under way from what they say, ended ones from that and from the journal."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import msgspec

from api.harvesting.events import RunEvent, alive, events, run_file
from ingest.harvest import HarvestReport
from ingest.journal.database import Database
from ingest.journal.runs import PastRun, Runs, RunState
from ontology.errors import JournalError, NotFound

_START_SECONDS = 120.0
"""A run that was accepted and has not begun after this long never will."""


class RunView(msgspec.Struct, frozen=True, kw_only=True):
    """One run of one source, in counts of payloads. `stage` is what it is doing now; `per_second` and
    `seconds_left` are those of the harvest, 0 and null where they are not known. `notes` are what
    was worth saying, `error` why it failed."""

    id: str
    source: str
    state: RunState
    started: str
    ended: str = ""
    stage: str = ""
    report: HarvestReport
    per_second: float = 0.0
    seconds_left: float | None = None
    notes: tuple[str, ...] = ()
    error: str = ""


def run_view(data: Path, journal: Database | None, source: str, run: str) -> RunView:
    """A run of a source; NotFound where there was none of that name."""
    path = run_file(data, run)
    if path is not None and path.exists():
        said = [event for _, _, event in events(path)]
        if any(source in event.sources for event in said):
            return _told(said, source, run, at_work=is_live(path))
    past = Runs(journal).one(source, run) if journal is not None and path is not None else None
    if past is None:
        raise NotFound(f"the source {source!r} has no run {run[:60]!r}", hint=f"/v1/sources/{source} lists its runs")
    return _past(past)


def latest_runs(data: Path, journal: Database | None, source: str, limit: int = 20) -> list[RunView]:
    """The latest runs of a source, newest first: those the journal knows, and those that wait or write."""
    found = {one.id: _past(one) for one in (Runs(journal).history(source, limit) if journal is not None else ())}
    for path in sorted((data / "runs").glob("*.jsonl"), reverse=True)[:limit]:
        if path.stem not in found or found[path.stem].state == "running":
            try:
                found[path.stem] = run_view(data, journal, source, path.stem)
            except NotFound:
                continue
    return sorted(found.values(), key=lambda one: one.id, reverse=True)[:limit]


def is_live(path: Path) -> bool:
    """Whether a run is under way, or is about to begin."""
    if alive(path):
        return True
    said = [event for _, _, event in events(path)]
    return len(said) == 1 and time.time() - path.stat().st_mtime < _START_SECONDS


def run_under_way(data: Path) -> str:
    """The run that is under way in this data folder; empty for none."""
    newest = sorted((data / "runs").glob("*.jsonl"), reverse=True)[:20]
    return next((path.stem for path in newest if is_live(path)), "")


def stop_run(data: Path, run: str) -> bool:
    """Ask the process of a run to end; False where none is at work."""
    path = run_file(data, run)
    if path is None or not path.exists() or not alive(path):
        return False
    pid = next((event.pid for _, _, event in events(path) if event.event == "started"), 0)
    if not pid:
        return False
    os.kill(pid, signal.SIGTERM)
    return True


def open_journal(path: Path) -> Database | None:
    """The journal for reading, or None before the first build."""
    try:
        return Database(path, read_only=True)
    except JournalError:
        return None


def _told(said: list[RunEvent], source: str, run: str, *, at_work: bool) -> RunView:
    """A run by its own words."""
    last, end = said[-1], said[-1] if said[-1].event == "ended" else None
    counted = [event for event in said if event.report is not None and event.report.source == source]
    report = counted[-1].report if counted else None
    state: RunState = "running" if at_work else "broken off"
    if end is not None and end.state:
        state = end.state
        if state == "failed" and report is not None and not report.error and end.text == _source_error(said):
            state = "done"  # another source of the same run failed
    stage = next((event.stage for event in reversed(said) if event.stage), "")
    speed = counted[-1].done / counted[-1].seconds if counted and counted[-1].seconds > 0 else 0.0
    harvesting = state == "running" and bool(counted) and counted[-1].stage == stage
    left = report.expected - report.seen if report is not None else 0
    error = (report.error if report is not None else "") or (end.text if end is not None and state != "done" else "")
    return RunView(
        id=run, source=source, state=state, started=said[0].at, ended=end.at if end is not None else "",
        stage=stage if state == "running" else "", report=report or HarvestReport(source=source),
        per_second=round(speed, 2), seconds_left=round(left / speed, 1) if harvesting and left > 0 and speed else None,
        notes=tuple(event.text for event in said if event.event == "note"),
        error=error if last.event == "ended" else "",
    )  # fmt: skip


def _source_error(said: list[RunEvent]) -> str:
    """Why the last source that failed did; empty where none did."""
    return next((e.report.error for e in reversed(said) if e.report is not None and e.report.error), "")


def _past(run: PastRun) -> RunView:
    return RunView(
        id=run.id, source=run.source, state=run.state, started=run.started, ended=run.ended, report=run.report,
        error=run.report.error,
    )  # fmt: skip

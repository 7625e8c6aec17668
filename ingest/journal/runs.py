"""The history of runs: when which source was harvested, and what came of it."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Literal

import msgspec

from ingest.harvest import HarvestReport
from ingest.journal.database import Database

RunState = Literal["running", "done", "failed", "stopped", "broken off"]
_KEPT = 200
"""Runs of one source whose history is kept."""


class PastRun(msgspec.Struct, frozen=True, kw_only=True):
    """One run of one source. Times are ISO 8601 in UTC; `broken off` is a run whose process ended without a word."""

    id: str
    source: str
    state: RunState
    started: str
    ended: str = ""
    report: HarvestReport


_decode = msgspec.json.Decoder(HarvestReport).decode


def now() -> str:
    """This second in UTC, as ISO 8601."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def new_run_id() -> str:
    """A name for a run that sorts by time: `20240531T120000Z-3f9a1c`, second, microsecond and a digit by chance."""
    moment = datetime.now(UTC)
    return f"{moment.strftime('%Y%m%dT%H%M%SZ')}-{moment.microsecond:05x}{secrets.token_hex(1)[0]}"


class Runs:
    """Calls that write need the writer's lock and are a transaction each."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def begin(self, run: str, source: str) -> None:
        """A run has begun; one that the journal still takes for running was broken off, as there is one writer."""
        body = msgspec.json.encode(HarvestReport(source=source))
        with self._db.transaction():
            self._db.rows("UPDATE run SET state = 'broken off' WHERE state = 'running' AND id != ?", (run,))
            self._db.rows("INSERT OR REPLACE INTO run VALUES (?, ?, ?, '', 'running', ?)", (run, source, now(), body))
            self._db.rows(
                "DELETE FROM run WHERE source = ? AND id NOT IN"
                " (SELECT id FROM run WHERE source = ? ORDER BY id DESC LIMIT ?)",
                (source, source, _KEPT),
            )

    def harvested(self, run: str, report: HarvestReport) -> None:
        """The harvest has come to its end; the work on it goes on."""
        with self._db.transaction():
            self._db.rows(
                "UPDATE run SET body = ? WHERE source = ? AND id = ?", (msgspec.json.encode(report), report.source, run)
            )

    def end(self, run: str, source: str, state: RunState) -> None:
        with self._db.transaction():
            self._db.rows(
                "UPDATE run SET state = ?, ended = ? WHERE source = ? AND id = ?", (state, now(), source, run)
            )

    def history(self, source: str, limit: int = 20) -> list[PastRun]:
        """The latest runs of a source, newest first."""
        found = self._db.rows(
            "SELECT id, source, state, started, ended, body FROM run WHERE source = ? ORDER BY id DESC LIMIT ?",
            (source, limit),
        )
        return [_run(*row) for row in found]

    def one(self, source: str, run: str) -> PastRun | None:
        found = self._db.rows(
            "SELECT id, source, state, started, ended, body FROM run WHERE source = ? AND id = ?", (source, run)
        )
        row = found.fetchone()
        return _run(*row) if row else None


def _run(run: str, source: str, state: RunState, started: str, ended: str, body: bytes) -> PastRun:
    return PastRun(id=run, source=source, state=state, started=started, ended=ended, report=_decode(body))

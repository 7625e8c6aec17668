"""What a run says while it goes on: one JSON object a line in `<data>/runs/<run>.jsonl`.

The process that runs holds a lock on the file, which the kernel drops with it: whoever finds the
file unlocked and without an end knows that the run broke off. Lines are only ever added, so the
number of a line is the id of its event, and a reader goes on from any of them.
"""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self

import msgspec

from api.watch import Quiet, Stage
from ingest.harvest import HarvestReport
from ingest.journal.runs import RunState, now
from ontology.errors import BuildDue

_GAP_SECONDS = 0.5
_SLOWEST_GAP_SECONDS = 10.0
_KEPT = 200
DECISIONS: Final = "decisions"
"""The name, beside those of sources, of runs that take decisions into the graph."""
_NAME = re.compile(r"\A[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}\Z")


class RunEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing a run said. `stage` is what it was doing, `done` of `total` (0: not known) in `seconds`;
    `report` the counts of the source it was harvesting."""

    event: Literal["accepted", "started", "progress", "note", "ended"]
    at: str
    sources: tuple[str, ...] = ()
    pid: int = 0
    stage: str = ""
    done: int = 0
    total: int = 0
    seconds: float = 0.0
    report: HarvestReport | None = None
    text: str = ""
    state: RunState | Literal[""] = ""


_decode = msgspec.json.Decoder(RunEvent).decode
_encode = msgspec.json.Encoder().encode


def run_file(data: Path, run: str) -> Path | None:
    """Where a run says what it does; None for what is no name of a run."""
    return data / "runs" / f"{run}.jsonl" if _NAME.match(run) else None


def accept(data: Path, run: str, sources: Sequence[str]) -> None:
    """Write down that a run is to begin, and clear away the oldest ones."""
    path = run_file(data, run)
    assert path is not None
    path.parent.mkdir(parents=True, exist_ok=True)
    for old in sorted(path.parent.glob("*.jsonl"))[: -_KEPT + 1]:
        if not alive(old):
            old.unlink(missing_ok=True)
            old.with_suffix(".log").unlink(missing_ok=True)
    path.write_bytes(_encode(RunEvent(event="accepted", at=now(), sources=tuple(sources))) + b"\n")


def alive(path: Path) -> bool:
    """Whether a process is writing the file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def events(path: Path, after: int = 0, offset: int = 0) -> Iterator[tuple[int, int, RunEvent]]:
    """(number, place of the next line, event) of the events after number `after`, which end at `offset` if
    that is known. A line that is not finished yet is left for the next time."""
    number = after if offset else 0
    with path.open("rb") as file:
        file.seek(offset)
        for line in file:
            if not line.endswith(b"\n"):
                return
            number += 1
            offset += len(line)
            if number > after:
                yield number, offset, _decode(line)


class RunEvents(Quiet):
    """Writes what a run does, a few times a second, ever less often the longer it goes on."""

    def __init__(self, data: Path, run: str, sources: Sequence[str]) -> None:
        path = run_file(data, run)
        assert path is not None
        if not path.exists():
            accept(data, run, sources)
        self._file = path.open("ab", buffering=0)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self._began = self._last = time.monotonic()
        self._failed = ""
        self._say(event="started", sources=tuple(sources), pid=os.getpid())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The end of the run, by what ended it; a source that failed makes it fail."""
        if isinstance(error, KeyboardInterrupt):
            self._say(event="ended", state="stopped", text="stopped from outside")
        elif isinstance(error, BuildDue):
            self._say(event="ended", state="stopped", text=f"left to the next build: {error}")
        elif error is not None or self._failed:
            self._say(event="ended", state="failed", text=str(error) if error is not None else self._failed)
        else:
            self._say(event="ended", state="done")
        self._file.close()

    def began(self, stage: Stage) -> None:
        self._progress(stage)

    def moved(self, stage: Stage) -> None:
        moment = time.monotonic()
        gap = min(_SLOWEST_GAP_SECONDS, max(_GAP_SECONDS, (moment - self._began) / 200))
        if moment - self._last >= gap:
            self._progress(stage, moment - stage.began)

    def ended(self, stage: Stage) -> None:
        if stage.harvest is not None and stage.harvest.error:
            self._failed = stage.harvest.error
        self._progress(stage, stage.seconds)

    def note(self, text: str) -> None:
        self._say(event="note", text=text)

    def _progress(self, stage: Stage, seconds: float = 0.0) -> None:
        self._last = time.monotonic()
        self._say(
            event="progress", stage=stage.name, done=stage.done, total=stage.total, seconds=round(seconds, 3),
            report=stage.harvest,
        )  # fmt: skip

    def _say(self, **said: Any) -> None:
        self._file.write(_encode(RunEvent(at=now(), **said)) + b"\n")

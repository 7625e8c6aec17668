"""Seeing a long run: stages with counts, shown as bars, as JSON lines, or not at all."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import msgspec


class Stage(msgspec.Struct):
    """One stage of a run: what it has done of how much (`total` 0: not known), in seconds."""

    name: str
    total: int = 0
    done: int = 0
    seconds: float = 0.0


class Watcher(Protocol):
    """Is told when a stage begins, moves and ends."""

    def began(self, stage: Stage) -> None: ...

    def moved(self, stage: Stage) -> None: ...

    def ended(self, stage: Stage) -> None: ...

    def note(self, text: str) -> None: ...


class Run:
    """The stages of a run, timed, each told to the watcher."""

    def __init__(self, watcher: Watcher) -> None:
        self.stages: list[Stage] = []
        self._watcher = watcher

    @contextmanager
    def stage(self, name: str, total: int = 0) -> Iterator[Stage]:
        stage = Stage(name, total)
        self.stages.append(stage)
        self._watcher.began(stage)
        started = time.perf_counter()
        try:
            yield stage
        finally:
            stage.seconds = time.perf_counter() - started
            self._watcher.ended(stage)

    def advance(self, stage: Stage, more: int) -> None:
        stage.done += more
        self._watcher.moved(stage)

    def note(self, text: str) -> None:
        self._watcher.note(text)


class Quiet:
    """Says nothing."""

    def began(self, stage: Stage) -> None:
        pass

    def moved(self, stage: Stage) -> None:
        pass

    def ended(self, stage: Stage) -> None:
        pass

    def note(self, text: str) -> None:
        pass


class JsonLines(Quiet):
    """One JSON object a line on standard error, for other programs."""

    def ended(self, stage: Stage) -> None:
        self._print({"stage": stage.name, "done": stage.done, "seconds": round(stage.seconds, 3)})

    def note(self, text: str) -> None:
        self._print({"note": text})

    def _print(self, entry: dict[str, object]) -> None:
        print(msgspec.json.encode(entry).decode(), file=sys.stderr, flush=True)


class Bars:
    """Progress bars with rate and time left, and a line for each stage that has ended."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeRemainingColumn,
        )

        self._console = Console(stderr=True)
        self._progress = Progress(
            SpinnerColumn(), TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(),
            TimeRemainingColumn(), console=self._console, transient=True,
        )  # fmt: skip
        self._tasks: dict[int, object] = {}

    def began(self, stage: Stage) -> None:
        self._progress.start()
        self._tasks[id(stage)] = self._progress.add_task(stage.name, total=stage.total or None)

    def moved(self, stage: Stage) -> None:
        self._progress.update(self._tasks[id(stage)], completed=stage.done, total=stage.total or None)  # type: ignore[arg-type]

    def ended(self, stage: Stage) -> None:
        self._progress.remove_task(self._tasks.pop(id(stage)))  # type: ignore[arg-type]
        if not self._tasks:
            self._progress.stop()
        rate = f"{stage.done / stage.seconds:,.0f}/s" if stage.done and stage.seconds > 0.05 else ""
        count = f"{stage.done:,}" if stage.done else ""
        self._console.print(
            f"  [green]✓[/] {stage.name:<28}{count:>10}  {stage.seconds:6.1f} s  [dim]{rate}[/]", highlight=False
        )

    def note(self, text: str) -> None:
        self._console.print("  •", text, style="yellow", markup=False, highlight=False)

"""Seeing a long run: stages with counts, shown as bars, as JSON lines, or not at all."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, Self

import msgspec

from api.memory import cpu_seconds
from ingest.harvest import HarvestReport

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID


class Stage(msgspec.Struct):
    """One stage of a run: what it has done of how much (`total` 0: not known), in seconds; for a harvest its counts."""

    name: str
    total: int = 0
    done: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    harvest: HarvestReport | None = None
    began: float = msgspec.field(default_factory=time.monotonic)


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
        started, used = time.perf_counter(), cpu_seconds()
        try:
            yield stage
        finally:
            stage.seconds, stage.cpu_seconds = time.perf_counter() - started, cpu_seconds() - used
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


class Both:
    """Tells two watchers."""

    def __init__(self, first: Watcher, second: Watcher) -> None:
        self._watchers = (first, second)

    def began(self, stage: Stage) -> None:
        for watcher in self._watchers:
            watcher.began(stage)

    def moved(self, stage: Stage) -> None:
        for watcher in self._watchers:
            watcher.moved(stage)

    def ended(self, stage: Stage) -> None:
        for watcher in self._watchers:
            watcher.ended(stage)

    def note(self, text: str) -> None:
        for watcher in self._watchers:
            watcher.note(text)


class JsonLines(Quiet):
    """One JSON object a line on standard error, for other programs."""

    def ended(self, stage: Stage) -> None:
        self._print({"stage": stage.name, "done": stage.done, "seconds": round(stage.seconds, 3)})

    def note(self, text: str) -> None:
        self._print({"note": text})

    def _print(self, entry: dict[str, object]) -> None:
        print(msgspec.json.encode(entry).decode(), file=sys.stderr, flush=True)


class Bars:
    """One progress bar for each stage under way, with rate and time left, and above it a line for each
    that has ended. Bars live inside `with`, on a terminal; elsewhere only the lines are printed."""

    def __init__(self, console: Console | None = None) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

        self._console = console or Console(stderr=True)
        self._progress = Progress(
            SpinnerColumn(), TextColumn("{task.description:<28}", markup=False), BarColumn(),
            TextColumn("{task.fields[count]}", markup=False), TimeRemainingColumn(),
            console=self._console, transient=True, disable=not self._console.is_interactive,
        )  # fmt: skip
        self._tasks: dict[int, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def began(self, stage: Stage) -> None:
        self._tasks[id(stage)] = self._progress.add_task(stage.name, total=stage.total or None, count="")

    def moved(self, stage: Stage) -> None:
        count = f"{stage.done:,} of {stage.total:,}" if stage.total else f"{stage.done:,}"
        self._progress.update(self._tasks[id(stage)], completed=stage.done, total=stage.total or None, count=count)

    def ended(self, stage: Stage) -> None:
        from rich.markup import escape

        self._progress.remove_task(self._tasks.pop(id(stage)))
        rate = f"  [dim]{stage.done / stage.seconds:,.0f}/s[/]" if stage.done and stage.seconds > 0.05 else ""
        count = f"{stage.done:,}" if stage.done else ""
        self._print(f"  [green]✓[/] {escape(stage.name):<28}{count:>10}  {stage.seconds:6.1f} s{rate}")

    def note(self, text: str) -> None:
        from rich.markup import escape

        self._print(f"  [yellow]•[/] {escape(text)}")

    def _print(self, line: str) -> None:
        """Above the bars, and left to the terminal to wrap."""
        self._console.print(line, highlight=False, soft_wrap=True)

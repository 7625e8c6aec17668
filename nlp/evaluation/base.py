"""The plug for evaluation tasks: a gold standard in, a row of figures for each system out.

A task is a module-level `Task`; its `measure` yields one `Result` for each system (ours first, then
the peers where `Setting.peers` asks for them), all on the same documents. `gnomon evaluate` prints
them as a table, as JSON or as DQV.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from ontology.errors import SettingsError
from ontology.registry import Registry

PARTS: Final = ("train", "dev", "test")


class Measure(msgspec.Struct, frozen=True):
    """One figure with its 95 % confidence interval (bootstrap over documents); all in [0, 1]."""

    name: str
    value: float
    low: float
    high: float


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What one system reached at a task.

    `counts` say what the figures rest on ("documents", "right", "found", "wanted" …), `seconds` is
    the processor time the system took for the documents, loading and training left out, and `protocol` says how
    the figures were taken, so that they can be compared with others.
    """

    task: str
    system: str
    measures: tuple[Measure, ...]
    counts: Mapping[str, int] = {}
    seconds: float = 0.0
    part: str = ""
    protocol: str = ""

    @property
    def documents_per_second(self) -> float:
        """0.0 where nothing was timed."""
        return self.counts.get("documents", 0) / self.seconds if self.seconds else 0.0


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """Where a run finds its gold standards and what it may do.

    `gold` is a folder laid out like `data/gold`, or one task's own folder or file; `part` says which
    part of a split gold standard is measured on; `scratch` holds the peers' environments; `large` also trains what
    takes half an hour more.
    """

    gold: Path
    vocabularies: Path
    part: str = "dev"
    peers: bool = False
    large: bool = False
    scratch: Path = Path(".build/peers")
    models: Path = Path(".gnomon/models")
    progress: Callable[[str], None] = lambda _: None

    def place(self, name: str) -> Path:
        """Where the task's gold standard lies: `gold/name`, or `gold` itself where that is the task's own.

        SettingsError where there is nothing.
        """
        for path in (self.gold / name, self.gold):
            if path.exists():
                return path
        raise SettingsError("no gold standard here", place=str(self.gold / name), hint="name its folder with --gold")


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is measured. `gold` is where its data lies below the gold folder."""

    name: str
    title: str
    gold: str
    measure: Callable[[Setting], Iterator[Result]]


TASKS: Final[Registry[Task]] = Registry(
    "evaluation task",
    {
        "linking-ncbi": "nlp.evaluation.tasks.linking:NCBI",
        "entities-scirex": "nlp.evaluation.tasks.entities:SCIREX",
        "entities-biored": "nlp.evaluation.tasks.entities:BIORED",
        "entities-scierc": "nlp.evaluation.tasks.scierc:ENTITIES",
        "relations-scierc": "nlp.evaluation.tasks.scierc:RELATIONS",
        "relations-scierc-given": "nlp.evaluation.tasks.scierc:GIVEN",
        "scierc-end-to-end": "nlp.evaluation.tasks.scierc:END_TO_END",
        "relations-biored": "nlp.evaluation.tasks.relations:BIORED",
        "highlights": "nlp.evaluation.tasks.highlights:ACLSUM",
        "citation-intent": "nlp.evaluation.tasks.citing:SCICITE",
        "topics-untrained": "nlp.evaluation.tasks.topics:UNTRAINED",
        "keyphrases-inspec": "nlp.evaluation.tasks.keyphrases:INSPEC",
        "keyphrases-csl": "nlp.evaluation.tasks.keyphrases:CSL",
        "topics-inspec": "nlp.evaluation.tasks.subjects:INSPEC",
        "topics-pubmed": "nlp.evaluation.tasks.subjects:PUBMED",
        "topics-archaeology": "nlp.evaluation.tasks.subjects:ARCHAEOLOGY",
        "linking-biored": "nlp.evaluation.tasks.linking:BIORED",
    },
)


def evaluate(names: tuple[str, ...], setting: Setting) -> Iterator[Result]:
    """Results of the tasks called `names` (all of them where none is named), as they come.

    Without names, tasks whose gold standard is not there are left out, and `progress` says so;
    a named one raises SettingsError.
    """
    if setting.part not in PARTS:
        raise SettingsError(f"no part is called {setting.part!r}", hint=f"choose {', '.join(PARTS)}")
    for name in names or TASKS.names():
        task = TASKS.get(name)
        if not names and not (setting.gold / task.gold).exists():
            setting.progress(f"{name}: left out, there is no {setting.gold / task.gold}")
            continue
        yield from task.measure(setting)


class Clock:
    """Seconds of processor time (all threads of this process) spent inside `running` so far.

    A machine that does other work beside gives the same figures.
    """

    def __init__(self) -> None:
        self.seconds = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        started = time.process_time()
        yield
        self.seconds += time.process_time() - started

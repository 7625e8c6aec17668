"""`gnomon evaluate`: figures on gold standards as a table, as JSON, or as quality measurements."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from api.cli import showing
from nlp.evaluation.base import TASKS, Result, Setting, evaluate
from nlp.evaluation.report import turtle


def list_tasks() -> None:
    tasks = [TASKS.get(name) for name in TASKS.names()]
    showing.table(("task", "what is measured", "gold"), ((task.name, task.title, task.gold) for task in tasks))


def run_tasks(
    names: tuple[str, ...], gold: Path, vocabularies: Path | None, part: str, peers: bool, large: bool,
    *, as_json: bool, dqv: bool,
) -> None:  # fmt: skip
    """Results on standard output, what is going on on standard error; a table row comes as soon as it is known."""
    setting = Setting(
        gold=gold, vocabularies=vocabularies or _beside(gold), part=part, peers=peers, large=large,
        progress=lambda text: print(text, file=sys.stderr),
    )  # fmt: skip
    results = []
    for result in evaluate(names, setting):
        results.append(result)
        if not (as_json or dqv):
            _show(result)
    if as_json:
        showing.as_json([msgspec.to_builtins(r) | {"per_second": round(r.documents_per_second, 1)} for r in results])
    elif dqv:
        print(turtle(results))


def _beside(gold: Path) -> Path:
    """The vocabularies that lie beside the gold standards, however deep in them `gold` points."""
    return next((up / "vocab" for up in gold.absolute().parents if (up / "vocab").is_dir()), gold.parent / "vocab")


def _show(result: Result) -> None:
    showing.line((f"{result.task}: {result.system}", "bold"), f"  ({result.part})" if result.part else "")
    rows = ((m.name, f"{m.value:.3f}", f"{m.low:.3f}–{m.high:.3f}") for m in result.measures)
    for name, value, interval in rows:
        showing.line(f"  {name:<14} {value}  [{interval}]")
    counted = ", ".join(f"{number:,} {what}" for what, number in result.counts.items())
    speed = f"; {result.documents_per_second:,.1f} documents/s" if result.seconds else ""
    showing.line((f"  {counted}{speed}", "dim"))
    showing.line((f"  {result.protocol}", "dim"))

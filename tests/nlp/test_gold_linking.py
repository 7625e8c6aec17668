"""Linking and topics measured against gold standards: the harness itself, on what is quick."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlp.evaluation.base import TASKS, Setting

pytestmark = [pytest.mark.shared, pytest.mark.gold]


def _first(name: str, shared: Path) -> dict[str, float]:
    setting = Setting(gold=shared / "gold", vocabularies=shared / "vocab")
    result = next(TASKS.get(name).measure(setting))
    return {measure.name: measure.value for measure in result.measures}


def test_diseases_of_abstracts_are_linked(shared: Path) -> None:
    assert _first("linking-ncbi", shared)["F1"] > 0.8


def test_topics_are_found_without_training(shared: Path) -> None:
    assert _first("topics-untrained", shared)["F1"] > 0.38

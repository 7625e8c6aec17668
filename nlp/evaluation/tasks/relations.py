"""Relations between given entities: BioRED (Luo et al., 2022)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from nlp.evaluation.base import Clock, Result, Setting, Task
from nlp.evaluation.gold.relating import Pair, biored
from nlp.evaluation.scores import Tally, counts, micro
from nlp.learned.linear import LinearModel, shipped
from nlp.relations import NONE, features

_BIORED: Final = (
    "pairs of identifiers named in one sentence, with their class (association, positive, negative), per abstract; "
    "gold entities"
)
_LEANING: Final = 0.5
"""How much less likely "none" is taken to be, in log-probability: F1 asks for more answers than likelihood does."""


def _answers(model: LinearModel, found: list[Pair]) -> list[str]:
    none = model.classes.index(NONE)
    given = []
    for pair in found:
        shares = np.log(model.probabilities(features(pair.words, pair.named, pair.one, pair.other)) + 1e-9)
        shares[none] -= _LEANING
        given.append(model.classes[int(shares.argmax())])
    return given


def _measure_biored(setting: Setting) -> Iterator[Result]:
    clock, tallies = Clock(), []
    for found in biored(setting.place("biored"), setting.part):
        with clock.running():
            given = _answers(shipped("relations"), found)
        said = {(key, name) for name, pair in zip(given, found, strict=True) if name != NONE for key in pair.keys[:1]}
        gold = {(key, pair.label) for pair in found if pair.label != NONE for key in pair.keys[:1]}
        tallies.append(Tally(len(said & gold), len(said), len(gold)))
    yield Result(
        task=BIORED.name, system="gnomon", measures=micro(tallies), counts=counts(tallies), seconds=clock.seconds,
        part=setting.part, protocol=_BIORED,
    )  # fmt: skip


BIORED: Final = Task(
    name="relations-biored", title="relations, entities given, BioRED", gold="biored", measure=_measure_biored
)

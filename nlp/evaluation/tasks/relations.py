"""Relations between given entities: SciERC (Luan et al., EMNLP 2018) and BioRED (Luo et al., 2022)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from nlp.evaluation.base import Clock, Result, Setting, Task
from nlp.evaluation.gold.relating import Pair, biored, scierc
from nlp.evaluation.scores import Tally, counts, micro
from nlp.learned.hashing import rows_of
from nlp.learned.linear import LinearModel, shipped
from nlp.learned.logistic import train
from nlp.relations import BITS, NONE, features

_SCIERC: Final = (
    "begin, end, direction and class of each pair of gold entities in a sentence; a model trained on the training part "
    "when asked, since nobody has said that weights made of SciERC may be passed on"
)
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


def _measure_scierc(setting: Setting) -> Iterator[Result]:
    place = setting.place("scierc")
    known = [pair for found, _ in scierc(place, "train") for pair in found]
    rows = [rows_of(features(p.words, p.named, p.one, p.other), BITS + 2) for p in known]
    model = train(rows, [pair.label for pair in known], bits=BITS + 2, balance=0.0, epochs=10, rate=0.15)
    clock, tallies = Clock(), []
    for found, wanted in scierc(place, setting.part):
        with clock.running():
            given = _answers(model, found)
        right = sum(name == pair.label != NONE for name, pair in zip(given, found, strict=True))
        tallies.append(Tally(right, sum(name != NONE for name in given), wanted))
    yield Result(
        task=SCIERC.name, system="gnomon, without an encoder", measures=micro(tallies), counts=counts(tallies),
        seconds=clock.seconds, part=setting.part, protocol=_SCIERC,
    )  # fmt: skip


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


def _task(name: str, title: str, measure: Callable[[Setting], Iterator[Result]]) -> Task:
    return Task(name=f"relations-{name}", title=f"relations, entities given, {title}", gold=name, measure=measure)


SCIERC: Final = _task("scierc", "SciERC", _measure_scierc)
BIORED: Final = _task("biored", "BioRED", _measure_biored)

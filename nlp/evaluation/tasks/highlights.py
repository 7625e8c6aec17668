"""Sentences that tell problem, contribution and result: ACLSum."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nlp.evaluation.base import Clock, Result, Setting, Task
from nlp.evaluation.gold.aclsum import aclsum
from nlp.evaluation.gold.parts import files_of
from nlp.evaluation.scores import counts, micro, tally
from nlp.highlights import NONE, features
from nlp.learned.linear import shipped

_GOLD: Final = "../aclsum"
_PROTOCOL: Final = "sentences of abstract, introduction and conclusion with their role; one answer a sentence"


def _measure(setting: Setting) -> Iterator[Result]:
    clock, tallies = Clock(), []
    place = setting.gold / _GOLD if (setting.gold / _GOLD).exists() else setting.gold
    for file in files_of(place, "dev" if setting.part == "dev" else setting.part, (".jsonl",)):
        for paper in aclsum(file):
            with clock.running():
                said = [shipped("highlights").best(features(s.text, s.place, s.number, s.count))[0] for s in paper]
            gold = {(number, role) for number, sentence in enumerate(paper) for role in sentence.roles}
            tallies.append(tally({(n, role) for n, role in enumerate(said) if role != NONE}, gold))
    yield Result(
        task=ACLSUM.name, system="gnomon", measures=micro(tallies), counts=counts(tallies), seconds=clock.seconds,
        part=setting.part, protocol=_PROTOCOL,
    )  # fmt: skip


ACLSUM: Final = Task(name="highlights", title="problem, contribution, result, ACLSum", gold=_GOLD, measure=_measure)

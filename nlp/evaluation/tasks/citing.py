"""Citation intent on SciCite (Cohan et al., NAACL 2019): background, method or result."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nlp.evaluation.base import Clock, Result, Setting, Task
from nlp.evaluation.gold.citing import citing
from nlp.evaluation.gold.parts import files_of
from nlp.evaluation.scores import macro
from nlp.intents import BALANCE, BITS, features
from nlp.learned.hashing import rows_of
from nlp.learned.linear import shipped
from nlp.learned.logistic import cross_validated

_GOLD: Final = "scibert_data/text_classification/sci-cite"
_SHIPPED: Final = "one class for each citing sentence, the model that ships"
_HELD_OUT: Final = "one class for each citing sentence; five-fold, since the model that ships has seen this part"


def _measure(setting: Setting) -> Iterator[Result]:
    items = [item for file in files_of(setting.place(_GOLD), setting.part) for item in citing(file)]
    labels = [item.label for item in items]
    clock = Clock()
    with clock.running():
        given = [shipped("intents").best(features(item.text))[0] for item in items]
    seen = setting.part != "test"
    if seen:
        examples = [rows_of(features(item.text), BITS) for item in items]
        given = cross_validated(examples, labels, bits=BITS, balance=BALANCE).given
    yield Result(
        task=SCICITE.name, system="gnomon", measures=macro(labels, given), counts={"documents": len(items)},
        seconds=clock.seconds, part=setting.part, protocol=_HELD_OUT if seen else _SHIPPED,
    )  # fmt: skip


SCICITE: Final = Task(name="citation-intent", title="citation intent, SciCite", gold=_GOLD, measure=_measure)

"""Citation intent on SciCite (Cohan et al., NAACL 2019): background, method or result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from nlp.evaluation.base import Clock, Result, Setting, Task
from nlp.evaluation.gold.citing import Citing, citing
from nlp.evaluation.gold.parts import files_of, is_part
from nlp.evaluation.scores import macro
from nlp.intents import BALANCE, BITS, features
from nlp.learned.hashing import Rows, rows_of
from nlp.learned.linear import LinearModel, shipped
from nlp.learned.logistic import cross_validated, train

_GOLD: Final = "scibert_data/text_classification/sci-cite"
_SHIPPED: Final = "one class for each citing sentence, the model that ships"
_HELD_OUT: Final = "one class for each citing sentence; five-fold, since the model that ships has seen this part"
_TRAINED: Final = "one class for each citing sentence; a model trained now on the parts beside this one"


def _measure(setting: Setting) -> Iterator[Result]:
    """The model that ships; where the published training part lies beside, also one that is trained on it."""
    place = setting.place(_GOLD)
    items = [item for file in files_of(place, setting.part) for item in citing(file)]
    texts, labels = [item.text for item in items], [item.label for item in items]
    given, seconds = _answers(shipped("intents"), texts)
    seen = setting.part != "test"
    if seen:
        given = cross_validated([_row(text) for text in texts], labels, bits=BITS, balance=BALANCE).given
    yield _result(setting, "gnomon", _HELD_OUT if seen else _SHIPPED, labels, given, seconds)
    beside = list(_beside(place, setting.part))
    if beside:
        rows = [_row(item.text) for item in beside]
        model = train(rows, [item.label for item in beside], bits=BITS, balance=BALANCE)
        system = f"gnomon, trained on {len(beside):,} sentences"
        yield _result(setting, system, _TRAINED, labels, *_answers(model, texts))


def _beside(place: Path, part: str) -> Iterator[Citing]:
    """The items of the other parts but the test part, where the training part is among them."""
    if not place.is_dir() or part == "train" or not any(is_part(file.name, "train") for file in place.iterdir()):
        return
    for name in ("train", "dev"):
        if name != part:
            for file in sorted(place.iterdir()):
                if is_part(file.name, name):
                    yield from citing(file)


def _row(text: str) -> Rows:
    return rows_of(features(text), BITS)


def _answers(model: LinearModel, texts: Sequence[str]) -> tuple[list[str], float]:
    clock = Clock()
    with clock.running():
        given = [model.best(features(text))[0] for text in texts]
    return given, clock.seconds


def _result(
    setting: Setting, system: str, protocol: str, labels: Sequence[str], given: Sequence[str], seconds: float
) -> Result:
    return Result(
        task=SCICITE.name, system=system, measures=macro(labels, given), counts={"documents": len(labels)},
        seconds=seconds, part=setting.part, protocol=protocol,
    )  # fmt: skip


SCICITE: Final = Task(name="citation-intent", title="citation intent, SciCite", gold=_GOLD, measure=_measure)

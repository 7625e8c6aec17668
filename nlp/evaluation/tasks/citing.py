"""Citation intent on SciCite (Cohan et al., NAACL 2019): background, method or result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from nlp.evaluation.base import Clock, Result, Setting, Task
from nlp.evaluation.gold.citing import Citing, citing
from nlp.evaluation.gold.parts import files_of, is_part
from nlp.evaluation.scores import macro
from nlp.intent_training import DRAWS, held_out, lessons, rows, together, train
from nlp.intents import features
from nlp.learned.linear import LinearModel, shipped

_GOLD: Final = "scibert_data/text_classification/sci-cite"
_SHIPPED: Final = "one class for each citing sentence, the model that ships"
_HELD_OUT: Final = (
    "one class for each citing sentence; five-fold, since the model that ships has seen this part, the mean of {} "
    "draws of folds, whose macro F1 is {:.3f} to {:.3f}; {:,} sentences labelled by hand are in every fold's lessons"
)
_TRAINED: Final = "one class for each citing sentence; a model trained now on all that ships but this part"


def _measure(setting: Setting) -> Iterator[Result]:
    """What ships, or the same training in five folds where it has seen the part; and a model that is trained now on all
    other lessons: the hand-labelled ones and the published parts that lie beside."""
    place = setting.place(_GOLD)
    items = [item for file in files_of(place, setting.part) for item in citing(file)]
    texts, labels = [item.text for item in items], [item.label for item in items]
    hand = lessons()
    given, seconds = _answers(shipped("intents"), texts)
    if setting.part == "test":
        yield _result(setting, "gnomon", _SHIPPED, labels, [given], seconds)
    else:
        draws = [one.given for one in held_out(together([rows(text) for text in texts], labels, hand), len(texts))]
        each = [macro(labels, one)[0].value for one in draws]
        protocol = _HELD_OUT.format(DRAWS, min(each), max(each), len(hand.rows))
        yield _result(setting, "gnomon", protocol, labels, draws, seconds)
    beside = list(_beside(place, setting.part))
    if beside or setting.part != "test":
        model = train(together([rows(item.text) for item in beside], [item.label for item in beside], hand))
        system = f"gnomon, trained on {len(beside) + len(hand.rows):,} other sentences"
        given, seconds = _answers(model, texts)
        yield _result(setting, system, _TRAINED, labels, [given], seconds)


def _beside(place: Path, part: str) -> Iterator[Citing]:
    """The items of the other published parts but the test part, where the training part is among them."""
    if not place.is_dir() or part == "train" or not any(is_part(file.name, "train") for file in place.iterdir()):
        return
    for name in ("train", "dev"):
        if name != part:
            for file in sorted(place.iterdir()):
                if is_part(file.name, name):
                    yield from citing(file)


def _answers(model: LinearModel, texts: Sequence[str]) -> tuple[list[str], float]:
    clock = Clock()
    with clock.running():
        given = [model.best(features(text))[0] for text in texts]
    return given, clock.seconds


def _result(
    setting: Setting,
    system: str,
    protocol: str,
    labels: Sequence[str],
    given: Sequence[Sequence[str]],
    seconds: float,
) -> Result:
    """`given` are the answers of one model, or of several whose mean is told."""
    return Result(
        task=SCICITE.name, system=system, measures=macro(labels, *given), counts={"documents": len(labels)},
        seconds=seconds, part=setting.part, protocol=protocol,
    )  # fmt: skip


SCICITE: Final = Task(name="citation-intent", title="citation intent, SciCite", gold=_GOLD, measure=_measure)

"""Things, their relations, and both from end to end: SciERC (Luan et al., EMNLP 2018).

Nobody has said that weights made of SciERC may be passed on: the extractor is trained on the training part when first
asked for, and kept beside the other models.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from nlp.evaluation.base import Clock, Result, Setting, Task
from nlp.evaluation.gold.scierc import scierc
from nlp.evaluation.scores import Tally, counts, micro, tally
from nlp.joint.base import minilm, preparation
from nlp.joint.extractor import Extractor, Held
from nlp.joint.extractor_training import kept
from nlp.joint.training import Annotated
from nlp.joint.weighing import Answers, relation_answers, things, wanted_relations
from nlp.relations import Thing
from ontology.errors import RegistryUnavailable

_TRAINED: Final = "an extractor trained on the training part when first asked"
Judge = Callable[[Extractor, Annotated], Tally]


def _entities(extractor: Extractor, text: Annotated) -> Tally:
    found = {
        (number, thing.first, thing.last, thing.type)
        for number, marked in enumerate(extractor.marked(text.sentences))
        for thing in marked
    }
    return tally(found, {(*place, kind) for place, kind in text.marks.items()})


def _relations(extractor: Extractor, text: Annotated) -> Tally:
    named = [things(text, number) for number in range(len(text.sentences))]
    return _tally(text, named, extractor.related(text.sentences, named))


def _end_to_end(extractor: Extractor, text: Annotated) -> Tally:
    found, held = extractor.extracted(text.sentences)
    return _tally(text, [[Thing(*thing[:3]) for thing in marked] for marked in found], held)


def _tally(text: Annotated, named: list[list[Thing]], held: list[list[Held]]) -> Tally:
    """Relations that are right in both stretches, direction and class."""
    given: Answers = set()
    for number, (some, related) in enumerate(zip(named, held, strict=True)):
        given |= relation_answers(number, some, related)
    return tally(given, wanted_relations(text))


def _measure(name: str, protocol: str, answer: Judge, setting: Setting) -> Iterator[Result]:
    place = setting.place("scierc")
    known = list(scierc(place, "train"))
    given = list(scierc(place, setting.part))
    for system, base in (
        ("gnomon, without an encoder", None),
        ("gnomon", lambda: minilm(preparation(setting.models, setting.progress))),
    ):
        try:
            extractor = kept(known, setting.models, base, setting.progress)
        except RegistryUnavailable as error:
            setting.progress(f"{name}: left out with the encoder, whose weights cannot be had: {error}")
            continue
        clock, tallies = Clock(), []
        for text in given:
            with clock.running():
                tallies.append(answer(extractor, text))
        yield Result(
            task=name, system=system, measures=micro(tallies), counts=counts(tallies), seconds=clock.seconds,
            part=setting.part, protocol=f"{protocol}; {_TRAINED}",
        )  # fmt: skip


def _task(name: str, title: str, protocol: str, answer: Judge) -> Task:
    def measure(setting: Setting) -> Iterator[Result]:
        return _measure(name, protocol, answer, setting)

    return Task(name=name, title=title, gold="scierc", measure=measure)


ENTITIES: Final = _task(
    "entities-scierc", "tasks, methods, metrics, materials and others, SciERC",
    "begin, end and type must all be right", _entities,
)  # fmt: skip
RELATIONS: Final = _task(
    "relations-scierc", "relations, entities given, SciERC",
    "direction and class of each pair of gold entities in a sentence", _relations,
)  # fmt: skip
END_TO_END: Final = _task(
    "scierc-end-to-end", "entities and relations, SciERC",
    "begin and end of both entities, direction and class must all be right (types are not asked)", _end_to_end,
)  # fmt: skip

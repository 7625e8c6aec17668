"""Things, their relations, and both from end to end: SciERC (Luan et al., EMNLP 2018).

Two protocols for "relations, entities given" are in use. `relations-scierc` asks, as Luan et al. do, about every pair
of gold entities of a sentence, most of which are not related. `relations-scierc-given` is that of the SciBERT paper
(Beltagy, Lo and Cohan, EMNLP 2019): a sentence with two marked stretches that are known to be related, the first to
the second; which of the seven relations is it? Micro F1 is accuracy there.

Nobody has said that weights made of SciERC may be passed on: the extractor is trained on the training part when first
asked for (and on the abstracts annotated for Gnomon, where a copy of the ACL Anthology lies beside the gold standards),
and kept beside the other models. The small models that ship have seen nothing of SciERC (nlp.abstracts).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, groupby
from typing import Final

from nlp.evaluation.as_shipped import Asked, AsShipped
from nlp.evaluation.base import Clock, Result, Setting, Task
from nlp.evaluation.gold.annotated import annotated
from nlp.evaluation.gold.parts import files_of
from nlp.evaluation.gold.related import Related, related_pairs
from nlp.evaluation.gold.scierc import scierc
from nlp.evaluation.scores import Tally, counts, macro, micro, tally
from nlp.joint.base import learners, preparation
from nlp.joint.extractor import Extractor, Held
from nlp.joint.extractor_training import kept
from nlp.joint.naming import named
from nlp.joint.training import Annotated
from nlp.joint.weighing import Answers, relation_answers, things, wanted_relations
from nlp.relations import Thing
from ontology.errors import RegistryUnavailable, SettingsError

_TRAINED: Final = "an extractor trained on the training part when first asked"
_SHIPPED: Final = "gnomon, as it ships"
_ELSEWHERE: Final = "small models trained on other abstracts, annotated for Gnomon"
_MARKED: Final = "scibert_data/text_classification/sciie-relation-extraction"
_GIVEN: Final = (
    "one of seven relations for two marked stretches of a sentence that are known to be related (the SciBERT paper's "
    "protocol); types are not given; accuracy is micro F1; " + _TRAINED
)
Judge = Callable[[Asked, Annotated], Tally]


def _entities(extractor: Asked, text: Annotated) -> Tally:
    found = {
        (number, thing.first, thing.last, thing.type)
        for number, marked in enumerate(extractor.marked(text.sentences))
        for thing in marked
    }
    return tally(found, {(*place, kind) for place, kind in text.marks.items()})


def _relations(extractor: Asked, text: Annotated) -> Tally:
    named = [things(text, number) for number in range(len(text.sentences))]
    return _tally(text, named, extractor.related(text.sentences, named))


def _end_to_end(extractor: Asked, text: Annotated) -> Tally:
    found, held = extractor.extracted(text.sentences)
    return _tally(text, [[Thing(*thing[:3]) for thing in marked] for marked in found], held)


def _tally(text: Annotated, named: list[list[Thing]], held: list[list[Held]]) -> Tally:
    """Relations that are right in both stretches, direction and class."""
    given: Answers = set()
    for number, (some, related) in enumerate(zip(named, held, strict=True)):
        given |= relation_answers(number, some, related)
    return tally(given, wanted_relations(text))


def _given(extractor: Extractor, items: Sequence[Related]) -> list[str]:
    """The relation of each item; sentences that are asked about several times in a row are read once."""
    answers = []
    for words, some in groupby(items, lambda item: item.words):
        shares = named(extractor, words, [item.asked for item in some])
        answers += [max(one, key=one.__getitem__) for one in shares]
    return answers


def _extractors(name: str, setting: Setting) -> Iterator[tuple[str, Extractor]]:
    """Systems with their extractors, from the training part of the abstracts."""
    place = setting.place("scierc")
    if place.is_file():
        raise SettingsError(
            "an extractor is trained on the training part beside",
            place=str(place),
            hint="name a folder with both parts",
        )
    known = list(scierc(place, "train"))
    anthology = setting.gold.parent / "acl_anthology"
    more = list(annotated(anthology)) if anthology.is_dir() else []
    fetching = preparation(setting.models, setting.progress)
    systems = [("gnomon, without an encoder", []), ("gnomon", learners(fetching))]
    if setting.large:
        systems.append(("gnomon, with a larger encoder", learners(fetching, large=True)))
    for system, tuned in systems:
        try:
            yield system, kept(known, setting.models, tuned, setting.progress, more)
        except RegistryUnavailable as error:
            setting.progress(f"{name}: left out with the encoder, whose weights cannot be had: {error}")


def _measure(name: str, protocol: str, answer: Judge, setting: Setting) -> Iterator[Result]:
    given = list(scierc(setting.place("scierc"), setting.part))
    systems: Iterator[tuple[str, Asked, str]] = (
        (system, extractor, _TRAINED) for system, extractor in _extractors(name, setting)
    )
    for system, extractor, trained in chain([(_SHIPPED, AsShipped(), _ELSEWHERE)], systems):
        clock, tallies = Clock(), []
        for text in given:
            with clock.running():
                tallies.append(answer(extractor, text))
        yield Result(
            task=name, system=system, measures=micro(tallies), counts=counts(tallies), seconds=clock.seconds,
            part=setting.part, protocol=f"{protocol}; {trained}",
        )  # fmt: skip


def _measure_given(setting: Setting) -> Iterator[Result]:
    place = setting.gold / _MARKED
    items = [item for file in files_of(place, setting.part, (".txt",)) for item in related_pairs(file)]
    labels = [item.label for item in items]
    for system, extractor in _extractors(GIVEN.name, setting):
        clock = Clock()
        with clock.running():
            answers = _given(extractor, items)
        yield Result(
            task=GIVEN.name, system=system, measures=macro(labels, answers), counts={"documents": len(items)},
            seconds=clock.seconds, part=setting.part, protocol=_GIVEN,
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
GIVEN: Final = Task(
    name="relations-scierc-given", title="relations of pairs known to be related, SciERC", gold=_MARKED,
    measure=_measure_given,
)  # fmt: skip

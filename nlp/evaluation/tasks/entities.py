"""Things that texts name, as stretches of sentences with a type: SciREX and BioRED."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from nlp.evaluation.base import Clock, Result, Setting, Task
from nlp.evaluation.gold.marked import MarkedSentence, biored_sentences, scirex_papers
from nlp.evaluation.scores import counts, micro, tally
from nlp.learned.tagger import shipped

_PROTOCOL: Final = "begin, end and type must all be right; the tagger that ships, which has not seen these texts"


def _measure(name: str, setting: Setting) -> Iterator[Result]:
    place = setting.place(name)
    documents: list[list[MarkedSentence]]
    if name == "scirex":
        documents = list(scirex_papers(place, setting.part))
    else:
        documents = [[sentence] for sentence in biored_sentences(place, setting.part)]
    tagger = shipped("entities")
    clock = Clock()
    tallies = []
    for document in documents:
        with clock.running():
            spans = tagger.spans([sentence.text for sentence in document])
        tallies.append(tally(*_sets(document, [[tuple(s)[:3] for s in found] for found in spans])))
    yield Result(
        task=f"entities-{name}", system="gnomon", measures=micro(tallies), counts=counts(tallies),
        seconds=clock.seconds, part=setting.part, protocol=_PROTOCOL,
    )  # fmt: skip


def _sets(
    document: Sequence[MarkedSentence], found: Sequence[Sequence[tuple[object, ...]]]
) -> tuple[set[tuple[object, ...]], set[tuple[object, ...]]]:
    given: set[tuple[object, ...]] = {(number, *span) for number, spans in enumerate(found) for span in spans}
    gold: set[tuple[object, ...]] = {
        (number, *span[:3]) for number, sentence in enumerate(document) for span in sentence.spans
    }
    return given, gold


def _task(name: str, title: str) -> Task:
    return Task(name=f"entities-{name}", title=title, gold=name, measure=partial(_measure, name))


SCIREX: Final = _task("scirex", "tasks, methods, metrics, datasets, SciREX")
BIORED: Final = _task("biored", "genes, chemicals, diseases and others, BioRED")

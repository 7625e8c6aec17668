"""Keyphrases: Inspec's free index terms (Hulth, EMNLP 2003), authors' keywords of CSL (Li et al., COLING 2022)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from nlp.evaluation.base import Clock, Result, Setting, Task
from nlp.evaluation.gold.keywords import Keyworded, read_csl, read_inspec
from nlp.evaluation.gold.parts import files_of
from nlp.evaluation.peers import yake
from nlp.evaluation.scores import counts, mean, micro, tally
from nlp.keyphrases.base import phrases
from nlp.keyphrases.english import stemmed
from nlp.sentences import split

_PROTOCOL: Final = "first {} phrases against all of the gold's, equal after {}; micro-averaged"


def _inspec(setting: Setting) -> Iterator[Result]:
    yield from _measure(
        "keyphrases-inspec", setting, read_inspec(setting.place("inspec_controlled.tar.gz"), setting.part), "en", 10
    )


def _csl(setting: Setting) -> Iterator[Result]:
    place = setting.place("../zh/csl_dev.jsonl")
    works = [work for file in files_of(place, setting.part, (".jsonl",)) for work in read_csl(file)]
    yield from _measure("keyphrases-csl", setting, works, "zh", 5)


def _measure(task: str, setting: Setting, works: Sequence[Keyworded], language: str, most: int) -> Iterator[Result]:
    key = stemmed if language == "en" else _folded
    protocol = _PROTOCOL.format(most, "stemming" if language == "en" else "folding case and space")
    wanted = [{key(word) for word in work.keywords} for work in works]
    clock = Clock()
    with clock.running():
        answers = [_phrases(work, language, most) for work in works]
    given = [("gnomon", answers, clock.seconds)]
    if setting.peers:
        texts = [f"{work.title}. {work.abstract}" for work in works]
        given.append(("YAKE", *yake(setting, texts, language, most)))
    for system, found, seconds in given:
        tallies = [tally({key(p) for p in answer}, gold) for answer, gold in zip(found, wanted, strict=True)]
        each = [2 * t.right / (t.found + t.wanted) if t.right else 0.0 for t in tallies]
        yield Result(
            task=task, system=system, measures=(*micro(tallies), mean("mean F1", each)), counts=counts(tallies),
            seconds=seconds, part=setting.part, protocol=protocol,
        )  # fmt: skip


def _phrases(work: Keyworded, language: str, most: int) -> list[str]:
    sentences = (work.abstract[begin:end] for begin, end in split(work.abstract, language))
    return list(phrases([(work.title, True), *((sentence, False) for sentence in sentences)], language, most))


def _folded(text: str) -> str:
    return "".join(text.lower().split())


INSPEC: Final = Task(
    name="keyphrases-inspec",
    title="Keyphrases, Inspec's free terms",
    gold="inspec_controlled.tar.gz",
    measure=partial(_inspec),
)
CSL: Final = Task(
    name="keyphrases-csl", title="Keywords of Chinese works, CSL", gold="../zh/csl_dev.jsonl", measure=partial(_csl)
)

"""Keyphrases: Inspec's free index terms (Hulth, EMNLP 2003), authors' keywords of CSL (Li et al., COLING 2022)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

from nlp.evaluation.base import Clock, Result, Setting, Task
from nlp.evaluation.gold.keywords import Keyworded, read_csl, read_inspec
from nlp.evaluation.gold.parts import files_of
from nlp.evaluation.peers import yake
from nlp.evaluation.scores import counts, mean, micro, tally
from nlp.keyphrases.base import blocks, ranked
from nlp.keyphrases.candidates import Block
from nlp.keyphrases.chinese_training import cross_validated, lesson
from nlp.keyphrases.english import stemmed
from nlp.sentences import split

_PROTOCOL: Final = "first {} phrases against all of the gold's, equal after {}; micro-averaged"

_CSL_MOST: Final = 5


def _inspec(setting: Setting) -> Iterator[Result]:
    yield from _measure(
        "keyphrases-inspec", setting, read_inspec(setting.place("inspec_controlled.tar.gz"), setting.part), "en", 10
    )


def _csl(setting: Setting) -> Iterator[Result]:
    """The ranking that ships has learned from the development part: there, what five-fold models answer comes first."""
    place = setting.place("../zh/csl_dev.jsonl")
    works = [work for file in files_of(place, setting.part, (".jsonl",)) for work in read_csl(file)]
    if setting.part != "test":
        clock = Clock()
        with clock.running():
            lessons = [lesson(blocks_of(work, "zh"), work.keywords) for work in works]
        answers = cross_validated(lessons, _CSL_MOST)
        protocol = f"{_protocol('zh', _CSL_MOST)}; five-fold, since the model that ships has seen this part"
        yield _result(
            "keyphrases-csl", "gnomon, five-fold", setting, works, _folded, (answers, clock.seconds), protocol
        )
    seen = "" if setting.part == "test" else "the model that ships, which has learned from the development part"
    yield from _measure("keyphrases-csl", setting, works, "zh", _CSL_MOST, seen)


def _measure(
    task: str, setting: Setting, works: Sequence[Keyworded], language: str, most: int, note: str = ""
) -> Iterator[Result]:
    key = stemmed if language == "en" else _folded
    clock = Clock()
    with clock.running():
        answers = [list(ranked(blocks_of(work, language), language, most)) for work in works]
    given = [("gnomon", (answers, clock.seconds))]
    if setting.peers:
        texts = [f"{work.title}. {work.abstract}" for work in works]
        given.append(("YAKE", yake(setting, texts, language, most)))
    for system, found in given:
        protocol = _protocol(language, most) + (f"; {note}" if note and system == "gnomon" else "")
        yield _result(task, system, setting, works, key, found, protocol)


def _result(
    task: str, system: str, setting: Setting, works: Sequence[Keyworded], key: Callable[[str], str],
    found: tuple[Sequence[Sequence[str]], float], protocol: str,
) -> Result:  # fmt: skip
    wanted = [{key(word) for word in work.keywords} for work in works]
    tallies = [tally({key(p) for p in answer}, gold) for answer, gold in zip(found[0], wanted, strict=True)]
    each = [2 * t.right / (t.found + t.wanted) if t.right else 0.0 for t in tallies]
    return Result(
        task=task, system=system, measures=(*micro(tallies), mean("mean F1", each)), counts=counts(tallies),
        seconds=found[1], part=setting.part, protocol=protocol,
    )  # fmt: skip


def _protocol(language: str, most: int) -> str:
    return _PROTOCOL.format(most, "stemming" if language == "en" else "folding case and space")


def blocks_of(work: Keyworded, language: str) -> list[Block]:
    """Title and sentences of a work as rankers take them."""
    sentences = (work.abstract[begin:end] for begin, end in split(work.abstract, language))
    return list(blocks([(work.title, True), *((sentence, False) for sentence in sentences)]))


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

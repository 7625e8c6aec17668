"""Subject indexing learned from indexed works: Inspec's controlled terms, PubMed's MeSH headings, YSO's archaeology
in Finnish.

The vocabulary is every term of the gold standard's own parts: Inspec's thesaurus itself is not there.
What is learned on Inspec serves this measurement only and is never shipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from nlp.evaluation.base import Clock, Measure, Result, Setting, Task
from nlp.evaluation.gold.keywords import read_inspec
from nlp.evaluation.gold.pubmed import read_pubmed
from nlp.evaluation.peers import annif
from nlp.evaluation.scores import f1_at, mean, ndcg_at
from nlp.subjects.indexer import Example, Indexer, proposed
from nlp.subjects.vectors import Text
from ontology.errors import SettingsError

Work = tuple[Text, frozenset[str]]


class Answer(NamedTuple):
    """Terms for one work: those proposed, and the first of all, best first."""

    proposed: list[str]
    ranked: list[str]


_PROTOCOL: Final = (
    "learned on {} works; the vocabulary is the {:,} terms of all parts; F1 of at most five terms, as many as the"
    " expected F1 is best with, F1 of exactly five, and nDCG of the first ten, means over the {} works measured on"
)
_MOST, _RANKED, _LOOKED_AT = 5, 10, 40
_THIRD = 3
_URI: Final = re.compile(r"<([^>]+)>")


def _inspec(setting: Setting) -> Iterator[Result]:
    place = setting.place("inspec_controlled.tar.gz")
    learned = [*_works(place, "train")]
    measured = [*_works(place, setting.part)]
    labels = {name: (name,) for _, names in (*learned, *measured) for name in names}
    yield _measure("topics-inspec", setting.part, learned, measured, labels, "en")
    if setting.peers:
        yield from _annif("topics-inspec", setting, learned, measured, labels)


def _works(place: Path, part: str) -> Iterator[Work]:
    for work in read_inspec(place, part):
        if names := frozenset(" ".join(term.lower().split()) for term in work.controlled):
            yield Text(work.title, work.abstract), names


def _archaeology(setting: Setting) -> Iterator[Result]:
    folder = setting.place("annif_archaeology")
    rows = (line.split("\t", 1) for line in (folder / "documents.tsv").read_text("utf-8").splitlines())
    learned = [(Text(row[0], "", "fi"), frozenset(_URI.findall(row[1]))) for row in rows if len(row) == 2]
    measured = []
    for file in sorted((folder / "fulltext").glob("*.txt")):
        names = frozenset(_URI.findall(file.with_suffix(".tsv").read_text("utf-8")))
        measured.append((Text("", file.read_text("utf-8"), "fi"), names))
    subjects = (line.split("\t", 1) for line in (folder / "subjects.tsv").read_text("utf-8").splitlines())
    labels = {uri: (row[1].strip(),) for row in subjects if len(row) == 2 for uri in _URI.findall(row[0])}
    known = [(text, names & labels.keys()) for text, names in measured]
    yield _measure("topics-archaeology", "fulltext", learned, [w for w in known if w[1]], labels, "fi")


def _pubmed(setting: Setting) -> Iterator[Result]:
    """Of the records in the folder every third is measured on, the others are learned from."""
    works = [
        (Text(record.title, record.abstract), frozenset(record.headings))
        for record in read_pubmed(setting.place("../pubmed_xml"))
        if record.headings
    ]
    labels = {name: (name,) for _, names in works for name in names}
    rest = [work for number, work in enumerate(works) if number % _THIRD]
    yield _measure("topics-pubmed", "every third", rest, works[::_THIRD], labels, "en")


def _measure(
    task: str, part: str, learned: Sequence[Work], measured: Sequence[Work],
    labels: Mapping[str, tuple[str, ...]], language: str,
) -> Result:  # fmt: skip
    if not learned or not measured:
        raise SettingsError(
            f"nothing to learn from or to measure on for {task}", hint="name the gold standard's folder"
        )
    terms = sorted(labels)
    numbers = {name: number for number, name in enumerate(terms)}
    examples = [Example(text, frozenset(numbers[n] for n in names if n in numbers)) for text, names in learned]
    indexer = Indexer.train([labels[name] for name in terms], examples, language)
    clock = Clock()
    with clock.running():
        answers = [_answer(indexer, text, terms) for text, _ in measured]
    return Result(
        task=task, system="gnomon", measures=tuple(_measures(answers, measured)), seconds=clock.seconds, part=part,
        counts={"documents": len(measured), "wanted": sum(len(names) for _, names in measured)},
        protocol=_PROTOCOL.format(f"{len(learned):,}", len(terms), len(measured)),
    )  # fmt: skip


def _annif(
    task: str,
    setting: Setting,
    learned: Sequence[Work],
    measured: Sequence[Work],
    labels: Mapping[str, tuple[str, ...]],
) -> Iterator[Result]:
    """The peer on the same works; it always proposes five."""
    terms = sorted(labels)
    numbers = {name: number for number, name in enumerate(terms)}
    examples = [(f"{text.title}. {text.abstract}", sorted(numbers[name] for name in names)) for text, names in learned]
    texts = [f"{text.title}. {text.abstract}" for text, _ in measured]
    for backend, (found, seconds) in annif(setting, [labels[t][0] for t in terms], examples, texts, _RANKED).items():
        ranked = [[terms[number] for number in one] for one in found]
        yield Result(
            task=task, system=f"Annif 1.4.3, {backend}", seconds=seconds, part=setting.part,
            measures=tuple(_measures([Answer(one[:_MOST], one) for one in ranked], measured)),
            counts={"documents": len(measured), "wanted": sum(len(names) for _, names in measured)},
            protocol=_PROTOCOL.format(f"{len(learned):,}", len(terms), len(measured)),
        )  # fmt: skip


def _answer(indexer: Indexer, text: Text, terms: Sequence[str]) -> Answer:
    suggested = indexer.suggest(text, _LOOKED_AT)
    return Answer([terms[s.term] for s in proposed(suggested, _MOST)], [terms[s.term] for s in suggested[:_RANKED]])


def _measures(answers: Sequence[Answer], works: Sequence[Work]) -> Iterator[Measure]:
    pairs = list(zip(answers, (names for _, names in works), strict=True))
    yield mean("F1@5", [f1_at(answer.proposed, names, _MOST) for answer, names in pairs])
    yield mean("F1 of five", [f1_at(answer.ranked, names, _MOST) for answer, names in pairs])
    yield mean("nDCG@10", [ndcg_at(answer.ranked, names, _RANKED) for answer, names in pairs])


INSPEC: Final = Task(
    name="topics-inspec", title="Subject indexing, Inspec's controlled terms", gold="inspec_controlled.tar.gz",
    measure=_inspec,
)  # fmt: skip
PUBMED: Final = Task(
    name="topics-pubmed", title="Subject indexing, MeSH headings of PubMed", gold="../pubmed_xml", measure=_pubmed
)
ARCHAEOLOGY: Final = Task(
    name="topics-archaeology", title="Subject indexing in Finnish, YSO archaeology", gold="annif_archaeology",
    measure=_archaeology,
)  # fmt: skip

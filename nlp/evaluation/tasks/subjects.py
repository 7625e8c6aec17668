"""Subject indexing learned from indexed works: Inspec's controlled terms, YSO's archaeology in Finnish.

The vocabulary is every term of the gold standard's own parts: Inspec's thesaurus itself is not there.
What is learned on Inspec serves this measurement only and is never shipped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from nlp.evaluation.base import Clock, Measure, Result, Setting, Task
from nlp.evaluation.gold.keywords import read_inspec
from nlp.evaluation.scores import f1_at, mean, ndcg_at
from nlp.subjects.indexer import Example, Indexer
from nlp.subjects.vectors import Text
from ontology.errors import SettingsError

Work = tuple[Text, frozenset[str]]
_PROTOCOL: Final = (
    "learned on {} works; the vocabulary is the {:,} terms of all parts; F1 of the first five and nDCG of the first"
    " ten terms, means over the {} works measured on"
)
_URI: Final = re.compile(r"<([^>]+)>")


def _inspec(setting: Setting) -> Iterator[Result]:
    place = setting.place("inspec_controlled.tar.gz")
    learned = [*_works(place, "train")]
    measured = [*_works(place, setting.part)]
    labels = {name: (name,) for _, names in (*learned, *measured) for name in names}
    yield _measure("topics-inspec", setting.part, learned, measured, labels, "en")


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
    indexer = Indexer([labels[name] for name in terms], examples, language)
    answers, seconds = _timed(measured, lambda text: [terms[s.term] for s in indexer.suggest(text)])
    return Result(
        task=task, system="gnomon", measures=tuple(_measures(answers, measured)), seconds=seconds, part=part,
        counts={"documents": len(measured), "wanted": sum(len(names) for _, names in measured)},
        protocol=_PROTOCOL.format(f"{len(learned):,}", len(terms), len(measured)),
    )  # fmt: skip


def _timed(works: Iterable[Work], suggest: Callable[[Text], list[str]]) -> tuple[list[list[str]], float]:
    clock = Clock()
    with clock.running():
        answers = [suggest(text) for text, _ in works]
    return answers, clock.seconds


def _measures(answers: Sequence[list[str]], works: Sequence[Work]) -> Iterator[Measure]:
    pairs = list(zip(answers, (names for _, names in works), strict=True))
    yield mean("F1@5", [f1_at(answer, names, 5) for answer, names in pairs])
    yield mean("nDCG@10", [ndcg_at(answer, names, 10) for answer, names in pairs])


INSPEC: Final = Task(
    name="topics-inspec", title="Subject indexing, Inspec's controlled terms", gold="inspec_controlled.tar.gz",
    measure=_inspec,
)  # fmt: skip
ARCHAEOLOGY: Final = Task(
    name="topics-archaeology", title="Subject indexing in Finnish, YSO archaeology", gold="annif_archaeology",
    measure=_archaeology,
)  # fmt: skip

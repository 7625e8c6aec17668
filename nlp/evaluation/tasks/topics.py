"""Topics of works without subjects: authors' keywords are hidden, those that are labels of CSO are to be found."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from nlp.evaluation.base import Clock, Result, Setting, Task
from nlp.evaluation.gold.keywords import Keyworded, read_kdd
from nlp.evaluation.scores import counts, micro, tally
from nlp.matcher import Matcher
from nlp.normalise import fold_label
from nlp.reader import Reader
from ontology.errors import SettingsError
from ontology.namespaces import Base
from ontology.scheme import Scheme
from ontology.vocabularies.base import load_vocabulary

_LEAST_WORDS: Final = 50
_BASELINE_TOPICS: Final = 2
_PROTOCOL: Final = (
    f"KDD texts of at least {_LEAST_WORDS} words with at least one author keyword that is a label of CSO; gold is the"
    " concepts of those keywords; sets of concepts per document, micro-averaged"
)
Answers = Sequence[set[str]]


def _untrained(setting: Setting) -> Iterator[Result]:
    cso = load_vocabulary(setting.vocabularies / "cso/cso.csv", Base())
    works, wanted = _gold(_file(setting.place("keyphrase/kdd.zip")), cso)
    reader = Reader(Matcher.build([cso]))
    documents = [work.document() for work in works]
    reader.topics_of(documents[0])
    clock = Clock()
    with clock.running():
        answers = [{topic.concept for topic in reader.topics_of(document)} for document in documents]
    yield _result("gnomon", answers, wanted, clock)
    if setting.peers:
        clock = Clock()
        with clock.running():
            answers = label_tfidf(reader, works)
        yield _result(f"label dictionary, {_BASELINE_TOPICS} best by tf-idf", answers, wanted, clock)


def _result(system: str, answers: Answers, wanted: Answers, clock: Clock) -> Result:
    tallies = [tally(found, gold) for found, gold in zip(answers, wanted, strict=True)]
    return Result(
        task="topics-untrained", system=system, measures=micro(tallies), counts=counts(tallies),
        seconds=clock.seconds, protocol=_PROTOCOL,
    )  # fmt: skip


def _file(place: Path) -> Path:
    """The archive, where a folder that holds it was named."""
    archives = sorted(place.glob("*.zip")) if place.is_dir() else []
    return archives[0] if archives else place


def _gold(place: Path, cso: Scheme) -> tuple[list[Keyworded], list[set[str]]]:
    """The works that count, and the concepts their keywords name."""
    labels: dict[tuple[str, ...], str] = {}
    for concept in cso:
        for label in concept.labels:
            labels.setdefault(fold_label(label.text), concept.iri)
    works, wanted = [], []
    for work in read_kdd(place):
        named = {labels[key] for word in work.keywords if (key := fold_label(word)) in labels}
        if named and len(work.abstract.split()) >= _LEAST_WORDS:
            works.append(work)
            wanted.append(named)
    if not works:
        raise SettingsError("no work here has a keyword of CSO", place=str(place))
    return works, wanted


def label_tfidf(reader: Reader, works: Sequence[Keyworded]) -> list[set[str]]:
    """The quick baseline: every label found in the text, weighed by frequency times inverse document frequency."""
    found = [Counter(c.concept for hit in reader.matcher.find(work.abstract) for c in hit.candidates) for work in works]
    documents = Counter(concept for counter in found for concept in counter)
    answers = []
    for counter in found:
        weights = {c: times * math.log(len(works) / (documents[c] + 0.5)) for c, times in counter.items()}
        best = sorted(weights, key=lambda c: (-weights[c], c))[:_BASELINE_TOPICS]
        answers.append({reader.matcher.concepts[c] for c in best})
    return answers


UNTRAINED: Final = Task(
    name="topics-untrained", title="Topics of CSO without training, KDD", gold="keyphrase/kdd.zip", measure=_untrained
)

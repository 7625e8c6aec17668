"""What a catalogue teaches about its subjects: works that carry some, and the model that is trained on them.

The lesson is what is kept (in the journal); the model can be made from it again at any time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Final

import msgspec

from nlp.evaluation.scores import f1_at, ndcg_at
from nlp.subjects.indexer import Example, Indexer, Suggestion, proposed
from nlp.subjects.vectors import Text
from ontology.reading import TopicAssignment, TopicReason
from ontology.records import Document

MOST_TERMS: Final = 3_000
LEAST_WORKS: Final = 20
"""Works with subjects below which nothing is learned."""
_LEAST: Final = 0.1
"""Suggestions less likely than this say nothing."""
_ASKED: Final = 40
_FOLDS: Final = 5
_LEAD: Final = 3_000


class Taught(msgspec.Struct, frozen=True):
    """A work with the numbers of its subjects among the lesson's terms."""

    title: str
    abstract: str
    subjects: tuple[int, ...]


class Lesson(msgspec.Struct, frozen=True):
    """Works of one language and the concepts (IRI and labels) they carry, each by at least two of the works."""

    language: str
    terms: tuple[tuple[str, tuple[str, ...]], ...]
    works: tuple[Taught, ...]

    @property
    def version(self) -> str:
        """16 hex digits of what is taught."""
        return blake2b(msgspec.msgpack.encode(self), digest_size=8).hexdigest()

    def examples(self) -> list[Example]:
        return [
            Example(Text(work.title, work.abstract, self.language), frozenset(work.subjects)) for work in self.works
        ]


class Figures(msgspec.Struct, frozen=True):
    """How well works of the lesson are indexed by what the others teach (five folds)."""

    works: int
    terms: int
    f1: float
    """Of at most five proposed terms, mean over works."""
    ndcg: float
    """Of the first ten terms."""


def train(lesson: Lesson) -> Indexer:
    return Indexer.train([labels for _, labels in lesson.terms], lesson.examples(), lesson.language)


def figures(lesson: Lesson) -> Figures:
    """By cross-validation."""
    examples, labels = lesson.examples(), [names for _, names in lesson.terms]
    f1, ndcg = 0.0, 0.0
    for fold in range(_FOLDS):
        rest = [one for at, one in enumerate(examples) if at % _FOLDS != fold]
        indexer = Indexer.train(labels, rest, lesson.language)
        for example in examples[fold::_FOLDS]:
            suggested = indexer.suggest(example.text, _ASKED)
            f1 += f1_at([one.term for one in proposed(suggested, 5)], example.subjects, 5)
            ndcg += ndcg_at([one.term for one in suggested[:10]], example.subjects, 10)
    count = len(examples)
    return Figures(count, len(labels), round(f1 / count, 4), round(ndcg / count, 4))


class _Head(msgspec.Struct, frozen=True):
    version: str
    language: str
    concepts: tuple[str, ...]
    names: tuple[str, ...]


class TopicModel:
    """An indexer whose terms are concepts; `path` and a neighbour of it with the concepts hold it."""

    def __init__(self, indexer: Indexer, head: _Head) -> None:
        self._indexer = indexer
        self._head = head
        self.version = head.version
        self.language = head.language

    @classmethod
    def of(cls, lesson: Lesson) -> TopicModel:
        concepts, names = (iri for iri, _ in lesson.terms), (labels[0] for _, labels in lesson.terms)
        return cls(train(lesson), _Head(lesson.version, lesson.language, tuple(concepts), tuple(names)))

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._indexer.save(path)
        path.with_suffix(".json").write_bytes(msgspec.json.encode(self._head))

    @classmethod
    def load(cls, path: Path) -> TopicModel:
        return cls(Indexer.load(path), msgspec.json.decode(path.with_suffix(".json").read_bytes(), type=_Head))

    @staticmethod
    def version_at(path: Path) -> str:
        """Of the model in a file; "" where there is none."""
        head = path.with_suffix(".json")
        if not (path.exists() and head.exists()):
            return ""
        return msgspec.json.decode(head.read_bytes(), type=_Head).version

    def assignments(self, document: Document) -> Iterator[TopicAssignment]:
        """Concepts that the document is likely about, each with what spoke for it."""
        for one in self._indexer.suggest(text_of(document, self.language), _ASKED):
            if one.probability >= _LEAST:
                yield TopicAssignment(
                    concept=self._head.concepts[one.term], score=one.probability,
                    reasons=tuple(_reasons(one, self._head.names[one.term])),
                )  # fmt: skip


def text_of(document: Document, language: str) -> Text:
    """Title and abstract, or the beginning of a text without an abstract."""
    title = " ".join(document.text[f.begin : f.end] for f in document.fragments if f.kind == "title")
    blocks = [f for f in document.fragments if f.kind == "paragraph" and f.path.startswith("abs")]
    abstract = " ".join(document.text[f.begin : f.end] for f in blocks)
    return Text(title, abstract or document.text[len(title) : _LEAD], language)


def _reasons(one: Suggestion, name: str) -> Iterator[TopicReason]:
    """The witnesses that spoke for it; their weights sum to its probability."""
    told = {witness: value for witness, value in one.reasons.items() if value > 0}
    total = sum(told.values())
    for witness, value in sorted(told.items(), key=lambda pair: (-pair[1], pair[0])):
        yield TopicReason(label=name, count=0, places=(), weight=one.probability * value / total, witness=witness)


def joined(
    named: Sequence[TopicAssignment], learned: Sequence[TopicAssignment], most: int, least: float
) -> tuple[TopicAssignment, ...]:
    """Topics that the text names and topics that the catalogue teaches: the surer word counts, both give reasons."""
    table = {topic.concept: topic for topic in named}
    for topic in learned:
        other = table.get(topic.concept)
        table[topic.concept] = _both(other, topic) if other else topic
    ranked = sorted(table.values(), key=lambda topic: (-topic.score, topic.concept))
    return tuple(topic for topic in ranked if topic.score >= least)[:most]


def _both(one: TopicAssignment, other: TopicAssignment) -> TopicAssignment:
    score = max(one.score, other.score)
    share = score / (one.score + other.score)
    reasons = (
        msgspec.structs.replace(reason, weight=reason.weight * share) for reason in (*one.reasons, *other.reasons)
    )
    return TopicAssignment(concept=one.concept, score=score, reasons=tuple(reasons))

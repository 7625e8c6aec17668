"""What a catalogue's own subjects teach: gathered from the journal, kept there, made into a model for the reader."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from api.build import BuildReport
from api.harvesting.running import run_build
from api.library import Library
from api.settings import Settings
from api.watch import Watcher
from graph.convert import concept_of
from ingest.identity.assemble import Assembler
from ingest.journal.database import Database
from ingest.journal.lessons import LessonRow, Lessons
from ingest.journal.topics import TopicBook, TopicVerdict
from nlp.normalise import fold_label
from nlp.subjects.lesson import LEAST_WORKS, MOST_TERMS, Figures, Lesson, Taught, figures
from ontology.entities import Work
from ontology.errors import SettingsError

_AT_ONCE: Final = 200
_LEAST_OF_TERM: Final = 2
_LEAST_TEXT: Final = 100
"""Characters of title and abstract below which a work teaches nothing."""


class Trained(msgspec.Struct, frozen=True):
    """What was learned from, how well it does, and what the build after it wrote."""

    version: str
    language: str
    figures: Figures
    build: BuildReport


def teach(settings: Settings, by: str, watcher: Watcher) -> Trained:
    """Learn from all works that carry subjects, keep the lesson, and read every work again with what was learned.

    SettingsError where there are too few of them.
    """
    library = Library(settings.data, settings.base)
    with Database(settings.journal) as journal:
        watcher.note("gathering works that carry subjects")
        lesson = gathered(settings, journal, library)
        watcher.note(f"learning from {len(lesson.works):,} works with {len(lesson.terms):,} concepts")
        found = figures(lesson)
        row = LessonRow(
            datetime.now(UTC).isoformat(timespec="seconds"), by, lesson.version, msgspec.json.encode(found).decode()
        )
        with journal.transaction():
            Lessons(journal).add(row, msgspec.msgpack.encode(lesson))
    return Trained(lesson.version, lesson.language, found, run_build(settings, [], [], watcher))


def forget(settings: Settings, by: str, watcher: Watcher) -> BuildReport:
    """Read without a model again."""
    with Database(settings.journal) as journal, journal.transaction():
        Lessons(journal).add(LessonRow(datetime.now(UTC).isoformat(timespec="seconds"), by, "", ""), b"")
    return run_build(settings, [], [], watcher)


def gathered(settings: Settings, journal: Database, library: Library) -> Lesson:
    """The lesson that the works there are now would give, in the language that most of them are in."""
    found = list(_subjects(settings, journal, library))
    languages = Counter(language for language, _, _, _ in found)
    language = max(languages, key=lambda one: (languages[one], one), default="")
    mine = [one for one in found if one[0] == language]
    counts = Counter(concept for _, _, _, concepts in mine for concept in concepts)
    terms = sorted((c for c, n in counts.items() if n >= _LEAST_OF_TERM), key=lambda c: (-counts[c], c))[:MOST_TERMS]
    numbers = {concept: number for number, concept in enumerate(terms)}
    works = [
        Taught(title, abstract, tuple(sorted(numbers[c] for c in concepts if c in numbers)))
        for _, title, abstract, concepts in mine
    ]
    kept = tuple(work for work in works if work.subjects)
    if len(kept) < LEAST_WORKS:
        raise SettingsError(
            f"{len(kept)} works here carry subjects that a loaded vocabulary has and others carry too:"
            f" {LEAST_WORKS} are needed",
            hint="build with the vocabulary that the records' subjects are from",
        )  # fmt: skip
    return Lesson(language, tuple((iri, _labels(library, iri)) for iri in terms), kept)


def _subjects(
    settings: Settings, journal: Database, library: Library
) -> Iterator[tuple[str, str, str, frozenset[str]]]:
    """(language, title, abstract, concepts) of each work with subjects."""
    known = {iri for scheme in library.schemes for iri in scheme.concepts}
    labels = _by_label(library)
    numbers = [
        n for (n,) in journal.rows("SELECT seq FROM entity WHERE kind = 'work' AND survivor IS NULL ORDER BY name")
    ]
    assembler, book = Assembler(journal, settings.base), TopicBook(journal)
    for at in range(0, len(numbers), _AT_ONCE):
        some = numbers[at : at + _AT_ONCE]
        verdicts = book.of(some)
        for number, made in assembler.works(some):
            if made is None:
                continue
            concepts = _concepts(made.work, known, labels, verdicts.get(number, ()))
            title = made.work.record.titles[0].text if made.work.record.titles else ""
            if concepts and len(title) + len(made.work.record.abstract) >= _LEAST_TEXT:
                yield made.work.record.language or "en", title, made.work.record.abstract, concepts


def _concepts(
    work: Work, known: set[str], labels: dict[tuple[str, ...], str], verdicts: Sequence[TopicVerdict]
) -> frozenset[str]:
    """Headings that name a concept, keywords that are a label, and what curators said."""
    found = set()
    for subject in work.record.subjects:
        concept = concept_of(subject) or labels.get(fold_label(subject.label), "")
        if concept in known:
            found.add(concept)
    found |= {v.concept for v in verdicts if v.verdict == "confirmed"}
    return frozenset(found - {v.concept for v in verdicts if v.verdict == "rejected"})


def _by_label(library: Library) -> dict[tuple[str, ...], str]:
    """Words of a label → the concept it names; of several none."""
    found: dict[tuple[str, ...], set[str]] = {}
    for scheme in library.schemes:
        for concept in scheme:
            for label in concept.labels if not concept.deprecated else ():
                found.setdefault(fold_label(label.text), set()).add(concept.iri)
    return {key: next(iter(iris)) for key, iris in found.items() if key and len(iris) == 1}


def _labels(library: Library, iri: str) -> tuple[str, ...]:
    """The preferred label first, and a few others."""
    name = library.labels[iri]
    concepts = [scheme.concepts[iri] for scheme in library.schemes if iri in scheme.concepts]
    return tuple(dict.fromkeys([name, *(label.text for concept in concepts for label in concept.labels)]))[:8]

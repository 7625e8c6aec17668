"""Curators say yes or no to a topic of a work: in the journal for ever, in graph and index at once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, get_args

import msgspec

from api.harvesting.running import settle
from api.library import Library
from api.settings import Settings
from api.watch import Watcher
from ingest.journal.database import Database
from ingest.journal.topics import Answer, TopicBook, TopicVerdict
from ontology.errors import NotFound, SettingsError

ANSWERS: Final = get_args(Answer)


class TopicDecided(msgspec.Struct, frozen=True):
    """What was decided on a topic of a work; `waits` says why the graph has it only after the next build."""

    work: str
    concept: str
    verdict: Answer
    waits: str = ""


def decide(
    settings: Settings, by: str, work: str, concept: str, verdict: Answer, note: str, watcher: Watcher, most: int = 0
) -> TopicDecided:
    """`work` is an IRI or opaque name. NotFound where it names no work, SettingsError for a concept that is in no
    loaded vocabulary."""
    name = work.rsplit("/", 1)[-1]
    library = Library(settings.data, settings.base)
    with Database(settings.journal) as journal:
        if not journal.one("SELECT 1 FROM entity WHERE kind = 'work' AND name = ?", (name,)):
            raise NotFound("this names no work here", place=work, hint="search for the work to find its IRI")
        if not any(concept in scheme.concepts for scheme in library.schemes):
            raise SettingsError("no loaded vocabulary has this concept", place=concept, hint="search for its label")
        now = datetime.now(UTC).isoformat(timespec="seconds")
        said = TopicVerdict(concept=concept, verdict=verdict, decided_by=by, decided_at=now, note=note)
        with journal.transaction():
            TopicBook(journal).decide(name, said)
    waits = settle(settings, watcher, most).waits
    return TopicDecided(settings.base.entity("work", name), concept, verdict, waits)

"""The model of topics that the reader uses: made from the journal's latest lesson wherever it is missing."""

from __future__ import annotations

import msgspec

from api.library import Library
from ingest.journal.database import Database
from ingest.journal.lessons import Lessons
from nlp.subjects.lesson import Lesson, TopicModel


def behind(journal: Database, library: Library) -> bool:
    """Whether the model's file is not what the journal's latest lesson gives."""
    latest = Lessons(journal).latest()
    return TopicModel.version_at(library.topics_file) != (latest.version if latest else "")


def refresh(journal: Database, library: Library) -> None:
    """Bring the model's file in line with the journal."""
    library.topics_file.unlink(missing_ok=True)
    if body := Lessons(journal).body():
        TopicModel.of(msgspec.msgpack.decode(body, type=Lesson)).save(library.topics_file)

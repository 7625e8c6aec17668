"""Works on their way to whoever reads and converts them: assembled from the journal, with what is known of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from graph.convert import concept_of
from ingest.identity.assemble import Assembler
from ingest.journal.database import Database
from ingest.journal.leads import leads
from ingest.journal.ledger import Ledger
from ingest.journal.topics import TopicBook, TopicVerdict
from ontology.entities import IdentityDecision, SourceRecord, Work
from ontology.namespaces import Base
from ontology.reading import text_version


class Job(msgspec.Struct, frozen=True):
    """A work to be written: with its reading where it is known, without where its document is to be read."""

    number: int
    work: Work
    sources: tuple[SourceRecord, ...] = ()
    decisions: tuple[IdentityDecision, ...] = ()
    """Merges into this work: they come and go with it."""
    topics: tuple[TopicVerdict, ...] = ()
    """What curators said about its topics."""


class Jobs:
    """Makes jobs, reading the journal only. `maker` is whose readings count; empty where texts are not read."""

    def __init__(self, database: Database, base: Base, maker: str) -> None:
        self._assembler = Assembler(database, base, to_read=bool(maker))
        self._ledger = Ledger(database)
        self._topics = TopicBook(database)
        self._maker = maker
        self._leads = leads(database)

    def of(self, numbers: Sequence[int]) -> list[Job]:
        """One for each of these works; what nothing speaks of any longer is left out."""
        decisions, topics = self._assembler.decisions(numbers), self._topics.of(numbers)
        made = ((number, made) for number, made in self._assembler.works(numbers) if made is not None)
        return [
            Job(number, self._read(one.work), one.sources, decisions.get(number, ()), topics.get(number, ()))
            for number, one in made
        ]

    def _read(self, work: Work) -> Work:
        return self.with_reading(led_over(work, self._leads))

    def with_reading(self, work: Work) -> Work:
        """The work with its reading, where its text has been read before."""
        if work.document is None or not self._maker:
            return work
        known = self._ledger.reading(text_version(work.document.text), self._maker)
        return msgspec.structs.replace(work, reading=known) if known else work


def led_over(work: Work, led: Mapping[str, str]) -> Work:
    """The work with the concepts that stand now in the place of those its sources state."""
    if not led or not any(concept_of(subject) in led for subject in work.record.subjects):
        return work
    subjects = (
        msgspec.structs.replace(subject, code=led.get(concept_of(subject), subject.code))
        for subject in work.record.subjects
    )
    return msgspec.structs.replace(work, record=msgspec.structs.replace(work.record, subjects=tuple(subjects)))

"""The search index made anew from the journal while the old one serves, and held against the journal.

A new encoder, a new layout, a lost folder: all are this one road. Vectors already made stay in the journal, so a
rebuild that was broken off goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec
import numpy as np

from api.jobs import Jobs
from api.library import Library
from api.listing import fragment_documents, search_document, with_topics
from api.settings import Settings
from api.topics.overlay import with_verdicts
from api.vectors import embedded
from graph.search.documents import FragmentDocument, SearchDocument
from graph.search.engine import SearchEngine, checksum_of
from graph.search.generations import Generations
from graph.search.schema import version_of
from ingest.journal.database import Database
from ingest.journal.ledger import Ledger
from nlp.encoders.base import Encoder
from ontology.errors import SearchError

_CHUNK: Final = 200
_COMMIT: Final = 4_000
_COMMIT_WITH_PARTS: Final = 500
"""Works of one commit, and where their parts have vectors."""
Listed = tuple[int, SearchDocument, tuple[FragmentDocument, ...]]
"""A work's number, the work, its parts."""


class IndexCheck(msgspec.Struct, frozen=True):
    """The index against the journal: works in each, and whether they say the same."""

    sequence: int
    settled: int
    indexed: int
    expected: int
    hash: str
    expected_hash: str

    @property
    def consistent(self) -> bool:
        return self.hash == self.expected_hash and self.sequence == self.settled


def generations(settings: Settings) -> Generations:
    """Those of a data folder."""
    return Generations(settings.data / "index")


def read_index(settings: Settings) -> SearchEngine:
    """The index that serves, for reading, without an encoder. SearchError where there is none."""
    found = generations(settings).current()
    if found is None:
        raise SearchError("there is no search index yet", place=str(settings.data), hint="run gnomon build")
    return SearchEngine.open(found, read_only=True)


def write_index(settings: Settings, encoder: Encoder | None = None) -> SearchEngine:
    """The index that serves, or the first one, for writing; without an encoder vectors that are there stay."""
    folder = generations(settings)
    found = folder.current()
    if found is None:
        found = folder.create(settings.encoder if encoder else "none", settings.fragment_vectors)
        folder.switch(found)
    elif encoder is not None and folder.encoder(found) != settings.encoder:
        folder.name_encoder(found, settings.encoder)
    return SearchEngine.open(found, encoder.id if encoder else "", encoder.dimensions if encoder else 0)


def holds(settings: Settings) -> bool:
    """Whether the index that serves holds the vectors that the settings ask for."""
    folder = generations(settings)
    found = folder.current()
    if found is None or folder.encoder(found) != settings.encoder:
        return False
    return settings.encoder == "none" or folder.parts(found) == settings.fragment_vectors


def as_indexed(settings: Settings) -> Settings:
    """The settings with the encoder that the index has: for small changes, which must not make it anew."""
    folder = generations(settings)
    found = folder.current()
    if found is None:
        return settings
    return settings.model_copy(update={"encoder": folder.encoder(found), "fragment_vectors": folder.parts(found)})


def serves(settings: Settings, sequence: int) -> bool:
    """Whether there is an index that can be opened and is not behind the journal."""
    try:
        return read_index(settings).sequence >= sequence
    except SearchError:
        return False


def rebuild(
    settings: Settings,
    database: Database,
    library: Library,
    encoder: Encoder | None,
    name: str,
    advance: Callable[[int, int], None] = lambda done, of: None,
) -> int:
    """A new generation of all works with vectors of `encoder`, called `name` in the settings, then the switch.
    Returns the number of works. `database` must be open for writing: no build runs meanwhile."""
    folder = generations(settings)
    fresh = folder.create(name if encoder is not None else "none", settings.fragment_vectors)
    ledger = Ledger(database)
    engine = SearchEngine.open(fresh, encoder.id if encoder else "", encoder.dimensions if encoder else 0)
    numbers = living(database)
    done = 0
    try:
        most = settings.fragment_vectors
        for batch in _batched(listed(settings, database, library, numbers), _COMMIT_WITH_PARTS if most else _COMMIT):
            found = embedded([one for _, one, _ in batch], ledger, encoder, [parts for _, _, parts in batch], most)
            if encoder is not None and found.made:
                with database.transaction():
                    ledger.keep_vectors(encoder.id, found.made)
                    ledger.use_texts({number: some for (number, _, _), some in zip(batch, found.versions, strict=True)})
            engine.update(found.pairs, (), 0, (part for _, _, parts in batch for part in parts), found.parts)
            done += len(batch)
            advance(done, len(numbers))
        engine.update((), (), ledger.sequence)
    finally:
        engine.close()
    folder.switch(fresh)
    return done


def check(settings: Settings, database: Database, library: Library) -> IndexCheck:
    """Hash ids and versions of what the index holds and of what the journal says it should."""
    found = generations(settings).current()
    versions = [version_of(document) for _, document, _ in listed(settings, database, library, living(database))]
    expected = checksum_of(np.array(versions, dtype=np.int64))
    settled = Ledger(database).sequence
    if found is None:
        return IndexCheck(0, settled, 0, len(versions), "", expected)
    engine = SearchEngine.open(found, read_only=True)
    return IndexCheck(engine.sequence, settled, len(engine), len(versions), engine.checksum(), expected)


def listed(settings: Settings, database: Database, library: Library, numbers: Sequence[int]) -> Iterator[Listed]:
    """Works by number as the index should have them, with their parts; those nothing speaks of are left out."""
    jobs = Jobs(database, settings.base, library.maker.key if settings.read else "")
    for at in range(0, len(numbers), _CHUNK):
        for job in jobs.of(numbers[at : at + _CHUNK]):
            work = with_verdicts(job.work, job.topics)
            topics = work.reading.topics if work.reading else ()
            document = search_document(work, [source.source for source in job.sources])
            document = with_topics(document, topics, library.labels, library.ancestors)
            yield job.number, document, tuple(fragment_documents(work))


def living(database: Database) -> list[int]:
    """Works that no other has swallowed."""
    found = database.rows("SELECT seq FROM entity WHERE kind = 'work' AND survivor IS NULL ORDER BY seq")
    return [row[0] for row in found]


def _batched(works: Iterator[Listed], size: int) -> Iterator[list[Listed]]:
    batch: list[Listed] = []
    for work in works:
        batch.append(work)
        if len(batch) >= size:
            yield batch
            batch = []
    if batch:
        yield batch

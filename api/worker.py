"""What a worker process does: read works and turn them into lines. Entry points for the pool."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from api.library import TOPICS, reader_for
from api.listing import fragment_documents
from api.topics.overlay import with_verdicts
from graph.convert import (
    decision_lines,
    reading_lines,
    source_record_lines,
    text_lines,
    topic_decision_lines,
    work_lines,
)
from graph.search.documents import FragmentDocument
from ingest.journal.database import pack
from ingest.journal.ledger import body_of
from ingest.journal.topics import TopicVerdict
from nlp.subjects.lesson import TopicModel
from ontology.entities import IdentityDecision, SourceRecord, Work
from ontology.namespaces import Base
from ontology.reading import Claim, Found, Reading, Term, TopicAssignment, found_in

if TYPE_CHECKING:
    from nlp.reader import Reader

_PR_SET_PDEATHSIG = 1


class Job(msgspec.Struct, frozen=True):
    """A work to be written: with its reading where it is known, without where its document is to be read."""

    number: int
    work: Work
    sources: tuple[SourceRecord, ...] = ()
    decisions: tuple[IdentityDecision, ...] = ()
    """Merges into this work: they come and go with it."""
    topics: tuple[TopicVerdict, ...] = ()
    """What curators said about its topics."""


class Outcome(msgspec.Struct, frozen=True):
    """A work's lines, packed; `reading` (packed too) only where it was made here."""

    number: int
    lines: bytes
    count: int
    text_version: str
    reading: bytes
    topics: tuple[TopicAssignment, ...]
    keyphrases: tuple[str, ...]
    claims: tuple[Claim, ...]
    found: tuple[Found, ...]
    terms: tuple[Term, ...]
    fragments: int
    mentions: int
    language: str = ""
    parts: tuple[FragmentDocument, ...] = ()
    """What the search index has of the work beside its document."""


_encode = msgspec.msgpack.Encoder().encode
_decode_jobs = msgspec.msgpack.Decoder(list[Job]).decode
_state: dict[str, object] = {}


def start(matcher_file: str, base: str, read: bool, parent: int) -> None:
    """Initialise a worker: it dies with its parent, leaves Ctrl-C to it, and loads its reader once."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)  # the parent died before the line above took effect
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(5)
    prepare(matcher_file, base, read)


def prepare(matcher_file: str, base: str, read: bool) -> None:
    """Say what this process works with; its reader is loaded when it is first needed."""
    made_of = matcher_file, base, TopicModel.version_at(Path(matcher_file).parents[1] / TOPICS)
    if _state.get("made of") != made_of:
        _state.pop("reader", None)
    _state["made of"] = made_of
    _state["base"] = Base(base)
    _state["read"] = read
    _state["matcher"] = Path(matcher_file)


def _reader() -> Reader:
    if "reader" not in _state:
        _state["reader"] = reader_for(_state["matcher"], _state["base"])  # type: ignore[arg-type]
    return _state["reader"]  # type: ignore[return-value]


def process(jobs: bytes) -> bytes:
    """Read what has not been read, convert everything. msgpack in (`list[Job]`) and out (`list[Outcome]`)."""
    return _encode(list(process_jobs(_decode_jobs(jobs))))


def process_jobs(jobs: Sequence[Job]) -> list[Outcome]:
    unread = [job.work.document for job in jobs if _wants_reading(job)]
    fresh = iter(_reader().read(document for document in unread if document)) if unread else iter(())
    outcomes = []
    for job in jobs:
        work, made = job.work, None
        if _wants_reading(job):
            made = next(fresh)
            work = msgspec.structs.replace(work, reading=made)
        outcomes.append(_outcome(job, work, made))
    return outcomes


def _wants_reading(job: Job) -> bool:
    return bool(_state["read"]) and job.work.reading is None and job.work.document is not None


def _outcome(job: Job, work: Work, made: Reading | None) -> Outcome:
    base = _state["base"]
    assert isinstance(base, Base)
    work = with_verdicts(work, job.topics)
    lines = {*work_lines(work, base), *text_lines(work, base), *reading_lines(work, base)}
    lines.update(line for source in job.sources for line in source_record_lines(source, base))
    lines.update(line for decision in job.decisions for line in decision_lines(decision, base))
    reading = work.reading
    if reading:
        lines.update(
            topic_decision_lines(work, reading, [(v.concept, v.verdict, v.decided_by) for v in job.topics], base)
        )
    return Outcome(
        number=job.number,
        lines=body_of(sorted(lines)),
        count=len(lines),
        text_version=reading.text_version if reading else "",
        reading=pack(_encode(made)) if made else b"",
        topics=reading.topics if reading else (),
        keyphrases=tuple(phrase.text for phrase in reading.keyphrases) if reading else (),
        claims=reading.claims if reading else (),
        found=found_in(reading.mentions) if reading else (),
        terms=reading.terms if reading else (),
        fragments=(len(work.document.fragments) if work.document else 0) + (len(reading.sentences) if reading else 0),
        mentions=len(reading.mentions) if reading else 0,
        language=reading.language if reading else "",
        parts=tuple(fragment_documents(work)),
    )

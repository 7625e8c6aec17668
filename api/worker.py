"""What a worker process does: assemble works, read them and turn them into lines. Entry points for the pool."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from api.agents import convert_agents
from api.jobs import Job, Jobs
from api.library import TOPICS, reader_for
from api.listing import fragment_documents, search_document
from api.memory import calm_collector, give_back
from api.topics.overlay import with_verdicts
from graph.convert import (
    decision_lines,
    reading_lines,
    source_record_lines,
    text_lines,
    topic_decision_lines,
    work_lines,
)
from graph.search.documents import FragmentDocument, SearchDocument
from ingest.identity.blocks import blocks_of
from ingest.identity.linking import Pair, compared
from ingest.identity.observing import told_of
from ingest.journal.database import Database
from ingest.journal.ledger import body_of
from ingest.journal.packing import pack
from nlp.subjects.lesson import TopicModel
from ontology.entities import Work
from ontology.namespaces import Base
from ontology.reading import Claim, Found, Reading, Term, TopicAssignment, found_in

if TYPE_CHECKING:
    from nlp.reader import Reader

_PR_SET_PDEATHSIG = 1


class Workload(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker needs before its first job, and how many of them are wanted. `maker` is who reads the
    texts; empty where they are not read."""

    journal: str
    matcher_file: str
    base_iri: str
    maker: str
    cores: int


class Pairs(msgspec.Struct, frozen=True):
    """Pairs of nodes, and the bodies of these nodes."""

    bodies: dict[int, bytes]
    pairs: list[Pair]


class Outcome(msgspec.Struct, frozen=True):
    """A work's lines, packed; `reading` (packed too) only where it was made here. `document` lacks the names of
    topics; `parts` are what else the search index has of the work."""

    number: int
    iri: str
    lines: bytes
    document: SearchDocument
    cited: tuple[int, int]
    """References listed, and those that lead to a work here."""
    text_version: str = ""
    reading: bytes = b""
    topics: tuple[TopicAssignment, ...] = ()
    claims: tuple[Claim, ...] = ()
    found: tuple[Found, ...] = ()
    terms: tuple[Term, ...] = ()
    fragments: int = 0
    mentions: int = 0
    parts: tuple[FragmentDocument, ...] = ()


_encode = msgspec.msgpack.Encoder().encode
_decode_jobs = msgspec.msgpack.Decoder(list[Job]).decode
_decode_pairs = msgspec.msgpack.Decoder(Pairs).decode
_decode_numbers = msgspec.msgpack.Decoder(list[int]).decode
_state: dict[str, object] = {}


def start(load: Workload, parent: int) -> None:
    """Initialise a worker: it dies with its parent, leaves Ctrl-C to it, and loads its reader once."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)  # the parent died before the line above took effect
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(5)
    calm_collector()
    prepare(load)


def prepare(load: Workload) -> None:
    """Say what this process works with; its reader and its journal are opened when they are first needed."""
    made_of = load.matcher_file, load.base_iri, TopicModel.version_at(Path(load.matcher_file).parents[1] / TOPICS)
    if _state.get("made of") != made_of:
        _state.pop("reader", None)
    for opened in ("jobs", "journal"):
        _state.pop(opened, None)
    _state.update({"made of": made_of, "load": load})


def _load() -> Workload:
    return _state["load"]  # type: ignore[return-value]


def _reader() -> Reader:
    if "reader" not in _state:
        _state["reader"] = reader_for(Path(_load().matcher_file), Base(_load().base_iri))
    return _state["reader"]  # type: ignore[return-value]


def _journal() -> Database:
    if "journal" not in _state:
        _state["journal"] = Database(Path(_load().journal), read_only=True)
    return _state["journal"]  # type: ignore[return-value]


def agents(numbers: bytes) -> bytes:
    """Agents, converted. msgpack in (their numbers) and out (list of `AgentOutcome`)."""
    return _encode(convert_agents(_journal(), Base(_load().base_iri), _decode_numbers(numbers)))


def compare(pairs: bytes) -> bytes:
    """Pairs of records that may be one work, scored. msgpack in (`Pairs`) and out (list of `Scored`)."""
    given = _decode_pairs(pairs)
    return _encode(compared(given.bodies, given.pairs))


def group(keys: bytes) -> bytes:
    """What blocks of people come to. msgpack in (their numbers) and out (`Blocks`)."""
    return _encode(blocks_of(_journal(), _decode_numbers(keys)))


def _jobs() -> Jobs:
    if "jobs" not in _state:
        _state["jobs"] = Jobs(_journal(), Base(_load().base_iri), _load().maker)
    return _state["jobs"]  # type: ignore[return-value]


def observe(numbers: bytes) -> bytes:
    """What records say for identity. msgpack in (numbers of records) and out (`Told`)."""
    told = _encode(told_of(_journal(), _decode_numbers(numbers)))
    give_back()
    return told


def process(numbers: bytes) -> bytes:
    """Assemble works from the journal, read what has not been read, convert everything. msgpack in (numbers of
    works) and out (`list[Outcome]`, without those that nothing speaks of any longer)."""
    return _encode(_processed(_jobs().of(_decode_numbers(numbers))))


def process_assembled(jobs: bytes) -> bytes:
    """The same for works that come assembled (`list[Job]`), where the journal is out of reach."""
    return _encode(_processed(_decode_jobs(jobs)))


def _processed(jobs: Sequence[Job]) -> list[Outcome]:
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
    return bool(_load().maker) and job.work.reading is None and job.work.document is not None


def _outcome(job: Job, work: Work, made: Reading | None) -> Outcome:
    base = Base(_load().base_iri)
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
        iri=work.iri,
        lines=body_of(sorted(lines)),
        document=search_document(work, [source.source for source in job.sources]),
        cited=(len(work.cites), sum(bool(cited.work) for cited in work.cites)),
        text_version=reading.text_version if reading else "",
        reading=pack(_encode(made)) if made else b"",
        topics=reading.topics if reading else (),
        claims=reading.claims if reading else (),
        found=found_in(reading.mentions) if reading else (),
        terms=reading.terms if reading else (),
        fragments=(len(work.in_parts.fragments) if work.in_parts else 0) + (len(reading.sentences) if reading else 0),
        mentions=len(reading.mentions) if reading else 0,
        parts=tuple(fragment_documents(work)),
    )

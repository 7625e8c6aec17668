"""The second half of the road: dirty entities are read, converted and committed.

Works go through a pool of processes, a bounded number of batches ahead of the commit; people,
organisations, venues and claims are small and are converted here.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from functools import partial

import msgspec

from api.agents import AgentOutcome, convert_agents
from api.believing import summary
from api.commit import Change, Committer
from api.jobs import Jobs
from api.listing import Ancestors, with_topics
from api.vectors import embedded
from api.watch import Run, Stage
from api.worker import Outcome, process, process_assembled
from graph.convert import (
    claim_lines,
    found_lines,
    payload_lines,
)
from ingest.identity.assemble import Assembler
from ingest.journal.database import Database
from ingest.journal.harvested import Harvested
from ingest.journal.ledger import Evidence, Ledger, body_of
from ingest.journal.terms import TermBook
from nlp.encoders.base import Encoder
from ontology.entities import FoundSummary
from ontology.namespaces import Base

_SUMMED = ("claim", "found")
_AGENT_KINDS = ("person", "organisation", "venue")
_READ_WORKS, _READ_BYTES = 4000, 2 << 20
_PLAIN_WORKS, _PLAIN_BYTES = 10_400, 8 << 20
"""Works, or bytes of their records (compressed), of one commit: where texts are read, and where they are not and
far less comes of each."""
_READ_CHUNK, _PLAIN_CHUNK = (100, 80_000), (250, 200_000)
"""The same of one job."""
_BATCH_AGENTS = 40_000
_CHUNK_AGENTS = 2500
_FEW_AGENTS = 5000
"""So many are written in one commit with the works: each commit costs checkpoints, segments, a round of compaction."""
_AHEAD = 1.25
"""Commits whose jobs are under way while the one before is written: workers end theirs sooner than it is written."""
AgentBodies = Callable[[Sequence[int]], Callable[[], list[AgentOutcome]]]
"""Has agents (by number) converted, here or elsewhere; what it gives waits for the outcome."""
BegunAgents = tuple[list[tuple[int, str, str, int | None]], list[Callable[[], list[AgentOutcome]]]]
"""Agents as the ledger lists them (`Ledger.dirty`), and what waits for their conversion, in portions."""
_encode = msgspec.msgpack.Encoder().encode
_decode_outcomes = msgspec.msgpack.Decoder(list[Outcome]).decode


class Batch(msgspec.Struct):
    """Numbers of works on their way through the pool, and what comes of them, chunk by chunk."""

    numbers: list[int] = []
    futures: list[Future[bytes]] = []
    size: int = 0
    share: float = 0.0
    """How much of a commit it makes."""


class Counts(msgspec.Struct):
    """What a run wrote."""

    works: int = 0
    fragments: int = 0
    mentions: int = 0
    claims: int = 0
    found: int = 0
    people: int = 0
    organisations: int = 0
    venues: int = 0


class Writer:
    """Writes everything that is dirty. One for each run."""

    def __init__(
        self,
        database: Database,
        base: Base,
        committer: Committer,
        run: Run,
        *,
        maker: str,
        encoder: Encoder | None,
        part_vectors: int,
        labels: Mapping[str, str],
        ancestors: Ancestors,
        agent_bodies: AgentBodies | None = None,
    ) -> None:
        self._db = database
        self._base = base
        self._commit = committer.commit
        self._run = run
        self._maker = maker
        self._encoder = encoder
        self._part_vectors = part_vectors
        self._labels = labels
        self._ancestors = ancestors
        self._ledger = Ledger(database)
        self._assembler = Assembler(database, base)
        self._harvested = Harvested(database)
        self._jobs = Jobs(database, base, maker)
        self._begun: BegunAgents = ([], [])
        self._last_agent = 0
        self._agent_bodies = agent_bodies or (lambda some: partial(convert_agents, database, base, some))
        self.counts = Counts()

    def works(self, pool: Executor) -> None:
        """Read, convert and commit every dirty work."""
        numbers = [row[0] for row in self._ledger.dirty(("work",), -1)]
        if not numbers:
            return
        with self._run.stage("works read and written", len(numbers)) as stage:
            waiting: deque[Batch] = deque()
            for chunk, size in self._chunks(numbers):
                self._hand_over(waiting, chunk, size, pool)
                if sum(batch.share for batch in waiting) >= waiting[0].share + _AHEAD:
                    self._finish(waiting.popleft(), stage)
            self._begun = self._begin_agents()
            while waiting:
                self._finish(waiting.popleft(), stage, last=not waiting)

    def _hand_over(self, waiting: deque[Batch], chunk: Sequence[int], size: int, pool: Executor) -> None:
        """Give works to the pool, as part of the last commit under way or, where that has enough, of a new one."""
        most, longest = (_READ_WORKS, _READ_BYTES) if self._maker else (_PLAIN_WORKS, _PLAIN_BYTES)
        if not waiting or waiting[-1].share >= 1:
            waiting.append(Batch())
        batch = waiting[-1]
        batch.numbers += chunk
        batch.futures.append(self._submitted(chunk, pool))
        batch.size += size
        batch.share = max(len(batch.numbers) / most, batch.size / longest)

    def _chunks(self, numbers: Sequence[int]) -> Iterator[tuple[list[int], int]]:
        """Works that are handed over together, and how long they are."""
        most, longest = _READ_CHUNK if self._maker else _PLAIN_CHUNK
        chunk, size = list[int](), 0
        for at in range(0, len(numbers), _READ_WORKS):
            sizes = self._assembler.sizes(numbers[at : at + _READ_WORKS])
            for number in numbers[at : at + _READ_WORKS]:
                chunk.append(number)
                size += sizes.get(number, 0)
                if len(chunk) >= most or size >= longest:
                    yield chunk, size
                    chunk, size = [], 0
        if chunk:
            yield chunk, size

    def _submitted(self, numbers: Sequence[int], pool: Executor) -> Future[bytes]:
        if getattr(pool, "remote", False):
            return pool.submit(process_assembled, _encode(self._jobs.of(numbers)))
        return pool.submit(process, _encode(numbers))

    def _iri(self, number: int) -> str:
        kind, name = self._db.rows("SELECT kind, name FROM entity WHERE seq = ?", (number,)).fetchone()
        return self._base.entity(kind, name)

    def _finish(self, batch: Batch, stage: Stage, *, last: bool = False) -> None:
        """Collect a batch's outcomes and commit them; with the last one the agents, where there are few."""
        change = Change(entities=batch.numbers)
        outcomes: list[Outcome] = []
        batch.futures.reverse()
        while batch.futures:  # each holds its outcomes once more
            outcomes += _decode_outcomes(batch.futures.pop().result())
        for outcome in outcomes:
            self._take(outcome, change)
        for number in sorted(set(batch.numbers) - {outcome.number for outcome in outcomes}):
            self._gone(number, change)
        self._vectors(outcomes, change)
        if last and self._left_of_agents() <= _FEW_AGENTS:
            change.add(self._agents())
        self._commit(change, self._maker, self._encoder.id if self._encoder else "")
        self._run.advance(stage, len(batch.numbers))

    def _take(self, outcome: Outcome, change: Change) -> None:
        change.bodies[outcome.iri] = outcome.lines
        change.claims.append((outcome.number, outcome.claims, outcome.found))
        change.terms[outcome.number] = outcome.terms
        change.cited[outcome.number] = outcome.cited
        change.texts[outcome.number] = (outcome.text_version,) if outcome.text_version else ()
        if outcome.reading:
            change.readings.append((outcome.text_version, outcome.reading))
        self.counts.works += 1
        change.fragments += outcome.parts
        self.counts.fragments += outcome.fragments
        self.counts.mentions += outcome.mentions

    def _gone(self, number: int, change: Change) -> None:
        """Nothing speaks of this work any longer."""
        iri = self._iri(number)
        change.bodies[iri] = b""
        change.unlisted.append(iri)
        change.claims.append((number, (), ()))
        change.terms[number] = ()
        change.texts[number] = ()
        change.cited[number] = (0, 0)

    def _vectors(self, outcomes: Sequence[Outcome], change: Change) -> None:
        """Documents for the index, each with its vector, and those of parts: known, or made now in one go."""
        documents = [with_topics(o.document, o.topics, self._labels, self._ancestors) for o in outcomes]
        parts = [outcome.parts for outcome in outcomes]
        found = embedded(documents, self._ledger, self._encoder, parts, self._part_vectors)
        for outcome, versions in zip(outcomes, found.versions, strict=False):
            change.texts[outcome.number] += versions
        change.vectors = found.made
        change.documents = found.pairs
        change.part_vectors = found.parts

    def agents(self) -> None:
        """People, organisations and venues, and the payloads that everything was read from."""
        total = self._left_of_agents()
        if not total:
            return
        with self._run.stage("people, venues, institutions", total) as stage:
            while (change := self._agents()).bodies:
                self._commit(change, self._maker, "")
                self._run.advance(stage, len(change.bodies))

    def _left_of_agents(self) -> int:
        return self._ledger.count_dirty(_AGENT_KINDS) + self._harvested.count_unwritten()

    def _begin_agents(self) -> BegunAgents:
        """The next dirty agents, and their conversion, which goes on while others are written."""
        rows = self._ledger.dirty(_AGENT_KINDS, _BATCH_AGENTS, self._last_agent)
        numbers = [row[0] for row in rows]
        self._last_agent = max(numbers, default=self._last_agent)
        chunks = (numbers[at : at + _CHUNK_AGENTS] for at in range(0, len(numbers), _CHUNK_AGENTS))
        return rows, [self._agent_bodies(chunk) for chunk in chunks]

    def _agents(self) -> Change:
        """What the next dirty agents, and the next payloads, come to."""
        rows, waiting = self._begun if self._begun[0] else self._begin_agents()
        self._begun = self._begin_agents()
        change = Change(entities=[row[0] for row in rows])
        bodies = {outcome.number: outcome.lines for wait in waiting for outcome in wait()}
        for number, kind, name, _ in rows:
            change.bodies[self._base.entity(kind, name)] = bodies[number]
            self._count(kind, bool(bodies[number]))
        for number, (payload, spoken) in self._harvested.unwritten(self._base, _BATCH_AGENTS).items():
            change.payloads.append(number)
            change.bodies[payload.iri] = body_of(sorted(payload_lines(payload, self._base)) if spoken else [])
        return change

    def _count(self, kind: str, written: bool) -> None:
        self.counts.people += written and kind == "person"
        self.counts.organisations += written and kind == "organisation"
        self.counts.venues += written and kind == "venue"

    def claims(self) -> None:
        """Claims, and things found in texts, summed up over all works that speak of them."""
        total = self._ledger.count_dirty(_SUMMED)
        if not total:
            return
        with self._run.stage("claims and things found", total) as stage:
            while rows := self._ledger.dirty(_SUMMED, _BATCH_AGENTS):
                change = Change(entities=[row[0] for row in rows], common=True)
                evidence = dict(self._ledger.evidence(change.entities))
                for number, kind, name, _ in rows:
                    said = evidence[number]
                    change.bodies[f"{kind}:{name}"] = body_of(sorted(self._summed(kind, said)) if said else [])
                    self.counts.claims += bool(said) and kind == "claim"
                    self.counts.found += bool(said) and kind == "found"
                self._commit(change, self._maker, "")
                self._run.advance(stage, len(rows))

    def terms(self) -> None:
        """Scores of the terms that works newly use, or use no longer."""
        book = TermBook(self._db)
        total = book.stale()
        if not total:
            return
        with self._run.stage("candidates for terms", total) as stage:
            more = 1
            while more:
                with self._db.transaction():
                    more = book.score()
                self._run.advance(stage, more)

    def _summed(self, kind: str, said: Sequence[Evidence]) -> Iterator[str]:
        if kind == "claim":
            return claim_lines(summary(said), self._base)
        return found_lines(found_summary(said), self._base)


def found_summary(evidence: Sequence[Evidence]) -> FoundSummary:
    """A found thing over the works that name it."""
    names = Counter(one.object for one in evidence)
    ranked = sorted(names, key=lambda name: (-names[name], name))
    return FoundSummary(iri=evidence[0].subject, type=evidence[0].predicate, names=tuple(ranked), works=len(evidence))

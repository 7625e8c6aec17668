"""One dataset that can be asked and, where it has a writer, changed: what the endpoint, the graph store,
the command line and tests share."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import count
from typing import Final, Protocol

import msgspec

from graph.snapshots import Checkpoints, Snapshot
from graph.terms import iri
from ontology.errors import GnomonError, QueryForbidden
from sparql.answers import Answers
from sparql.budgets import Budgets
from sparql.completing import Completion, Kind, Named, completions
from sparql.federation import Federation
from sparql.formats import FORMATS, Format, negotiate
from sparql.guard import Form, Question, inspect
from sparql.hints import EmptyBecause, Estimate, Hints
from sparql.limits import Limits
from sparql.messages import Ask, Changed, Documents, Request, Update, read_changed
from sparql.plan import SEARCH_MOST, Federated, Plan, Search, planned
from sparql.pool import QueryPool
from sparql.profile import Profiles
from sparql.protocol import Graphs
from sparql.remembering import Memory
from sparql.skeleton import skeleton
from sparql.statement import Statement
from sparql.terms import Names
from sparql.ticket import Ticket
from sparql.updates import Using, check_writes, inspect_update

_NUMBERS: Final = count()
_FILLED_MOST: Final = 16 << 20
"""Bytes of a query with everything filled in."""
_TEXTS_KEPT: Final = 512
"""Texts whose plan is remembered."""


class Said(msgspec.Struct, frozen=True):
    """Who changes something, and with what words: for the log."""

    author: str
    kind: str
    text: str


class Writer(Protocol):
    """Keeps the store of a dataset."""

    def writable(self, graph: str) -> bool:
        """Whether strangers may write this graph ("" is the default graph)."""
        ...

    @property
    def everything(self) -> bool:
        """Whether all graphs are writable, whatever they are called."""
        ...

    def write(self, said: Said, make: Callable[[], Changed]) -> Changed:
        """Call `make` while nobody else writes, and make what it says part of the store: all or
        nothing. WriterBusy where another process writes."""
        ...


Searched = Callable[[str, int], Sequence[tuple[str, float]]]
"""Words and a number → IRI and score of the best works, best first."""


class Prepared(msgspec.Struct, frozen=True):
    """A query that passed the guard, with the format of its answer."""

    question: Question
    format: Format
    plan: Plan


class Service:
    """`changes` is a pool of role "change"; it may be None where `writer` is. `search` and `named` (what is
    called so) are callables of the index; `home` is the path of the endpoint, `of` what an address adds to it
    to mean this dataset (`?snapshot=3`); `lost` says what the store behind it cannot promise."""

    def __init__(
        self, pool: QueryPool, checkpoints: Checkpoints | None = None, *, changes: QueryPool | None = None,
        writer: Writer | None = None, search: Searched | None = None, budgets: Budgets | None = None,
        named: Named | None = None, home: str = "/sparql", lost: tuple[str, ...] = (),
        federation: Federation | None = None, answers: Answers | None = None, of: str = "",
    ) -> None:  # fmt: skip
        self.pool = pool
        self.limits = pool.limits
        self.checkpoints = checkpoints or pool.checkpoints
        self._changes = changes
        self.writer = writer
        self.budgets = budgets or Budgets()
        self.answers = answers or Answers()
        self.memory = Memory()
        self.profiles = Profiles(self.rows, lambda: c.path.name if (c := self.checkpoints.current()) else "")
        self.home = home
        self.of = of
        self.lost = lost
        self._federation = federation or Federation(())
        self._search = search
        self._named = named
        self._plan = lru_cache(_TEXTS_KEPT)(self._plan_anew)
        self._negotiate = lru_cache(_TEXTS_KEPT)(negotiate)

    def prepare(self, text: str, accept: str) -> Prepared:
        """Guard and negotiation, nothing evaluated. Up to a quarter of a second for the longest texts.

        Raises QueryTooLarge, QuerySyntaxError, QueryForbidden, NotAcceptable.
        """
        question, plan = self._planned(text)
        return Prepared(question, self._negotiate(accept, question.form), plan)

    def filled(self, ready: Prepared) -> Prepared:
        """With the searches in it answered; blocking where there are any. SearchSyntaxError, QueryForbidden."""
        plan = ready.plan
        if not plan.outside:
            return ready
        filled = plan.with_found([self._found(one) for one in plan.outside])
        whole = "".join(filled.pieces)
        if self._federation.allowed:
            # Nothing may be left of SERVICE for the engine to see; the same guard says so.
            large = msgspec.structs.replace(self.limits.text, bytes=_FILLED_MOST)
            inspect(whole, large)
            ready = msgspec.structs.replace(ready, question=msgspec.structs.replace(ready.question, text=whole))
        # What it found elsewhere may change while the checkpoint stays.
        question = msgspec.structs.replace(ready.question, volatile=True)
        return msgspec.structs.replace(ready, question=question, plan=filled)

    def _found(self, hole: Search | Federated) -> str:
        if isinstance(hole, Federated):
            return self._federation.content(hole)
        if self._search is None:
            raise QueryForbidden("there is no index here to search", place="gn:search")
        return _rows(hole, self._search(hole.words, min(hole.most, SEARCH_MOST)))

    def _planned(self, text: str) -> tuple[Question, Plan]:
        """What the guard and the planner say, of their skeleton for all texts that share it."""
        bare = skeleton(text)
        if bare is None:
            return self._plan(text)
        try:
            question, plan = self._plan(bare)
        except GnomonError:
            return self._plan(text)  # places in the message are those of the text
        if plan.pieces != (bare,):
            return self._plan(text)
        asked = Question(text, question.form, question.volatile, question.outside, question.prefixes)
        return asked, Plan((text,), (), plan.limit)

    def _plan_anew(self, text: str) -> tuple[Question, Plan]:
        question = inspect(text, self.limits.text, self._federation.allowed)
        plan = planned(text, Names.of(text))
        if question.outside != sum(isinstance(hole, Federated) for hole in plan.holes):
            raise QueryForbidden(
                "SERVICE stands where it is not understood", place="query",
                hint="write it in the WHERE part with the IRI of an endpoint, not inside another SERVICE",
            )  # fmt: skip
        return question, plan

    def ticket(
        self,
        ready: Prepared,
        graphs: Graphs | None = None,
        limits: Limits | None = None,
        base: str = "",
        client: str = "",
        newest: Snapshot | None = None,
    ) -> Ticket:
        """A query that has not begun; `limits` may set other seconds, rows and bytes than the pool's."""
        limits = limits or self.limits
        text = ready.question.text
        plan = None if ready.plan.is_only(text) else ready.plan
        chosen = graphs is not None and bool(graphs.default or graphs.named)

        def errand(snapshot: Snapshot) -> Request:
            return Ask(
                text, plan, str(snapshot.path), ready.format.key,
                list(graphs.default) if graphs and chosen else None,
                list(graphs.named) if graphs and chosen else None, base, limits.rows, limits.bytes,
                ready.question.prefixes,
            )  # fmt: skip

        return Ticket(self.pool, errand, limits, self.checkpoints, client, newest)

    def rows(self, text: str, seconds: float = 5.0) -> list[dict[str, str]]:
        """A small question of our own about this dataset: plain values by column. Blocking."""
        limits = msgspec.structs.replace(self.limits, seconds=seconds)
        question = inspect(text, self.limits.text)
        ticket = self.ticket(Prepared(question, FORMATS["json"], planned(text, Names.of(text))), None, limits)
        found = msgspec.json.decode(b"".join(self._all(ticket)))["results"]["bindings"]
        return [{name: cell["value"] for name, cell in row.items()} for row in found]

    def empty_because(self, text: str) -> EmptyBecause:
        """Why a query has no row. Blocking, up to seconds."""
        return Hints(text, self.rows, self.profiles.get(wait=5.0)).empty()

    def statement(self, name: str) -> Statement:
        """Whether an answer was complete; for a SELECT without rows also why. Blocking, up to seconds."""
        known = self.answers.get(name, self.home)
        made = msgspec.structs.replace(known.statement, lost=self.lost)
        if made.state == "complete" and made.rows == 0 and known.form is Form.SELECT:
            made = msgspec.structs.replace(made, empty_because=self.empty_because(made.query))
        return made

    def estimate(self, text: str) -> Estimate:
        """What a query would cost. Blocking, up to seconds."""
        question, plan = self._planned(text)
        return Hints(question.text, self.rows, self.profiles.get(wait=5.0)).estimate(str(plan))

    def completions(self, typed: str, kind: Kind, limit: int) -> list[Completion]:
        """What may be typed next. Blocking, milliseconds."""
        return completions(typed, kind, self.profiles.get(), self._named or (lambda _typed, _limit: ()), limit)

    def update(self, text: str, using: Using, author: str, base: str) -> Changed:
        """Apply an update, all or nothing: what it changed. Blocking.

        Raises what `inspect_update` raises, QueryForbidden (a graph that is not to be written),
        the limits' errors and WriterBusy.
        """
        writer = self._writer()
        made = inspect_update(text, self.limits.text, using, base)
        if not writer.everything:
            check_writes(made.writes, writer.writable)
        graphs = None if made.writes.unnamed else sorted(made.writes.graphs)

        def errand(snapshot: Snapshot) -> Request:
            scratch = snapshot.path.parent / f".partial-update-{os.getpid()}-{next(_NUMBERS)}"
            return Update(made.text, str(snapshot.path), str(scratch), base, graphs, self.limits.bytes)

        return writer.write(Said(author, "update", text), lambda: self._changed(errand))

    def put(self, graph: str, parts: list[tuple[str, bytes]], author: str, base: str, *, replace: bool) -> Changed:
        """Read RDF documents into a graph ("" is the default graph), in place of what it says or beside
        it. Blocking; raises as `update` does, and UnsupportedMediaType."""
        writer = self._writer()
        self._check(writer, graph)

        def errand(snapshot: Snapshot) -> Request:
            return Documents(str(snapshot.path), graph, parts, base, replace, self.limits.bytes)

        kind = "replace graph" if replace else "add to graph"
        return writer.write(Said(author, kind, graph), lambda: self._changed(errand))

    def _changed(self, errand: Callable[[Snapshot], Request]) -> Changed:
        if self._changes is None:
            raise QueryForbidden("nothing can be changed here", place="update")
        return read_changed(b"".join(self._all(Ticket(self._changes, errand, self.limits, self.checkpoints))))

    def _all(self, ticket: Ticket) -> list[bytes]:
        try:
            ticket.begin()
        except GnomonError:
            ticket.cancel()
            raise
        return list(ticket.chunks())

    def _writer(self) -> Writer:
        if self.writer is None:
            raise QueryForbidden("this dataset takes no updates", place="update")
        return self.writer

    def _check(self, writer: Writer, graph: str) -> None:
        if not writer.everything and not writer.writable(graph):
            raise QueryForbidden(
                f"{f'the graph <{graph}>' if graph else 'the default graph'} may not be written", place="graph",
                hint="write to a graph of your own, such as {base}/graph/user/name",
            )  # fmt: skip


def _rows(hole: Search, found: Sequence[tuple[str, float]]) -> str:
    rows = (f"({iri(name)}{hole.scores * f' {score!r}e0'})" for name, score in found)
    return f"{hole.before} {' '.join(rows)} }}"

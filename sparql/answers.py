"""Whether an answer was all there was, said where it can be looked up: one statement for each answer.

A stream's headers go out before its end is known. So each answer has a name, and its statement can be
asked for by it for as long as it is remembered, while the answer runs and afterwards. Statements are written to
disk some seconds later, in the background: no answer waits for that.
"""

from __future__ import annotations

import logging
import secrets
import sqlite3
import threading
from collections import OrderedDict, deque
from typing import Final

import msgspec

from ontology.errors import NotFound, QueryTimeout, QueryTooLarge
from sparql.answer_file import AnswerFile
from sparql.guard import Form
from sparql.limits import Limits
from sparql.protocol import Graphs
from sparql.statement import Known, State, Statement
from sparql.ticket import Ticket

_log: Final = logging.getLogger(__name__)
REMEMBERED: Final = 2_000
SAVE_SECONDS: Final = 3.0
_NAME: Final = 16
"""Hexadecimal digits of a name."""
_NAMES: Final = 128
_BROKEN_OFF: Final = "the server ended before the answer did"


class Kept(msgspec.Struct):
    """One answer as it is remembered."""

    id: str
    text: str
    graphs: Graphs
    ticket: Ticket
    limits: Limits
    limit: int | None
    form: Form
    home: str

    @property
    def state(self) -> State:
        """As it is now."""
        ticket = self.ticket
        if ticket.complete:
            return "limited" if self.limit is not None and ticket.used.rows >= self.limit else "complete"
        match ticket.error:
            case None:
                return "running"
            case QueryTimeout():
                return "timed out"
            case QueryTooLarge():
                return "cut"
        return "failed"

    def known(self) -> Known:
        """What can be said about it now."""
        state, used, limits = self.state, self.ticket.used, self.limits
        statement = Statement(
            id=self.id, state=state, query=self.text, snapshot=used.snapshot,
            rows=used.rows if self.ticket.complete else None, bytes=used.bytes,
            seconds=round(self.ticket.seconds, 3), cpu_seconds=round(used.cpu, 3),
            limits={"seconds": limits.seconds, "rows": limits.rows, "bytes": limits.bytes},
            limit_in_query=self.limit, error=str(self.ticket.error or "") if not self.ticket.complete else "",
        )  # fmt: skip
        return Known(statement, self.form, self.home)


class Answers:
    """The last answers of one or more endpoints; with a file, also those from before the start."""

    def __init__(self, file: AnswerFile | None = None) -> None:
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._unsaved: deque[Kept] = deque(maxlen=REMEMBERED)
        self._names: list[str] = []
        self._lock = threading.Lock()
        self._file = file
        self._closed = threading.Event()
        self._saving = threading.Thread(target=self._save_now_and_then, daemon=True)
        if file is not None:
            self._saving.start()

    def keep(
        self,
        text: str,
        graphs: Graphs,
        ticket: Ticket,
        limits: Limits,
        limit: int | None,
        form: Form,
        home: str = "/sparql",
    ) -> Kept:
        """Remember an answer of the endpoint at `home` under a new name."""
        one = Kept(self._name(), text, graphs, ticket, limits, limit, form, home)
        self.renew(one)
        self._unsaved.append(one)
        return one

    def _name(self) -> str:
        """One that nobody can guess; made many at a time."""
        try:
            return self._names.pop()
        except IndexError:
            drawn = secrets.token_hex(_NAMES * _NAME // 2)
            self._names += [drawn[at : at + _NAME] for at in range(0, len(drawn), _NAME)]
            return secrets.token_hex(_NAME // 2)

    def renew(self, one: Kept) -> None:
        """An answer is given once more: it is the newest again."""
        with self._lock:
            self._kept[one.id] = one
            self._kept.move_to_end(one.id)
            if len(self._kept) > REMEMBERED:
                self._kept.popitem(last=False)

    def get(self, name: str, home: str = "/sparql") -> Known:
        """What is known of an answer of the endpoint at `home`; NotFound where it is not, or no longer,
        remembered. May read from disk."""
        with self._lock:
            kept = self._kept.get(name)
        found = kept.known() if kept else self._file.get(name) if self._file else None
        if found is None or found.home != home:
            raise NotFound(
                "no answer has this name", place=name, hint=f"the last {REMEMBERED:,} answers are remembered"
            )
        if kept is None and found.statement.state == "running":
            broken = msgspec.structs.replace(found.statement, state="failed", error=_BROKEN_OFF)
            found = msgspec.structs.replace(found, statement=broken)
        return found

    def close(self) -> None:
        """Write what has not been written."""
        self._closed.set()
        if self._saving.is_alive():
            self._saving.join()

    def _save_now_and_then(self) -> None:
        while not self._closed.wait(SAVE_SECONDS):
            self._save()
        self._save()

    def _save(self) -> None:
        """Answers that still run are written too, and again when they have ended."""
        taken = [self._unsaved.popleft() for _ in range(len(self._unsaved))]
        known = [one.known() for one in taken]
        if known and self._file is not None:
            try:
                self._file.put(known)
            except (sqlite3.Error, OSError) as error:
                _log.warning("%d statements about answers were not written: %s", len(known), error)
        self._unsaved.extendleft(
            one for one, said in zip(taken, known, strict=True) if said.statement.state == "running"
        )

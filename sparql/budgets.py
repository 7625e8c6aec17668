"""What each client may take of the endpoint: processor time and errors in a minute, queries at once.

Counted in this process over a moving minute. A request is let in while something is left; what it
took is counted when it ends, so a client can overdraw once and waits for it afterwards.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec

from ontology.errors import GnomonError, QueryBusy, QueryError, RateLimited

WINDOW: Final = 60.0
MOST_CLIENTS: Final = 10_000
"""Clients remembered; those that have nothing running and nothing counted are forgotten first."""


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """For one client."""

    cpu: float = 60.0
    """Seconds of processor time in a minute."""
    concurrent: int = 4
    errors: int = 60
    """Queries in a minute that cannot be answered."""


class _Account(msgspec.Struct):
    taken: deque[tuple[float, float, bool]] = msgspec.field(default_factory=deque)
    """(moment, seconds of processor time, whether it failed) of what ended in the last minute."""
    running: int = 0
    cpu: float = 0.0
    errors: int = 0
    """Sums of what was taken."""

    def add(self, moment: float, cpu: float, failed: bool) -> None:
        self.taken.append((moment, cpu, failed))
        self.cpu += cpu
        self.errors += failed

    def forget(self, before: float) -> None:
        """Leave away what ended at this moment or before it."""
        while self.taken and self.taken[0][0] <= before:
            _, cpu, failed = self.taken.popleft()
            self.cpu -= cpu
            self.errors -= failed
        if not self.taken:
            self.cpu = 0.0


class Budgets:
    """Accounts of all clients. Safe from any thread."""

    def __init__(self, budget: Budget | None = None, now: Callable[[], float] = time.monotonic) -> None:
        self.budget = budget or Budget()
        self._now = now
        self._accounts: dict[str, _Account] = {}
        self._lock = threading.Lock()

    def enter(self, client: str) -> None:
        """Count one query as running; RateLimited, with the seconds to wait, where nothing is left."""
        with self._lock:
            account = self._account(client)
            budget = self.budget
            if account.running >= budget.concurrent:
                raise RateLimited(
                    f"{account.running} queries of yours are running", place="sparql", retry_after=1,
                    hint=f"wait for one of them to end; {budget.concurrent} may run at once",
                )  # fmt: skip
            if account.cpu >= budget.cpu:
                raise self._spent(account, f"more than {budget.cpu:g} s of processor time in a minute")
            if account.errors >= budget.errors:
                raise self._spent(account, f"more than {budget.errors} queries in a minute that fail")
            account.running += 1

    def leave(self, client: str, cpu: float, error: GnomonError | None = None) -> None:
        """Count what a query took, in seconds of processor time, and whether it failed."""
        failed = isinstance(error, QueryError) and not isinstance(error, QueryBusy)
        with self._lock:
            account = self._account(client)
            account.running = max(0, account.running - 1)
            account.add(self._now(), cpu, failed)

    def headers(self, client: str) -> dict[str, str]:
        """The state of a client's account."""
        with self._lock:
            account = self._account(client)
        budget = self.budget
        state = (
            f"cpu;used={account.cpu:.1f};of={budget.cpu:g}, concurrent;used={account.running};of={budget.concurrent},"
            f" errors;used={account.errors};of={budget.errors}"
        )
        return {"Query-Budget": state}

    def _account(self, client: str) -> _Account:
        account = self._accounts.get(client)
        if account is None:
            if len(self._accounts) >= MOST_CLIENTS:
                self._accounts = {name: one for name, one in self._accounts.items() if one.running or one.taken}
            account = self._accounts[client] = _Account()
        account.forget(self._now() - WINDOW)
        return account

    def _spent(self, account: _Account, why: str) -> RateLimited:
        wait = max(1, round(account.taken[0][0] + WINDOW - self._now()))
        return RateLimited(why, place="sparql", hint=f"try again in {wait} seconds", retry_after=wait)

"""What all APIs have in common: pages that follow one another, from a date on.

A source says how its first page is asked for and what is in a page; here pages are followed, lists
that cannot be true are refused, and what is to be remembered is noted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from ingest.sources.base import NOTHING, REACHED, Broken, Complete, Entry, Expected, Noted, Past
from ingest.sources.oai_windows import believed
from ingest.sources.politeness import Politeness
from ingest.sources.rest.client import Mark, Params, Refused, RestClient
from ontology.errors import SourceError
from ontology.records import Payload

_LISTED = "listed"
_STATE = "state"


class RestOptions(Politeness, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What can be said of every API."""

    query: Annotated[str, Meta(description="What to search for, in the words of the API; empty: everything.")] = ""
    pages: Annotated[int, Meta(ge=1, description="Most pages of one harvest; beyond them it fails.")] = 100_000
    full_days: Annotated[
        int, Meta(ge=0, description="Days after which everything is listed again, to learn what vanished; 0: never.")
    ] = 0
    restarts: Annotated[
        int, Meta(ge=0, le=20, description="How often a list is begun again because its cursor expired.")
    ] = 2


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page: what is in it, how the next one is asked for (None: this is the last), the length of the
    whole list (0: not said), and whether it holds fewer than it was asked for (so nothing can follow)."""

    entries: list[Payload | Broken]
    following: Params | None
    total: int = 0
    short: bool = False


class Cursor:
    """Follows one list from page to page. Raises SourceError where it goes in circles or has no end."""

    def __init__(self, name: str, pages: int) -> None:
        self._name = name
        self._left = pages
        self._last: list[str] = []

    def check(self, page: Page) -> None:
        self._left -= 1
        locators = [entry.locator for entry in page.entries]
        if locators and locators == self._last:
            raise SourceError("the server gives the same page again and again", place=self._name)
        if page.following is not None and not self._left:
            raise SourceError(
                "the list has more pages than are allowed", place=self._name,
                hint="narrow the query, or raise the option `pages`",
            )  # fmt: skip
        self._last = locators


class _State(msgspec.Struct, frozen=True):
    """A list of a single page that was not full, as it was: how it was asked for, and its mark."""

    since: str
    asked: dict[str, str]
    mark: Mark


class RestSource:
    """A list of payloads that an API gives in pages."""

    path: ClassVar[str] = ""
    """Where the list is, below the base address."""
    dated: ClassVar[bool] = True
    """Whether the datestamps of payloads are those the API selects by; else the day of the harvest counts."""

    def __init__(self, name: str, base: str, options: RestOptions) -> None:
        self.name = name
        self._base = base
        self._options = options

    def first(self, since: str) -> dict[str, str]:
        """How the first page of what changed since a day (empty: of everything) is asked for."""
        raise NotImplementedError

    def read(self, body: bytes, asked: Params) -> Page:
        """What is in a page that was asked for so. Raises ValueError for what the API does not promise."""
        raise NotImplementedError

    @property
    def selective(self) -> bool:
        """Whether the API can be asked for what changed; else everything is listed each time."""
        return True

    def payloads(self, items: Iterable[msgspec.Raw], make: Callable[[bytes], Payload]) -> list[Payload | Broken]:
        """The items of a page; one that lacks what every one has is Broken."""
        found: list[Payload | Broken] = []
        for item in items:
            body = bytes(item)
            try:
                found.append(make(body))
            except msgspec.DecodeError as error:
                locator = f"{self.path}#{blake2b(body, digest_size=8).hexdigest()}"
                found.append(Broken(self.name, locator, SourceError(f"not what the API promises: {error}")))
        return found

    def headers(self) -> dict[str, str]:
        """Headers of every request that are for this server only."""
        return {}

    def harvest(self, past: Past = NOTHING) -> Iterator[Entry]:
        """Everything changed since `past.since`, that day included. Raises SourceError where a list
        cannot be read to its end; the next harvest then begins where this one did."""
        now = datetime.now(UTC).strftime("%Y-%m-%d")
        since = "" if not self.selective or self._time_for_all(past, now) else past.since[:10]
        newest = ""
        with RestClient(self._base, self._options, self.headers()) as client:
            for entry in self.entries(client, since, past):
                if isinstance(entry, Payload) and entry.datestamp > newest:
                    newest = believed(entry.datestamp[:10]) or newest
                yield entry
        reached = min(newest, now) if self.dated else now
        yield Noted(REACHED, max(reached, past.since))
        if not since:
            yield Noted(_LISTED, now)

    def entries(self, client: RestClient, since: str, past: Past) -> Iterator[Entry]:
        """The whole list. One of a single page is asked for only if it has changed."""
        first = self.first(since)
        state = _state(past)
        known = state.mark if state is not None and (state.since, state.asked) == (since, first) else None
        found: list[tuple[Mark, bool]] = []
        for restart in range(self._options.restarts + 1):
            try:
                for mark, page in self._pages(client, first, known):
                    found.append((mark, page.short))
                    yield from [Expected(page.total)] if page.total else []
                    yield from page.entries
                break
            except Refused as error:  # a cursor is no longer known
                if not found or error.status not in (400, 404, 410) or restart == self._options.restarts:
                    raise
        if not found:
            return
        mark, short = found[0]
        kept = _State(since, first, mark) if short and mark.headers() else None
        yield Noted(_STATE, msgspec.json.encode(kept).decode() if kept else "")
        if not since:
            yield Complete()

    def _pages(self, client: RestClient, first: Params, known: Mark | None) -> Iterator[tuple[Mark, Page]]:
        """The pages of a list with their marks; none where the first one is as it was."""
        cursor = Cursor(self.name, self._options.pages)
        asked: Params | None = first
        while asked is not None:
            params = asked
            answer = client.ask(self.path, params, lambda body, params=params: self.read(body, params), known)  # type: ignore[misc]
            if answer is None:
                return
            cursor.check(answer.value)
            yield answer.mark, answer.value
            asked, known = answer.value.following, None

    def _time_for_all(self, past: Past, now: str) -> bool:
        """Whether it is time to list everything again."""
        days = self._options.full_days
        if not days or not past.since:
            return False
        listed = past.notes.get(_LISTED, "")
        return not listed or (datetime.fromisoformat(now) - datetime.fromisoformat(listed)).days >= days


def _state(past: Past) -> _State | None:
    if past.full or not (noted := past.notes.get(_STATE, "")):
        return None
    try:
        return msgspec.json.decode(noted, type=_State)
    except msgspec.DecodeError:
        return None

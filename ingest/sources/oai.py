"""Harvesting a repository by OAI-PMH 2.0 (openarchives.org/OAI/openarchivesprotocol.html)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from ingest.sources.base import NOTHING, REACHED, Complete, Entry, Expected, Noted, Past
from ingest.sources.oai_client import OaiClient, OaiSettings
from ingest.sources.oai_lists import OaiLists, TokenUseless
from ingest.sources.oai_windows import Window, believed, parsed

_LISTED = "listed"
"""The note that says when the source was last asked for all it has."""


class OaiSource:
    """The records of one server in one metadata format, each as a payload of its own.

    `body` is the record's metadata element as UTF-8, `media` the metadata prefix, `locator` the OAI
    identifier, `datestamp` the server's. A deleted record has no body and says so. With `sets`, the
    sets are harvested one after the other and a record of several comes once.

    A list is asked for window by window of time, in order; after each, the harvest can be taken up
    again from there. Where the server forgets its resumption token, the window is begun again and,
    if that does not help, cut in halves. A page that is not well-formed is asked for again; if it
    stays so, each record it names is asked for by itself, and only those that are broken in
    themselves become Broken. A server that does not keep deletions is asked now and then for the
    names of all it has, so that what vanished is known.
    """

    def __init__(
        self, name: str, url: str, prefix: str = "oai_dc", sets: Sequence[str] = (), settings: OaiSettings | None = None
    ) -> None:
        self.name = name
        self._url = url
        self._prefix = prefix
        self._sets = tuple(sets) or ("",)
        self._settings = settings or OaiSettings()

    def harvest(self, past: Past = NOTHING) -> Iterator[Entry]:
        """Records with a datestamp of `past.since` or later (the bound is included, as the protocol has it).

        Raises SourceError when the list cannot be read to its end: what was yielded stands, and the
        note of the last finished window says where to go on.
        """
        with OaiClient(self._url, self._settings) as client:
            lists = OaiLists(client, self.name, self._url, self._prefix, self._settings)
            for identifier in past.missed if past.since else ():
                if not identifier.startswith(self._url):  # that is where one without identifier stood
                    yield lists.single(identifier)
            yield from _Harvest(lists, self._sets, self._settings).run(past)


class _Harvest:
    """One harvest of one server: which lists are asked for, in which order, and how often."""

    def __init__(self, lists: OaiLists, sets: Sequence[str], settings: OaiSettings) -> None:
        self._lists = lists
        self._sets = sets
        self._settings = settings
        self._identity = lists.identity()
        self._newest = ""
        self._handed = 0

    def run(self, past: Past) -> Iterator[Entry]:
        for window, following in self._windows(past.since):
            yield from self._window(window, self._settings.restarts, set())
            yield Noted(REACHED, max(following or self._reached(), past.since))
        if self._settings.until:
            return
        if past.since:
            if not self._time_to_list(past):
                return
            yield from self._list()
        yield Complete()
        yield Noted(_LISTED, self._identity.now)

    def _windows(self, since: str) -> Iterator[tuple[Window, str]]:
        """Windows in order of time, each with the moment from which to go on after it (empty after the last)."""
        identity, settings = self._identity, self._settings
        begin = identity.clock.cut(since) if since else ""
        if begin and settings.overlap_days:
            begin = identity.clock.write(parsed(begin) - timedelta(days=settings.overlap_days))
        whole = Window(begin, identity.clock.cut(settings.until) if settings.until else "")
        known = (begin or identity.earliest) and (whole.end or identity.now)
        pieces = whole.pieces(settings.window_days if known else 0, identity.clock, identity.earliest, identity.now)
        return zip(pieces, [piece.begin for piece in pieces[1:]] + [""], strict=True)

    def _reached(self) -> str:
        """The newest datestamp seen; one in the future does not count, or the next harvest would wait for it."""
        now = self._identity.now[: len(self._newest)]
        return min(self._newest, now) if now else self._newest

    def _window(self, window: Window, restarts: int, seen: set[tuple[str, str]]) -> Iterator[Entry]:
        """All sets of one window, each record once."""
        try:
            for name in self._sets:
                known = {locator for locator, _ in seen}
                for entry in self._lists.records(window, name, known):
                    if isinstance(entry, Expected):
                        yield Expected(self._handed + entry.total)
                        continue
                    key = getattr(entry, "locator", ""), getattr(entry, "datestamp", "")
                    if key not in seen:
                        seen.add(key)
                        self._handed += 1
                        if key[1] > self._newest:
                            self._newest = believed(key[1]) or self._newest
                        yield entry
        except TokenUseless as error:
            if not restarts:
                raise self._lists.incomplete(str(error)) from error
            yield from self._again(window, restarts, seen)

    def _again(self, window: Window, restarts: int, seen: set[tuple[str, str]]) -> Iterator[Entry]:
        """The window once more; from the second time on in halves, which are done before a token expires."""
        identity = self._identity
        halves = None
        if restarts < self._settings.restarts and (window.begin or identity.earliest) and (window.end or identity.now):
            halves = window.halves(identity.clock, identity.earliest, identity.now)
        for part in halves or (window,):
            yield from self._window(part, restarts - (halves is None), seen)

    def _time_to_list(self, past: Past) -> bool:
        """Whether to ask for all names again, as deletions are not announced for good."""
        if self._identity.deleted == "persistent" or not self._settings.full_days:
            return False
        last, now = past.notes.get(_LISTED), self._identity.now
        return not last or not now or parsed(now) - parsed(last) >= timedelta(days=self._settings.full_days)

    def _list(self) -> Iterator[Entry]:
        """The names of all there is; deletions among them were handed over before, or are too old to matter."""
        try:
            for name in self._sets:
                yield from self._lists.names(Window(), name)
        except TokenUseless as error:
            raise self._lists.incomplete(str(error)) from error

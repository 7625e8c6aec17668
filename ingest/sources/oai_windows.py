"""Spans of time a list is asked for, and how OAI-PMH writes moments (§3.3: a day or a second, UTC)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from ontology.errors import SettingsError

_DAY = "YYYY-MM-DD"
_EARLIEST, _LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class Clock(msgspec.Struct, frozen=True):
    """The moments a server can tell apart: days, or seconds."""

    by_day: bool

    @property
    def unit(self) -> timedelta:
        return timedelta(days=1) if self.by_day else timedelta(seconds=1)

    def write(self, moment: datetime) -> str:
        return moment.strftime("%Y-%m-%d" if self.by_day else "%Y-%m-%dT%H:%M:%SZ")

    def cut(self, moment: str) -> str:
        """An ISO date or time as this server takes it; a date stays one, which every server takes."""
        found = parsed(moment)
        return moment if len(moment) <= len(_DAY) else self.write(found)


class Window(msgspec.Struct, frozen=True):
    """From one moment to another, both included; empty: without bound."""

    begin: str = ""
    end: str = ""

    def query(self) -> dict[str, str]:
        return ({"from": self.begin} if self.begin else {}) | ({"until": self.end} if self.end else {})

    def halves(self, clock: Clock, earliest: str, now: str) -> tuple[Window, Window] | None:
        """The same span in two windows that do not overlap; None where it cannot be cut any more.

        An open begin counts from `earliest`, an open end to `now`; open ends stay open.
        """
        begin, end = parsed(self.begin or earliest), parsed(self.end or now)
        middle = begin + (end - begin) / 2
        first = clock.write(middle)
        second = clock.write(parsed(first) + clock.unit)
        if begin >= end or parsed(second) > end:
            return None
        return Window(self.begin, first), Window(second, self.end)

    def pieces(self, days: int, clock: Clock, earliest: str, now: str) -> list[Window]:
        """The same span in windows of so many days, in order of time; 0 days: this window alone."""
        if days <= 0:
            return [self]
        begin, end = parsed(self.begin or earliest), parsed(self.end or now)
        found, left = list[Window](), self.begin
        while (begin := begin + timedelta(days=days)) < end:
            found.append(Window(left, clock.write(begin - clock.unit)))
            left = clock.write(begin)
        return [*found, Window(left, self.end)]


def believed(moment: str) -> str:
    """A date or time a server wrote, or nothing where it is none or cannot be meant."""
    try:
        return moment if _EARLIEST <= parsed(moment) <= _LATEST else ""
    except SettingsError:
        return ""


def parsed(moment: str) -> datetime:
    """An ISO date or time in UTC; SettingsError where it is none."""
    try:
        found = datetime.fromisoformat(moment)
    except ValueError as error:
        raise SettingsError(
            f"{moment!r} is no ISO date or time", hint="write 2024-05-31 or 2024-05-31T12:00:00Z"
        ) from error
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)

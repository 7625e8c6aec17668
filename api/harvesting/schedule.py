"""When sources are due: cron expressions, and what to do when a time was missed (once, as soon as possible)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from ingest.sources.kinds import SourceDefinition
from ontology.errors import SettingsError

_EPOCH = "2000-01-01T00:00:00Z"


def check_schedule(expression: str) -> None:
    """SettingsError where this is no cron expression of five fields that ever comes true."""
    try:
        if len(expression.split()) != 5:
            raise CronSimError("five fields are wanted: minute, hour, day of month, month, day of week")
        next(CronSim(expression, datetime(2024, 1, 1, tzinfo=UTC)))
    except (CronSimError, StopIteration) as error:
        raise SettingsError(
            f"{expression!r} is no schedule: {error or 'it never comes true'}", place="schedule",
            hint="every night at two: 0 2 * * *",
        ) from error  # fmt: skip


def zone(name: str) -> ZoneInfo:
    """The time zone schedules are meant in; SettingsError for an unknown one."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SettingsError(f"no time zone is called {name!r}", place="setting timezone") from error


def next_run(definition: SourceDefinition, last: str, timezone: str) -> datetime | None:
    """When a source is due after the start of its `last` run (ISO 8601; empty: never ran), in UTC.

    One that never ran is due at the first time after it was named; one from the settings file, of
    which that is not known, at once. None without a schedule.
    """
    if not definition.schedule:
        return None
    from_there = datetime.fromisoformat(last or definition.added or _EPOCH)
    return next(CronSim(definition.schedule, from_there.astimezone(zone(timezone)))).astimezone(UTC)


def due(definitions: Iterable[SourceDefinition], last: Mapping[str, str], now: datetime, timezone: str) -> list[str]:
    """Names of the sources whose time has come, the longest waiting first."""
    waiting = [
        (when, one.name)
        for one in definitions
        if (when := next_run(one, last.get(one.name, ""), timezone)) is not None and when <= now
    ]
    return [name for _, name in sorted(waiting)]

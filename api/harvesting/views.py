"""Named sources as they are shown: what they are, what came of them, when they run next."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from api.harvesting.book import SourceBook
from api.harvesting.runs import RunView, latest_runs
from api.harvesting.schedule import next_run
from api.settings import Settings
from ingest.journal.database import Database
from ingest.sources.kinds import SourceDefinition, shown
from ontology.errors import NotFound

_RUNS_SHOWN = 10


class SourceView(msgspec.Struct, frozen=True, kw_only=True):
    """A source: its definition without secrets, payloads that are there, that were `deleted` at the source
    or are in quarantine, records read from them, its newest datestamp and its latest runs, newest first.
    One that only the journal knows (files given to `gnomon build`) has no kind; one that is `configured`
    is written in the settings file and can be changed there only."""

    name: str
    kind: str = ""
    address: tuple[str, ...] = ()
    options: dict[str, str] = {}
    schedule: str = ""
    configured: bool = False
    next_run: str = ""
    payloads: int = 0
    records: int = 0
    deleted: int = 0
    quarantined: int = 0
    newest: str = ""
    runs: tuple[RunView, ...] = ()


class SourceList(msgspec.Struct, frozen=True):
    """All sources of the catalogue, by name."""

    sources: tuple[SourceView, ...]


def source_list(settings: Settings, journal: Database | None, *, inside: bool) -> SourceList:
    """Every source with its latest run. Addresses and options are for those `inside` only."""
    defined = {one.name: one for one in SourceBook(settings).all()}
    harvested = (
        {row[0] for row in journal.rows("SELECT DISTINCT source FROM payload")} if journal is not None else set[str]()
    )
    return SourceList(
        tuple(
            _view(settings, journal, name, defined.get(name), runs=1, inside=inside)
            for name in sorted(defined.keys() | harvested)
        )
    )


def source_view(settings: Settings, journal: Database | None, name: str, *, inside: bool) -> SourceView:
    """One source with its latest runs; NotFound where neither the book nor the journal knows it."""
    defined = {one.name: one for one in SourceBook(settings).all()}
    known = journal is not None and journal.one("SELECT 1 FROM payload WHERE source = ? LIMIT 1", (name,))
    if name not in defined and not known:
        raise NotFound(f"no source is called {name[:100]!r}", hint="/v1/sources lists them")
    return _view(settings, journal, name, defined.get(name), runs=_RUNS_SHOWN, inside=inside)


def _view(
    settings: Settings, journal: Database | None, name: str, definition: SourceDefinition | None, *, runs: int,
    inside: bool,
) -> SourceView:  # fmt: skip
    latest = tuple(latest_runs(settings.data, journal, name, runs))
    view = SourceView(name=name, runs=latest)
    if definition is not None:
        public = shown(definition)
        when = next_run(definition, latest[0].started if latest else "", settings.timezone)
        if when is not None:
            when = max(when, datetime.now(UTC))
        view = msgspec.structs.replace(
            view, kind=public.kind, schedule=public.schedule, configured=not public.added,
            address=public.address if inside else (),
            options={key: _said(value) for key, value in public.options.items()} if inside else {},
            next_run=when.strftime("%Y-%m-%dT%H:%M:%SZ") if when else "",
        )  # fmt: skip
    return view if journal is None else _counted(view, journal)


def _said(value: object) -> str:
    """The value of an option as it may be written: lists with commas."""
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _counted(view: SourceView, journal: Database) -> SourceView:
    row = journal.rows(
        "SELECT count(*) FILTER (WHERE stage <> 'deleted'), count(*) FILTER (WHERE stage = 'deleted'),"
        " (SELECT count(*) FROM record r JOIN payload q ON q.id = r.payload WHERE q.source = ?1),"
        " (SELECT count(*) FROM quarantine z JOIN payload q ON q.id = z.payload WHERE q.source = ?1),"
        " max(datestamp) FROM payload WHERE source = ?1",
        (view.name,),
    ).fetchone()
    return msgspec.structs.replace(
        view, payloads=row[0], deleted=row[1], records=row[2], quarantined=row[3], newest=row[4] or ""
    )

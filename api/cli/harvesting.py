"""What `gnomon source`, `harvest` and `schedule` do, and how sources are shown to a person."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from api.cli import showing
from api.cli.building import show, watching
from api.harvesting.book import SourceBook
from api.harvesting.running import delete_records, run_sources
from api.harvesting.runs import RunView, open_journal
from api.harvesting.scheduler import keep_running, run_due
from api.harvesting.views import SourceList, SourceView, source_view
from api.settings import Settings, load_settings
from ingest.sources.kinds import SourceDefinition
from ontology.errors import SettingsError, SourceError


def run_named(
    names: Sequence[str], everything: bool, full: bool, allow_shrink: bool, run: str, as_json: bool, **given: object
) -> None:
    settings = load_settings(**given)
    if everything == bool(names):
        raise SettingsError("name the sources to run, or give --all")
    chosen = [one.name for one in SourceBook(settings).all()] if everything else list(dict.fromkeys(names))
    if not chosen:
        raise SettingsError("no source is named yet", hint="gnomon source add NAME KIND ADDRESS")
    _run(settings, chosen, full, allow_shrink, run, as_json)


def harvest_address(
    url: str, prefix: str, sets: tuple[str, ...], source: str, full: bool, allow_shrink: bool, as_json: bool,
    **given: object,
) -> None:  # fmt: skip
    """Name a repository, if it is not yet, and run it."""
    settings = load_settings(**given)
    book = SourceBook(settings)
    options = ({"prefix": prefix} if prefix else {}) | ({"sets": list(sets)} if sets else {})
    wanted = SourceDefinition(
        name=source or urlsplit(url).netloc.rpartition("@")[2] or url, kind="oai", address=(url,), options=options
    )
    known = next((one for one in book.all() if one.name == wanted.name), None)
    if known is None:
        book.add(wanted)
    elif (known.kind, known.address, known.options) != (wanted.kind, wanted.address, wanted.options):
        raise SettingsError(
            f"the source {wanted.name!r} is another one", place=" ".join(known.address),
            hint=f"`gnomon source run {wanted.name}` runs it; give this one a name of its own with --source",
        )  # fmt: skip
    _run(settings, [wanted.name], full, allow_shrink, "", as_json)


def _run(settings: Settings, names: list[str], full: bool, allow_shrink: bool, run: str, as_json: bool) -> None:
    """Run, show, and end in an error where a source could not be read to its end."""
    with watching(as_json) as watch:
        report = run_sources(settings, names, watch, full=full, allow_shrink=allow_shrink, run=run)
    show(report, as_json)
    if failed := [one for one in report.harvests if one.error]:
        raise SourceError(
            f"{len(failed)} of {len(report.harvests)} sources could not be read to the end: {failed[0].error}",
            place=", ".join(one.source for one in failed), hint="what was read is in the graph; run again to go on",
        )  # fmt: skip


def remove_source(name: str, keep: bool | None, run: str, as_json: bool, **given: object) -> None:
    """Give up a source; of one that only the journal knows, the records can be deleted."""
    settings = load_settings(**given)
    known = source_view(settings, open_journal(settings.journal), name, inside=True)
    if keep is None:
        raise SettingsError(
            f"what is to become of the records of {name!r}?", hint="say --keep-records or --delete-records"
        )
    if known.kind or keep:
        SourceBook(settings).remove(name)
    if keep:
        showing.line(f"{name} is no longer a source; its records stay.")
        return
    with watching(as_json) as watch:
        report = delete_records(settings, name, watch, run)
    show(report, as_json)


def schedule(once: bool, **given: object) -> None:
    settings = load_settings(**given)
    if once:
        showing.line(f"{run_due(settings, showing.line)} sources were due.")
    else:
        keep_running(settings, showing.line)


def sources_table(found: SourceList) -> None:
    """One line for each source."""
    rows = (
        (one.name, one.kind or "(files given)", one.payloads, one.records, one.quarantined, one.newest[:10],
         _state(one.runs[0]) if one.runs else "never ran", one.schedule)
        for one in found.sources
    )  # fmt: skip
    showing.table(
        ("source", "kind", "payloads", "records", "quarantined", "newest", "last run", "schedule"), rows,
        right=("payloads", "records", "quarantined"),
    )  # fmt: skip


def source_page(one: SourceView) -> None:
    """One source on a screen."""
    showing.line((one.name, "bold"), f"  {one.kind}  {' '.join(one.address)}")
    for name, value in one.options.items():
        showing.line(f"  {name} = {value}")
    if one.schedule:
        showing.line(f"  runs {one.schedule}, next at {one.next_run}")
    showing.line(
        f"  {one.payloads:,} payloads, {one.records:,} records, {one.quarantined:,} in quarantine,"
        f" {one.deleted:,} deleted at the source"
    )
    for run in one.runs:
        showing.line(f"  {run.started}  {_state(run)}")
        if run.error:
            showing.line((f"      {run.error}", "yellow"))


def _state(run: RunView) -> str:
    """What came of a run, in a few words."""
    counts = run.report
    said = ", ".join(
        f"{getattr(counts, name):,} {name}"
        for name in ("new", "changed", "deleted", "withheld", "quarantined")
        if getattr(counts, name)
    )
    return f"{run.state}: {counts.seen:,} seen{f', {said}' if said else ''}"

"""`gnomon source …`: name sources once, and run them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from api.cli.options import Data, Json, RunId

app = typer.Typer(no_args_is_help=True, help="Named sources: what the catalogue is harvested from.")

Full = Annotated[bool, typer.Option("--full", help="Ask for everything again, not only for what changed.")]
Shrink = Annotated[
    bool, typer.Option("--allow-shrink", help="Delete what is gone, even if that is most of the source.")
]
All = Annotated[bool, typer.Option("--all", help="All named sources.")]


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="Name of the source, for good.")],
    kind: Annotated[str, typer.Argument(help="files, oai, crossref, … (docs/plugs.md lists them).")],
    address: Annotated[Optional[list[str]], typer.Argument(help="Where it is: paths, globs or an address.")] = None,  # noqa: UP045
    option: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--option", "-o", metavar="NAME=VALUE", help="An option of its kind; may be repeated."),
    ] = None,
    schedule: Annotated[str, typer.Option(help="When to run it, as cron expression: '0 2 * * *'.")] = "",
    data: Data = None,
) -> None:
    """Name a source. Nothing is harvested yet."""
    from api.cli import showing
    from api.harvesting.book import SourceBook
    from api.settings import load_settings
    from ingest.sources.kinds import SourceDefinition

    places = [str(Path(one).absolute()) if kind == "files" and one != "-" else one for one in address or ()]
    definition = SourceDefinition(
        name=name, kind=kind, address=tuple(places), options=_options(option or []), schedule=schedule
    )
    added = SourceBook(load_settings(data=data)).add(definition)
    showing.line(f"{added.name} is named; `gnomon source run {added.name}` harvests it.")


@app.command("list")
def list_all(data: Data = None, as_json: Json = False) -> None:
    """All sources, with what came of them."""
    from api.cli import showing
    from api.cli.harvesting import sources_table
    from api.harvesting.runs import open_journal
    from api.harvesting.views import source_list
    from api.settings import load_settings

    settings = load_settings(data=data)
    found = source_list(settings, open_journal(settings.journal), inside=True)
    if as_json:
        showing.as_json(found)
    else:
        sources_table(found)


@app.command("show")
def show(name: str, data: Data = None, as_json: Json = False) -> None:
    """One source: its definition without secrets, its state, its latest runs."""
    from api.cli import showing
    from api.cli.harvesting import source_page
    from api.harvesting.runs import open_journal
    from api.harvesting.views import source_view
    from api.settings import load_settings

    settings = load_settings(data=data)
    found = source_view(settings, open_journal(settings.journal), name, inside=True)
    if as_json:
        showing.as_json(found)
    else:
        source_page(found)


@app.command("run")
def run(
    names: Annotated[Optional[list[str]], typer.Argument(metavar="NAME...", help="Sources to run.")] = None,  # noqa: UP045
    everything: All = False,
    full: Full = False,
    allow_shrink: Shrink = False,
    run_id: RunId = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Harvest sources and take what changed into the graph."""
    from api.cli.harvesting import run_named

    run_named(names or [], everything, full, allow_shrink, run_id, as_json, data=data)


@app.command("remove")
def remove(
    name: str,
    keep: Annotated[
        Optional[bool],  # noqa: UP045
        typer.Option("--keep-records/--delete-records", help="What becomes of what was harvested from it."),
    ] = None,
    run_id: RunId = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Give a source up. Its records stay or go, as you say."""
    from api.cli.harvesting import remove_source

    remove_source(name, keep, run_id, as_json, data=data)


def _options(written: list[str]) -> dict[str, str]:
    from ontology.errors import SettingsError

    found = {}
    for one in written:
        name, mark, value = one.partition("=")
        if not mark:
            raise SettingsError(f"{one!r} is no option", place="--option", hint="write NAME=VALUE")
        found[name.strip()] = value
    return found

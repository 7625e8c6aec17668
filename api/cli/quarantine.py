"""`gnomon quarantine …`: what could not be read, why, and another try."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from api.cli.options import AtMost, Data, Json

app = typer.Typer(no_args_is_help=True, help="What could not be read, and why.")

Source = Annotated[str, typer.Option(help="Only of this source.")]
Format = Annotated[str, typer.Option(help="Only of this format.")]
Error = Annotated[str, typer.Option(help="Only with this error (MalformedPayload, UnknownFormat …).")]


@app.command("list")
def list_entries(
    source: Source = "", format: Format = "", error: Error = "", data: Data = None, as_json: Json = False
) -> None:
    """Everything that could not be read, with place and reason."""
    from api.cli import showing
    from api.settings import load_settings
    from ingest.journal.database import Database
    from ingest.journal.quarantine import Quarantine, Selection

    with Database(load_settings(data=data).journal, read_only=True) as journal:
        found = list(Quarantine(journal).entries(Selection(source=source, format=format, error=error)))
    if as_json:
        showing.as_json(found)
        return
    for entry in found:
        showing.line(f"{entry.id:>6}  {entry.source}: {entry.locator}{f' record {entry.key}' if entry.key else ''}")
        showing.line(f"        {entry.error}: {entry.message} {entry.place}")
    showing.line(f"{len(found):,} in quarantine")


@app.command("show")
def show_entry(
    number: Annotated[int, typer.Argument(metavar="ID", help="Number in the list.")],
    payload: Annotated[bool, typer.Option("--payload", help="Write it out as it came, byte for byte.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """One payload in quarantine: each of its faults with the text around the place."""
    from api.cli import showing
    from api.quarantine import quarantined_payload
    from api.settings import load_settings
    from ingest.journal.database import Database
    from ingest.journal.quarantine import Quarantine

    with Database(load_settings(data=data).journal, read_only=True) as journal:
        if payload:
            sys.stdout.buffer.write(Quarantine(journal).payload(number).body)
            return
        found = quarantined_payload(journal, number)
    if as_json:
        showing.as_json(found)
        return
    showing.line((f"{found.source}: {found.locator}", "bold"), f"  {found.size:,} bytes {found.format}")
    for fault in found.faults:
        showing.line((f"{fault.error}: {fault.message} {fault.place}", "yellow"), f"  {fault.hint or fault.key}")
        for line in fault.excerpt.text.splitlines():
            showing.line((f"    {line}", "dim"))


@app.command("retry")
def retry_entries(
    source: Source = "", format: Format = "", error: Error = "",
    number: Annotated[int, typer.Option("--id", help="Only the payload with this number.")] = 0,
    most: AtMost = 0, data: Data = None, as_json: Json = False,
) -> None:  # fmt: skip
    """Read what is in quarantine again with the readers of today, and take what they can read into the graph."""
    from api.cli import showing
    from api.cli.building import watching
    from api.quarantine import retry_and_build
    from api.settings import load_settings
    from ingest.journal.quarantine import Selection

    chosen = Selection(source=source, format=format, error=error, id=number)
    with watching(as_json) as watch:
        report = retry_and_build(load_settings(data=data), chosen, watch, most)
    if as_json:
        showing.as_json(report)
        return
    showing.line(
        f"{report.payloads:,} payloads read again: {report.records:,} records are new or changed,"
        f" {report.before - report.after:,} of {report.before:,} faults are gone."
    )
    if report.unfetched:
        showing.line(f"{report.unfetched:,} were never fetched: the next harvest of their source tries again.")

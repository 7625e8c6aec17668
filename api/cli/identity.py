"""`gnomon identity …`: why things are one, what may be one, and the curator's decisions."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from api.cli.options import AtMost, Data, Json, RunId

if TYPE_CHECKING:
    from ingest.identity.comparison import Reason
    from ingest.identity.explaining import Explanation

app = typer.Typer(no_args_is_help=True, help="Which records are one thing, why, and what curators decided.")

Note = Annotated[str, typer.Option(help="Why, for those who look at it later.")]
By = Annotated[str, typer.Option(help="Who decides (default: your login name).")]


@app.command("explain")
def explain(
    thing: Annotated[str, typer.Argument(metavar="IRI", help="IRI or opaque name of a work, person, organisation …")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """What holds a thing together: its records, and why each is one of them."""
    from api.cli import showing
    from api.settings import load_settings
    from ingest.identity.explaining import Explainer
    from ingest.journal.database import Database

    settings = load_settings(data=data)
    with Database(settings.journal, read_only=True) as journal:
        found = Explainer(journal, settings.base).explain(thing)
    if as_json:
        showing.as_json(found)
    else:
        _show(found)


def _show(found: Explanation) -> None:
    from api.cli import showing

    showing.line((found.iri, "bold"), f"  {found.kind}, {len(found.members)} records, score {found.score:.2f}")
    for member in found.members:
        showing.line(f"  {member.record}  {member.name}")
        if member.joined_to:
            showing.line((f"      {member.method} ({member.score:.2f}) as {member.joined_to}", "dim"))
            _reasons(member.reasons)
    for iri in found.formerly:
        showing.line(f"  formerly {iri}")
    for verdict in found.verdicts:
        undone = " (taken back)" if verdict.undone else ""
        showing.line(f"  {verdict.verdict} by {verdict.decided_by}, {verdict.decided_at}{undone}: {verdict.note}")
    for pair in found.candidates:
        other, name = (pair.right, pair.right_name) if pair.left == found.iri else (pair.left, pair.left_name)
        showing.line((f"  perhaps {other}  {name} ({pair.score:.2f})", "yellow"))


def _reasons(reasons: tuple[Reason, ...]) -> None:
    from api.cli import showing

    for reason in reasons:
        said = f"{reason.left} | {reason.right}" if reason.left or reason.right else "both stand in one"
        showing.line((f"        {reason.bits:+6.1f}  {reason.field}: {said}", "dim"))


@app.command("list")
def list_candidates(
    kind: Annotated[str, typer.Option(help="work, person, organisation or venue.")] = "work",
    decided: Annotated[bool, typer.Option("--decided", help="What curators decided instead.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Pairs that may be one thing but are not merged: the likeliest first, with the reasons."""
    from api.cli import showing
    from api.settings import load_settings
    from ingest.identity.explaining import Explainer
    from ingest.identity.nodes import known_kind
    from ingest.journal.database import Database

    settings = load_settings(data=data)
    with Database(settings.journal, read_only=True) as journal:
        explainer = Explainer(journal, settings.base)
        verdicts = explainer.verdicts() if decided else []
        found = [] if decided else explainer.candidates(known_kind(kind), limit)
    if as_json:
        showing.as_json(verdicts if decided else found)
        return
    for verdict in verdicts:
        undone = " (taken back)" if verdict.undone else ""
        showing.line(f"{verdict.decided_at}  {verdict.decided_by}: {verdict.verdict} {' '.join(verdict.iris)}{undone}")
    for pair in found:
        showing.line(f"{pair.score:.2f}  {pair.left}  {pair.left_name}")
        showing.line(f"      {pair.right}  {pair.right_name}")
        _reasons(pair.reasons)


@app.command("merge")
def merge(
    things: Annotated[list[str], typer.Argument(metavar="IRI…", help="Two or more IRIs of things of one kind.")],
    note: Note = "",
    by: By = "",
    most: AtMost = 0,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Decide that these are one thing, for ever. `gnomon identity split` takes it back."""
    from api.cli import showing
    from api.cli.building import watching
    from api.curating import decide
    from api.settings import load_settings

    with watching(as_json) as watch:
        found = decide(
            load_settings(data=data), by or getpass.getuser(), lambda c: [c.merge(things, note)], watch, most
        )
    if as_json:
        showing.as_json(found)
    else:
        showing.line(f"One thing now: {found.iris[0]} ({found.written} entities written again)")


@app.command("split")
def split(
    thing: Annotated[str, typer.Argument(metavar="IRI", help="The thing.")],
    parts: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Argument(
            metavar="PART…", help="IRIs of its records, or IRIs merged into it (default: the latest merge)."
        ),
    ] = None,
    note: Note = "",
    by: By = "",
    most: AtMost = 0,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Decide that parts of a thing are another thing, for ever; or take its latest merge back."""
    from api.cli import showing
    from api.cli.building import watching
    from api.curating import decide
    from api.settings import load_settings

    with watching(as_json) as watch:
        found = decide(
            load_settings(data=data), by or getpass.getuser(), lambda c: c.split(thing, parts or (), note), watch, most
        )
    if as_json:
        showing.as_json(found)
    else:
        showing.line(f"{len(found.iris)} things now: {' '.join(found.iris)} ({found.written} entities written again)")


@app.command("settle", hidden=True)
def settle(run_id: RunId = "", data: Data = None, as_json: Json = False) -> None:
    """Take into the graph what was decided and waits."""
    from api.cli.building import show, watching
    from api.harvesting.running import run_decision
    from api.settings import load_settings

    with watching(as_json) as watch:
        report = run_decision(load_settings(data=data), watch, run=run_id)
    show(report, as_json)

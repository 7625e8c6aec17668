"""`gnomon vocabulary …` and `gnomon changeset …`: what stands, what an edit changes, who decided."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from api.cli.options import ColumnsSaid, Data, Json, Separator, author
from ontology.errors import SettingsError

if TYPE_CHECKING:
    from api.curation.curator import Curator, Linked
    from api.curation.previewing import Preview
    from api.curation.showing import ChangeSetView, ChangeView
    from api.watch import Watcher
    from ontology.curation.edits import Edit

app = typer.Typer(no_args_is_help=True, help="Vocabularies: versions, edits, what they change, quality.")
changesets = typer.Typer(no_args_is_help=True, help="Edits proposed, approved and applied as one.")

Name = Annotated[str, typer.Argument(metavar="VOCABULARY", help="Short name, as `gnomon vocabulary list` shows it.")]
Number = Annotated[int, typer.Argument(metavar="NUMBER", help="Number of a change set.")]
By = Annotated[str, typer.Option(help="Who decides (default: your login name).")]
Edits = Annotated[str, typer.Option("--edits", help="Edits as JSON, @FILE, or - for standard input.")]
Limit = Annotated[int, typer.Option(help="Most works read for a preview; 0 only counts them.", min=0)]
Version = Annotated[Optional[int], typer.Option(help="As of this version; 0 is the file as loaded.", min=0)]  # noqa: UP045


@contextmanager
def curator(data: Path | None) -> Iterator[Curator]:
    from api.settings import load_settings
    from api.watch import Quiet
    from api.wiring import Services

    services = Services(load_settings(data=data))
    try:
        services.curator.link = lambda: linked_here(data, Quiet())
        yield services.curator
    finally:
        services.close()


@app.command("list")
def list_vocabularies(data: Data = None, as_json: Json = False) -> None:
    """The vocabularies, their versions, and whether the graph has the newest."""
    from api.cli import showing

    with curator(data) as at:
        found = at.vocabularies()
    if as_json:
        showing.as_json(found)
        return
    showing.table(
        ("name", "title", "edition", "concepts", "version", "in graph", "waiting"),
        [(v.name, v.title, v.edition, f"{v.concepts:,}", v.version, v.linked, v.waiting) for v in found.vocabularies],
        right=("concepts", "version", "in graph", "waiting"),
    )
    if found.pending:
        showing.line(f"{found.pending:,} works are still to be read again")


@app.command("history")
def history(
    name: Name,
    concept: Annotated[str, typer.Option(help="Only what was done to this concept (IRI).")] = "",
    limit: Annotated[int, typer.Option(min=1, max=500)] = 20,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Who changed what, the newest first."""
    from api.cli import showing

    with curator(data) as at:
        found = at.history(name, concept, limit)
    if as_json:
        showing.as_json(found)
        return
    for one in found.versions:
        v = one.version
        showing.line((f"version {v.number}", "bold"), f"  {v.at}  {v.author}  {v.message}")
        show_changes(one.changes)


@app.command("edit")
def edit(
    name: Name,
    edits: Edits,
    message: Annotated[str, typer.Option(help="Why, for those who look at it later.")] = "",
    by: By = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Make edits at once, and have works read again where it matters."""
    from api.cli import showing

    with curator(data) as at:
        version, changes = at.desk.write(name, edits_in(edits), author(by), message)
        done = at.applied(name, version.number, changes, wait=True)
    if as_json:
        showing.as_json(done)
        return
    showing.line((f"version {done.version} of {name}", "bold"), "" if done.linked else "  (the next build takes it in)")
    from api.curation.showing import change_views

    show_changes(change_views(changes))


@app.command("undo")
def undo(
    name: Name,
    version: Annotated[int, typer.Argument(help="The version to be taken back.")],
    concept: Annotated[str, typer.Option(help="Only of this concept (IRI).")] = "",
    message: Annotated[str, typer.Option(help="Why.")] = "",
    by: By = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Take a version back and keep what came later."""
    from api.cli import showing

    with curator(data) as at:
        made, changes = at.desk.undo(name, version, author(by), message, concept)
        done = at.applied(name, made.number, changes, wait=True)
    showing.as_json(done) if as_json else showing.line(f"version {done.version} of {name}: {made.message}")


@app.command("preview")
def preview(name: Name, edits: Edits, limit: Limit = 200, data: Data = None, as_json: Json = False) -> None:
    """What edits will change in works, before they count."""
    from api.curation.previewing import preview_edits
    from api.settings import load_settings

    show_preview(preview_edits(load_settings(data=data), name, edits_in(edits), limit), as_json)


@app.command("link")
def link(data: Data = None, as_json: Json = False) -> None:
    """Have graph and index follow the vocabularies: works that edits can change are read again."""
    from api.cli import showing
    from api.cli.building import watching

    with watching(as_json) as watch:
        said = linked_here(data, watch)
    showing.as_json(said) if as_json else showing.line(f"{said.works:,} works written")


@app.command("check")
def check(name: Name, version: Version = None, data: Data = None, as_json: Json = False) -> None:
    """What is wrong with a vocabulary, or worth a look."""
    from api.cli import showing

    with curator(data) as at:
        found = at.quality(name, version)
    if as_json:
        showing.as_json(found)
        return
    for kind in found.checks:
        if kind.count:
            showing.line((f"{kind.count:,} {kind.check}", "bold"), f"  {kind.severity}: {kind.meaning}")
            for one in kind.findings[:5]:
                showing.line(f"  {one.message}  ", (one.concepts[0], "dim"))
    showing.line(f"{found.concepts:,} concepts, {len(found.checks)} checks, {found.seconds:.1f} s")


@app.command("export")
def export(name: Name, version: Version = None, data: Data = None) -> None:
    """Write a vocabulary as SKOS in Turtle, with an ontology's axioms, sorted, to standard output."""
    with curator(data) as at:
        sys.stdout.write(at.export(name, version).decode())


@app.command("compare")
def compare(
    name: Name,
    file: Annotated[Path, typer.Argument(help="A vocabulary file in any format that is read.")],
    limit: Annotated[int, typer.Option(help="Most concepts listed.", min=0)] = 20,
    column: ColumnsSaid = None,
    separator: Separator = "|",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """What loading a file would change, and where curators changed the same; nothing is loaded."""
    from api.cli import showing
    from ontology.vocabularies.columns import columns_said

    said = columns_said(column, separator) if column else None
    with curator(data) as at:
        found = at.compare(name, file.read_bytes(), limit, file.name, said)
    if as_json:
        showing.as_json(found)
        return
    showing.line(f"{found.new:,} new, {found.gone:,} gone, {found.changed:,} changed, {found.same:,} the same")
    for conflict in found.conflicts:
        showing.line(("conflict ", "bold"), f"{conflict.what}: {conflict.mine} here, {conflict.theirs} in the file  ",
                     (conflict.concept, "dim"))  # fmt: skip
    for fault in found.faults:
        showing.line((f"{fault.code} ", "bold"), f"{fault.message}  ", (fault.place, "dim"))
    show_changes(found.changes)


@changesets.command("list")
def list_changesets(
    state: Annotated[str, typer.Option(help="proposed, approved, applied, rejected or withdrawn.")] = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Change sets, the newest first."""
    from api.cli import showing

    with curator(data) as at:
        found = at.changesets(state)
    if as_json:
        showing.as_json(found)
        return
    showing.table(
        ("number", "state", "vocabulary", "title", "edits", "by", "at"),
        [(c.id, c.state, c.scheme, c.title, len(c.edits), c.author, c.at) for c in found.changesets],
        right=("number", "edits"),
    )


@changesets.command("show")
def show(number: Number, data: Data = None, as_json: Json = False) -> None:
    """One change set: its edits, what they change in the vocabulary, what was said."""
    with curator(data) as at:
        show_changeset(at.changeset(number), as_json)


@changesets.command("propose")
def propose(
    name: Name, edits: Edits, title: Annotated[str, typer.Option(help="What it is for.")] = "", by: By = "",
    data: Data = None, as_json: Json = False,
) -> None:  # fmt: skip
    """Propose edits of a vocabulary."""
    with curator(data) as at:
        made = at.desk.propose(name, edits_in(edits), by or getpass.getuser(), title)
        show_changeset(at.changeset(made.id), as_json)


@changesets.command("preview")
def preview_changeset(number: Number, limit: Limit = 200, data: Data = None, as_json: Json = False) -> None:
    """What a change set will change in works."""
    from api.curation.previewing import preview_edits
    from api.settings import load_settings

    with curator(data) as at:
        found = at.changeset(number)
    show_preview(preview_edits(load_settings(data=data), found.scheme, found.edits, limit), as_json)


@changesets.command("say")
def say(number: Number, text: str, by: By = "", data: Data = None, as_json: Json = False) -> None:
    """Remark on a change set."""
    with curator(data) as at:
        at.desk.say(number, by or getpass.getuser(), text)
        show_changeset(at.changeset(number), as_json)


@changesets.command("approve")
def approve(number: Number, by: By = "", data: Data = None, as_json: Json = False) -> None:
    """Approve a change set."""
    with curator(data) as at:
        at.desk.decide(number, "approved", author(by))
        show_changeset(at.changeset(number), as_json)


@changesets.command("reject")
def reject(number: Number, by: By = "", data: Data = None, as_json: Json = False) -> None:
    """Turn a change set down."""
    with curator(data) as at:
        at.desk.decide(number, "rejected", author(by))
        show_changeset(at.changeset(number), as_json)


@changesets.command("apply")
def apply(number: Number, by: By = "", data: Data = None, as_json: Json = False) -> None:
    """Make an approved change set part of its vocabulary, and have works read again where it matters."""
    from api.cli import showing

    with curator(data) as at:
        found, changes = at.desk.apply(number, author(by))
        done = at.applied(found.scheme, found.version or 0, changes, wait=True)
    said = f"version {done.version} of {found.scheme}{'' if done.linked else ' (the next build takes it in)'}"
    showing.as_json(done) if as_json else showing.line(said)


def linked_here(data: Path | None, watcher: Watcher) -> Linked:
    """Bring graph and index up to date in this process."""
    from api.curation.curator import Linked
    from api.harvesting.running import run_decision
    from api.settings import load_settings

    return Linked(done=True, works=run_decision(load_settings(data=data), watcher).counts.works)


def edits_in(said: str) -> tuple[Edit, ...]:
    """Edits from JSON, a file or standard input; EditRefused where they are none."""
    import json

    from api.curation.reading_edits import edits_of

    text = sys.stdin.read() if said == "-" else Path(said[1:]).read_text("utf-8") if said.startswith("@") else said
    try:
        found = json.loads(text)
    except ValueError as error:
        raise SettingsError(f"the edits are no JSON: {error}", place="--edits") from error
    return edits_of(found if isinstance(found, list) else [found])


def show_changeset(found: ChangeSetView, as_json: bool) -> None:
    from api.cli import showing

    if as_json:
        showing.as_json(found)
        return
    showing.line(
        (f"change set {found.id}", "bold"), f"  {found.state}  {found.scheme}  {found.title}  by {found.author}"
    )
    for text in found.told:
        showing.line(f"  {text}")
    if found.refused:
        showing.line((f"  cannot be made now: {found.refused}", "bold"))
    show_changes(found.changes)
    for remark in found.remarks:
        showing.line(f"  {remark.author}, {remark.at}: {remark.text}")


def show_changes(changes: tuple[ChangeView, ...]) -> None:
    from api.cli import showing

    for change in changes:
        showing.line(f"  {change.name} ({change.kind})  ", (change.iri, "dim"))
        for sign, facts in (("-", change.removed), ("+", change.added)):
            for fact in facts:
                showing.line(f"    {sign} {fact.property} {fact.value}{f'@{fact.language}' if fact.language else ''}")


def show_preview(found: Preview, as_json: bool) -> None:
    from api.cli import showing

    if as_json:
        showing.as_json(found)
        return
    showing.line(
        (f"{found.documents:,} works can change", "bold"),
        f", {found.read:,} read, {found.changed:,} come out otherwise; in {found.listed:,} more only topics' names",
    )
    if found.led:
        showing.line(
            f"at once {found.led.mentions:,} mentions, {found.led.topics:,} topics and {found.led.claims:,} claims of"
            " what is merged are led over; then these works are read again"
        )
    showing.line(
        f"mentions: {found.mentions_added:,} more, {found.mentions_removed:,} less, {found.mentions_moved:,} moved;"
        f" topics: {found.topics_added:,} more, {found.topics_removed:,} less;"
        f" claims: {found.claims_added:,} more, {found.claims_removed:,} less"
    )
    for work in found.works:
        showing.line(f"  {work.title}  ", (work.iri, "dim"))
        for one in work.mentions[:5]:
            was, now = (found.names.get(iri, iri) or "nothing" for iri in (one.was, one.now))
            showing.line(f"    “{one.text}” {was} → {now}")

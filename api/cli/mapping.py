"""`gnomon mapping …`: which concepts of two vocabularies are the same."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import Data, Json, author
from api.cli.vocabulary import By, linked_here

if TYPE_CHECKING:
    from api.curation.mapped import Decided, MappingView, Verdict
    from api.curation.mapping import Mapper

app = typer.Typer(no_args_is_help=True, help="Mappings between vocabularies: offered, decided on, in and out as SSSOM.")

One = Annotated[str, typer.Argument(metavar="VOCABULARY", help="Short name, as `gnomon vocabulary list` shows it.")]
Other = Annotated[str, typer.Argument(metavar="OTHER", help="The vocabulary it is compared with.")]
Pairs = Annotated[list[str], typer.Argument(metavar="SUBJECT OBJECT …", help="IRIs of concepts, two by two.")]
Predicate = Annotated[str, typer.Option(help="exact, close, broad, narrow or related.")]
Comment = Annotated[str, typer.Option(help="Why, for those who look at it later.")]


@contextmanager
def mapper(data: Path | None) -> Iterator[Mapper]:
    from api.settings import load_settings
    from api.watch import Quiet
    from api.wiring import Services

    services = Services(load_settings(data=data))
    try:
        services.curator.link = lambda: linked_here(data, Quiet())
        services.mapper.align = services.mapper.aligned
        yield services.mapper
    finally:
        services.close()


@app.command("align", hidden=True)
def align(one: One, other: Other, data: Data = None, as_json: Json = False) -> None:
    """Every pair that shares a label: what the server asks for."""
    from api.cli import showing

    with mapper(data) as at:
        found = at.aligned(one, other)
    showing.as_json(found) if as_json else showing.line(f"{len(found.pairs):,} pairs")


@app.command("offer")
def offer(
    one: One,
    other: Other,
    least: Annotated[float, typer.Option(help="Least confidence.", min=0, max=1)] = 0.5,
    every: Annotated[bool, typer.Option("--all", help="All pairs, not only the best of each concept.")] = False,
    limit: Annotated[int, typer.Option(help="Most pairs listed.", min=1)] = 50,
    accept_from: Annotated[
        float | None, typer.Option(help="Accept all pairs from this confidence on.", min=0, max=1)
    ] = None,
    by: By = "",
    data: Data = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Concepts that may be the same, the surest first; those that were turned down are never offered again."""
    from api.cli import showing
    from api.curation.mapped import Decision

    with mapper(data) as at:
        found = at.offered(one, other, least, all_pairs=every)
        if accept_from is not None:
            sure = [view.mapping for view in found if (view.mapping.confidence or 0) >= accept_from]
            decisions = [Decision(subject=m.subject, object=m.object, comment=f"{m.confidence}") for m in sure]
            if decisions:
                show_decided(at.decide(decisions, author(by), wait=True), as_json)
            return
    if as_json:
        showing.as_json(found[:limit])
        return
    for view in found[:limit]:
        show_mapping(view)
    showing.line(f"{len(found):,} pairs from {least} on")


@app.command("list")
def list_mappings(
    state: Annotated[str, typer.Option(help="accepted, proposed or rejected.")] = "accepted",
    vocabulary: Annotated[list[str], typer.Option(help="Only of this one; twice: only between the two.")] = [],  # noqa: B006
    limit: Annotated[int, typer.Option(help="Most mappings listed.", min=1)] = 50,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Mappings that stand, are proposed, or were turned down."""
    from api.cli import showing
    from api.curation.mapped import state_of

    first, second = [*vocabulary, "", ""][:2]
    with mapper(data) as at:
        found = at.page(state_of(state), first, second, limit, 0)
    if as_json:
        showing.as_json(found)
        return
    for view in found.mappings:
        show_mapping(view)
    showing.line(f"{found.total:,} {state}")


@app.command("accept")
def accept(pairs: Pairs, predicate: Predicate = "exact", comment: Comment = "", by: By = "", data: Data = None,
           as_json: Json = False) -> None:  # fmt: skip
    """Make mappings part of the vocabulary that has the subject: a version that can be taken back."""
    decided("accept", pairs, predicate, comment, by, data, as_json=as_json)


@app.command("reject")
def reject(pairs: Pairs, predicate: Predicate = "exact", comment: Comment = "", by: By = "", data: Data = None,
           as_json: Json = False) -> None:  # fmt: skip
    """Turn mappings down for good; one that stands is taken out of its vocabulary."""
    decided("reject", pairs, predicate, comment, by, data, as_json=as_json)


@app.command("forget")
def forget(pairs: Pairs, data: Data = None, as_json: Json = False) -> None:
    """Take back a proposal or a rejection: the pair may be offered again."""
    decided("forget", pairs, "exact", "", "", data, as_json=as_json)


@app.command("import")
def take_in(
    file: Annotated[Path, typer.Argument(help="An SSSOM/TSV file.")],
    accept_all: Annotated[bool, typer.Option("--accept", help="Accept them at once; else they are proposed.")] = False,
    by: By = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Take in an SSSOM file: what it states is proposed, what it denies turned down; earlier decisions stay."""
    from api.cli import showing

    with mapper(data) as at:
        found = at.take_in(file.read_bytes(), author(by), accept=accept_all, place=file.name, wait=True)
    if as_json:
        showing.as_json(found)
        return
    show_decided(found.decided, as_json)
    showing.line(f"{found.known:,} decided on before, {found.foreign:,} about concepts that are not loaded")
    for row in found.refused[:20]:
        showing.line((f"line {row.line:,} ", "bold"), f"refused: {row.reason}")


@app.command("export")
def export(
    state: Annotated[
        list[str], typer.Option(help="accepted, proposed or rejected; may be repeated.")
    ] = ["accepted", "rejected"],  # noqa: B006
    vocabulary: Annotated[list[str], typer.Option(help="Only of this one; twice: only between the two.")] = [],  # noqa: B006
    data: Data = None,
) -> None:  # fmt: skip
    """Write mappings as SSSOM/TSV to standard output; those that were turned down are negated."""
    from api.curation.mapped import state_of

    first, second = [*vocabulary, "", ""][:2]
    with mapper(data) as at:
        sys.stdout.write(at.export([state_of(one) for one in state], first, second))


def decided(
    verdict: Verdict, pairs: list[str], predicate: str, comment: str, by: str, data: Path | None, *, as_json: bool
) -> None:
    from api.curation.mapped import decisions_of

    if len(pairs) % 2:
        raise typer.BadParameter("concepts come two by two: subject, object")
    two = zip(pairs[::2], pairs[1::2], strict=True)
    said = [
        {"subject": one, "object": other, "predicate": predicate, "verdict": verdict, "comment": comment}
        for one, other in two
    ]
    with mapper(data) as at:
        show_decided(at.decide(decisions_of(said), author(by), wait=True), as_json)


def show_decided(found: Decided, as_json: bool) -> None:
    from api.cli import showing

    if as_json:
        showing.as_json(found)
        return
    counts = ("accepted", "rejected", "proposed", "forgotten")
    said = ", ".join(f"{getattr(found, name):,} {name}" for name in counts if getattr(found, name)) or "nothing new"
    versions = "".join(f"; version {number} of {name}" for name, number in found.versions.items())
    showing.line(said, versions, "" if found.linked else " (the next build takes it in)")


def show_mapping(view: MappingView) -> None:
    from api.cli import showing

    one = view.mapping
    sure = f"{one.confidence:.2f}  " if one.confidence is not None else ""
    by = one.author or one.reviewer
    showing.line(sure, (one.subject_label or one.subject, "bold"), f" {one.predicate}Match ",
                 (one.object_label or one.object, "bold"), f"  {by} {one.date[:10]}" if by else "")  # fmt: skip
    showing.line((f"      {one.subject}  {one.object}", "dim"))
    if view.labels:
        labels = "; ".join(f"{each.subject} = {each.object}" for each in view.labels[:3])
        showing.line(f"      {labels}", f"; {view.beside} neighbours agree" if view.beside else "",
                     f"; {view.rivals} others have the label" if view.rivals else "")  # fmt: skip

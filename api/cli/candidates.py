"""`gnomon candidates …`: terms that works use and no vocabulary has, and the curator's decisions on them."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from api.cli.options import AtMost, Data, Json, OnlyIn, OnlySaid, author

if TYPE_CHECKING:
    from api.terms.ranking import CandidateDetail

app = typer.Typer(no_args_is_help=True, help="New terms for the vocabularies, ranked, and what curators decided.")

Term = Annotated[str, typer.Argument(metavar="TERM", help="A term as listed, or its name of 20 hex digits.")]
Note = Annotated[str, typer.Option(help="Why, for those who look at it later.")]
By = Annotated[str, typer.Option(help="Who decides (default: your login name).")]


@app.command("list")
def list_candidates(
    text: Annotated[str, typer.Argument(metavar="[TEXT]", help="Only terms with this in them.")] = "",
    order: Annotated[str, typer.Option(help="nc (NC-value), c (C-value) or works.")] = "nc",
    min_works: Annotated[int, typer.Option(min=1, help="Leave out terms that fewer works use.")] = 2,
    limit: Annotated[int, typer.Option(min=1, max=2000)] = 40,
    decided: Annotated[bool, typer.Option("--decided", help="What curators decided instead.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Terms that no loaded vocabulary has, the likeliest first, with the concepts they may be below or beside."""
    from api.cli import showing
    from api.settings import load_settings
    from api.terms.ranking import ORDERS
    from api.wiring import Services
    from ontology.errors import SettingsError

    if order not in ORDERS:
        raise SettingsError(f"terms have no order {order!r}", hint=f"choose {', '.join(ORDERS)}")
    with closing(Services(load_settings(data=data))) as services:
        if decided:
            said = services.terms.verdicts()
            showing.as_json(said) if as_json else showing.table(
                ("verdict", "term", "concept", "by", "at"),
                [(v.verdict, v.key.partition(":")[2], v.concept, v.decided_by, v.decided_at) for v in said.verdicts],
            )
            return
        found = services.terms.page(order, min_works, text, limit, 0)  # type: ignore[arg-type] # checked above
    if as_json:
        showing.as_json(found)
        return
    showing.table(
        ("nc", "c", "works", "term", "near"),
        [
            (f"{c.nc_value:.1f}", f"{c.c_value:.1f}", c.works, c.text,
             "; ".join(f"{near.relation} {near.label}" for near in c.concepts))
            for c in found.candidates
        ],
        right=("nc", "c", "works"),
    )  # fmt: skip
    showing.line(f"{found.total:,} terms in at least {min_works} works")


@app.command("show")
def show(term: Term, data: Data = None, as_json: Json = False) -> None:
    """One term: where works use it, longer terms, near concepts, decisions."""
    from api.cli import showing
    from api.settings import load_settings
    from api.wiring import Services

    with closing(Services(load_settings(data=data))) as services:
        found = services.terms.detail(term)
    if as_json:
        showing.as_json(found)
    else:
        _show(found)


@app.command("accept")
def accept(
    term: Term,
    existing: Annotated[str, typer.Option(metavar="IRI", help="The term is another name of this concept.")] = "",
    label: Annotated[str, typer.Option(help="How it is to be written.")] = "",
    broader: Annotated[Optional[list[str]], typer.Option(metavar="IRI", help="Concept above it; repeatable.")] = None,  # noqa: UP045
    definition: Annotated[str, typer.Option(help="What it means.")] = "",
    note: Note = "",
    by: By = "",
    only_vocabulary: OnlyIn = None,
    only_language: OnlySaid = None,
    most: AtMost = 0,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Make a term a concept of the curators' vocabulary, or another name of an existing one."""
    from api.cli import showing
    from api.cli.building import watching
    from api.settings import load_settings
    from api.terms import deciding

    how = deciding.Acceptance(
        existing=existing, label=label, broader=tuple(broader or ()), definition=definition, note=note
    )
    who = author(by, only_vocabulary or (), only_language or ())
    with watching(as_json) as watch:
        said = deciding.accept(load_settings(data=data), who, term, how, watch, most)
    showing.as_json(said) if as_json else showing.line(f"{said.term}: {said.concept}")


@app.command("reject")
def reject(
    term: Term, note: Note = "", by: By = "", only_vocabulary: OnlyIn = None, only_language: OnlySaid = None,
    most: AtMost = 0, data: Data = None, as_json: Json = False,
) -> None:  # fmt: skip
    """Never offer a term again; an accepted one is taken back."""
    from api.cli import showing
    from api.cli.building import watching
    from api.settings import load_settings
    from api.terms import deciding

    who = author(by, only_vocabulary or (), only_language or ())
    with watching(as_json) as watch:
        said = deciding.reject(load_settings(data=data), who, term, note, watch, most)
    showing.as_json(said) if as_json else showing.line(f"{said.term}: rejected")


def _show(found: CandidateDetail) -> None:
    from api.cli import showing

    term = found.candidate
    showing.line(
        (term.text, "bold"),
        f"  {term.works} works, {term.occurrences} times ({term.nested} inside longer terms),"
        f" C-value {term.c_value:.1f}, NC-value {term.nc_value:.1f}",
    )
    for near in term.concepts:
        showing.line(f"  {near.relation}: {near.label}  ", (near.iri, "dim"))
    if found.found_as:
        showing.line(f"  found in texts as: {', '.join(found.found_as)}")
    if found.longer:
        showing.line(f"  inside: {', '.join(found.longer)}")
    for said in found.verdicts:
        showing.line(f"  {said.verdict} by {said.decided_by}, {said.decided_at} {said.concept} {said.note}")
    for context in found.contexts:
        showing.line(f"  • {context.text}  ", (context.sentence, "dim"))

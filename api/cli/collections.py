"""`gnomon vocabulary collections` and `reason`: what of a vocabulary lies beside its concepts."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.options import Data, Json
from api.cli.vocabulary import Name, Version, curator
from api.curation.reasoning import Reasoner


def collections(
    name: Name,
    iri: Annotated[str, typer.Option("--collection", help="Show this one (IRI) and its members.")] = "",
    version: Version = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """The collections of a vocabulary, or one with its members. Edits make, fill, order and delete them."""
    from api.cli import showing

    with curator(data) as at:
        if iri:
            view = at.collection(name, iri, version)
            if as_json:
                showing.as_json(view)
                return
            kind = "ordered collection" if view.collection.ordered else "collection"
            showing.line((view.collection.name(), "bold"), f"  {kind}, {len(view.members):,} members")
            for at_, one in enumerate(view.members, 1):
                showing.line(f"  {f'{at_}. ' if view.collection.ordered else ''}{one.name}  ", (one.iri, "dim"))
            return
        found = at.collections(name, version)
    if as_json:
        showing.as_json(found)
        return
    showing.table(
        ("name", "members", "ordered", "iri"),
        [(one.name, f"{one.members:,}", "yes" if one.ordered else "", one.iri) for one in found.collections],
        right=("members",),
    )


def reason(
    name: Name,
    reasoner: Annotated[Reasoner, typer.Option(help="rules explain; hermit finds all of OWL 2 DL (needs Java).")] = (
        "rules"
    ),
    version: Version = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Whether an OWL ontology is consistent and each class can have members; the axioms that clash where not."""
    from api.cli import showing

    with curator(data) as at:
        found = at.judged(name, version, reasoner)
    if as_json:
        showing.as_json(found)
        return
    said = "sound" if found.sound else f"{found.count + len(found.unexplained):,} clashes"
    showing.line((said, "bold"), f"  {found.classes:,} classes, {found.axioms:,} axioms, by {found.reasoner}")
    for clash in found.clashes:
        showing.line(f"  {clash.kind} ({clash.rule})  ", (clash.what, "dim"))
        for axiom in clash.axioms:
            showing.line(f"    {axiom}")
    for line in (*(f"unsatisfiable: {iri}" for iri in found.unexplained), *found.notes):
        showing.line(f"  {line}")

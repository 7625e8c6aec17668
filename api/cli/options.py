"""Options that many commands have."""

from __future__ import annotations

import getpass
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

if TYPE_CHECKING:
    from ontology.curation.scope import Author

Data = Annotated[Optional[Path], typer.Option("--data", help="Data folder (default .gnomon or GNOMON_DATA).")]  # noqa: UP045
AtMost = Annotated[int, typer.Option("--most", hidden=True, min=0)]
"""So many works are written at once; with more, the decision waits for the next build (0: all are)."""
OnlyIn = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option("--only-vocabulary", hidden=True, help="Refuse what changes another vocabulary; may be repeated."),
]
OnlySaid = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option("--only-language", hidden=True, help="Refuse what is said in another language; may be repeated."),
]
"""How far the word of whoever asked the server for this reaches."""
RunId = Annotated[str, typer.Option("--run", hidden=True, help="Id the run was given.")]
ColumnsSaid = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option(
        "--column", metavar="HEADER=ROLE", help='What a table\'s column is: "Term=prefLabel@en"; docs/vocabularies.md.'
    ),
]
Separator = Annotated[str, typer.Option(help="What divides several values in a cell of such a table.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def author(by: str, vocabularies: Iterable[str] = (), languages: Iterable[str] = ()) -> Author:
    """Whoever decides: as named, or whoever is logged in."""
    from ontology.curation.scope import Author, Scope

    return Author(by or getpass.getuser(), Scope(tuple(vocabularies), tuple(languages)))

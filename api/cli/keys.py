"""`gnomon key`: API keys."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from api.cli.options import Data

app = typer.Typer(no_args_is_help=True, help="API keys.")


@app.command("add")
def key_add(
    name: str,
    role: Annotated[str, typer.Option(help="reader, analyst, curator or admin.")] = "reader",
    vocabulary: Annotated[
        Optional[list[str]], typer.Option(help="A curator may edit this vocabulary only; may be repeated.")  # noqa: UP045
    ] = None,
    language: Annotated[
        Optional[list[str]], typer.Option(help="A curator may edit what is in this language only; may be repeated.")  # noqa: UP045
    ] = None,
    data: Data = None,
) -> None:
    """Make a key; it is shown once."""
    from api.cli.serving import add_key

    add_key(name, role, vocabulary or (), language or (), data=data)


@app.command("list")
def key_list(data: Data = None) -> None:
    """Names and roles of all keys."""
    from api.cli.serving import list_keys

    list_keys(data=data)


@app.command("revoke")
def key_revoke(name: str, data: Data = None) -> None:
    """Make a key invalid at once; person:NAME signs somebody out who came through the OpenID provider."""
    from api.cli.serving import revoke_key

    revoke_key(name, data=data)

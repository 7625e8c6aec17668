"""`gnomon index`: make the search index anew, hold it against the journal."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.options import Data, Json

app = typer.Typer(no_args_is_help=True, help="The search index.")


@app.command()
def rebuild(
    encoder: Annotated[str, typer.Option(help="Another text encoder; by default that of the settings.")] = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Make the index anew from the journal; a server goes on with the old one until the switch."""
    from api.cli.reindexing import rebuild_index

    rebuild_index(encoder, as_json, data=data)


@app.command()
def reencode(data: Data = None, as_json: Json = False) -> None:
    """Make vectors of the settings' encoder at low priority beside everything else, then switch the index; the server
    starts this by itself."""
    from api.cli.reindexing import reencode_index

    reencode_index(as_json, data=data)


@app.command()
def check(data: Data = None, as_json: Json = False) -> None:
    """Hold the index against the journal by a hash of ids and versions; ends with 1 where they differ."""
    from api.cli.reindexing import check_index

    check_index(as_json, data=data)

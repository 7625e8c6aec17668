"""`gnomon snapshot`: the graph as it was."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.options import Data, Json

app = typer.Typer(no_args_is_help=True, help="The graph as it was.")


@app.command("list")
def listed(data: Data = None, as_json: Json = False) -> None:
    """Snapshots that are kept, newest first."""
    from api.cli.dumping import list_snapshots

    list_snapshots(as_json, data=data)


@app.command()
def tag(
    name: str,
    of: Annotated[str, typer.Option(help="Number of a commit, a tag or a date; the current one by default.")] = "",
    data: Data = None,
) -> None:
    """Keep a snapshot under a name."""
    from api.cli.dumping import tag_snapshot

    tag_snapshot(name, of, data=data)


@app.command()
def untag(name: str, data: Data = None) -> None:
    """Let a snapshot go."""
    from api.cli.dumping import untag_snapshot

    untag_snapshot(name, data=data)

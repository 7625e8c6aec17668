"""Options that many commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

Data = Annotated[Optional[Path], typer.Option("--data", help="Data folder (default .gnomon or GNOMON_DATA).")]  # noqa: UP045
AtMost = Annotated[int, typer.Option("--most", hidden=True, min=0)]
"""So many works are written at once; with more, the decision waits for the next build (0: all are)."""
RunId = Annotated[str, typer.Option("--run", hidden=True, help="Id the run was given.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

"""Options that many commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

Data = Annotated[Optional[Path], typer.Option("--data", help="Data folder (default .gnomon or GNOMON_DATA).")]  # noqa: UP045
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

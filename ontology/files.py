"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path


def write_whole(path: Path, body: bytes) -> None:
    """Write by way of a neighbour of this process, so that a reader never sees half a file."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    beside.write_bytes(body)
    beside.replace(path)

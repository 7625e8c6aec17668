"""Small SQLite databases beside the graph (keys, queries, citations, profiles): opened for one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_PATIENCE: Final = 10.0
"""Seconds to wait for another writer."""


@contextmanager
def transaction(path: Path, schema: str, *, writing: bool = False) -> Iterator[sqlite3.Connection]:
    """A connection within one transaction, kept at its end and undone where it raises; `schema` makes what is not
    there. Whoever writes after having read says so with `writing`: nobody else then writes in between."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
    try:
        connection.executescript(schema)
        connection.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
        yield connection
        connection.execute("COMMIT")
    finally:
        connection.close()

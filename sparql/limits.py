"""How much one question, and all of them together, may take."""

from __future__ import annotations

from typing import Final

import msgspec

from ontology.errors import SettingsError

MIN_MEMORY: Final = 128 << 20
"""Below this most sorting queries would fail."""


class TextLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What a query's text may be. The engine parses by recursion and would end its process on
    deeper ones; these bounds keep a wide margin to what was measured (2,000 levels and 20,000
    branches pass on the worker's 256 MiB stack)."""

    bytes: int = 256 << 10
    depth: int = 200
    """Brackets of all kinds inside one another."""
    signs: int = 200
    """`!`, `-` and `+` in a row."""
    branches: int = 1_000
    """UNION keywords in the whole text."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of a pool of workers; SettingsError where one is out of range."""

    seconds: float = 20.0
    """Wall clock of one query, from its hand-over to a worker to the last byte taken."""
    memory_bytes: int = 2 << 30
    """Address space a query may take beyond what its worker needs anyway (RLIMIT_AS)."""
    rows: int = 1_000_000
    """Solutions or triples of one answer."""
    bytes: int = 256 << 20
    """Serialised size of one answer."""
    workers: int = 2
    queue: int = 16
    """Queries that wait for a worker; one more gets QueryBusy."""
    queue_seconds: float = 10.0
    """Longest wait for a worker."""
    nice: int = 0
    """Added to the workers' niceness (0-19) from the start; a query that takes long gives way anyway."""
    text: TextLimits = TextLimits()

    def __post_init__(self) -> None:
        for name in ("seconds", "rows", "bytes", "workers", "queue_seconds"):
            if getattr(self, name) <= 0:
                raise SettingsError(f"the limit {name} must be above 0", place=name)
        if self.memory_bytes < MIN_MEMORY:
            raise SettingsError(
                f"a worker needs at least {MIN_MEMORY >> 20} MiB, not {self.memory_bytes >> 20}", place="memory_bytes"
            )
        if self.queue < 0 or not 0 <= self.nice <= 19:
            raise SettingsError("queue must not be negative and nice lie in 0-19", place="queue, nice")

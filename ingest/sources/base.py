"""The plug of the source family: where payloads come from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import msgspec

from ontology.errors import SourceError
from ontology.records import Payload


class Broken(msgspec.Struct, frozen=True):
    """Something of a source that could not even be fetched: it is quarantined under its locator."""

    source: str
    locator: str
    error: SourceError


class Source(Protocol):
    """A place to harvest. `name` is unique among the sources of a catalogue."""

    name: str

    def harvest(self, since: str = "") -> Iterator[Payload | Broken]:
        """Payloads in a stable order; those changed since the ISO datestamp where the source can
        tell, else all (the journal knows what is unchanged by its hash). Raises SourceError only
        when the source as a whole cannot be read."""
        ...

"""The plug of the source family: where payloads come from, and what else a harvest has to say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

import msgspec

from ontology.errors import SourceError
from ontology.records import Payload

REACHED = "reached"
"""The note that says up to which datestamp a source was harvested: the next harvest asks from there on."""


class Broken(msgspec.Struct, frozen=True):
    """Something of a source that could not even be fetched: it is quarantined under its locator.

    What the journal has of it from before stays, and so does all that lies below the locator
    (`folder/…`, `file.zip!…`, `lines.jsonl#…`): not being able to look is not a deletion.
    """

    source: str
    locator: str
    error: SourceError


class Listed(msgspec.Struct, frozen=True):
    """Something that is still there and was not transferred, as nothing of it has changed."""

    locator: str


class Expected(msgspec.Struct, frozen=True):
    """How many payloads the source says it has for this harvest; the latest one counts."""

    total: int


class Noted(msgspec.Struct, frozen=True):
    """To be remembered for the next harvest, as soon as everything that came before it is kept.

    An empty value forgets the note. `Noted(REACHED, moment)` moves the date the next harvest asks from.
    """

    key: str
    value: str


class Complete(msgspec.Struct, frozen=True):
    """All there is has been handed over or listed: what else the journal has of this source is gone."""


Entry = Payload | Broken | Listed | Expected | Noted | Complete


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """What earlier harvests of a source left behind.

    `notes` are its own (`Noted`); `missed` the locators that could not be fetched the last time.
    With `full`, everything is to be handed over or listed again, whatever was reached before.
    """

    notes: Mapping[str, str] = {}
    missed: tuple[str, ...] = ()
    full: bool = False

    @property
    def since(self) -> str:
        """The ISO datestamp up to which the source is known; empty for all of it."""
        return "" if self.full else self.notes.get(REACHED, "")


NOTHING = Past()


class Source(Protocol):
    """A place to harvest. `name` is unique among the sources of a catalogue."""

    name: str

    def harvest(self, past: Past = NOTHING) -> Iterator[Entry]:
        """Payloads in a stable order, and what there is to say about them.

        Those changed since `past.since` where the source can tell, else all (the journal knows by
        their hash what is unchanged). Raises SourceError only when the source as a whole cannot be
        read to its end; what was yielded stands.
        """
        ...

"""The plug of the format family: bytes in, records out, pure and streaming.

A format is a small module with one object that has `name`, `recognises` and `parse`. Whatever a
payload holds is either yielded as a record or raised as a `FormatError` that names the place.
Where one payload holds many records (an anthology volume, a PubMed set, a CSV) and only one of
them is broken, the format yields a `Rejected` for it and goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

import msgspec

from ingest.formats.division import Division
from ontology.agents import AnyRecord
from ontology.errors import FormatError
from ontology.records import Payload


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """One record of a payload that could not be read while its neighbours could."""

    key: str
    error: str
    """Class name of the error (its wire code)."""
    message: str
    place: str = ""

    @classmethod
    def of(cls, key: str, error: FormatError) -> Rejected:
        return cls(key=key, error=error.code, message=error.message, place=error.place)


class Format(Protocol):
    """How one kind of payload is read."""

    name: str

    def recognises(self, head: bytes, media: str) -> bool:
        """Whether this is the reader for a payload that begins with `head` (4 KiB, or 256 KiB where no
        reader knows it by those; decoded from any compression, without byte order mark) and came
        with the media hint. Must not raise."""
        ...

    def parse(self, payload: Payload) -> Iterator[AnyRecord | Rejected]:
        """The payload's records, in order. Raises FormatError for a payload that is broken as a
        whole, with line and column (XML, JSON) or row (CSV) in `place`."""
        ...


@runtime_checkable
class Divisible(Protocol):
    """A format whose payloads may hold many records that do not know of one another."""

    name: str

    def parse(self, payload: Payload) -> Iterator[AnyRecord | Rejected]: ...

    def divide(self, body: bytes) -> Division | None:
        """The frame and the parts of a payload. What is read of a part depends on it and on the frame alone, and
        the frame with any of the parts is a payload of this format. None where it cannot be cut. Must not raise."""
        ...

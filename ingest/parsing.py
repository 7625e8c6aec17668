"""One payload, read: which reader it was for, its records as the journal keeps them, what was wrong.

Pure, and small to send from process to process: records travel as they are stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from hashlib import sha256

import msgspec

from ingest.facts import Facts, facts_of
from ingest.formats.base import Rejected
from ingest.formats.detect import detect
from ingest.formats.versions import reader_version, readers_version
from ingest.journal.packing import pack
from ontology.agents import AgentRecord, AnyRecord
from ontology.errors import FormatError
from ontology.identifiers import broken_identifiers
from ontology.records import Payload, Record

_encode = msgspec.json.Encoder().encode


class PackedRecord(msgspec.Struct, frozen=True):
    """A record as stored: JSON, compressed, with the SHA-256 of the JSON."""

    key: str
    sha256: str
    body: bytes
    facts: Facts

    @classmethod
    def of(cls, record: AnyRecord, broken: Sequence[str] = ()) -> PackedRecord:
        """Packed; `broken` are the identifiers met in it that are none."""
        encoded = _encode(record)
        return cls(record.key, sha256(encoded).hexdigest(), pack(encoded), facts_of(record, broken))


class Parsed(msgspec.Struct, frozen=True, kw_only=True):
    """What came of reading a payload. `format` is empty where no reader knows it; `error` broke the
    reading off, after the entries before it."""

    format: str = ""
    reader: str = ""
    """Version of the reader, or of all readers together where none knows the payload."""
    entries: tuple[PackedRecord | Rejected, ...] = ()
    error: FormatError | None = None
    instead_of: frozenset[str] | None = None
    """Keys of the records that the entries stand for; None: of all that the payload had."""


Parsing = Callable[[Payload], Callable[[], "Parsed"]]
"""Has a payload read, here or elsewhere; what it gives waits for the outcome."""


def parsed_here(payload: Payload) -> Callable[[], Parsed]:
    """Read in this process, when it is wanted."""
    return partial(parse_payload, payload)


def parse_payload(payload: Payload) -> Parsed:
    """Read a payload by the reader it is for. Raises nothing that is the payload's fault."""
    entries: list[PackedRecord | Rejected] = []
    name, error = "", None
    try:
        reader = detect(payload)
        name = reader.name
        with broken_identifiers() as broken:
            for entry in _distinct(reader.parse(payload)):
                packed = PackedRecord.of(entry, broken) if isinstance(entry, Record | AgentRecord) else entry
                entries.append(packed)  # one by one: what came before an error stays
                broken.clear()
    except FormatError as caught:
        error = caught
    version = reader_version(name) if name else readers_version()
    return Parsed(format=name, reader=version, entries=tuple(entries), error=error)


def _distinct(entries: Iterator[AnyRecord | Rejected]) -> Iterator[AnyRecord | Rejected]:
    """Keys are unique within a payload: a second use of one is rejected."""
    seen: set[str] = set()
    for entry in entries:
        if isinstance(entry, Record | AgentRecord) and entry.key in seen:
            message = "another record of this payload has the same key; the first one is kept"
            entry = Rejected(key=f"{entry.key} (again)", error="MalformedPayload", message=message)
        seen.add(entry.key)
        yield entry

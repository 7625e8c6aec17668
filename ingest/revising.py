"""A payload of many records that has changed: what differs is read, the other records stay as they are.

What comes of it is what reading all of it again would come to. Where that is not certain (a record is
named by its number, one was rejected, another reader read it then, a key is used twice), all is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

import msgspec

from ingest.formats.base import Divisible, Rejected
from ingest.formats.detect import FORMATS, detect
from ingest.formats.division import differing
from ingest.formats.versions import reader_version
from ingest.journal.harvested import Harvested, Known
from ingest.parsing import PackedRecord, Parsed, Parsing
from ontology.agents import AnyRecord
from ontology.errors import FormatError
from ontology.records import Payload

_REPEATED: Final = re.compile(r"#\d+$")


def revised(journal: Harvested, payload: Payload, parse: Parsing) -> Callable[[], Parsed] | None:
    """Have read what differs in a payload from what the journal has of it; None where all has to be read."""
    known = journal.known(payload)
    if known is None or not known.whole or known.reader != reader_version(known.format):
        return None
    reader = FORMATS.get(known.format)
    if not isinstance(reader, Divisible) or not _recognised(payload, reader):
        return None
    before = journal.payload(payload.source, payload.locator)
    cuts = reader.divide(before.body) if before else None, reader.divide(payload.body)
    if cuts[0] is None or cuts[1] is None or _numbered(known.keys, len(known.keys)):
        return None
    bodies = differing(cuts[0], cuts[1])
    if bodies is None:
        return None
    gone, new = (msgspec.structs.replace(payload, body=body, media=known.format) for body in bodies)
    return partial(_outcome, journal, payload, known, parse, partial(_read, reader, gone), parse(new))


def _recognised(payload: Payload, reader: Divisible) -> bool:
    try:
        return detect(payload).name == reader.name
    except FormatError:
        return False


def _numbered(keys: Iterable[str], count: int) -> bool:
    """Whether a key says where its record stands, or that another had its name before."""
    return any((key.isdecimal() and int(key) <= count) or ("#" in key and _REPEATED.search(key)) for key in keys)


def _outcome(
    journal: Harvested,
    payload: Payload,
    known: Known,
    parse: Parsing,
    before: Callable[[], frozenset[str] | None],
    now: Callable[[], Parsed],
) -> Parsed:
    gone, new = before(), _keys((read := now()).entries)
    if journal.held(payload) != known.sha256 or read.error or gone is None or new is None:
        return parse(payload)()
    if not gone <= known.keys or new & (known.keys - gone) or _numbered(new, len(new)):
        return parse(payload)()
    return msgspec.structs.replace(read, instead_of=gone)


def _read(reader: Divisible, payload: Payload) -> frozenset[str] | None:
    """Keys of what a payload holds; None where not all can be read."""
    try:
        return _keys(reader.parse(payload))
    except FormatError:
        return None


def _keys(entries: Iterable[AnyRecord | PackedRecord | Rejected]) -> frozenset[str] | None:
    """Keys of the records; None where one was rejected."""
    keys = []
    for one in entries:
        if isinstance(one, Rejected):
            return None
        keys.append(one.key)
    return frozenset(keys)

"""MARC 21 and UNIMARC: bibliographic records as MARCXML (alone, in a collection, in an OAI answer) and as ISO 2709.

pymarc holds the fields; MARCXML comes in by the one door for XML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec
import pymarc

from ingest.formats import unimarc
from ingest.formats.base import Rejected
from ingest.formats.division import Division, elements
from ingest.formats.many import one_by_one
from ingest.formats.marc_transmission import records
from ingest.formats.marc_works import event_of, record_of
from ingest.formats.text import require_content
from ingest.formats.xml import Element, attribute, place_of, stream_xml
from ontology.agents import AnyRecord
from ontology.documents import clean
from ontology.errors import FormatError, MalformedPayload
from ontology.records import Payload

MAX_BYTES: Final = 512 * 1024 * 1024
MAX_FIELDS: Final = 20_000
"""Fields in one record."""

_LEADER: Final = re.compile(rb"\d{5}[a-zA-Z ][a-zA-Z ]{2}[ a0-2][a ]\d\d\d{5}")
_XML: Final = re.compile(rb"<(?:[\w.-]+:)?(?:datafield|controlfield|leader)[\s>]")
_ROOT: Final = re.compile(rb"MARC21/slim|<(?:[\w.-]+:)?(?:collection|record|metadata)[\s>]")


class MarcFormat(msgspec.Struct, frozen=True):
    """One record per bibliographic record; an entry for a mere event is an agent record."""

    name: str = "marc"

    def recognises(self, head: bytes, media: str) -> bool:
        """Elements of MARCXML, or the leader of an ISO 2709 record."""
        if media in (self.name, ".mrc"):
            return True
        head = head.replace(b"\0", b"")
        if head.lstrip()[:1] == b"<":
            return bool(_XML.search(head) and _ROOT.search(head))
        return bool(_LEADER.match(head)) and head[10:12] == b"22"

    def parse(self, payload: Payload) -> Iterator[AnyRecord | Rejected]:
        """Raises FormatError where XML breaks off; the records before that place are kept."""
        require_content(payload.body, MAX_BYTES)
        is_xml = payload.body.lstrip(b"\xef\xbb\xbf \t\r\n\xff\xfe\0")[:1] == b"<"
        if not is_xml:
            yield from one_by_one(records(payload.body), lambda item, number: _settled(item, number, ""))
            return
        found = False
        for outcome in one_by_one(_elements(payload.body), _read):
            found = True
            yield outcome
        if not found:
            raise MalformedPayload("there is no MARC record in this XML")

    def divide(self, body: bytes) -> Division | None:
        """MARCXML cut at its records."""
        return elements(body, "record")


FORMAT: Final = MarcFormat()


def _elements(body: bytes) -> Iterator[Element]:
    """Elements `record` that hold MARC fields (an OAI answer has a `record` of its own around them)."""
    for element in stream_xml(body, "record"):
        if element.find("datafield") is not None or element.find("controlfield") is not None:
            yield element


def _read(element: Element, number: str) -> AnyRecord:
    place = place_of(element)
    fields = [each for each in element if each.tag in ("controlfield", "datafield")]
    if len(fields) > MAX_FIELDS:
        raise MalformedPayload(f"the record has more than {MAX_FIELDS:,} fields", place=place)
    leader = next((each.text or "" for each in element if each.tag == "leader"), "")
    read = [field for each in fields if (field := _field(each)) is not None]
    record = pymarc.Record(fields=read, leader=_whole(leader))
    return _settled(record, number, place)


def _whole(leader: str) -> str:
    """A leader of 24 characters. Where an export has left out its length, it begins with the status of the record."""
    said = leader.strip()
    if len(leader) == 24 or not said:
        return leader or " " * 24
    return (said if said[0].isdigit() else f"     {said}").ljust(24)[:24]


def _field(element: Element) -> pymarc.Field | None:
    tag = attribute(element, "tag")
    if not re.fullmatch(r"[0-9A-Z]{3}", tag):
        return None
    if element.tag == "controlfield":
        return pymarc.Field(tag=tag, data=element.text or "")
    first, second = ((element.get(name) or " ")[:1] for name in ("ind1", "ind2"))
    tidy = str if tag in unimarc.CODED else clean
    parts = [
        pymarc.Subfield(code=(attribute(each, "code") or " ")[:1], value=tidy("".join(map(str, each.itertext()))))
        for each in element
        if each.tag == "subfield"
    ]
    return pymarc.Field(tag=tag, indicators=pymarc.Indicators(first, second), subfields=parts)


def _settled(record: pymarc.Record | FormatError, number: str, place: str) -> AnyRecord:
    if isinstance(record, FormatError):
        raise record
    try:
        if unimarc.is_unimarc(record):
            return unimarc.record_of(record, number, FORMAT.name)
        if not record.get_fields("245") and record.get_fields("111"):
            return event_of(record, number, FORMAT.name)
        return record_of(record, number, FORMAT.name)
    except FormatError as error:
        raise type(error)(error.message, place=place or error.place, hint=error.hint) from None

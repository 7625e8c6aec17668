"""ISO 2709, in which libraries exchange MARC: a file cut into records, each with its text decoded.

Records are cut at their terminators, as lengths are often wrong once somebody has converted a file, and line breaks
stand between records that were pasted. How the text is written is told by the text before it is told by the leader:
exports of today are in UTF-8 whatever they declare.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Final

import pymarc
from pymarc.marc8 import marc8_to_unicode

from ingest.formats import iso5426
from ontology.errors import EncodingError, FormatError, MalformedPayload

_END: Final = b"\x1d"
_BETWEEN: Final = b" \t\r\n\0\x1a"
_NO_MARC8: Final = frozenset(b"\xaf\xbb\xbe\xbf\xfc\xfd\xff") | frozenset(range(0xC9, 0xE0))
"""Bytes that the Latin letters of MARC-8 (ANSEL) leave out."""
_CONVERT: Final = "Convert the file to UTF-8."
logging.getLogger("pymarc").setLevel(logging.CRITICAL)
"""What it would log of odd indicators is no news to whoever runs a harvest."""


def records(body: bytes) -> Iterator[pymarc.Record | FormatError]:
    """The records of a file; in place of one that cannot be read stands why, with its first byte."""
    at = 0
    while at < len(body):
        end = body.find(_END, at) + 1 or len(body)
        chunk = body[at:end].lstrip(_BETWEEN)
        if chunk:
            yield _record(chunk, end - len(chunk))
        at = end


def _record(chunk: bytes, at: int) -> pymarc.Record | FormatError:
    if chunk.endswith(_END) and chunk[:5].isdigit():
        chunk = b"%05d" % min(len(chunk), 99_999) + chunk[5:]
    reader = pymarc.MARCReader(BytesIO(chunk), to_unicode=False, permissive=True)
    found = next(reader, None)
    if found is None:
        return MalformedPayload(f"MARC: {reader.current_exception or 'not a record'}", place=f"byte {at}")
    try:
        return _decoded(found, _decoder(chunk, at))
    except UnicodeDecodeError as error:
        return EncodingError(f"MARC-8: {error.reason}", place=f"byte {at}", hint=_CONVERT)
    except EncodingError as error:
        return error


def _decoded(raw: pymarc.Record, decode: Callable[[bytes], str]) -> pymarc.Record:
    fields = []
    for field in raw.fields:
        if field.control_field:
            fields.append(pymarc.Field(tag=field.tag, data=_text(field.data, decode)))
        else:
            parts = [pymarc.Subfield(code=part.code, value=_text(part.value, decode)) for part in field.subfields]
            fields.append(pymarc.Field(tag=field.tag, indicators=field.indicators, subfields=parts))
    return pymarc.Record(fields=fields, leader=str(raw.leader))


def _text(value: object, decode: Callable[[bytes], str]) -> str:
    return decode(value) if isinstance(value, bytes) else str(value or "")


def _decoder(chunk: bytes, at: int) -> Callable[[bytes], str]:
    """How the text of a record is to be read. Raises EncodingError where nothing fits."""
    try:
        chunk.decode()
    except UnicodeDecodeError as error:
        place = f"byte {at + error.start}"
    else:
        return bytes.decode
    if chunk[9:10] == b"a":
        raise EncodingError("MARC: the leader says Unicode, the text is in something else", place=place, hint=_CONVERT)
    if chunk[20:23] == b"450" and chunk[23:24] != b"0":  # UNIMARC
        fits, name, decode = "\ufffd" not in iso5426.decode(chunk[24:]), "ISO 5426", iso5426.decode
    else:
        fits, name, decode = b"\x1b" in chunk or _NO_MARC8.isdisjoint(chunk), "MARC-8", _marc8
    if not fits:
        raise EncodingError(f"MARC: the text is neither in UTF-8 nor in {name}", place=place, hint=_CONVERT)
    return decode


def _marc8(text: bytes) -> str:
    return str(marc8_to_unicode(text, hide_utf8_warnings=True))

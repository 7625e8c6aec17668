"""Bytes to text: byte order marks, declared encodings, and a typed error where they lie."""

from __future__ import annotations

import codecs

from ontology.errors import EmptyPayload, EncodingError, MalformedPayload

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BLANK = b" \t\r\n\0"


def decode(body: bytes, declared: str = "") -> str:
    """The payload as text with line ends as `\\n`, without byte order mark.

    A byte order mark decides; else the declared encoding (an IANA name); else UTF-8. Nothing is
    guessed and nothing replaced: raises EncodingError that names the line and byte. NUL characters
    are refused as MalformedPayload.
    """
    mark, encoding = next(((m, e) for m, e in _MARKS if body.startswith(m)), (b"", declared or "utf-8"))
    try:
        text = body[len(mark) :].decode(encoding)
    except LookupError:
        raise EncodingError(
            f"there is no encoding called “{encoding}”", hint="Use an IANA name such as utf-8."
        ) from None
    except UnicodeError as error:
        raise _undecodable(body, len(mark), encoding, error) from None
    if "\0" in text:
        raise MalformedPayload("the text holds a NUL character", place=line_column(text, text.index("\0")))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def require_content(body: bytes, max_bytes: int) -> None:
    """Raise EmptyPayload for nothing but a byte order mark and white space, MalformedPayload for
    more than `max_bytes`."""
    if len(body) > max_bytes:
        raise MalformedPayload(
            f"the payload has {len(body):,} bytes, the limit is {max_bytes:,}",
            hint="Split it into smaller files.",
        )
    if len(body) < 4096 or not body[:4096].strip(_BLANK):
        mark = next((m for m, _ in _MARKS if body.startswith(m)), b"")
        if not body[len(mark) :].strip(_BLANK):
            raise EmptyPayload("the payload has no content")


def line_column(text: str, offset: int) -> str:
    """The place of a character, "line 3, column 7", both counted from 1."""
    return f"line {text.count(chr(10), 0, offset) + 1}, column {offset - text.rfind(chr(10), 0, offset)}"


def _undecodable(body: bytes, skip: int, encoding: str, error: UnicodeError) -> EncodingError:
    place = ""
    if isinstance(error, UnicodeDecodeError):
        at = skip + error.start
        place = f"line {body.count(10, 0, at) + 1}, byte {at}"
    return EncodingError(f"the bytes are not {encoding}", place=place, hint="Convert the file to UTF-8.")

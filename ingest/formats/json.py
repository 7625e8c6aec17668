"""Reading hostile JSON into typed structs: the one door through which JSON payloads come in.

A format describes what it reads as `msgspec` structs (unknown keys are ignored, optional keys have
defaults) and gets them filled or a typed error whose place is the byte or the path of the value
(`$.abstract[...].text`).
"""

from __future__ import annotations

import codecs
import re
from typing import TypeVar

import msgspec

from ingest.formats.text import decode, require_content
from ontology.errors import MalformedPayload

MAX_BYTES = 64 * 1024 * 1024

T = TypeVar("T")

_PLACE = re.compile(r" - at `(?:key in )?(\$[^`]*)`$")
_BYTE = re.compile(r" \(byte (\d+)\)$")


def read_json(body: bytes, kind: type[T], *, max_bytes: int = MAX_BYTES) -> T:
    """The payload as a value of type `kind` (a struct, `dict[str, object]`, `list[Work]` …).

    UTF-8, with or without byte order mark. Raises EmptyPayload, EncodingError or MalformedPayload.
    Nesting is bounded by the interpreter's recursion limit (1,000).
    """
    require_content(body, max_bytes)
    body = body.removeprefix(codecs.BOM_UTF8)
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise _typed(str(error), body) from None
    except msgspec.DecodeError as error:
        decode(body)
        raise _typed(str(error), body) from None
    except UnicodeDecodeError:
        decode(body)
        raise MalformedPayload("JSON: a string holds half a surrogate pair") from None
    except RecursionError:
        raise MalformedPayload("JSON: nested too deeply") from None


def _typed(message: str, body: bytes) -> MalformedPayload:
    place = ""
    if found := _PLACE.search(message):
        place = found.group(1)
    elif found := _BYTE.search(message):
        at = int(found.group(1))
        place = f"line {body.count(10, 0, at) + 1}, column {at - body.rfind(10, 0, at)}"
    message = _BYTE.sub("", _PLACE.sub("", message))
    message = message.removeprefix("JSON is malformed: ")
    return MalformedPayload(f"JSON: {message}", place=place or f"end of payload (byte {len(body)})")

"""JSON of flat fields: a work as an object of texts and lists of texts, or a list of such objects.

What no other reader claims and has a title and another field that only works have, by the names that
columns of tables have.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from ingest.formats.base import Rejected
from ingest.formats.flat import fields_of, record_of
from ingest.formats.flat_terms import FIELDS, TELLING, bare
from ingest.formats.json import read_json
from ingest.formats.many import one_by_one
from ontology.records import Payload, Record

_KEY: Final = re.compile(rb'"([^"\\]{1,60})"\s*:\s*[\["\d]')


class FlatJsonFormat(msgspec.Struct, frozen=True):
    """One record per object."""

    name: str = "flat_json"

    def recognises(self, head: bytes, media: str) -> bool:
        """JSON with keys for a title and for another field that only works have."""
        if media == self.name:
            return True
        if head.lstrip()[:1] not in (b"{", b"["):
            return False
        fields = {FIELDS.get(bare(key.decode("utf-8", "ignore")), "") for key in _KEY.findall(head)}
        return "title" in fields and bool(fields & TELLING)

    def parse(self, payload: Payload) -> Iterator[Record | Rejected]:
        """Raises FormatError for what is not JSON."""
        found = read_json(payload.body, dict[str, Any] | list[msgspec.Raw])  # type: ignore[arg-type]
        items = found if isinstance(found, list) else [msgspec.Raw(payload.body)]
        yield from one_by_one(items, _read)


FORMAT: Final = FlatJsonFormat()


def _read(raw: msgspec.Raw, number: str) -> Record:
    item = read_json(bytes(raw), dict[str, Any])
    return record_of(
        fields_of((name, text) for name, value in item.items() if (text := _text(value))), number, "flat_json"
    )


def _text(value: object) -> str:
    """A text, number or list of them as one text; lists of people by their names."""
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, list):
        return "\n".join(text for each in value[:5000] if (text := _text(each)))
    if isinstance(value, dict):
        named = value.get("name") or " ".join(
            part for key in ("given", "first", "firstName", "family", "last", "lastName")
            if isinstance(part := value.get(key), str)
        )  # fmt: skip
        return named if isinstance(named, str) else ""
    return ""

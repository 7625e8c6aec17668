"""DataCite JSON: answers of the REST API (`data.attributes`), bare attributes, and lists of either."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from ingest.formats.base import Rejected
from ingest.formats.datacite_model import Resource
from ingest.formats.datacite_works import record_of
from ingest.formats.json import read_json
from ingest.formats.many import one_by_one
from ontology.errors import MalformedPayload
from ontology.records import Payload, Record

_API: Final = re.compile(rb'"type"\s*:\s*"dois"')
_KEYS: Final = re.compile(
    rb'"(creators?|publicationYear|publication-year|resourceTypeGeneral|resource-type-general|relatedIdentifiers'
    rb'|rightsList|fundingReferences|schemaVersion|schema-version)"\s*:'
)
_SCHEMA: Final = re.compile(rb"datacite\.org(?:/|\\/)schema(?:/|\\/)kernel-")
_DOI: Final = re.compile(rb'"doi"\s*:\s*"', re.IGNORECASE)


class DataciteJsonFormat(msgspec.Struct, frozen=True):
    """One record per DOI."""

    name: str = "datacite_json"

    def recognises(self, head: bytes, media: str) -> bool:
        """JSON with an API's `dois`, with the schema's address, or with a DOI and two of
        its property names; no linked data (schema.org)."""
        if media == self.name:
            return True
        if head.lstrip()[:1] not in (b"{", b"[") or b'"@context"' in head:
            return False
        if _API.search(head) or _SCHEMA.search(head):
            return True
        return bool(_DOI.search(head)) and len(set(_KEYS.findall(head))) >= 2

    def parse(self, payload: Payload) -> Iterator[Record | Rejected]:
        """Raises FormatError for what is not JSON and for an API answer that is an error."""
        yield from one_by_one(_items(payload.body), _read)


FORMAT: Final = DataciteJsonFormat()


class _Fault(msgspec.Struct, frozen=True):
    title: str | None = None
    detail: str | None = None


class _Entry(msgspec.Struct, frozen=True):
    """A DOI of the API has its properties in `attributes`."""

    attributes: msgspec.Raw = msgspec.Raw(b"")


class _Answer(msgspec.Struct, frozen=True):
    data: list[msgspec.Raw] | _Entry | None = None
    errors: list[_Fault] | None = None


def _items(body: bytes) -> list[msgspec.Raw]:
    answer = read_json(body, list[msgspec.Raw] | _Answer)  # type: ignore[arg-type]
    if isinstance(answer, list):
        return answer
    if answer.errors and answer.data is None:
        fault = answer.errors[0]
        raise MalformedPayload(
            f"DataCite answered with an error: {fault.title or fault.detail or 'unknown'}", place="$.errors"
        )
    if isinstance(answer.data, _Entry):
        return [answer.data.attributes]
    return [msgspec.Raw(body)] if answer.data is None else answer.data


def _read(raw: msgspec.Raw, number: str) -> Record:
    attributes = read_json(bytes(raw), _Entry).attributes
    return record_of(read_json(bytes(attributes) or bytes(raw), Resource), number, FORMAT.name)

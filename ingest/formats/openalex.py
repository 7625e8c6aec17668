"""OpenAlex JSON: works, authors, institutions, publishers, funders and sources as the API answers
them, alone, in lists or as lines of the snapshot.

Fields as in OpenAlex's documentation of these objects. Concepts, topics and the like are no records:
rejected by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from ingest.formats.base import Rejected
from ingest.formats.json import read_json
from ingest.formats.many import one_by_one
from ingest.formats.openalex_agents import AGENTS, agent_of
from ingest.formats.openalex_model import Agent, Answer, Work
from ingest.formats.openalex_works import record_of
from ontology.agents import AnyRecord
from ontology.errors import MalformedPayload
from ontology.identifiers import identifier
from ontology.records import Payload

_ID: Final = re.compile(rb'"(?:id|openalex)"\s*:\s*"https?:(?://|\\/\\/)openalex\.org(?:/|\\/)')


class OpenAlexFormat(msgspec.Struct, frozen=True):
    """One record per work, one agent record per person, organisation or venue."""

    name: str = "openalex"

    def recognises(self, head: bytes, media: str) -> bool:
        """JSON in which something has an OpenAlex id."""
        return media == self.name or (head.lstrip()[:1] in (b"{", b"[") and bool(_ID.search(head)))

    def parse(self, payload: Payload) -> Iterator[AnyRecord | Rejected]:
        """Raises FormatError for what is not JSON and for an API answer that is an error."""
        yield from one_by_one(_items(payload.body), _read)


FORMAT: Final = OpenAlexFormat()


def _items(body: bytes) -> list[msgspec.Raw]:
    answer = read_json(body, list[msgspec.Raw] | Answer)  # type: ignore[arg-type]
    if isinstance(answer, list):
        return answer
    if answer.results is not None:
        return answer.results
    if answer.error:
        raise MalformedPayload(f"OpenAlex answered with an error: {answer.message or answer.error}", place="$.error")
    return [msgspec.Raw(body)]


def _read(raw: msgspec.Raw, number: str) -> AnyRecord:
    body = bytes(raw)
    own = identifier("openalex", read_json(body, _Entity).id)
    if own is not None and own.value[0] in AGENTS:
        return agent_of(read_json(body, Agent), own, FORMAT.name)
    try:
        work = read_json(body, Work)
    except MalformedPayload:
        work = read_json(body, _Entity).alone()
        if work.id is None:
            raise
    return record_of(work, number, FORMAT.name)


class _Entity(msgspec.Struct, frozen=True):
    """Enough to tell an entity that is no work, whose fields have other types."""

    id: str | None = None

    def alone(self) -> Work:
        found = identifier("openalex", self.id)
        return Work(id=self.id if found is None or not found.value.startswith("W") else None)

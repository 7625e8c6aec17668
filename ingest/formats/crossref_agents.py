"""Journals, funders and members of Crossref, as its API describes them: agent records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, Literal

import msgspec
from msgspec import field

from ingest.formats.fields import Scalar, identified, line
from ingest.formats.json import read_json
from ontology.agents import AgentName, AgentRecord, AgentRelation, Place
from ontology.errors import MalformedPayload
from ontology.identifiers import Identifier
from ontology.records import Subject

_FORMAT: Final = "crossref"
_FUNDERS: Final = "10.13039/"
"""Prefix of the DOIs that the Open Funder Registry gives its funders."""
_MOST: Final = 1_000
"""Organisations above and below a funder that are told of."""


class Subjected(msgspec.Struct, frozen=True):
    name: str | None = None


class Journal(msgspec.Struct, frozen=True):
    title: str | None = None
    publisher: str | None = None
    issn: list[str] | None = field(default=None, name="ISSN")
    subjects: list[Subjected] | None = None


class FunderEntry(msgspec.Struct, frozen=True, rename="kebab"):
    id: Scalar = None
    name: str | None = None
    alt_names: list[str | None] | None = None
    location: str | None = None
    replaces: list[Scalar] | None = None
    replaced_by: list[Scalar] | None = None
    hierarchy: dict[str, object] | None = None
    hierarchy_names: dict[str, str | None] | None = None


class Member(msgspec.Struct, frozen=True, rename="kebab"):
    id: Scalar = None
    primary_name: str | None = None
    names: list[str | None] | None = None
    location: str | None = None


def _journal(raw: msgspec.Raw, number: str) -> AgentRecord:
    said = read_json(bytes(raw), Journal)
    known = identified(("issn", each) for each in said.issn or ())
    publisher = line(said.publisher)
    return AgentRecord(
        key=str(known[0]) if known else number, format=_FORMAT, kind="venue", identifiers=known,
        names=_names(said.title, ()), types=("journal",),
        relations=(AgentRelation(kind="publisher", name=publisher),) if publisher else (),
        subjects=tuple(Subject(label=label) for each in said.subjects or () if (label := line(each.name))),
    )  # fmt: skip


def _funder(raw: msgspec.Raw, number: str) -> AgentRecord:
    said = read_json(bytes(raw), FunderEntry)
    known = _registered(said.id)
    return AgentRecord(
        key=str(known[0]) if known else number, format=_FORMAT, kind="organisation", identifiers=known,
        names=_names(said.name, said.alt_names or ()), types=("funder",),
        status="inactive" if said.replaced_by else "active", places=_places(said.location),
        relations=tuple(_relations(said)),
    )  # fmt: skip


def _member(raw: msgspec.Raw, number: str) -> AgentRecord:
    said = read_json(bytes(raw), Member)
    return AgentRecord(
        key=f"member:{line(said.id)}" if said.id else number, format=_FORMAT, kind="organisation",
        names=_names(said.primary_name, said.names or ()), types=("publisher",), places=_places(said.location),
    )  # fmt: skip


AGENTS: Final[dict[str, Callable[[msgspec.Raw, str], AgentRecord]]] = {
    "journal": _journal, "funder": _funder, "member": _member,
}  # fmt: skip
"""What the API calls them → the reader of one."""


def _names(shown: str | None, others: list[str | None] | tuple[()]) -> tuple[AgentName, ...]:
    first = line(shown)
    if not first:
        raise MalformedPayload("there is no name")
    aliases = dict.fromkeys(text for each in others if (text := line(each)) and text != first)
    return (AgentName(text=first), *(AgentName(text=text, kind=_kind(text)) for text in aliases))


def _kind(name: str) -> Literal["acronym", "alias"]:
    return "acronym" if name.isupper() and name.isalpha() and len(name) <= 8 else "alias"


def _registered(number: Scalar) -> tuple[Identifier, ...]:
    return identified([("doi", f"{_FUNDERS}{line(number)}")]) if number else ()


def _places(location: str | None) -> tuple[Place, ...]:
    """A country, or town and country: "London, United Kingdom"."""
    *town, country = [line(part) for part in (location or "").split(",")]
    return (Place(town=town[0] if town else "", region=", ".join(town[1:]), country=country),) if country else ()


def _relations(said: FunderEntry) -> Iterator[AgentRelation]:
    for number in said.replaces or ():
        yield from _related("predecessor", line(number), "")
    for number in said.replaced_by or ():
        yield from _related("successor", line(number), "")
    names = said.hierarchy_names or {}
    for kind, number in list(_kin(said.hierarchy or {}, line(said.id)))[:_MOST]:
        yield from _related(kind, number, line(names.get(number)))


def _related(kind: str, number: str, name: str) -> Iterator[AgentRelation]:
    if known := _registered(number):
        yield AgentRelation(kind=kind, name=name, identifiers=known)  # type: ignore[arg-type]


def _kin(hierarchy: dict[str, object], own: str) -> Iterator[tuple[str, str]]:
    """Who stands right above and right below the funder in the tree that shows it."""
    waiting: list[tuple[str, object]] = list(hierarchy.items())
    while waiting:
        name, below = waiting.pop()
        if not isinstance(below, dict):
            continue
        if own in below:
            yield "parent", name
        if name == own:
            yield from (("child", child) for child, further in below.items() if isinstance(further, dict))
        waiting.extend(below.items())

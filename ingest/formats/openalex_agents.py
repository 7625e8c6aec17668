"""From an OpenAlex author, institution, publisher, funder or source to an agent record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ingest.formats.fields import identified, language_code, line
from ingest.formats.openalex_model import Agent, Institution
from ontology.agents import AgentKind, AgentName, AgentRecord, AgentRelation, Place
from ontology.errors import MalformedPayload
from ontology.identifiers import Identifier
from ontology.records import Link, Subject

AGENTS: Final[dict[str, AgentKind]] = {
    "A": "person", "I": "organisation", "P": "organisation", "F": "organisation", "S": "venue", "V": "venue",
}  # fmt: skip
"""First letter of an OpenAlex id → what such an entity is; W is a work, C, D and T are subjects."""

_TYPES: Final = {"P": "publisher", "F": "funder"}
_VENUES: Final = {"ebook platform": "book", "book series": "book"}
_RELATIONS: Final = frozenset({"parent", "child", "related", "successor", "predecessor"})
_SCHEMES: Final = {
    "orcid": "orcid", "ror": "ror", "grid": "grid", "wikidata": "wikidata", "doi": "doi", "mag": "mag",
    "issn": "issn", "issn_l": "issn",
}  # fmt: skip


def agent_of(agent: Agent, own: Identifier, format_name: str) -> AgentRecord:
    """The record of an entity whose id is `own`. Raises MalformedPayload where it has no name."""
    letter = own.value[0]
    kind = AGENTS[letter]
    names = tuple(dict.fromkeys(_names(agent)))
    if not names:
        raise MalformedPayload("the entity has no name", place="$.display_name")
    stated = _TYPES.get(letter) or line(agent.type).lower()
    topics = (line(each.display_name) for each in agent.topics or ())
    return AgentRecord(
        key=str(own),
        format=format_name,
        kind=kind,
        identifiers=tuple(dict.fromkeys((own, *identified(_identifiers(agent))))),
        names=names,
        types=(_VENUES.get(stated, stated),) if stated else (),
        places=tuple(_places(agent)),
        relations=tuple(dict.fromkeys(_relations(agent, kind))),
        subjects=tuple(Subject(label=label, scheme="openalex") for label in topics if label),
        links=tuple(Link(url=url) for url in [line(agent.homepage_url)] if url.startswith("http")),
        description=line(agent.description),
    )


def _names(agent: Agent) -> Iterator[AgentName]:
    if shown := line(agent.display_name):
        yield AgentName(text=shown)
    official = (agent.international.display_name if agent.international else None) or {}
    for language, name in official.items():
        if (text := line(name)) and text != shown:
            yield AgentName(text=text, language=language_code(language))
    for other in (*(agent.display_name_alternatives or ()), *(agent.alternate_titles or ())):
        if (text := line(other)) and text != shown:
            yield AgentName(text=text, kind="alias")
    for short in (*(agent.display_name_acronyms or ()), agent.abbreviated_title):
        if text := line(short):
            yield AgentName(text=text, kind="acronym")


def _identifiers(agent: Agent) -> Iterator[tuple[str, str]]:
    yield from (("orcid", line(agent.orcid)), ("ror", line(agent.ror)), ("issn", line(agent.issn_l)))
    for each in agent.issn or ():
        yield "issn", line(each)
    for name, values in (agent.ids or {}).items():
        for value in values if isinstance(values, list) else [values]:
            if scheme := _SCHEMES.get(name):
                yield scheme, line(value)


def _places(agent: Agent) -> Iterator[Place]:
    if (geo := agent.geo) is not None:
        yield Place(
            town=line(geo.city), region=line(geo.region), country=line(geo.country),
            country_code=line(geo.country_code or agent.country_code).upper(), geonames=line(geo.geonames_city_id),
            latitude=geo.latitude, longitude=geo.longitude,
        )  # fmt: skip
        return
    for code in dict.fromkeys((agent.country_code, *(agent.country_codes or ()))):
        if code:
            yield Place(country_code=code.upper())


def _relations(agent: Agent, kind: AgentKind) -> Iterator[AgentRelation]:
    for other in agent.associated_institutions or ():
        relation = (other.relationship or "").lower()
        known = identified([("ror", other.ror), ("openalex", other.id)])
        yield AgentRelation(
            kind=relation if relation in _RELATIONS else "related",  # type: ignore[arg-type]
            name=line(other.display_name),
            identifiers=known,
        )
    parent = agent.parent_publisher
    if isinstance(parent, str):
        yield AgentRelation(kind="parent", identifiers=identified([("openalex", parent)]))
    elif parent is not None:
        yield AgentRelation(
            kind="parent", name=line(parent.display_name), identifiers=identified([("openalex", parent.id)])
        )
    if agent.host_organization_name and kind == "venue":
        known = identified([("openalex", agent.host_organization)])
        yield AgentRelation(kind="publisher", name=line(agent.host_organization_name), identifiers=known)
    yield from _affiliations(agent)


def _affiliations(agent: Agent) -> Iterator[AgentRelation]:
    dated = [(each.institution, sorted(each.years or ())) for each in agent.affiliations or ()]
    last = [*(agent.last_known_institutions or ()), agent.last_known_institution]
    seen = {place.id for place, _ in dated if place}
    undated: list[tuple[Institution | None, list[int]]] = [(each, []) for each in last if each and each.id not in seen]
    for place, years in (*dated, *undated):
        if place is not None and place.display_name:
            yield AgentRelation(
                kind="affiliation",
                name=line(place.display_name),
                identifiers=identified([("ror", place.ror), ("openalex", place.id)]),
                since=str(years[0]) if years else "",
                until=str(years[-1]) if years else "",
            )

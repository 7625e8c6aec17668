"""ROR: organisations of the Research Organization Registry, schemas 1 and 2.

Alone, in a dump (a JSON list), in an answer of the API or of the search engine behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal

import msgspec

from ingest.formats.base import Rejected
from ingest.formats.division import Division, list_items
from ingest.formats.fields import identified, language_code, line
from ingest.formats.json import read_json
from ingest.formats.many import one_by_one
from ingest.formats.ror_model import Answer, External, Hit, Organisation
from ontology.agents import AgentName, AgentRecord, AgentRelation, Place
from ontology.errors import MalformedPayload
from ontology.identifiers import Identifier
from ontology.records import Link, Payload

MAX_BYTES: Final = 512 * 1024 * 1024
"""The whole registry is one JSON list of some 250 MB."""

_SIGNS: Final = re.compile(rb'"(?:id|_id)"\s*:\s*"(?:https?:)?(?:\\?/){0,2}ror\.org')
_SHAPE: Final = re.compile(
    rb'"(?:geonames_id|geonames_details|ror_display|wikipedia_url|country_geonames_id|acronyms)"'
)
_SCHEMES: Final = {"isni": "isni", "fundref": "doi", "wikidata": "wikidata", "grid": "grid"}
_KINDS: Final = {"label": "name", "ror_display": "name", "alias": "alias", "acronym": "acronym"}
_RELATIONS: Final = {
    "parent": "parent", "child": "child", "related": "related", "successor": "successor", "predecessor": "predecessor",
}  # fmt: skip


class RorFormat(msgspec.Struct, frozen=True):
    """One agent record per organisation."""

    name: str = "ror"

    def recognises(self, head: bytes, media: str) -> bool:
        """JSON with keys that only ROR's organisations have."""
        if media == self.name:
            return True
        start = head.lstrip()[:1]
        if start not in (b"{", b"["):
            return False
        return bool(
            _SHAPE.search(head) and (_SIGNS.search(head) or b'"locations"' in head or b'"relationships"' in head)
        )

    def parse(self, payload: Payload) -> Iterator[AgentRecord | Rejected]:
        """Raises FormatError for what is not JSON or holds no organisation."""
        yield from one_by_one(_items(payload.body), _read)

    def divide(self, body: bytes) -> Division | None:
        """A dump cut at its organisations."""
        return list_items(body)


FORMAT: Final = RorFormat()


def _items(body: bytes) -> list[msgspec.Raw]:
    answer = read_json(body, list[msgspec.Raw] | Answer, max_bytes=MAX_BYTES)  # type: ignore[arg-type]
    if isinstance(answer, list):
        return answer
    if answer.items is not None:
        # An affiliation search wraps each organisation with its score.
        return [read_json(bytes(raw), Hit).organization or raw for raw in answer.items]
    if answer.hits is not None:
        return [hit.source for hit in answer.hits.hits or () if hit.source]
    return [msgspec.Raw(body)]


def _read(raw: msgspec.Raw, number: str) -> AgentRecord:
    found = read_json(bytes(raw), Organisation)
    names = tuple(dict.fromkeys(_names(found)))
    if not names:
        raise MalformedPayload("the organisation has no name", place="$.names")
    known = tuple(dict.fromkeys((*identified([("ror", found.id)]), *_external(found.external_ids))))
    return AgentRecord(
        key=str(known[0]) if known else number,
        format=FORMAT.name,
        kind="organisation",
        identifiers=known,
        names=names,
        types=tuple(line(each).lower() for each in found.types or () if each),
        status=_status(found.status),
        established=found.established or 0,
        places=tuple(_places(found)),
        relations=tuple(_relations(found)),
        links=tuple(_links(found)),
    )


def _names(found: Organisation) -> Iterator[AgentName]:
    """The name to show first, then official names, aliases and acronyms."""
    rank = {"ror_display": 0, "label": 1, "alias": 2, "acronym": 3}
    stated = [(min((rank.get(kind, 2) for kind in name.types or ()), default=2), name) for name in found.names or ()]
    for _, name in sorted(stated, key=lambda each: each[0]):
        kinds = [_KINDS.get(kind, "alias") for kind in name.types or ()]
        kind = next((one for one in ("name", "acronym") if one in kinds), "alias")
        if text := line(name.value):
            yield AgentName(text=text, language=language_code(name.lang or ""), kind=kind)  # type: ignore[arg-type]
    if text := line(found.name):
        yield AgentName(text=text)
    for label in found.labels or ():
        if text := line(label.label):
            yield AgentName(text=text, language=language_code(label.iso639 or ""))
    for alias in found.aliases or ():
        if text := line(alias):
            yield AgentName(text=text, kind="alias")
    for acronym in found.acronyms or ():
        if text := line(acronym):
            yield AgentName(text=text, kind="acronym")


def _external(stated: list[External] | dict[str, External] | None) -> Iterator[Identifier]:
    """Identifiers in other registries; of the Funder Registry (FundRef) by DOI, as funders are cited."""
    pairs = stated.items() if isinstance(stated, dict) else [(each.type or "", each) for each in stated or ()]
    for kind, each in pairs:
        scheme = _SCHEMES.get(kind.lower(), "")
        values = [each.all] if isinstance(each.all, str) else list(each.all or ())
        ordered = dict.fromkeys(filter(None, [each.preferred, *values]))
        if scheme == "doi":
            yield from identified((scheme, f"10.13039/{value}") for value in ordered)
        elif scheme:
            yield from identified((scheme, value) for value in ordered)


def _status(stated: str | None) -> Literal["", "active", "inactive", "withdrawn"]:
    return stated if stated in ("active", "inactive", "withdrawn") else ""  # type: ignore[return-value]


def _places(found: Organisation) -> Iterator[Place]:
    for location in found.locations or ():
        details = location.geonames_details
        if details is not None:
            yield Place(
                town=line(details.name),
                region=line(details.country_subdivision_name),
                country=line(details.country_name),
                country_code=line(details.country_code).upper(),
                geonames=line(location.geonames_id),
                latitude=details.lat,
                longitude=details.lng,
            )
    country = found.country
    for address in found.addresses or ():
        yield Place(
            town=line(address.city),
            region=line(address.state),
            country=line(country.country_name) if country else "",
            country_code=line(country.country_code).upper() if country else "",
            geonames=line(address.geonames_city.id) if address.geonames_city else "",
            latitude=address.lat,
            longitude=address.lng,
        )
    if country and not found.addresses:
        yield Place(country=line(country.country_name), country_code=line(country.country_code).upper())


def _relations(found: Organisation) -> Iterator[AgentRelation]:
    for each in found.relationships or ():
        kind = _RELATIONS.get((each.type or "").lower(), "related")
        known = identified([("ror", each.id)])
        if known or each.label:
            yield AgentRelation(kind=kind, name=line(each.label), identifiers=known)  # type: ignore[arg-type]


def _links(found: Organisation) -> Iterator[Link]:
    addresses = [each if isinstance(each, str) else each.value or "" for each in found.links or ()]
    for url in dict.fromkeys([*addresses, found.wikipedia_url or ""]):
        if url.startswith("http"):
            yield Link(url=url.strip())

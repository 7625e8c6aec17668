"""Organisations: what records say of them, which are one, and what an affiliation as printed means. Pure.

An organisation is known by an identifier (of a registry, or in an affiliation), or as a group that
is the author of a work. Affiliations without identifier are read as parts, from the innermost unit
to the country, and looked up among the names of the organisations that are known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from ingest.identity.clusters import Clusters, Edge, Member, Verdicts
from ingest.identity.text import fold, number_of
from ingest.identity.words import word_map
from ontology.agents import AgentRecord
from ontology.identifiers import Identifier
from ontology.records import Contributor, Record

_MIN_GROUP: Final = 12


class OrganisationSays(msgspec.Struct, frozen=True, array_like=True):
    """What records say of one organisation, in these very words. `named` tells whether `names` are its
    own names (a registry, a funder, a group) and not an affiliation line; `seed` is empty where the
    name alone says who it is."""

    names: tuple[str, ...]
    ids: tuple[Identifier, ...] = ()
    country: str = ""
    named: bool = False
    acronyms: tuple[str, ...] = ()
    towns: tuple[str, ...] = ()
    parents: tuple[Identifier, ...] = ()
    registered: bool = False
    seed: str = ""

    def keys(self) -> list[int]:
        if self.ids:
            return [number_of(f"o:{i}") for i in self.ids]
        return [number_of(f"og:{self.seed}{fold(self.names[0])}")]

    def blocks(self) -> list[int]:
        """Keys under which affiliation lines find it: its names."""
        return (
            [number_of(f"on:{form}") for name in self.names if self.named and (form := plain(name))] if self.ids else []
        )


def of_record(record: Record) -> Iterator[OrganisationSays]:
    """Identified organisations of affiliations and funders, each once."""
    seen: set[tuple[Identifier, ...]] = set()
    for person in record.contributors:
        for place in person.affiliations:
            if place.identifiers and place.identifiers not in seen:
                seen.add(place.identifiers)
                yield OrganisationSays((place.name,), place.identifiers, place.country, named="," not in place.name)
    for funding in record.funding:
        if funding.identifiers and funding.identifiers not in seen:
            seen.add(funding.identifiers)
            yield OrganisationSays((funding.funder,), funding.identifiers, named=True)


def places(contributors: Iterable[Contributor]) -> dict[tuple[Identifier, ...], int]:
    """Identifiers of affiliations → position of the organisation among those of the record (`of_record`)."""
    found: dict[tuple[Identifier, ...], int] = {}
    for person in contributors:
        for place in person.affiliations:
            if place.identifiers:
                found.setdefault(place.identifiers, len(found))
    return found


def forms(affiliation: str) -> list[str]:
    """Names that may stand in an affiliation line, the most telling first."""
    return []


def choose(
    affiliation: str, country: str, found: Mapping[str, list[int]], known: Mapping[int, tuple[OrganisationSays, str]]
) -> tuple[str, ...]:
    """Which of the candidates (`found`: form → nodes, `known`: node → what is said and its IRI) is meant."""
    return ()


def group(person: Contributor, seed: str) -> OrganisationSays:
    """A group that is the author of the work with this seed; short names mean nothing outside that work."""
    telling = len(fold(person.name)) >= _MIN_GROUP
    return OrganisationSays((person.name,), person.identifiers, named=True, seed="" if telling else f"{seed}|")


def of_agent(record: AgentRecord) -> OrganisationSays:
    """A registry's entry of an organisation."""
    return OrganisationSays(
        names=tuple(dict.fromkeys(n.text for n in record.names if n.kind != "acronym")) or (record.name,),
        ids=record.identifiers,
        country=record.country,
        named=True,
        acronyms=tuple(dict.fromkeys(n.text for n in record.names if n.kind == "acronym")),
        towns=tuple(dict.fromkeys(fold(p.town) for p in record.places if p.town)),
        parents=tuple(i for r in record.relations if r.kind == "parent" for i in r.identifiers),
        registered=True,
    )


_WRITTEN_OUT: Final = word_map("organisation_words")


def plain(name: str) -> str:
    """A name for comparing: folded, abbreviations written out, without articles and "of"."""
    words = (_WRITTEN_OUT.get(word, word) for word in fold(name).split())
    return " ".join(
        word
        for word in words
        if word not in ("the", "of", "and", "for", "de", "der", "la", "di", "e", "y", "et", "und", "fur")
    )


def clusters(said: Mapping[int, OrganisationSays], verdicts: Verdicts) -> list[list[Member]]:
    """Which of these are one organisation: those that share an identifier or, groups, a name. Two
    different ROR identifiers are two organisations."""
    order = sorted(said, key=lambda node: _rank(said[node]))
    found = Clusters(order, verdicts)
    holders: defaultdict[tuple[bool, str], list[int]] = defaultdict(list)
    for node in order:
        for one in said[node].ids:
            holders[one.scheme != "ror", str(one)].append(node)
        if not said[node].ids:
            holders[True, f"{said[node].seed}{fold(said[node].names[0])}"].append(node)

    def allowed(left: list[int], right: list[int], edge: Edge) -> bool:
        a, b = ({i for n in nodes for i in said[n].ids if i.scheme == "ror"} for nodes in (left, right))
        return not a or not b or bool(a & b)

    for (_, key), nodes in sorted(holders.items()):
        method = "shared identifier" if ":" in key else "same name of a group"
        found.gather(nodes, method, 1.0 if ":" in key else 0.9, allowed)
    return found.all()


def _rank(said: OrganisationSays) -> tuple[object, ...]:
    return not said.registered, not said.named, said.ids, said.names, said.country


def seeds(said: Iterable[OrganisationSays]) -> list[str]:
    """What an organisation's IRI may be made from: ROR, other identifiers, the group's name."""
    every = list(said)
    ids = sorted({i for s in every for i in s.ids}, key=lambda i: (i.scheme != "ror", i))
    return [*(f"o:{i}" for i in ids), *sorted(f"og:{s.seed}{fold(s.names[0])}" for s in every)]

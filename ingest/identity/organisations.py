"""Organisations: what records say of them, and which are one. Pure.

An organisation is known by an identifier (of a registry, or in an affiliation), or as a group that
is the author of a work. What an affiliation line without identifier means is read in `affiliations`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from ingest.identity.clusters import Clusters, Edge, Member, Verdicts
from ingest.identity.institution_names import acronyms, called, institution, institutions, names_in, own_name, plain
from ingest.identity.text import fold, number_of
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
        """Identifiers and own names; of a group without identifier the name alone."""
        if self.ids:
            named = [f"oy:{form}" for form in self.own_names()]
            return [number_of(key) for key in (*(f"o:{i}" for i in self.ids), *named)]
        return [number_of(f"og:{self.seed}{fold(self.names[0])}")]

    @property
    def sole(self) -> bool:
        """Whether the line names one institution only, so that the identifiers are that one's."""
        return all(len(institutions(name)) == 1 for name in self.names)

    def own_names(self) -> list[str]:
        """Names that say who it is, in comparable form: of an institution, in several words."""
        found = [plain(name) for name in self.names if self.named]
        found += [form for name in self.names for form in own_name(name)]
        return [form for form in dict.fromkeys(found) if " " in form and institution(form.split())]

    def blocks(self) -> list[int]:
        """Keys under which affiliation lines find it."""
        return [number_of(f"on:{form}") for form in self.forms()]

    def forms(self) -> list[str]:
        """Its names in comparable form; of a line that names it, the institutions there and the acronyms."""
        if not self.ids:
            return []
        if self.named:
            names = (*self.names, *self.acronyms)
            found = [*map(plain, names), *(form for name in names for form in called(name))]
        else:
            found = [form for name in self.names for form in names_in(name)]
        found += [
            form for name in (*self.names, *self.acronyms) for form in acronyms(name, within=not institutions(name))[:1]
        ]
        return [form for form in dict.fromkeys(found) if form]


def of_record(record: Record) -> Iterator[OrganisationSays]:
    """Identified organisations of affiliations and funders, each once."""
    seen: set[tuple[Identifier, ...]] = set()
    for person in record.contributors:
        for place in person.affiliations:
            several = one_each(place.identifiers)
            for ids in several:
                if ids not in seen:
                    seen.add(ids)
                    # A line that names several organisations says of none which name is its own.
                    name = place.name if len(several) == 1 else ""
                    yield OrganisationSays((name,), ids, place.country, named=_is_name(name))
    for funding in record.funding:
        if funding.identifiers and funding.identifiers not in seen:
            seen.add(funding.identifiers)
            yield OrganisationSays((funding.funder,), funding.identifiers, named=True)


def _is_name(text: str) -> bool:
    """Whether an affiliation is a mere name ("University of California, Davis") and no address line."""
    return bool(text) and text.count(",") < 2 and len(text.split()) < 7 and not any(map(str.isdigit, text))


def one_each(identifiers: tuple[Identifier, ...]) -> tuple[tuple[Identifier, ...], ...]:
    """Identifiers of an affiliation, apart where they are of several organisations (two of one registry)."""
    schemes = Counter(i.scheme for i in identifiers)
    if not schemes:
        return ()
    scheme, times = max(schemes.items(), key=lambda pair: (pair[1], pair[0] == "ror"))
    return (identifiers,) if times == 1 else tuple((i,) for i in identifiers if i.scheme == scheme)


def places(contributors: Iterable[Contributor]) -> dict[tuple[Identifier, ...], int]:
    """Identifiers of an organisation → its position among those of the record (`of_record`)."""
    found: dict[tuple[Identifier, ...], int] = {}
    for person in contributors:
        for place in person.affiliations:
            for ids in one_each(place.identifiers):
                found.setdefault(ids, len(found))
    return found


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
    called: defaultdict[str, list[int]] = defaultdict(list)
    for node in order:
        for form in said[node].own_names():
            called[form].append(node)
    for _, nodes in sorted(called.items()):
        found.gather(nodes, "same name", 0.93, lambda left, right, edge: _compatible(said, left, right))
    return found.all()


def _compatible(said: Mapping[int, OrganisationSays], left: Iterable[int], right: Iterable[int]) -> bool:
    """Whether two of one name can be one: no registry has both, and they are not in two countries."""
    a, b = ([said[n] for n in nodes] for nodes in (left, right))
    registries = ({_registry(i) for s in some for i in s.ids} for some in (a, b))
    countries = [{s.country.upper() for s in some if len(s.country) == 2} for some in (a, b)]
    return set.isdisjoint(*registries) and (not all(countries) or not countries[0].isdisjoint(countries[1]))


def _registry(one: Identifier) -> str:
    """Who gives such identifiers, each organisation one: OpenAlex has one of it as institution, another as funder."""
    return f"openalex {one.value[:1]}" if one.scheme == "openalex" else one.scheme


def _rank(said: OrganisationSays) -> tuple[object, ...]:
    return not said.registered, not said.named, said.ids, said.names, said.country


def seeds(said: Iterable[OrganisationSays]) -> list[str]:
    """What an organisation's IRI may be made from: ROR, other identifiers, the group's name."""
    every = list(said)
    ids = sorted({i for s in every for i in s.ids}, key=lambda i: (i.scheme != "ror", i))
    return [*(f"o:{i}" for i in ids), *sorted(f"og:{s.seed}{fold(s.names[0])}" for s in every)]

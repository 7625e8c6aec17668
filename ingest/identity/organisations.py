"""Organisations: what records say of them, which are one, and what an affiliation as printed means. Pure.

An organisation is known by an identifier (of a registry, or in an affiliation), or as a group that
is the author of a work. Affiliations without identifier are read as parts, from the innermost unit
to the country, and looked up among the names of the organisations that are known.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final

import msgspec

from ingest.identity.clusters import Clusters, Edge, Member, Verdicts
from ingest.identity.text import fold, number_of
from ingest.identity.words import word_map, word_set
from ontology.agents import AgentRecord
from ontology.identifiers import Identifier
from ontology.records import Contributor, Record

_MIN_GROUP: Final = 12
_LINE, _SEGMENTS, _WORDS = 1000, 24, 12
"""Characters of a line that are read, parts of it, words of a part."""
_SEGMENT: Final = re.compile(r"[,;()\[\]/|]|\s[-–—]\s|\.\s|\s(?:and|und|et|y)\s(?=the |[A-Z])")
_NUMBER: Final = re.compile(r"\S*\d\S*|\S+@\S+|^\W*(?:From |and |the )+", re.IGNORECASE)
_UNITS: Final = word_set("organisation_units")
_INSTITUTIONS: Final = word_set("institution_words")
_SMALL: Final = word_set("stop_words")
_SYSTEMS: Final = frozenset(" ".join(sorted((place, "university"))) for place in word_set("university_systems"))
"""Names that many universities share before the comma."""


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

    def own_names(self) -> list[str]:
        """Names that say who it is, in comparable form: of an institution, in several words."""
        found = [plain(name) for name in self.names if self.named]
        found += [part[-1] for name in self.names for part in _parts(name, pieces=False)[:1]]
        return [form for form in dict.fromkeys(found) if " " in form and _institution(form.split())]

    def blocks(self) -> list[int]:
        """Keys under which affiliation lines find it: its names; of a line that names it, the institutions there."""
        if not self.ids:
            return []
        if self.named:
            names = (*self.names, *self.acronyms)
            found = [
                *map(plain, names),
                *(form for name in names for part in _parts(name, pieces=False)[:1] for form in part[:2]),
            ]
        else:
            found = [form for name in self.names for part in _parts(name, pieces=False)[:1] for form in part[:2]]
            found = [form for form in found if _institution(form.split())]
        return [number_of(f"on:{form}") for form in dict.fromkeys(found) if form]


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


def forms(affiliation: str) -> list[str]:
    """Names that may stand in an affiliation line (see `_parts`)."""
    return list(dict.fromkeys(form for part in _parts(affiliation) for form in part))


@lru_cache(maxsize=4096)
def _parts(affiliation: str, *, pieces: bool = True) -> tuple[tuple[str, ...], ...]:
    """For each part of the line that may be an organisation the names it may have, the longest first;
    with `pieces` also those that are only a piece of a part.
    Universities come first, then other institutions, then what is neither that nor a unit of one."""
    parts = [fold(_NUMBER.sub(" ", part)).split() for part in _SEGMENT.split(affiliation[:_LINE])[:_SEGMENTS]]
    parts = [words for words in parts if words]
    ranked: list[tuple[int, tuple[str, ...]]] = []
    for at, words in enumerate(parts):
        names = list(_windows(words)) if pieces else []
        if words[0] not in _UNITS and len(words) <= _WORDS:
            names.insert(0, plain(" ".join(words)))
            if _institution(words) and at + 1 < len(parts) and len(words) + len(parts[at + 1]) <= _WORDS:
                if names[0] in _SYSTEMS:
                    names.clear()
                names.insert(0, plain(" ".join(words + parts[at + 1])))
        if kept := tuple(name for name in dict.fromkeys(names) if name and not name.isdigit()):
            ranked.append((0 if "university" in kept[-1].split() else 1 if _institution(words) else 2, kept))
    return tuple(names for _, names in sorted(ranked, key=lambda pair: pair[0]))


def _institution(words: Iterable[str]) -> bool:
    return any(_WRITTEN_OUT.get(word, word) in _INSTITUTIONS for word in words)


def _windows(words: list[str]) -> Iterator[str]:
    """Pieces of a long part that name an institution by themselves: "Yale University" in "Yale University New
    Haven", "University of Zurich" after a museum or a department."""
    for end in range(len(words) - 1, 1, -1):
        if _WRITTEN_OUT.get(words[end - 1], words[end - 1]) == "university" and words[0] not in _UNITS:
            yield plain(" ".join(words[:end]))
            break
    for start in range(1, len(words) - 1):
        before = words[:start]
        if _institution(words[start : start + 1]) and (before[0] in _UNITS or _institution(before)):
            yield plain(" ".join(words[start:]))


def choose(
    affiliation: str, found: Mapping[str, list[int]], known: Mapping[int, tuple[OrganisationSays, str]]
) -> tuple[str, ...]:
    """IRIs of the organisations an affiliation line names (`found`: form → nodes with that name; `known`:
    node → what is said and the IRI): all whole institutions in it, else the first that is known."""
    line = f" {fold(affiliation)} "
    chosen: dict[str, None] = {}
    for names in _parts(affiliation):
        iri = next((iri for form in names if (iri := _agreed(found.get(form, ()), known, line))), "")
        if iri and (not chosen or _institution(names[-1].split())):
            chosen.setdefault(iri)
    return tuple(chosen)


def _agreed(nodes: Iterable[int], known: Mapping[int, tuple[OrganisationSays, str]], line: str) -> str:
    """The one organisation that a name means: that of registries before that of affiliation lines; of
    several the one whose town stands in the line."""
    votes = [known[node] for node in nodes]
    best = [v for v in votes if v[0].registered] or [v for v in votes if v[0].named] or votes
    counted = Counter(iri for _, iri in best if iri)
    if len(counted) > 1:
        there = Counter(iri for said, iri in best if any(f" {town} " in line for town in said.towns))
        counted = there if len(there) == 1 else counted
    (iri, times), *others = counted.most_common(2) or [("", 0)]
    return iri if times > sum(n for _, n in others) else ""


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
    """A name for comparing: folded, abbreviations and other languages' words for institutions written
    out, small words left out, in alphabetical order ("Michigan University" is "University of Michigan")."""
    words = (_WRITTEN_OUT.get(word, word) for word in fold(name).split())
    return " ".join(sorted({word for word in words if word not in _SMALL}))


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
    registries = ({i.scheme for s in some for i in s.ids} for some in (a, b))
    countries = [{s.country.upper() for s in some if len(s.country) == 2} for some in (a, b)]
    return set.isdisjoint(*registries) and (not all(countries) or not countries[0].isdisjoint(countries[1]))


def _rank(said: OrganisationSays) -> tuple[object, ...]:
    return not said.registered, not said.named, said.ids, said.names, said.country


def seeds(said: Iterable[OrganisationSays]) -> list[str]:
    """What an organisation's IRI may be made from: ROR, other identifiers, the group's name."""
    every = list(said)
    ids = sorted({i for s in every for i in s.ids}, key=lambda i: (i.scheme != "ror", i))
    return [*(f"o:{i}" for i in ids), *sorted(f"og:{s.seed}{fold(s.names[0])}" for s in every)]

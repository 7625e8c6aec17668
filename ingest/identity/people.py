"""People: what a record says about one, and who is who among those of one block. Pure.

A block holds everybody with one family name and one first initial; blocks are small and independent
of each other, so a new record touches only the people who share a name with its own. Within a block
mentions are joined along evidence, the strongest first: an identifier, the same work in another
source, affiliation and co-authors, and the full name alone where the name is rare enough. Two
identifiers of one registry, given names that differ, or two places in one list of authors keep
people apart. Identifiers join across blocks (`bridges`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

import msgspec

from ingest.identity.clusters import Clusters, Edge, Member, Verdicts
from ingest.identity.names import agreement
from ingest.identity.nodes import record_of
from ingest.identity.text import Name, core, fold, generic, name_of, number_of, telling, title_words
from ingest.identity.words import word_set
from ingest.identity.works import WorkSays
from ontology.agents import AgentRecord
from ontology.identifiers import Identifier
from ontology.records import Affiliation, Contributor

EXCLUSIVE: Final = ("orcid", "acl-person")
"""Of these a person has one."""
_NEIGHBOURS: Final = 8
_WORDS: Final = 4
_MIN_PLACE: Final = 12
_MIN_SCORE: Final = 0.9
"""Evidence below this does not join."""
_COMMON: Final = word_set("common_families")
"""Family names borne by millions, romanised so that many given names fall together."""
_FREQUENT: Final = word_set("frequent_families")
"""Family names so frequent elsewhere that a common given name does not tell people apart for sure."""


class PersonSays(msgspec.Struct, frozen=True, array_like=True):
    """What one record says about one contributor. `seed` names this mention in any journal, the
    earliest work first; `co` and `places` are hashes of co-authors' blocks and of affiliations; `also` are other
    names, to be shown."""

    seed: str
    name: Name
    printed: str
    ids: tuple[str, ...] = ()
    co: tuple[int, ...] = ()
    places: tuple[int, ...] = ()
    also: tuple[str, ...] = ()


class Mention(msgspec.Struct, frozen=True):
    """A mention as the block sees it: with the entity its work is now, and that work's venue and topic words."""

    node: int
    says: PersonSays
    work: int
    venue: str = ""
    words: frozenset[str] = frozenset()


def says(people: Sequence[Contributor], seed: str, year: int) -> list[tuple[PersonSays, int] | None]:
    """For each contributor what is said and the number of the block; None for groups and empty names."""
    names = [None if p.organisation else name_of(p.name, p.given, p.family) for p in people]
    blocks = [_block(n) if n and n.family else 0 for n in names]
    shared = _repeated(people)
    found: list[tuple[PersonSays, int] | None] = []
    for at, (person, name, block) in enumerate(zip(people, names, blocks, strict=True)):
        if name is None or not block:
            found.append(None)
            continue
        ids = tuple(f"{i.scheme}:{i.value}" for i in sorted(person.identifiers, key=_by_authority) if i not in shared)
        around = blocks[max(0, at - _NEIGHBOURS // 2) : at] + blocks[at + 1 : at + 1 + _NEIGHBOURS // 2]
        said = PersonSays(
            seed=f"{year or 9999}|{seed}|{at}|{name.family}, {name.given}",
            name=name,
            printed=person.name,
            ids=ids,
            co=tuple(sorted({b >> 32 for b in around if b and b != block})),
            places=_places(person.affiliations) if person.affiliations else (),
            also=person.variants,
        )
        found.append((said, block))
    return found


@lru_cache(maxsize=65536)
def _block(name: Name) -> int:
    return number_of(f"pb:{name.block}")


def _repeated(people: Sequence[Contributor]) -> frozenset[Identifier]:
    """Identifiers that one list gives to several people: none of theirs."""
    if not any(person.identifiers for person in people):
        return frozenset()
    seen: set[Identifier] = set()
    twice: set[Identifier] = set()
    for person in people:
        for one in person.identifiers:
            (twice if one in seen else seen).add(one)
    return frozenset(twice)


def _by_authority(found: Identifier) -> tuple[bool, str, str]:
    return found.scheme != "orcid", found.scheme, found.value


def _places(affiliations: Sequence[Affiliation]) -> tuple[int, ...]:
    named = {f"{i.scheme}:{i.value}" for a in affiliations[:6] for i in a.identifiers}
    named |= {place for a in affiliations[:6] if len(place := fold(a.name)) >= _MIN_PLACE}
    return tuple(sorted(number_of(one) >> 32 for one in named))


def of_agent(record: AgentRecord, seed: str) -> tuple[PersonSays, int]:
    """A registry's entry of a person, and the number of its block."""
    name = name_of(record.name, record.given, record.family)
    ids = tuple(f"{i.scheme}:{i.value}" for i in sorted(record.identifiers, key=_by_authority))
    also = tuple(each.text for each in record.names if each.text != record.name)
    said = PersonSays(f"9999|{seed}|0|{name.family}, {name.given}", name, record.name, ids, also=also)
    return said, number_of(f"pb:{name.block}")


def id_keys(said: PersonSays) -> list[int]:
    return [number_of(f"p:{i}") for i in said.ids]


def ambiguous(mentions: Sequence[Mention]) -> bool:
    """Whether several of these bear one full name that is frequent."""
    if len(mentions) < 2:
        return False
    if core(mentions[0].says.name.family) not in _COMMON | _FREQUENT:
        return False
    given = [m.says.name.given for m in mentions]
    return len(set(given)) < len(given)


def detailed(mention: Mention, work: WorkSays | None) -> Mention:
    """The mention with venue and topic words of its work."""
    if work is None:
        return mention
    words = telling(title_words(work.title))[:_WORDS]
    kept = frozenset(w for w in words if not generic(w))
    return Mention(mention.node, mention.says, mention.work, work.venue, kept)


def cells(mentions: Sequence[Mention], verdicts: Verdicts) -> tuple[list[list[Member]], list[Edge]]:
    """The people of one block, and pairs that may be one person but for want of evidence are not joined."""
    ordered = sorted(mentions, key=lambda m: m.says.seed)
    if (plain := _plain(ordered, verdicts)) is not None:
        return [plain], []
    clusters = Clusters((m.node for m in ordered), verdicts)
    block = _Block(ordered)
    for method, score, nodes in block.evidence():
        clusters.gather(nodes, method, score, block.allowed)
    return clusters.all(), block.doubtful(clusters)


def _plain(ordered: Sequence[Mention], verdicts: Verdicts) -> list[Member] | None:
    """The one cell of a block in which everybody has the same rare name in full and nothing speaks against it."""
    first = ordered[0]
    if len(ordered) == 1:
        return [Member(first.node)]
    name = first.says.name
    if verdicts.same or verdicts.apart or not rare(name) or any(m.says.ids or m.says.name != name for m in ordered):
        return None
    if len({record_of(m.node) for m in ordered}) < len(ordered):
        return None
    held = [Member(m.node, Edge(first.node, m.node, "same rare full name", 0.93)) for m in ordered[1:]]
    return [Member(first.node), *held]


def rare(name: Name, *, crowded: bool = False) -> bool:
    """Whether hardly two people bear the full name: no family name of millions, unless the given name is
    long, and a given name that is spelled out. `crowded`: several people share family name and initial."""
    family = name.family.replace(" ", "")
    if len(name.given.partition(" ")[0]) < 2:
        return False
    if family in _COMMON:
        return len(name.given.replace(" ", "")) > 9
    return family not in _FREQUENT or len(name.given.split()) > 1 or not crowded


class _Block:
    """The evidence within one block."""

    def __init__(self, mentions: Sequence[Mention]) -> None:
        self._mentions = mentions
        self._by_node = {m.node: m for m in mentions}
        self._given = sorted({m.says.name.given for m in mentions})
        firsts = {g.split()[0] for g in self._given if len(g.split()[0] if g else "") > 1}
        self._crowded = len(firsts) > 3
        """Whether several people certainly share family name and initial."""

    def evidence(self) -> Iterator[tuple[str, float, list[int]]]:
        """Method, score and the mentions that share it, the strongest first; between equals in canonical order."""
        groups: defaultdict[tuple[float, str, str], list[int]] = defaultdict(list)
        for m in self._mentions:
            for method, score, key in self._keys(m):
                if score >= _MIN_SCORE:
                    groups[-score, method, key].append(m.node)
        for score, method, key in sorted(k for k, nodes in groups.items() if len(nodes) > 1):
            yield method, -score, groups[score, method, key]

    def _keys(self, m: Mention) -> Iterable[tuple[str, float, str]]:
        """(method, score, what must be shared): mentions with one of these in common are joined in a row."""
        said = m.says
        for one in said.ids:
            yield "shared identifier", 1.0 if one.startswith("orcid:") else 0.98, one
        yield "same name within one work", 0.97, str(m.work)
        given = said.name.given
        first = given.split()[0] if given else ""
        if len(first) > 1:
            full = given.replace(" ", "")
            for place in said.places:
                yield "same full name and affiliation", 0.96, f"{full} {place}"
            for other in said.co:
                yield "same full name and co-author", 0.95, f"{full} {other}"
            if rare(said.name, crowded=self._crowded):
                yield "same rare full name", 0.93, full
            elif m.venue:
                yield "same full name and venue", 0.91, f"{full} {m.venue}"
            for word in m.words:
                yield "same full name and topic", 0.9, f"{full} {word}"
        for place in said.places:
            yield "name fits, same affiliation", 0.92 if not self._crowded else 0.7, str(place)
        for other in said.co:
            yield "name fits, same co-author", 0.91 if not self._crowded else 0.7, str(other)

    def allowed(self, left: list[int], right: list[int], edge: Edge) -> bool:
        a, b = [self._by_node[n].says for n in left], [self._by_node[n].says for n in right]
        if not {record_of(n) for n in left}.isdisjoint(record_of(n) for n in right) or contradict(a, b):
            return False
        if edge.method == "shared identifier":
            return True
        ours, theirs = {s.name.given for s in a}, {s.name.given for s in b}
        return all(agreement(x, y) >= 0 for x in ours for y in theirs)

    def doubtful(self, clusters: Clusters) -> list[Edge]:
        """One edge for each two clusters with the same full name, or with initials that fit and a shared co-author."""
        best: dict[tuple[int, int], Edge] = {}
        groups: defaultdict[str, list[int]] = defaultdict(list)
        for m in self._mentions:
            if len(m.says.name.given.split()[0] if m.says.name.given else "") > 1:
                groups[m.says.name.given.replace(" ", "")].append(m.node)
        for nodes in groups.values():
            heads = list(dict.fromkeys(clusters.of(n)[0] for n in nodes))
            for a, b in pairwise(heads[:_SHOWN]):
                best.setdefault((a, b), Edge(a, b, "same full name only", 0.5))
        return list(best.values())


_SHOWN: Final = 20
"""Of very common names only so many are shown to the curator."""


def contradict(left: Iterable[PersonSays], right: Iterable[PersonSays]) -> bool:
    """Whether identifiers say that these are two people."""
    ours = {i for s in left for i in s.ids}
    theirs = {i for s in right for i in s.ids}
    if not ours or not theirs:
        return False
    for scheme in EXCLUSIVE:
        a = {i for i in ours if i.startswith(f"{scheme}:")}
        b = {i for i in theirs if i.startswith(f"{scheme}:")}
        if a and b and not a & b:
            return True
    return False


def bridges(said: Mapping[int, Sequence[PersonSays]], verdicts: Verdicts) -> list[list[Member]]:
    """Cells of several blocks (`said`: cell → what its mentions say) that are one person: they share an
    identifier, and a part of the name (identifiers are copied to the wrong author now and then)."""
    order = sorted(said, key=lambda cell: min(s.seed for s in said[cell]))
    clusters = Clusters(order, verdicts)
    holders: defaultdict[str, list[int]] = defaultdict(list)
    for cell in order:
        for one in sorted({i for s in said[cell] for i in s.ids}):
            holders[one].append(cell)

    def allowed(left: list[int], right: list[int], edge: Edge) -> bool:
        a, b = [s for c in left for s in said[c]], [s for c in right for s in said[c]]
        return not contradict(a, b) and not _tokens(a).isdisjoint(_tokens(b))

    for one in sorted(holders, key=lambda i: (not i.startswith("orcid:"), i)):
        clusters.gather(holders[one], "shared identifier", 1.0, allowed)
    return clusters.all()


def _tokens(said: Iterable[PersonSays]) -> set[str]:
    return {word for s in said for word in f"{s.name.family} {s.name.given}".split() if len(word) > 1}


def seeds(said: Iterable[PersonSays]) -> Iterator[str]:
    """What a person's IRI may be made from, best first: the identifier, else the earliest mention."""
    every = list(said)
    ids = {i for s in every for i in s.ids}
    yield from (f"p:{i}" for i in sorted(ids, key=lambda i: (not i.startswith("orcid:"), i)))
    yield min(s.seed for s in every)
    yield from sorted(s.seed for s in every)

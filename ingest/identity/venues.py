"""Venues: their names (full, abbreviated, by initials), and which records speak of one. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

import msgspec

from ingest.identity.clusters import Clusters, Edge, Member, Verdicts
from ingest.identity.text import fold, number_of
from ingest.identity.words import word_map
from ontology.agents import AgentRecord
from ontology.identifiers import Identifier
from ontology.records import Venue

_STOP: Final = frozenset(
    [
        "the",
        "of",
        "on",
        "in",
        "and",
        "for",
        "a",
        "an",
        "to",
        "de",
        "la",
        "le",
        "der",
        "die",
        "des",
        "und",
        "et",
        "y",
        "del",
        "van",
        "fur",
    ]
)
_SHORT: Final = word_map("abbreviations")
_NOISE: Final = re.compile(
    r"\b(?:\d+(?:st|nd|rd|th)?|annual|ieee|acm|proceedings|first|second|third|fourth|fifth|sixth)\b"
)
_JOURNAL: Final = frozenset(
    [
        "journal",
        "transactions",
        "record",
        "letters",
        "review",
        "annals",
        "bulletin",
        "magazine",
        "zeitschrift",
        "acta",
        "archives",
        "revista",
        "quarterly",
    ]
)
_MEETING: Final = frozenset(["conference", "symposium", "workshop", "workshops", "meeting", "congress", "colloquium"])


def words_of(venue: str) -> tuple[str, ...]:
    """Words of a folded venue name that tell it, well-known abbreviations written out."""
    return tuple(_SHORT.get(w, w) for w in venue.split() if w not in _STOP)


def kind_of(venue: str) -> str:
    """ "journal" or "meeting" where the name says so."""
    words = set(words_of(venue))
    if words & _MEETING:
        return "meeting"
    return "journal" if words & _JOURNAL else ""


@lru_cache(maxsize=65536)
def venues_fit(left: str, right: str) -> float:
    """How well two folded names fit one venue: 1 the same, an abbreviation or initials of the other, or one
    within the other; 0 nobody can tell; -0.5 only one is called a journal or a meeting ("VLDB", "The VLDB
    Journal"); -1 one is a journal and the other a meeting."""
    if left == right:
        return 1
    kinds = kind_of(left), kind_of(right)
    if kinds[0] != kinds[1] and all(kinds):
        return -1
    if abbreviates(left, right) or abbreviates(right, left):
        return 1 if kinds[0] == kinds[1] or "journal" not in kinds else -0.5
    a, b = set(words_of(_NOISE.sub(" ", left))), set(words_of(_NOISE.sub(" ", right)))
    if kinds[0] == kinds[1]:
        return 1 if a and b and (a <= b or b <= a) else 0
    return -0.5 if "journal" in kinds else 0


@lru_cache(maxsize=65536)
def abbreviates(short: str, long: str) -> bool:
    """Whether `short` is an abbreviation of `long`: word by word ("j biol chem"), or its initials ("vldb")."""
    full = words_of(long)
    cut = words_of(short)
    if len(cut) == 1 and 2 < len(cut[0]) <= 8 and len(full) > 2:
        return cut[0] in ("".join(w[0] for w in full), "".join(w[0] for w in words_of(_NOISE.sub(" ", long))))
    return len(cut) == len(full) > 1 and all(_cut_of(a, b) for a, b in zip(cut, full, strict=True))


def _cut_of(a: str, b: str) -> bool:
    """ "chem" or "cmptr": the first letter and then letters of `b` in order, no longer than it."""
    if b.startswith(a):
        return True
    if a[0] != b[0] or len(a) < 3 or len(a) > len(b):
        return False
    rest = iter(b)
    return all(c in rest for c in a)


class VenueSays(msgspec.Struct, frozen=True, array_like=True):
    """What records say of one venue, in these very words. `registered`: by a record of its own."""

    names: tuple[str, ...]
    ids: tuple[Identifier, ...] = ()
    kind: str = ""
    publisher: str = ""
    registered: bool = False

    def keys(self) -> list[int]:
        """Identifiers, the name, and its shape, which an abbreviation shares ("jou bio che")."""
        named = [f"vn:{folded}" for name in self.names if (folded := fold(name))]
        shapes = [f"va:{shape}" for name in self.names if (shape := _shape(fold(name)))]
        return [number_of(key) for key in dict.fromkeys((*(f"v:{i}" for i in self.ids), *named, *shapes))]

    def blocks(self) -> list[int]:
        """Nothing looks for a venue by its name alone."""
        return []


def says(venue: Venue) -> VenueSays:
    return VenueSays((venue.name,), venue.identifiers, venue.kind, venue.publisher)


def of_agent(record: AgentRecord) -> VenueSays:
    """A registry's or aggregator's entry of a venue."""
    publisher = next((r.name for r in record.relations if r.kind == "publisher"), "")
    names = tuple(dict.fromkeys(n.text for n in record.names if n.kind != "acronym"))
    return VenueSays(names, record.identifiers, "".join(record.types[:1]), publisher, registered=True)


def _shape(folded: str) -> str:
    words = words_of(folded)
    return " ".join(word[:3] for word in words) if len(words) > 1 else ""


def clusters(said: Mapping[int, VenueSays], verdicts: Verdicts) -> list[list[Member]]:
    """Which of these are one venue: by identifier, by name, by abbreviation where only one name fits it."""
    order = sorted(said, key=lambda node: (_rank(said[node]), node))
    found = Clusters(order, verdicts)
    holders: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    for node in order:
        for one in said[node].ids:
            holders[0, str(one)].append(node)
        for name in said[node].names:
            holders[1, fold(name)].append(node)
    for (level, _), nodes in sorted(holders.items()):
        method, score = (("shared identifier", 1.0), ("same name", 0.95))[level]
        found.gather(nodes, method, score, lambda left, right, edge: True)
    _join_abbreviations(said, order, found)
    return found.all()


def _join_abbreviations(said: Mapping[int, VenueSays], order: list[int], found: Clusters) -> None:
    """Join an abbreviation to the full name it fits, where it fits names of one venue only."""
    full: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for node in order:
        for name in dict.fromkeys(map(fold, said[node].names)):
            full["".join(word[0] for word in words_of(name))].append((node, name))

    def allowed(left: list[int], right: list[int], edge: Edge) -> bool:
        return _compatible(said, left, right)

    for node in order:
        for short in dict.fromkeys(map(fold, said[node].names)):
            words = words_of(short)
            initials = short if len(words) == 1 else "".join(word[0] for word in words)
            fits = [n for n, long in full.get(initials, ()) if len(long) > len(short) and abbreviates(short, long)]
            if len({id(found.of(n)) for n in fits}) == 1:
                found.join(Edge(fits[0], node, "abbreviated name", 0.92), allowed)


def _compatible(said: Mapping[int, VenueSays], left: list[int], right: list[int]) -> bool:
    """Two sets of ISSNs without one in common are two journals whose names abbreviate alike."""
    a, b = ({i for n in nodes for i in said[n].ids if i.scheme == "issn"} for nodes in (left, right))
    return not a or not b or bool(a & b)


def _rank(said: VenueSays) -> tuple[bool, tuple[Identifier, ...], tuple[str, ...], str, str]:
    return not said.registered, said.ids, said.names, said.kind, said.publisher


def seeds(said: Iterable[VenueSays]) -> list[str]:
    """What a venue's IRI may be made from: ISSN, other identifiers, names."""
    every = list(said)
    ids = sorted({i for s in every for i in s.ids}, key=lambda i: (i.scheme != "issn", i))
    return [*(f"v:{i}" for i in ids), *(f"vn:{name}" for name in sorted({fold(n) for s in every for n in s.names}))]

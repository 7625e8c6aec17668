"""Identity keys: short strings that two records share when they speak of the same thing.

A *strong* key is an identifier; sharing one is enough. A *weak* key is evidence that is enough
unless identifiers contradict it: for a work normalised title, first author's family name and year;
for a person the full name together with a co-author's, an affiliation's, or the same work's.
Sharing initials only, or short and generic titles, is never enough.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

import msgspec

from ontology.agents import AgentRecord
from ontology.identifiers import WORK_SCHEMES, Identifier
from ontology.records import Affiliation, Contributor, Record, Reference, Venue

_BOOKS = frozenset({"book", "proceedings", "thesis", "report", "standard"})
_NEIGHBOURS = 4
_MIN_TITLE = 24
_LEADING_ARTICLE = re.compile(r"^(?:the|an?|der|die|das|le|la|les) ")


class Keys(msgspec.Struct, frozen=True):
    """`strong` and `weak` keys, each best first."""

    strong: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Lower case, no accents, letters and digits of any script, single spaces."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    kept = (c if c.isalnum() else " " for c in decomposed if not unicodedata.combining(c))
    return " ".join("".join(kept).split())


def work_keys(record: Record) -> Keys:
    """Keys under which a work is recognised."""
    strong = tuple(
        f"w:{i.scheme}:{i.value}"
        for scheme in WORK_SCHEMES
        for i in record.identifiers
        if i.scheme == scheme and (scheme != "isbn" or record.kind in _BOOKS)
    )
    title = title_key(record.title)
    family = family_of(record.contributors)
    if not (title and family and record.year):
        return Keys(strong)
    stage = "preprint" if record.kind == "preprint" else "published"
    return Keys(strong, (f"t:{title}|{family}|{record.year}|{stage}",))


def citation_keys(record: Record) -> tuple[str, ...]:
    """Keys under which references find a work: identifiers and title with first author."""
    title, family = title_key(record.title), family_of(record.contributors)
    return (f"r:{title}|{family}",) if title and family else ()


def reference_keys(reference: Reference) -> tuple[str, ...]:
    """Keys under which a reference looks for its work, best first."""
    strong = tuple(f"w:{i.scheme}:{i.value}" for i in reference.identifiers if i.scheme in WORK_SCHEMES)
    title, family = title_key(reference.title), fold(_family(reference.author))
    return (*strong, f"r:{title}|{family}") if title and family else strong


def title_key(title: str) -> str:
    """A folded title without leading article; empty where it is too short to tell works apart."""
    folded = _LEADING_ARTICLE.sub("", fold(title))
    wide = any(ord(c) > 0x2E80 for c in folded)
    enough = len(folded) >= (10 if wide else _MIN_TITLE) and (wide or folded.count(" ") >= 3)
    return folded.replace(" ", "") if enough else ""


def family_of(contributors: Iterable[Contributor]) -> str:
    """Folded family name of the first author (or first contributor)."""
    people = list(contributors)
    first = next((p for p in people if p.role == "author"), people[0] if people else None)
    return fold(first.family or _family(first.name)) if first else ""


def _family(name: str) -> str:
    """Family name of "Family, Given" or "Given Family"."""
    head, comma, _ = name.partition(",")
    return head if comma else (name.split() or [""])[-1]


def people_keys(people: tuple[Contributor, ...], work: str) -> tuple[Keys, ...]:
    """Keys of each contributor of the work with the opaque name `work`, in order.

    A name counts within the work unless two people share family name and initial, and together
    with those of the nearest people (half of them on each side, where there are as many).
    """
    names = [full_name(person) for person in people]
    short = [_initialled(person) for person in people]
    times = Counter(short)
    keys = []
    for at, person in enumerate(people):
        strong = tuple(f"p:{i.scheme}:{i.value}" for i in sorted(person.identifiers, key=_by_authority))
        weak = [f"pw:{work}:{short[at]}"] if short[at] and times[short[at]] == 1 else []
        if name := names[at]:
            weak += [f"pa:{name}|{place}" for place in _places(person.affiliations)]
            weak += [f"pc:{name}|{other}" for other in _near(names, at) if other and other != name]
        keys.append(Keys(strong, tuple(weak)))
    return tuple(keys)


def _near(names: list[str], at: int) -> list[str]:
    """Names at the nearest positions, at most `_NEIGHBOURS`."""
    window = range(max(0, at - _NEIGHBOURS), min(len(names), at + _NEIGHBOURS + 1))
    return [names[i] for i in sorted(window, key=lambda i: (abs(i - at), i))[1 : _NEIGHBOURS + 1]]


def full_name(person: Contributor) -> str:
    """Folded "given family" where the given name is more than initials, else empty."""
    given, family = person.given, person.family
    if not family:
        given, _, family = person.name.rpartition(" ")
    first = (fold(given).split() or [""])[0]
    spelled_out = len(first) >= 2 and not (given.isupper() and len(first) <= 3)
    return f"{first} {fold(family)}" if spelled_out and family else ""


def _initialled(person: Contributor) -> str:
    given, family = person.given, person.family
    if not family:
        given, _, family = person.name.rpartition(" ")
    return f"{fold(family)} {fold(given)[:1]}".strip()


def _places(affiliations: tuple[Affiliation, ...]) -> list[str]:
    return [place for a in affiliations[:3] if len(place := fold(a.name)) >= 12]


def _by_authority(found: Identifier) -> tuple[bool, str, str]:
    return found.scheme != "orcid", found.scheme, found.value


def venue_keys(venue: Venue) -> Keys:
    """ISSNs and other identifiers; else the folded name."""
    strong = tuple(f"v:{i.scheme}:{i.value}" for i in venue.identifiers)
    name = fold(venue.name)
    return Keys(strong, (f"vn:{venue.kind}:{name}",) if name else ())


def organisation_keys(identifiers: Iterable[Identifier]) -> Keys:
    """ROR and other registry identifiers; an organisation without one stays a printed string."""
    return Keys(tuple(f"o:{i.scheme}:{i.value}" for i in sorted(identifiers, key=lambda i: (i.scheme != "ror", i))))


def agent_keys(record: AgentRecord) -> Keys:
    """Identifiers; for a venue without any its name."""
    if record.kind == "person":
        return Keys(tuple(f"p:{i.scheme}:{i.value}" for i in sorted(record.identifiers, key=_by_authority)))
    if record.kind == "organisation":
        return organisation_keys(record.identifiers)
    return venue_keys(Venue(name=record.name, identifiers=record.identifiers))


EXCLUSIVE = {
    "work": ("w:doi:", "w:pmid:", "w:pmcid:", "w:arxiv:", "w:acl:"),
    "person": ("p:orcid:",),
    "organisation": ("o:ror:",),
    "venue": (),
}
"""Of these a thing has one: two different values are two things."""


def contradict(kind: str, ours: Iterable[str], theirs: Iterable[str], *, strong: bool) -> bool:
    """Whether two sets of strong keys cannot belong to one thing.

    After a shared identifier (`strong`) only the first, most authoritative scheme is compared:
    aggregators repeat lesser identifiers wrongly more often than they do this one.
    """
    left, right = set(ours), set(theirs)
    for prefix in EXCLUSIVE[kind][: 1 if strong else None]:
        a = {key for key in left if key.startswith(prefix)}
        b = {key for key in right if key.startswith(prefix)}
        if a and b and not a & b:
            return True
    return False

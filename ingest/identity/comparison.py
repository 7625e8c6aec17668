"""How alike two records of works are, field by field, and how two works are related. Pure.

The score is that of Fellegi and Sunter (A Theory for Record Linkage, JASA 64, 1969): for each field
the evidence in bits, log2 of how much more likely this agreement is among records of one work than
among records that merely share a block; the sum with the prior is the log-odds that they are one.
The bits are set from what fields are like (a shared title says as much as its words are rare), not
fitted to any collection, and depend on nothing but the two records: so an edge between two records
stays the same whatever else is harvested.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from math import exp2
from typing import Final, Literal

import msgspec

from ingest.identity.names import share
from ingest.identity.text import Name, core, wide, words_in
from ingest.identity.titles import titles_bits, titles_most
from ingest.identity.venues import venues_fit
from ingest.identity.works import WorkSays, bare, notice_of
from ontology.records import WorkKind

Relation = Literal["same", "preprint", "version", "translation", "correction", "retraction", "part"]
MATCH, GREY = 0.9, 0.2
"""From `MATCH` on two records are one work; down to `GREY` the pair is shown to the curator."""
EXCLUSIVE: Final = ("doi", "pmid", "pmcid", "arxiv", "acl")
"""Of these a work has one: two different values are two works."""
_PRIOR: Final = -9.0
"""Bits: one in five hundred pairs that meet in a block is about one piece of work."""
_ONE_PUBLICATION: Final = 1.5
"""Bits: two records of one piece of work mostly mean one publication."""
_CLEAR, _LOOSE = 4.0, 6.5
"""Bits: below `_CLEAR` a title leaves so much open that shared people count for at most `_LOOSE`."""
_GREY_BITS: Final = -2.1
"""Bits: below these a score is below `GREY`."""
_SAME_VENUE, _SAME_PAGES = 2.5, 6.0
_RELATED: Final = 2.0
"""Bits: at most so much says where two were published of works that are related but not one."""
_ELSEWHERE: Final = -2.5
"""Bits: two venues of which nobody can tell whether they are one, under a title that says little."""
_WITHIN: Final = -10.0
"""Bits: within one file records are rarely given twice."""
_FAMILIES: Final[dict[WorkKind, str]] = {
    "dataset": "data", "image": "data", "audio": "data", "video": "data", "software": "software",
    "peer-review": "review", "proceedings": "volume", "journal-issue": "volume",
}  # fmt: skip
"""Kinds that are never the same work as a text: their family."""
_FIGURES: Final = re.compile(r"[1-9]\d*")
_NUMBER: Final = re.compile(r"\b(?:\d+|[ivx]+)\b")


class Reason(msgspec.Struct, frozen=True):
    """One field of a comparison: the two values and the evidence in bits (negative: against)."""

    field: str
    left: str
    right: str
    bits: float


class Comparison(msgspec.Struct, frozen=True):
    """How likely two records are one work (0 to 1), or, where `relation` is not "same", related so."""

    score: float
    relation: Relation
    reasons: tuple[Reason, ...]


def comparable(left: WorkSays, right: WorkSays, *, strangers: bool) -> bool:
    """Whether a comparison can come to anything: a quick look before the thorough one. `strangers` says that the
    `families` of the two have none in common."""
    if shared := [i for i in left.ids if i in right.ids]:
        # One by identifier already, but for a preprint whose number the publication gives.
        return left.printed != right.printed and all(i.startswith("arxiv:") for i in shared)
    if strangers and left.people and right.people and left.title != right.title:
        return len(left.people) == len(right.people) == 1 and _hopeful(left, right)
    return _hopeful(left, right)


def _hopeful(left: WorkSays, right: WorkSays) -> bool:
    """Whether two records without a common identifier may reach `GREY`, were what takes long to compare as alike as
    can be: False where `compare` surely stays below it."""
    if len(left.titles) > 1 or len(right.titles) > 1:
        return True
    people, year = _people(left, right), _year(left, right)
    one = (year.bits if year else 0.0) + (_SAME_VENUE if left.venue and right.venue else 0.0)
    one += _SAME_PAGES if left.page and left.page == right.page else 0.0
    about = (people.bits if people else 0.0) + titles_most(bare(left.title)[0], bare(right.title)[0])
    return about + max(one, _RELATED) + _PRIOR > _GREY_BITS


def families(said: WorkSays) -> frozenset[str]:
    """The family names of its people, without particles."""
    return frozenset([core(person.family) for person in said.people])


def contradict(left: WorkSays, right: WorkSays, schemes: Sequence[str] = EXCLUSIVE) -> bool:
    """Whether identifiers of these schemes say that the two are different works."""
    for scheme in schemes:
        begin = f"{scheme}:"
        a = {i for i in left.ids if i.startswith(begin)}
        b = {i for i in right.ids if i.startswith(begin)} if a else a
        if b and not a & b:
            return True
    return False


def compare(left: WorkSays, right: WorkSays) -> Comparison:
    """Score two records field by field.

    First whether they are about one piece of work (title, people); then, where identifiers and kinds
    do not say it, whether they are one publication of it or two (year, venue, pages).
    """
    title, crossed = _title(left, right)
    about = [r for r in (title, _people(left, right)) if r]
    printed = [r for r in (_year(left, right), _place(left, right), _pages(left, right)) if r]
    if len(about) == 2 and title.bits < _CLEAR and about[1].bits > _LOOSE:
        # The same people often write several works with words in common.
        about[1] = Reason("people", about[1].left, about[1].right, _LOOSE)
    if title.bits < _CLEAR:
        # What stands in many places ("Introduction") is one only in one place.
        printed = [Reason(r.field, r.left, r.right, r.bits or _ELSEWHERE) for r in printed]
    relation = _relation(left, right)
    if left.printed != right.printed and any(i in right.ids for i in left.ids):
        return Comparison(1.0, "preprint", (Reason("identifier", *_shared(left, right), 20.0), *about, *printed))
    if relation == "version" and crossed and left.language != right.language:
        relation = "translation"
    one = sum(r.bits for r in printed)
    usual = _ONE_PUBLICATION if equal_titles(title) else 0.0
    if relation == "same" and one + usual < 0 and sum(r.bits for r in about) + _PRIOR > 0:
        relation, one = "version", -one
    if relation != "same":
        one = max(0.0, min(one, _RELATED))
    if left.container == right.container and relation == "same":
        printed.append(Reason("file", "", "", _WITHIN))
    bits = sum(r.bits for r in about) + one + _PRIOR + (_WITHIN if printed and printed[-1].field == "file" else 0.0)
    return Comparison(probability(bits), relation, (*about, *printed))


def _shared(left: WorkSays, right: WorkSays) -> tuple[str, str]:
    one = next(i for i in left.ids if i in right.ids)
    return one, one


def equal_titles(title: Reason) -> bool:
    return words_in(bare(title.left)[0]) == words_in(bare(title.right)[0])


def probability(bits: float) -> float:
    """Log-odds in bits as a probability, to four digits."""
    return round(1 / (1 + exp2(-max(-60.0, min(60.0, bits)))), 4)


def _relation(left: WorkSays, right: WorkSays) -> Relation:
    notices = notice_of(left), notice_of(right)
    if notices[0] != notices[1]:
        return "retraction" if "retraction" in notices else "correction" if "correction" in notices else "part"
    if _FAMILIES.get(left.kind, "") != _FAMILIES.get(right.kind, "") or _numbered(left.title, right.title):
        return "part"
    if ("protocol" in _worded(left.title)[0]) != ("protocol" in _worded(right.title)[0]):
        return "part"  # the plan of a study and the study
    if (left.kind == "preprint") != (right.kind == "preprint"):
        return "preprint"
    if ("book" in (left.kind, right.kind)) and "chapter" in (left.kind, right.kind):
        return "part"
    return "version" if contradict(left, right) else "same"


def _numbered(left: str, right: str) -> bool:
    """Whether two titles are those of numbered parts: both have numbers the other has not ("Part I", "Part
    II"), or the only difference is a number that is no year."""
    (a, figures_a), (b, figures_b) = _worded(left), _worded(right)
    if not figures_a and not figures_b:
        return False
    numbers = figures_a - b, figures_b - a
    if all(numbers):
        return True
    one = numbers[0] or numbers[1]
    return bool(one) and (a ^ b) - one <= {"part"} and not any(len(n) == 4 for n in one)


@lru_cache(maxsize=16384)
def _worded(title: str) -> tuple[frozenset[str], frozenset[str]]:
    """The words of a title, and which of them are numbers."""
    words = frozenset(title.split())
    return words, frozenset(w for w in words if _may_be_number(w) and _NUMBER.fullmatch(w))


def _may_be_number(word: str) -> bool:
    return word[0] in "ivx" or word[0].isdigit()


def _title(left: WorkSays, right: WorkSays) -> tuple[Reason, bool]:
    """The best pair of titles; whether it was not the first of both that agreed."""
    best, crossed = _titles(left.title, right.title), False
    for a in left.titles[:3]:
        for b in right.titles[:3]:
            if (a, b) != (left.title, right.title) and (other := _titles(a, b)).bits > best.bits + 1:
                best, crossed = other, True
    return best, crossed


def _titles(left: str, right: str) -> Reason:
    return Reason("title", left, right, round(titles_bits(bare(left)[0], bare(right)[0]), 2))


def _people(left: WorkSays, right: WorkSays) -> Reason | None:
    if not left.people or not right.people:
        return None
    if _wide(left.people) != _wide(right.people):
        return Reason("people", _listed(left), _listed(right), 0.0)  # in two scripts: nothing can be told
    found, full, of = share(left.people, right.people)
    part = found / of
    longer = max(len(left.people), len(right.people))
    if part >= 0.6:
        bits = min(11.0, 2.5 + 4.0 * full + 2.5 * (found - full)) * part * part
        # One list is cut short, or one of many happens to be the same.
        bits -= 1.5 if of < 0.5 * longer else 0.0
    else:
        bits = 0.5 if part >= 0.5 else -3.0 if found else -8.0
    return Reason("people", _listed(left), _listed(right), round(bits, 2))


@lru_cache(maxsize=65536)
def _wide(people: tuple[Name, ...]) -> bool:
    """Whether all names are in a script of the east."""
    return all(wide(person.family) for person in people)


def _listed(said: WorkSays) -> str:
    return "; ".join(f"{p.family}, {p.given}" for p in said.people[:6])


def _year(left: WorkSays, right: WorkSays) -> Reason | None:
    if not left.year or not right.year:
        return None
    apart = abs(left.year - right.year)
    bits = (2.0, -1.0, -3.0)[apart] if apart < 3 else -5.0
    return Reason("year", str(left.year), str(right.year), bits)


def _place(left: WorkSays, right: WorkSays) -> Reason | None:
    if not left.venue or not right.venue:
        return None
    fit = venues_fit(left.venue, right.venue)
    return Reason("venue", left.venue, right.venue, _SAME_VENUE * fit if fit > 0 else 4.0 * fit)


def _pages(left: WorkSays, right: WorkSays) -> Reason | None:
    if not left.page or not right.page:
        return None
    same_volume = bool(left.volume) and left.volume == right.volume
    if left.page == right.page and _other_volume(left.volume, right.volume):
        bits = -3.0  # editorials and the like begin on the same page in every volume
    elif left.page == right.page:
        bits = _SAME_PAGES if same_volume else 4.0 if len(left.page) > 1 else 1.5
    else:
        bits = -5.0 if same_volume or not (left.volume and right.volume) else -2.0
    return Reason("pages", f"{left.volume}:{left.page}", f"{right.volume}:{right.page}", bits)


def _other_volume(left: str, right: str) -> bool:
    """Whether two volumes are surely not the same: both have figures and share none."""
    a, b = set(_FIGURES.findall(left)), set(_FIGURES.findall(right))
    return bool(a and b and a.isdisjoint(b))

"""Works: what a record says about one, under which keys it is looked for, and how alike two are. Pure.

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
from itertools import combinations
from math import log2
from typing import Final, Literal

import msgspec
from rapidfuzz.distance import Indel, JaroWinkler

from ingest.identity.names import share
from ingest.identity.text import Name, core, fold, name_of, number_of, telling, title_words, weight, wide, without_article
from ingest.identity.venues import venues_fit
from ontology.identifiers import WORK_SCHEMES
from ontology.records import Record, WorkKind

Relation = Literal["same", "preprint", "version", "translation", "correction", "retraction", "part"]
MATCH, GREY = 0.9, 0.2
"""From `MATCH` on two records are one work; down to `GREY` the pair is shown to the curator."""
EXCLUSIVE: Final = ("doi", "pmid", "pmcid", "arxiv", "acl")
"""Of these a work has one: two different values are two works."""
_PRIOR: Final = -9.0
"""Bits: one in five hundred pairs that meet in a block is about one piece of work."""
_ONE_PUBLICATION: Final = 1.5
"""Bits: two records of one piece of work mostly mean one publication."""
_LETTER: Final = 1.5
"""Bits: titles that are the same to the letter say more than their words do."""
_CLEAR, _LOOSE = 4.0, 6.5
"""Bits: below `_CLEAR` a title leaves so much open that shared people count for at most `_LOOSE`."""
_WITHIN: Final = -10.0
"""Bits: within one file records are rarely given twice."""
_PEOPLE_KEPT: Final = 24
_BOOKS: Final = frozenset({"book", "proceedings", "thesis", "report", "standard"})
_FAMILIES: Final[dict[WorkKind, str]] = {
    "dataset": "data", "image": "data", "audio": "data", "video": "data", "software": "software",
    "peer-review": "review", "proceedings": "volume", "journal-issue": "volume",
}  # fmt: skip
"""Kinds that are never the same work as a text: their family."""
_NOTICE: Final = re.compile(
    r"^(?:author |publisher |editorial )?(correction|corrections|erratum|errata|corrigendum|corrigenda|addendum|retraction"
    r"|retracted|withdrawn|withdrawal|expression of concern|retraction note|reply|response|comment|commentary)"
    r"(?: (?:to|on|for|of|note|article|notice))*(?: the)? +"
)
_RETRACTIONS: Final = ("retract", "withdraw")
_NUMBER: Final = re.compile(r"\b(?:\d+|[ivx]+)\b")
_DIGITS: Final = re.compile(r"\d+")


class WorkSays(msgspec.Struct, frozen=True, array_like=True):
    """What one record says about its work, as far as identity asks. `origin` names the record and
    `container` the file it came in, both as hashes; titles, venue and names are folded."""

    origin: int
    container: int
    kind: WorkKind
    ids: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    people: tuple[Name, ...] = ()
    year: int = 0
    venue: str = ""
    volume: str = ""
    page: str = ""
    language: str = ""

    @property
    def title(self) -> str:
        return self.titles[0] if self.titles else ""

    @property
    def seeds(self) -> tuple[str, ...]:
        """What an IRI may be made from, best first; the last one is this record's alone."""
        named = (f"t:{self.title}|{self.people[0].family}|{self.year}",) if self.people and len(self.title) >= 12 else ()
        return (*(f"w:{i}" for i in self.ids), *named, f"record:{self.origin}")


class Reason(msgspec.Struct, frozen=True, array_like=True):
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


def says(record: Record, origin: str, container: str) -> WorkSays:
    """The features of a record; `origin` and `container` name where it came from."""
    named = [p for p in record.contributors if p.role == "author"] or record.contributors
    ids = tuple(
        f"{i.scheme}:{i.value}"
        for scheme in WORK_SCHEMES
        for i in record.identifiers
        if i.scheme == scheme and (scheme != "isbn" or record.kind in _BOOKS)
    )
    return WorkSays(
        origin=number_of(origin),
        container=number_of(container),
        kind=record.kind,
        ids=ids,
        titles=tuple(dict.fromkeys(without_article(fold(t.text))[:400] for t in record.titles if t.text)),
        people=tuple(n for p in named[:_PEOPLE_KEPT] if (n := name_of(p.name, p.given, p.family)).family),
        year=record.year,
        venue=fold(record.venue.name)[:200] if record.venue else "",
        volume=fold(record.volume)[:20],
        page=first_page(record.pages),
        language=record.language[:2],
    )  # fmt: skip


def first_page(pages: str) -> str:
    found = _DIGITS.search(pages)
    return found.group().lstrip("0")[:12] if found else ""


def id_keys(said: WorkSays) -> list[str]:
    """Keys of which sharing one is enough to be one work, unless something contradicts."""
    return [f"w:{i}" for i in said.ids]


def block_keys(said: WorkSays) -> list[str]:
    """Keys under which records that may be one work meet: the beginning of a title, its two most
    telling words with and without the first author, the first page with year and author."""
    keys = []
    for title in said.titles[:3]:
        words = title_words(_bare(title)[0])
        if not words:
            continue
        told = telling(words)
        keys.append(start_key(words))
        # Three pairs of three words: one misspelt or missing word leaves one pair.
        keys += [f"b2:{' '.join(sorted(pair))}" for pair in combinations(told[:3], 2)]
        if said.people:
            keys.append(f"b3:{core(said.people[0].family)} {told[0]}")
    if said.page and said.year and said.people:
        keys.append(page_key(core(said.people[0].family), said.page, said.year))
    return list(dict.fromkeys(keys))


def start_key(words: Sequence[str]) -> str:
    """Key of the first four words of a title (six pairs of characters where words are not spaced)."""
    return f"b1:{''.join(words[: 6 if words and wide(words[0]) else 4])}"


def page_key(family: str, page: str, year: int) -> str:
    return f"b4:{family}|{page}|{year}"


def contradict(left: WorkSays, right: WorkSays, schemes: Sequence[str] = EXCLUSIVE) -> bool:
    """Whether identifiers of these schemes say that the two are different works."""
    for scheme in schemes:
        a = {i for i in left.ids if i.startswith(f"{scheme}:")}
        b = {i for i in right.ids if i.startswith(f"{scheme}:")}
        if a and b and not a & b:
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
    relation = _relation(left, right)
    if relation == "version" and crossed and left.language != right.language:
        relation = "translation"
    one = sum(r.bits for r in printed)
    usual = _ONE_PUBLICATION if equal_titles(title) else 0.0
    if relation == "same" and one + usual < 0 and sum(r.bits for r in about) + _PRIOR > 0:
        relation, one = "version", -one
    if relation != "same":
        one = max(0.0, min(one, 2.0))
    if left.container == right.container and relation == "same":
        printed.append(Reason("file", "", "", _WITHIN))
    bits = sum(r.bits for r in about) + one + _PRIOR + (_WITHIN if printed and printed[-1].field == "file" else 0.0)
    return Comparison(probability(bits), relation, (*about, *printed))


def equal_titles(title: Reason) -> bool:
    return title_words(_bare(title.left)[0]) == title_words(_bare(title.right)[0])


def probability(bits: float) -> float:
    """Log-odds in bits as a probability, to four digits."""
    return round(1 / (1 + 2.0 ** -max(-60.0, min(60.0, bits))), 4)


def log_odds(score: float) -> float:
    """The bits of a probability as rounded above."""
    kept = min(max(score, 1e-5), 1 - 1e-5)
    return log2(kept / (1 - kept))


def _bare(title: str) -> tuple[str, str]:
    """A title without "Correction to:" and the like, and which of these it was."""
    found = _NOTICE.match(title)
    return (title[found.end() :], found.group(1)) if found and len(title) > found.end() + 8 else (title, "")


def notice_of(said: WorkSays) -> str:
    """Whether the record is a notice about another work: "retraction", "correction", "reply" or nothing.

    A title that begins with "RETRACTED" is the retracted work itself.
    """
    _, notice = _bare(said.title)
    if said.kind == "retraction" or notice in ("retraction", "withdrawal", "retraction note"):
        return "retraction"
    if notice in ("reply", "response", "comment", "commentary"):
        return "reply"
    if notice in ("retracted", "withdrawn"):
        return ""
    return "correction" if said.kind == "correction" or notice else ""


def marked_retracted(title: str) -> bool:
    """Whether a title says that its work is withdrawn ("RETRACTED: …", "WITHDRAWN: …")."""
    return fold(title[:40]).startswith(("retracted", "withdrawn"))


def _relation(left: WorkSays, right: WorkSays) -> Relation:
    notices = notice_of(left), notice_of(right)
    if notices[0] != notices[1]:
        return "retraction" if "retraction" in notices else "correction" if "correction" in notices else "part"
    if _FAMILIES.get(left.kind, "") != _FAMILIES.get(right.kind, "") or _numbered(left.title, right.title):
        return "part"
    if (left.kind == "preprint") != (right.kind == "preprint"):
        return "preprint"
    if ("book" in (left.kind, right.kind)) and "chapter" in (left.kind, right.kind):
        return "part"
    return "version" if contradict(left, right) else "same"


def _numbered(left: str, right: str) -> bool:
    """Whether two titles are those of numbered parts: both have numbers the other has not ("Part I", "Part
    II"), or the only difference is a number that is no year."""
    a, b = set(left.split()), set(right.split())
    only = a - b, b - a
    numbers = [{w for w in words if _NUMBER.fullmatch(w)} for words in only]
    if all(numbers):
        return True
    one = numbers[0] or numbers[1]
    return bool(one) and (only[0] | only[1]) - one <= {"part"} and not any(len(n) == 4 for n in one)


def _title(left: WorkSays, right: WorkSays) -> tuple[Reason, bool]:
    """The best pair of titles; whether it was not the first of both that agreed."""
    best, crossed = _two_titles(left.title, right.title), False
    for a in left.titles[:3]:
        for b in right.titles[:3]:
            if (a, b) != (left.title, right.title) and (other := _two_titles(a, b)).bits > best.bits + 1:
                best, crossed = other, True
    return best, crossed


def _two_titles(left: str, right: str) -> Reason:
    """The words they share speak for, words that only one of them has against; a subtitle that only one
    has hardly speaks against."""
    a, b = _bare(left)[0], _bare(right)[0]
    if not a or not b:
        return Reason("title", left, right, 0.0)
    words_a, words_b = title_words(a), title_words(b)
    if words_a == words_b:
        return Reason("title", left, right, round(weight(words_a) + _LETTER, 2))
    shared, alone_a, alone_b = _matched(words_a, words_b)
    own = weight(alone_a), weight(alone_b)
    against = 0.75 * (own[0] + own[1]) if all(own) else 0.4 * max(own)
    if all(own) and Indel.normalized_similarity(a, b) >= 0.9:
        against *= 0.5
    return Reason("title", left, right, round(max(-9.0, weight(shared) - against), 2))


def _matched(left: list[str], right: list[str]) -> tuple[list[str], list[str], list[str]]:
    """Words in both titles (or nearly: "diagnosing", "diagnosis"), words only here, words only there."""
    rest = dict.fromkeys(right)
    shared, alone = [], []
    for word in dict.fromkeys(left):
        found = word if word in rest else next((w for w in rest if _near(word, w)), None)
        if found is None:
            alone.append(word)
        else:
            shared.append(word)
            del rest[found]
    return shared, alone, list(rest)


def _near(a: str, b: str) -> bool:
    return min(len(a), len(b)) >= 5 and a[:2] == b[:2] and JaroWinkler.similarity(a, b) >= 0.9


def _people(left: WorkSays, right: WorkSays) -> Reason | None:
    if not left.people or not right.people:
        return None
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
    return Reason("venue", left.venue, right.venue, 2.5 * fit if fit > 0 else 4.0 * fit)


def _pages(left: WorkSays, right: WorkSays) -> Reason | None:
    if not left.page or not right.page:
        return None
    same_volume = bool(left.volume) and left.volume == right.volume
    if left.page == right.page:
        bits = 6.0 if same_volume else 4.0 if len(left.page) > 1 else 1.5
    else:
        bits = -5.0 if same_volume or not (left.volume and right.volume) else -2.0
    return Reason("pages", f"{left.volume}:{left.page}", f"{right.volume}:{right.page}", bits)

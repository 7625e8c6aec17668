"""Works: what a record says about one, and under which keys records that may be one work meet. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import combinations
from typing import Final

import msgspec

from ingest.identity.stating import states
from ingest.identity.text import (
    Name,
    core,
    fold,
    generic,
    name_of,
    number_of,
    telling,
    title_words,
    wide,
    without_article,
)
from ontology.identifiers import WORK_SCHEMES, same_as
from ontology.records import Record, WorkKind

_PEOPLE_KEPT: Final = 24
_MIN_TITLE: Final = 12
_BOOKS: Final = frozenset({"book", "proceedings", "thesis", "report", "standard"})
_PRINTED: Final = frozenset({"article", "review", "conference-paper", "chapter", "book", "letter", "editorial"})
_ARXIV_DOI: Final = "doi:10.48550/"
_NOTICE: Final = re.compile(
    r"^(?:(?:author|publisher|editorial|notice of|statement of) )*(correction|corrections|erratum|errata|corrigendum"
    r"|corrigenda|addendum|retraction|retracted|withdrawn|withdrawal|expression of concern|retraction note"
    r"|reply|response|comment|commentary|berichtigung|korrektur|rectificatif|fe de erratas?|correccion|correcao"
    r"|retractacion|retratacao|ruckzug|更正|勘误|勘誤|撤稿)"
    r"(?: (?:to|on|for|of|note|article|notice|regarding|about|concerning|zu|zum|zur|a|al|de|del|du|la|声明|启事))*"
    r"(?: the)? +"
)
_TAIL: Final = re.compile(
    r" (?:(retracted|withdrawn)(?: article| paper)?(?: see vol .{0,60})?|(erratum|errata|corrigendum|corrigenda"
    r"|reply|authors? reply)|vol \w{1,8} pg \w{1,8} \d{4})$"
)
"""How some sources mark it behind the title: "… (Erratum)", as the Web of Science "… (vol 12, pg 100, 2019)"."""
_REPLIES: Final = frozenset({"reply", "response", "comment", "commentary", "author reply", "authors reply"})
_RETRACTIONS: Final = frozenset(
    {"retraction", "withdrawal", "retraction note", "retractacion", "retratacao", "ruckzug", "撤稿"}
)
_NOTICE_WORD: Final = re.compile(
    r"\b(?:correct|errat|corrigend|addend|retract|withdraw|concern|reply|respon|comment)", re.I
)
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
    states: tuple[tuple[str, str], ...] = ()
    """How it says to be related to others (`stating.states`)."""

    @property
    def title(self) -> str:
        return self.titles[0] if self.titles else ""

    @property
    def printed(self) -> bool:
        """Whether it is a publication of its own, so that a number of arXiv names its preprint."""
        own = any(i.startswith("doi:") and not i.startswith(_ARXIV_DOI) for i in self.ids)
        return self.kind in _PRINTED and (own or bool(self.venue and "arxiv" not in self.venue))

    @property
    def seeds(self) -> tuple[str, ...]:
        """What an IRI may be made from, best first; the last one is this record's alone."""
        own = f"record:{self.origin}"
        if self.ids:
            return (*(f"w:{i}" for i in self.ids), own)
        if self.people and len(self.title) >= _MIN_TITLE:
            return f"t:{self.title}|{self.people[0].family}|{self.year}", own
        return (own,)


def says(record: Record, origin: str, container: str) -> WorkSays:
    """The features of a record; `origin` and `container` name where it came from."""
    named = [p for p in record.contributors if p.role == "author"] or record.contributors
    known = (*record.identifiers, *filter(None, map(same_as, record.identifiers)))
    ids = tuple(
        dict.fromkeys(
            f"{i.scheme}:{i.value}"
            for scheme in WORK_SCHEMES
            for i in known
            if i.scheme == scheme and (scheme != "isbn" or record.kind in _BOOKS)
        )
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
        states=states(record),
    )  # fmt: skip


def first_page(pages: str) -> str:
    found = _DIGITS.search(pages)
    return found.group().lstrip("0")[:12] if found else ""


def joining(seeds: Sequence[str]) -> tuple[int, ...]:
    """Numbers of the keys along which components are followed: whatever several records may be named by
    (identifiers; without any, title with first author and year)."""
    return tuple(number_of(key) for key in seeds[:-1])


def block_keys(said: WorkSays) -> list[str]:
    """Keys under which records that may be one work meet: the beginning of a title, its most telling
    words by twos, one with the first author, the first page with year and author, a number of arXiv (which a
    publication gives for its preprint). Words that any title may have bring nobody together alone."""
    keys = []
    family = core(said.people[0].family) if said.people else ""
    for title in said.titles[:3]:
        words = title_words(bare(title)[0])
        if not words:
            continue
        told = telling(words)
        plain = generic(told[0])
        keys.append(start_key(words) if len(words) > 2 and not plain else short_key(words, family, said.year))
        # Three pairs of three words: one misspelt or missing word leaves one pair.
        keys += [f"b2:{' '.join(sorted(pair))}" for pair in combinations(told[:3], 2) if not generic(pair[0])]
        if family and len(told) < 3:
            keys.append(f"b3:{family} {told[0]}{said.year if plain else ''}")
    keys += [f"b5:{one}" for one in said.ids if one.startswith("arxiv:")]
    if said.page and said.year and family:
        keys.append(page_key(family, said.page, said.year))
    return list(dict.fromkeys(keys))


def start_key(words: Sequence[str]) -> str:
    """Key of the first four words of a title (six pairs of characters where words are not spaced)."""
    return f"b1:{''.join(words[: 6 if words and wide(words[0]) else 4])}"


def short_key(words: Sequence[str], family: str, year: int) -> str:
    """Key of a title that says little: with the first author and the year."""
    return f"b0:{''.join(words[:4])}|{family}|{year}"


def page_key(family: str, page: str, year: int) -> str:
    return f"b4:{family}|{page}|{year}"


@lru_cache(maxsize=16384)
def bare(title: str) -> tuple[str, str]:
    """A title without "Correction to:" before or "(Erratum)" behind it, and which of these it was."""
    found = _NOTICE.match(title)
    if found and len(title) > found.end() + (2 if wide(title) else 8):
        return title[found.end() :], found[1]
    found = _TAIL.search(title)
    return (title[: found.start()], found[1] or found[2] or "correction") if found else (title, "")


def notice_of(said: WorkSays) -> str:
    """Whether the record is a notice about another work: "retraction", "correction", "reply" or nothing.

    A title that begins with "RETRACTED" is the retracted work itself.
    """
    _, notice = bare(said.title)
    if said.kind == "retraction" or notice in _RETRACTIONS:
        return "retraction"
    if notice in _REPLIES:
        return "reply"
    if notice in ("retracted", "withdrawn"):
        return ""
    return "correction" if said.kind == "correction" or notice else ""


def is_notice(text: str) -> bool:
    """Whether a text speaks of a notice."""
    return bool(_NOTICE_WORD.search(text))


def seeds(said: Iterable[WorkSays]) -> Iterator[str]:
    """What a work's IRI may be made from: identifiers by authority, then title, author and year, then a record."""
    found = {seed for s in said for seed in s.seeds}
    best = min(found, key=_authority)
    yield best  # mostly nobody asks for the next one
    yield from sorted(found - {best}, key=_authority)


def _authority(seed: str) -> tuple[int, str]:
    scheme = seed[2:].partition(":")[0] if seed.startswith("w:") else seed.partition(":")[0]
    return _AUTHORITY.get(scheme, len(_AUTHORITY)), seed


_AUTHORITY: Final = {scheme: at for at, scheme in enumerate((*WORK_SCHEMES, "t", "record"))}

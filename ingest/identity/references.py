"""References: under which keys their works are looked for, and which candidate is meant. Pure.

No grammar of citation styles: a reference, whether its source took it apart or not, is looked for
in the catalogue by what a work would show in it (the beginning of its title, first page with year
and author), and each candidate is then weighed by how much of it is found in the reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice, product
from typing import Final

from ingest.identity.affiliations import forms
from ingest.identity.names import same_family
from ingest.identity.text import core, fold, informative, name_of, number_of, title_words, weight
from ingest.identity.titles import titles_bits
from ingest.identity.venues import venues_fit
from ingest.identity.works import WorkSays, first_page, is_notice, notice_of, page_key, short_key, start_key
from ontology.identifiers import WORK_SCHEMES, Identifier, same_as
from ontology.records import Record, Reference

MEANT: Final = 6.0
"""Bits from which on a candidate is taken for the work that is meant."""
_RAW: Final = 2000
"""A reference longer than this is read to here."""
_SEGMENT: Final = re.compile(r"(?:[.,:;?!)\]”\"']|\s[-–—])\s+[\"“‘']?|[\"“‘]|\bet al\.?\s+")
_DATA: Final = re.compile(
    r"\bdata from\b|\bdata ?set\b|\bdryad\b|\bfigshare\b|\bzenodo\b|\bopen science framework\b|\bcran\b", re.IGNORECASE
)
_YEAR: Final = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d)(?!\d)")
_NUMBERS: Final = re.compile(r"(?<![\d.])\d{1,6}(?![\d])")
_PAGES: Final = 5
_UNTITLED: Final = 9
"""In a text of so few words names and venue leave no room for a title."""


def looked_for(record: Record) -> set[int]:
    """Keys of everything this record points to: references, relations, affiliations without identifier."""
    found = {key for reference in record.references for key in keys(reference)}
    found |= {number_of(f"w:{one}") for r in record.relations for one in either(r.target)}
    return found | names_of_organisations(record)


def either(one: Identifier) -> tuple[Identifier, ...]:
    """An identifier, and the one that goes with it."""
    return tuple(filter(None, (one, same_as(one))))


def names_of_organisations(record: Record) -> set[int]:
    """Keys of the names that stand in its affiliation lines without identifier."""
    lines = {a.name for p in record.contributors for a in p.affiliations if not a.identifiers}
    return {number_of(f"on:{form}") for line in lines for form in forms(line)}


@lru_cache(maxsize=4096)
def keys(reference: Reference) -> tuple[int, ...]:
    """Keys under which the work of this reference may be found, the surest first."""
    known = (one for i in reference.identifiers for one in either(i))
    found = [f"w:{i.scheme}:{i.value}" for i in known if i.scheme in WORK_SCHEMES]
    family, years = _family(reference), _years(reference)
    if reference.title:
        found += _title_keys([reference.title], family, years, shorter=False)
    elif reference.raw:
        found += _title_keys(_segments(reference.raw[:_RAW]), family, years, shorter=True)
    if family:
        found += [page_key(family, page, year) for page, year in product(_pages(reference), years)]
    return tuple(number_of(key) for key in dict.fromkeys(found))


def _title_keys(texts: Iterable[str], family: str, years: Iterable[int], *, shorter: bool) -> Iterator[str]:
    """Keys of works whose title begins a text; `shorter`: the title may end before the text does."""
    for text in texts:
        words = title_words(fold(text))
        if len(words) > 1:
            yield start_key(words)
        if shorter and len(words) > 3:
            yield start_key(words[:3])
        if words and family:
            yield from (short_key(words, family, year) for year in years)


def _segments(raw: str) -> Iterator[str]:
    """What follows a break in the text, where a title may begin; the first words are mostly names."""
    starts = [0, *(found.end() for found in islice(_SEGMENT.finditer(raw), 40))]
    long = (raw[start : start + 120] for start in starts if len(raw) - start > 15)
    yield from islice((text for text in long if len(text.split(None, 2)) > 1 and not text[:1].isdigit()), 40)


def _family(reference: Reference) -> str:
    if reference.author:
        return core(name_of(reference.author).family)
    head = re.match(r"[\W\d]*([^\W\d][\w'’-]+(?: [^\W\d][\w'’-]+)?)", reference.raw)
    words = fold(head.group(1)).split() if head else []
    return words[0] if words else ""


def _years(reference: Reference) -> list[int]:
    if reference.year:
        return [reference.year]
    return [int(y) for y in dict.fromkeys(_YEAR.findall(reference.raw[:_RAW]))][:2]


def _pages(reference: Reference) -> list[str]:
    if reference.page:
        return [page] if (page := first_page(reference.page)) else []
    years = set(_YEAR.findall(reference.raw))
    numbers = (n.lstrip("0") for n in _NUMBERS.findall(reference.raw[:_RAW]) if n not in years)
    return [n for n in dict.fromkeys(numbers) if n][-_PAGES:]


def choose(reference: Reference, candidates: Mapping[int, WorkSays]) -> int | None:
    """The node of the work that is meant; None where none fits well enough."""
    ids = {str(one) for i in reference.identifiers for one in either(i)}
    named = [node for node, said in candidates.items() if not ids.isdisjoint(said.ids)]
    if named:
        return min(named, key=lambda n: (candidates[n].seeds[0], candidates[n].origin))
    best: tuple[float, bool, str, int] | None = None
    chosen = None
    for node, said in candidates.items():
        if _another(reference, said):
            continue
        bits = _bits(reference, said)
        rank = (-bits, said.kind == "preprint", said.seeds[0], said.origin)
        if bits >= MEANT and (best is None or rank < best):
            best, chosen = rank, node
    return chosen


def _another(reference: Reference, said: WorkSays) -> bool:
    """Whether the reference names another kind of thing: it has another DOI, a notice is not the work it is
    about, a data set not the article, and a first page 1 without a title names nothing."""
    if any(i.scheme == "doi" for i in reference.identifiers) and any(i.startswith("doi:") for i in said.ids):
        return True
    text = f"{reference.title} {reference.venue} {reference.raw}"
    if notice_of(said) and not is_notice(text):
        return True
    if _DATA.search(text) and said.kind not in ("dataset", "software", "other"):
        return True
    return not reference.title and not reference.raw and first_page(reference.page) in ("", "1")


def _bits(reference: Reference, said: WorkSays) -> float:
    """How much of the work is found in the reference, in bits."""
    raw = _folded(reference.raw[:_RAW]) if reference.raw else ""
    years = _years(reference)
    bits = _title(reference, said, raw) + _author(reference, said, raw)
    if said.year and years:
        apart = min(abs(said.year - year) for year in years)
        bits += (2.0, -0.5, -3.0)[apart] if apart < 3 else -8.0
    return bits + _place(reference, said, raw)


@lru_cache(maxsize=4096)
def _folded(raw: str) -> str:
    return f" {fold(raw)} "


def _title(reference: Reference, said: WorkSays, raw: str) -> float:
    if reference.title:
        return max((titles_bits(fold(reference.title), title) for title in said.titles), default=0.0)
    if not raw:
        return 0.0
    return max((_within(title, raw) for title in said.titles), default=0.0)


def _within(title: str, raw: str) -> float:
    """Bits for a title that stands in the text word for word, or nearly all words of which do."""
    words = title_words(title)
    if f" {title} " in raw or title.replace(" ", "") in raw.replace(" ", ""):
        return weight(words) + (1.5 if len(words) > 2 else 0.0)
    here = set(raw.split())
    found = [w for w in words if w in here]
    missing = [w for w in words if w not in here]
    if not any(map(informative, found)) and sum(map(str.isalpha, raw.split())) <= _UNTITLED:
        return 0.0  # some styles print no titles; then volume and page must be there (`_printed`)
    return weight(found) * 0.7 - 1.5 * weight(missing)


def _author(reference: Reference, said: WorkSays, raw: str) -> float:
    if not said.people:
        return 0.0
    first = said.people[0].family
    if reference.author:
        family = name_of(reference.author).family
        if same_family(family, first) or core(first) == fold(reference.author).split()[0]:
            return 4.0
        return 1.0 if any(same_family(family, p.family) for p in said.people) else -5.0
    if not raw:
        return 0.0
    return 4.0 if f" {first} " in raw or core(first) in raw else -5.0


def _place(reference: Reference, said: WorkSays, raw: str) -> float:
    """Volume, page and venue: those the source took apart, else whether the text has the work's."""
    bits = 0.0
    volume, page = fold(reference.volume), first_page(reference.page)
    if volume and said.volume:
        bits += 2.0 if volume == said.volume else -2.0
    if page and said.page:
        bits += _page(said.page) if page == said.page else -3.0
    if said.venue and reference.venue:
        bits += 2.0 * venues_fit(fold(reference.venue), said.venue)
    if raw and not volume and not page:
        bits += _printed(said, raw)
    return bits


def _printed(said: WorkSays, raw: str) -> float:
    here = [bool(part) and f" {part} " in raw for part in (said.volume, said.page)]
    bits = 2.0 * here[0] + _page(said.page) * here[1]
    if (not all(here) or len(said.page) < 2) and not any(
        f" {word} " in raw for word in title_words(said.title) if informative(word)
    ):
        return -20.0  # neither title nor place
    if said.volume and said.page and not any(here) and len(_NUMBERS.findall(raw)) > 2:
        bits -= 5.0  # volume and page are there, and they are others
    if said.venue and f" {said.venue} " in raw:
        bits += 1.5
    return bits


def _page(page: str) -> float:
    return 4.0 if len(page) > 1 else 2.0

"""Citations that a source prints but does not mark up: "(Jones and Brown, 2010)", "[4–6]".

Only what can be told from the reference list itself is marked: an author and year that one reference alone
has (or as many as its "a", "b" tell apart), and numbers in square brackets where the work is known to cite by such
numbers. What is marked up already is left as it is.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Final, NamedTuple

import msgspec

from ingest.formats.inline import MAX_RANGE
from ontology.records import Document, Fragment, Record, Reference

_BLOCKS: Final = frozenset({"paragraph", "figure", "table", "footnote"})
_NAME: Final = r"(?:(?:van|von|de|den|der|del|della|di|da|dos|le|la|el|al|ter|ten)[ -]){0,3}[A-Z][\w'’-]{1,40}"
_MORE: Final = rf"(?:(?:,? (?:and|&|und|et|y|e) |, ){_NAME}){{0,4}}(?:,? et al\.?)?"
_YEARS: Final = r"(?:1[89]|20)\d\d[a-z]?(?:, ?(?:(?:1[89]|20)\d\d[a-z]?|[b-z]\b))*"
_BY_NAME: Final = re.compile(
    rf"(?<![\w.-])(?P<name>{_NAME}){_MORE}(?:'s|’s)?(?:,? \(|,? \[|, ?|(?P<bare> ))(?P<years>{_YEARS})(?![\w-])"
)
_OPEN: Final = re.compile(r"[(;] ?$")
_BEFORE_MARK: Final = re.compile(r"[)\]]? ?[\[(]?")
_PAIR: Final = re.compile(r"\d+\s?[,;]\s?\d+")
_YEAR: Final = re.compile(r"((?:1[89]|20)\d\d)?([a-z]?)\b")
_NUMBERS: Final = re.compile(r"\[(\d{1,3}(?:\s?[,;–—-]\s?\d{1,3}){0,30})\]")
_ONE_OR_RANGE: Final = re.compile(r"(\d+)(?:\s?[–—-]\s?(\d+))?")
_SAID_BY_NUMBER: Final = re.compile(r"\W*\d{1,3}(?:\W+\d{1,3})*\W*")
_FEWEST: Final = 3
"""Different bracketed numbers without which a work is not taken to cite by numbers, where nothing is marked up."""
_MOST_BLOCK: Final = 100_000
_PART: Final = re.compile(r"\.\d+$")

Span = tuple[int, int]


class _Found(NamedTuple):
    begin: int
    end: int
    refs: tuple[str, ...]


def cited(record: Record) -> Record:
    """The record with a citation fragment for each citation that is printed and was not marked up."""
    document = record.document
    if document is None or not record.references:
        return record
    marked = sorted((f.begin, f.end) for f in document.fragments if f.kind == "citation")
    by_name = _by_name(record.references)
    printed = _printed(record.references) if _by_numbers(document, marked, len(record.references)) else []
    more: dict[int, list[_Found]] = {}
    for at, block in enumerate(document.fragments):
        if block.kind in _BLOCKS and 0 < block.end - block.begin <= _MOST_BLOCK:
            here = sorted([*_named(document, block, by_name), *_numbered(document, block, printed, bool(marked))])
            if here := [one for one in here if not _is_marked(document.text, marked, one)]:
                more[at] = here
    return msgspec.structs.replace(record, document=_with(document, more)) if more else record


def _with(document: Document, more: Mapping[int, Sequence[_Found]]) -> Document:
    """The document with citations behind their blocks, among those that are there."""
    number = count(1 + sum(f.kind == "citation" for f in document.fragments))
    kept: list[Fragment] = []
    waiting: deque[Fragment] = deque()
    for at, fragment in enumerate(document.fragments):
        if fragment.kind != "citation":
            kept += waiting
            waiting.clear()
        while waiting and waiting[0].begin < fragment.begin:
            kept.append(waiting.popleft())
        kept.append(fragment)
        waiting += (
            Fragment(
                kind="citation", path=f"cit/{next(number)}", begin=one.begin, end=one.end, refs=one.refs,
                within=fragment.within or _section(fragment.path),
            )
            for one in more.get(at, ())
        )  # fmt: skip
    return msgspec.structs.replace(document, fragments=(*kept, *waiting))


def _section(path: str) -> str:
    """The innermost section that a block's path lies in."""
    parts = path.split("/")
    last = max((number for number, part in enumerate(parts) if part == "sec"), default=-1)
    return "/".join(parts[: last + 2]) if last >= 0 else ""


def _by_name(references: Sequence[Reference]) -> dict[tuple[str, int], list[str]]:
    """First author's folded family name and year → keys, in print order."""
    found: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    for reference in references:
        if reference.author and reference.year:
            found[_folded(reference.author.partition(",")[0]), reference.year].append(reference.key)
    return dict(found)


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.replace("’", "'").replace("-", " "))
    return "".join(char for char in plain.casefold() if char.isalnum())


def _named(document: Document, block: Fragment, keys: Mapping[tuple[str, int], Sequence[str]]) -> Iterator[_Found]:
    """Places that name an author and a year of the list; every year named must be of one reference."""
    if not keys:
        return
    for hit in _BY_NAME.finditer(document.text, block.begin, block.end):
        if hit["bare"] and not _OPEN.search(document.text, max(block.begin, hit.start() - 2), hit.start()):
            continue  # "the ACE 2004 data"
        refs: list[str] = []
        for year, letter in _years(hit["years"]):
            known = keys.get((_folded(hit["name"]), year), ())
            place = ord(letter) - ord("a") if letter else 0
            if (letter or len(known) == 1) and place < len(known):
                refs.append(known[place])
            else:
                refs.clear()
                break
        if refs:
            yield _Found(hit.start("name"), hit.end("years"), tuple(dict.fromkeys(refs)))


def _years(text: str) -> Iterator[tuple[int, str]]:
    """ "2010a, b, 2012" as (2010, "a"), (2010, "b"), (2012, "")."""
    year = 0
    for part in text.split(","):
        if hit := _YEAR.match(part.strip()):
            year = int(hit[1]) if hit[1] else year
            yield year, hit[2]


def _by_numbers(document: Document, marked: Sequence[Span], references: int) -> bool:
    """Whether the work cites by numbers in brackets."""
    if marked:
        texts = [document.text[max(0, begin - 1) : end + 1] for begin, end in marked]
        return sum("[" in t or "]" in t for t in texts if _SAID_BY_NUMBER.fullmatch(t)) * 2 > len(texts)
    seen = {hit[1] for hit in _NUMBERS.finditer(document.text) if not hit[1].startswith("0")}
    return len(seen) >= max(_FEWEST, references // 4)


def _printed(references: Sequence[Reference]) -> list[tuple[str, ...]]:
    """Keys by printed number: parts of one entry ("b6", "b6.2") count once."""
    groups: dict[str, list[str]] = {}
    known = {reference.key for reference in references}
    for reference in references:
        stem = _PART.sub("", reference.key)
        groups.setdefault(stem if stem in known else reference.key, []).append(reference.key)
    return [tuple(group) for group in groups.values()]


def _numbered(
    document: Document, block: Fragment, printed: Sequence[tuple[str, ...]], marked: bool
) -> Iterator[_Found]:
    """Places with numbers of the list; `marked` where the source marks up others, and a pair is rather an interval."""
    if not printed:
        return
    for hit in _NUMBERS.finditer(document.text, block.begin, block.end):
        if marked and _PAIR.fullmatch(hit[1]):
            continue
        refs: list[str] = []
        for one in _ONE_OR_RANGE.finditer(hit[1]):
            first, last = int(one[1]), int(one[2] or one[1])
            if not 0 < first <= last <= min(len(printed), first + MAX_RANGE):
                refs.clear()
                break
            refs += (key for group in printed[first - 1 : last] for key in group)
        if refs:
            yield _Found(*hit.span(), tuple(dict.fromkeys(refs)))


def _is_marked(text: str, spans: Sequence[Span], one: _Found) -> bool:
    """Whether a place touches a marker, or one follows at once: "Maury, 1917 [40]"."""
    number = bisect_left(spans, (one.begin, one.begin))
    near = spans[max(0, number - 1) : number + 2]
    return any(
        (b < one.end and one.begin < e) or (one.end <= b and _BEFORE_MARK.fullmatch(text, one.end, b)) for b, e in near
    )

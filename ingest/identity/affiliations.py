"""Affiliation lines: the institutions they name, and which of the organisations known here those are. Pure.

A line is read as parts, from the innermost unit to the country: which of them may be institutions, by
what names, and which stand for one by an acronym. Those names are looked up among the names of the
organisations that are known, and among the lines that came with identifiers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from ingest.identity.text import fold
from ingest.identity.words import word_map, word_set

if TYPE_CHECKING:
    from ingest.identity.organisations import OrganisationSays

_LINE, _SEGMENTS, _WORDS = 1000, 24, 12
"""Characters of a line that are read, parts of it, words of a part."""
_SEGMENT: Final = re.compile(r"[,;()\[\]/|]|\s[-–—]\s|\.\s|(?:^|\s)\d{1,2}\s?(?=[A-Z][a-z])")
_AND: Final = re.compile(r"\s(?:and|und|et|y)\s(?=the |\d?\s?[A-Z])")
_NUMBER: Final = re.compile(r"\S*\d\S*|\S+@\S+|^\W*(?:From |and |the )+|\bpresent address:", re.IGNORECASE)
_ACRONYM: Final = re.compile(r"(?<![\w&])[A-Z]{3,9}(?![\w&])")
_UNITS: Final = word_set("organisation_units")
_INSTITUTIONS: Final = word_set("institution_words")
_SMALL: Final = word_set("stop_words")
_WRITTEN_OUT: Final = {**word_map("organisation_words"), **word_map("place_names")}
_OF: Final = frozenset(["of", "at", "for", "in", "de", "der", "des", "di", "do", "da", "du"])
_SYSTEMS: Final = frozenset(" ".join(sorted((place, "university"))) for place in word_set("university_systems"))
"""Names that many universities share before the comma."""
_SHORT: Final = "~"
"""Marks the form of an acronym, which says who it is only together with a place."""


def plain(name: str) -> str:
    """A name for comparing: folded, abbreviations and other languages' words for institutions and towns written
    out, small words left out, in alphabetical order ("Michigan University" is "University of Michigan")."""
    words = (_WRITTEN_OUT.get(word, word) for word in fold(name).split())
    return " ".join(sorted({word for word in words if word not in _SMALL}))


def institution(words: Iterable[str]) -> bool:
    """Whether a word says that this is the name of a whole institution."""
    return any(_WRITTEN_OUT.get(word, word) in _INSTITUTIONS for word in words)


def forms(affiliation: str) -> list[str]:
    """Names that may stand in an affiliation line (see `parts`), and acronyms."""
    return list(dict.fromkeys([*(form for part in parts(affiliation) for form in part), *acronyms(affiliation)]))


def acronyms(affiliation: str) -> tuple[str, ...]:
    """Forms of the acronyms that are a whole part of a line: "CATIE", "(IUCN)"."""
    found = (part.strip(" .0123456789-") for part in _segments(affiliation))
    return tuple(dict.fromkeys(f"{_SHORT}{part.lower()}" for part in found if _ACRONYM.fullmatch(part)))


def _segments(affiliation: str) -> list[str]:
    """Parts of the line as printed. A mere "and" stands between two of them where each names an institution."""
    found: list[str] = []
    for segment in _SEGMENT.split(affiliation[:_LINE])[:_SEGMENTS]:
        left, *more = _AND.split(segment)
        for right in more:
            if institution(fold(left).split()) and institution(fold(right).split()):
                found.append(left)
                left = right
            else:
                left = f"{left} and {right}"
        found.append(left)
    return found


@lru_cache(maxsize=4096)
def parts(affiliation: str, *, pieces: bool = True) -> tuple[tuple[str, ...], ...]:
    """For each part of the line that may be an organisation the names it may have, the longest first;
    with `pieces` also those that are only a piece of a part.
    Universities come first, then other institutions, then what is neither that nor a unit of one."""
    split = [fold(_NUMBER.sub(" ", part)).split() for part in _segments(affiliation)]
    split = [words for words in split if words]
    ranked: list[tuple[int, tuple[str, ...]]] = []
    for at, words in enumerate(split):
        names = list(_windows(words)) if pieces else []
        if words[0] not in _UNITS and len(words) <= _WORDS:
            names.insert(0, plain(" ".join(words)))
            if institution(words) and at + 1 < len(split) and len(words) + len(split[at + 1]) <= _WORDS:
                if names[0] in _SYSTEMS:
                    names.clear()
                names.insert(0, plain(" ".join(words + split[at + 1])))
        if kept := tuple(name for name in dict.fromkeys(names) if name and not name.isdigit()):
            ranked.append((0 if "university" in kept[-1].split() else 1 if institution(words) else 2, kept))
    return tuple(names for _, names in sorted(ranked, key=lambda pair: pair[0]))


def _windows(words: list[str]) -> Iterator[str]:
    """Pieces of a long part that name an institution by themselves: "Yale University" in "Yale University New
    Haven", "University of Zurich" after a museum or a department."""
    for end in range(len(words) - 1, 1, -1):
        named = _WRITTEN_OUT.get(words[end - 1], words[end - 1]) == "university" and words[end] not in _OF
        if named and words[0] not in _UNITS:
            yield plain(" ".join(words[:end]))
            break
    for start in range(1, len(words) - 1):
        before = words[:start]
        if institution(words[start : start + 1]) and (before[0] in _UNITS or institution(before)):
            yield plain(" ".join(words[start:]))


def institutions(line: str) -> list[str]:
    """The names by which the institutions of a line are known, each by its longest."""
    named = ((part[-1] if part[0] not in _SYSTEMS else part[0]) for part in parts(line) if institution(part[0].split()))
    return list(dict.fromkeys(named))


def choose(
    affiliation: str, found: Mapping[str, list[int]], known: Mapping[int, tuple[OrganisationSays, str]]
) -> tuple[str, ...]:
    """IRIs of the organisations an affiliation line names (`found`: form → nodes with that name; `known`:
    node → what is said and the IRI): all whole institutions in it, else the first that is known, else
    the one whose acronym and place stand there."""
    line, there = f" {fold(affiliation)} ", set(institutions(affiliation))
    chosen: dict[str, None] = {}
    for names in parts(affiliation):
        iri = next((iri for form in names if (iri := _agreed(form, found.get(form, ()), known, line, there))), "")
        if iri and (not chosen or institution(names[-1].split())):
            chosen.setdefault(iri)
    if not chosen:
        near = {known[n][1] for form in acronyms(affiliation) for n in found.get(form, ()) if _near(known[n][0], line)}
        chosen = dict.fromkeys(near if len(near) == 1 else ())
    return tuple(chosen)


def _near(said: OrganisationSays, line: str) -> bool:
    """Whether a town of the organisation stands in the line, or two words of what stands beside its acronym."""
    if said.registered:
        return any(f" {town} " in line for town in said.towns)
    beside = {word for name in said.names for word in fold(_ACRONYM.sub(" ", name)).split()}
    telling = (word for word in beside - _UNITS if len(word) > 3 and word.isalpha() and not institution([word]))
    return sum(f" {word} " in line for word in telling) > 1


def _agreed(
    form: str, nodes: Iterable[int], known: Mapping[int, tuple[OrganisationSays, str]], line: str, there: set[str]
) -> str:
    """The one organisation that a name means: that of registries before that of affiliation lines, of those
    the ones that name nothing else first; of several the one whose town stands in the line."""
    votes = [known[node] for node in nodes]
    levels = ([v for v in votes if v[0].registered], [v for v in votes if v[0].named], [v for v in votes if v[0].sole])
    best = next((level for level in levels if level), None)
    if best is None:
        best = [v for v in votes if _speaks_of(v[0], form, there)]
    counted = Counter(iri for _, iri in best if iri)
    if len(counted) > 1:
        in_town = Counter(iri for said, iri in best if any(f" {town} " in line for town in said.towns))
        counted = in_town if len(in_town) == 1 else counted
    (iri, times), *others = counted.most_common(2) or [("", 0)]
    return iri if times > sum(n for _, n in others) else ""


def _speaks_of(said: OrganisationSays, form: str, there: set[str]) -> bool:
    """Whether a line with several institutions may lend its identifiers to one of this name: where all of them
    stand in the other line too, or it is the only university of both."""
    own = {name for line in said.names for name in institutions(line)}
    universities = [name for name in own if "university" in name.split()]
    return own <= there or universities == [form]

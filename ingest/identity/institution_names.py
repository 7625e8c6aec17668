"""Names of institutions: where they may stand in an affiliation line, and in which form they can be compared. Pure.

A line is read as segments, from the innermost unit to the country. In each the words that only names of
institutions have ("university", "hospital") lead to the stretches of words that may be a name. Lines without
commas are read alike, so a stretch knows how many of its two ends are in doubt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

import msgspec

from ingest.identity.text import fold
from ingest.identity.words import phrase_map, word_map, word_set

_LINE, _SEGMENTS, _WORDS = 1000, 24, 12
"""Characters of a line that are read, segments of it, words of a name."""
_NAMES: Final = 8
"""Names of one line that are remembered."""
_NO_NAME: Final = 4
"""Doubt with which a stretch is not a name."""

_SEGMENT: Final = re.compile(
    r"[,;()\[\]/|—─]|\s[-–]\s|\.\s|[^\s,;()\[\]/|—]*\d[^\s,;()\[\]/|—]*|\S+@\S+|(?<=[a-z]{3})(?=[A-Z][a-zA-Z])"
)
"""Punctuation, numbers and addresses; also where two words were glued together ("UniversityUSA")."""
_AND: Final = re.compile(r"\s(?:and|und|et|y)\s(?=the |[A-Z])")
_FRINGE: Final = re.compile(r"^\W*(?:From |and |the )+|\bpresent address:", re.IGNORECASE)
_REWRITTEN: Final = (
    (re.compile(r"['’`´ʼ‘]s\b"), "s"),
    (re.compile(r"(?<!\S)\d{1,2}(?=[A-Z])"), " "),
    (re.compile(r"\bU\.?\s+(?=of\s)"), "University "),
    (
        re.compile(
            r"\b(Acad|Cent|Coll|Ctr|Dept?|Div|Dr|Eng|Environ|Fac|Hosp|Inst|Labs?|Med|Natl|Res|Sch|Sci|St|Technol|Tech|Univ)\.\s"
        ),
        r"\1 ",
    ),
)
"""Possessives, marks of footnotes before a name, and points that end no segment."""
_NUMBERS: Final = (
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
)
_ROMAN: Final = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII")
_NUMBERED: Final = re.compile(
    r"\b(Univ\w*\.?\s+(?:(?:of|de)\s+)?(?:Paris|Lyon|Bordeaux|Grenoble|Lille|Montpellier|Rennes|Strasbourg|Toulouse"
    r"|Marseille|Nancy|Rom[ae]|Milano?))[\s,-]+"
    r"(?:0?([1-9]|1[0-3])|([IVX]{1,4}))\b(?![.)]?\s*(?:st|nd|rd|th|e|ème)\b)"
)
"""Towns whose universities are numbered: "Univ Paris 06", "Université Paris VI"."""
_ACRONYM: Final = re.compile(r"(?<![\w&])[A-Z]{3,9}(?![\w&])")
_SHORT: Final = "~"
"""Marks the form of an acronym, which says who it is only together with a place."""

_UNITS: Final = word_set("organisation_units")
_INSTITUTIONS: Final = word_set("institution_words")
COMMON: Final = word_set("common_institution_words") | _INSTITUTIONS | _UNITS
SMALL: Final = word_set("name_stop_words")
COUNTRIES: Final = phrase_map("countries")
_WRITTEN_OUT: Final = {**word_map("organisation_words"), **word_map("place_names")}
_EXPANDED: Final = {word: tuple(full.split("_")) for word, full in _WRITTEN_OUT.items() if "_" in full}
_SYSTEMS: Final = frozenset(" ".join(sorted((place, "university"))) for place in word_set("university_systems"))
"""Names that many universities share before the comma."""
_OF: Final = frozenset(
    ["of", "at", "for", "in", "on", "de", "der", "des", "di", "do", "da", "du", "del", "della", "fur", "d"]
)
_AND_WORDS: Final = frozenset(["and", "und", "et", "y", "e"])
_KINDS: Final = frozenset(
    [
        "agricultural",
        "american",
        "autonomous",
        "catholic",
        "christian",
        "federal",
        "free",
        "islamic",
        "medical",
        "national",
        "open",
        "polytechnic",
        "state",
        "technical",
    ]
)
"""Words before "university" that make it another one."""
_CLINICAL: Final = frozenset(["hospital", "hospitals", "clinic", "clinics", "medical", "health", "press", "cancer"])
"""Words after a name that make it another institution's."""
_TAUGHT: Final = frozenset(["school", "college", "faculty", "department", "institute"])
_SCHOOLS: Final = frozenset(
    f"{min(kind, subject)} {max(kind, subject)}"
    for kind in ("school", "college", "faculty")
    for subject in [
        "business",
        "dental",
        "engineering",
        "graduate",
        "law",
        "medical",
        "medicine",
        "nursing",
        "pharmacy",
        "science",
    ]
)
"""Mere parts of universities."""
_SUBJECT: Final = re.compile(
    r"(?:olog(?:y|ies|ie|ia)|ics|istry|graphy|nomy|metry|omy|iatry|ing|ments?|ations?|ical|ences?|ures?|therapy|pathy)$"
)


class Stretch(msgspec.Struct, frozen=True):
    """Words of a line that may be a name: in which segment, from where to where, and in comparable form.
    `doubt` grows with ends that may not be the name's; a `joined` one goes on in the next segment."""

    form: str
    segment: int
    begin: int
    end: int
    doubt: int
    joined: bool = False

    def overlaps(self, other: Stretch) -> bool:
        return self.segment == other.segment and self.begin < other.end and other.begin < self.end


def plain(name: str) -> str:
    """A name for comparing: folded, abbreviations and other languages' words for institutions and towns written
    out, small words left out, in alphabetical order ("Michigan University" is "University of Michigan")."""
    return _form(_folded(_rewritten(name)))


def institution(words: Iterable[str]) -> bool:
    """Whether a word says that this is the name of a whole institution."""
    return any(_WRITTEN_OUT.get(word, word) in _INSTITUTIONS for word in words)


def telling(form: str) -> bool:
    """Whether a word of the name tells it from others of its kind ("national research center": none does)."""
    return any(word not in COMMON and len(word) > 2 for word in form.split())


def unit(word: str) -> bool:
    """Whether names of units within an institution begin so."""
    return word in _UNITS


@lru_cache(maxsize=4096)
def words_of(line: str) -> tuple[tuple[str, ...], ...]:
    """Folded words of each segment that has some."""
    split = (tuple(_folded(_FRINGE.sub(" ", part))) for part in _segments(line))
    return tuple(words for words in split if words)


@lru_cache(maxsize=8192)
def country_of(line: str, segment: int = 0) -> str:
    """ISO code of the first country in the line from this segment on; empty where none is named."""
    split = words_of(line)
    for at, words in enumerate(split[segment:], segment):
        for size in range(min(4, len(words)), 0, -1):
            code = COUNTRIES.get(" ".join(words[-size:]), "")
            if code and (size == len(words) or at + 1 == len(split)):
                return code
    return ""


@lru_cache(maxsize=16384)
def places_behind(line: str, form: str) -> frozenset[str]:
    """Words behind a name in the line: towns and regions, streets too."""
    one = next((one for one in stretches(line) if one.form == form), None)
    if one is None:
        return frozenset()
    split = words_of(line)
    behind = (word for words in (split[one.segment][one.end :], *split[one.segment + 1 :]) for word in words)
    written = {_WRITTEN_OUT.get(word, word) for word in behind}
    return frozenset(w for w in written if len(w) > 2 and w not in COMMON and w not in SMALL and w not in COUNTRIES)


def acronyms(line: str, *, within: bool = False) -> tuple[str, ...]:
    """Forms of the acronyms that are a whole segment of a line ("CATIE", "(IUCN)") or, `within`, of those anywhere
    in it."""
    found: list[str] = []
    for segment in (part.strip(" .-") for part in _segments(line)):
        if _ACRONYM.fullmatch(segment):
            found.append(segment.lower())
        elif within and not line.isupper():
            found.extend(word.lower() for word in _ACRONYM.findall(segment))
    return tuple(dict.fromkeys(f"{_SHORT}{word}" for word in found if word not in COUNTRIES))


@lru_cache(maxsize=4096)
def stretches(line: str) -> tuple[Stretch, ...]:
    """What may be a name in the line: universities first, then other institutions, then what is neither that nor
    a unit of one; in each segment those with clear ends first, of these the longest."""
    split = words_of(line)
    ranked: list[tuple[tuple[int, ...], Stretch]] = []
    for at, words in enumerate(split):
        after = split[at + 1] if at + 1 < len(split) else ()
        for (begin, end), doubt in _spans(words).items():
            part = words[begin:end]
            form = _form(part)
            if form in _SCHOOLS or not any(len(word) > 2 for word in form.split()):
                continue
            rank = 0 if "university" in form.split() else 1 if institution(part) else 2
            joined = not doubt and rank < 2 and end == len(words) and _goes_on(part, after)
            if joined:
                longer = Stretch(_form((*part, *after)), at, begin, end, doubt, True)
                ranked.append(((rank, at, doubt, begin - end - _WORDS), longer))
            if form not in _SYSTEMS or not joined:
                ranked.append(((rank, at, doubt, begin - end), Stretch(form, at, begin, end, doubt)))
    return tuple(one for _, one in sorted(ranked, key=lambda pair: pair[0]))


def institutions(line: str) -> list[str]:
    """The names by which the institutions of a line are known, one for each segment that has one."""
    found: dict[int, str] = {}
    for one in stretches(line):
        if not one.joined and institution(one.form.split()):
            found.setdefault(one.segment, one.form)
    return list(dict.fromkeys(found.values()))


@lru_cache(maxsize=4096)
def names_in(line: str) -> tuple[str, ...]:
    """Names by which the institutions that a line names may be known, the likeliest first."""
    every = [one for one in stretches(line) if " " in one.form and institution(one.form.split())]
    clear = [one for one in every if not one.doubt]
    return tuple(dict.fromkeys(one.form for one in clear or every))[:_NAMES]


def called(name: str) -> tuple[str, ...]:
    """Forms of an organisation's name without the acronym or the country beside it; none where more stands there."""
    first, *more = words_of(name) or ((),)
    more = [words for words in more if " ".join(words) not in COUNTRIES and (len(words) > 1 or len(words[0]) > 8)]
    return () if more or not first else (_form(first), *names_in(" ".join(first))[:2])


def own_name(name: str) -> list[str]:
    """The name itself of what is called so: its first segment that may be one, in comparable form."""
    split = words_of(name)
    whole = (one for one in stretches(name) if one.begin == 0 and one.end == len(split[one.segment]) and not one.joined)
    return [one.form for one in whole][:1]


def _rewritten(text: str) -> str:
    for pattern, replacement in _REWRITTEN:
        text = pattern.sub(replacement, text)
    return _NUMBERED.sub(_number_in_words, text) if "niv" in text else text


def _number_in_words(found: re.Match[str]) -> str:
    """Numbers part segments, and are written in figures as often as in Roman ones."""
    if found[3] and found[3] not in _ROMAN:
        return found[0]
    return f"{found[1]} {_NUMBERS[(int(found[2]) if found[2] else _ROMAN.index(found[3]) + 1) - 1]}"


def _folded(text: str) -> list[str]:
    return [word for folded in fold(text).split() for word in _EXPANDED.get(folded, (folded,))]


def _form(words: Iterable[str]) -> str:
    written = {_WRITTEN_OUT.get(word, word) for word in words}
    return " ".join(sorted(written - SMALL))


@lru_cache(maxsize=4096)
def _segments(line: str) -> tuple[str, ...]:
    """Segments of the line as printed. A mere "and" stands between two of them where each names an institution."""
    found: list[str] = []
    for segment in _SEGMENT.split(_rewritten(line[:_LINE]))[:_SEGMENTS]:
        left, *more = _AND.split(segment)
        for right in more:
            if institution(fold(left).split()) and institution(fold(right).split()):
                found.append(left)
                left = right
            else:
                left = f"{left} and {right}"
        found.append(left)
    return tuple(found)


def _goes_on(part: Sequence[str], after: Sequence[str]) -> bool:
    """Whether the next segment may be the rest of a name ("University of California, Davis")."""
    if not after or after[0] in _UNITS or len(part) + len(after) > _WORDS or " ".join(after) in COUNTRIES:
        return False
    return any(word not in part and word not in COMMON for word in after)


def _spans(words: Sequence[str]) -> dict[tuple[int, int], int]:
    """Where names may begin and end in a segment, with the doubt of each: around each word that only
    institutions have, and the whole segment where no unit begins it."""
    found = {span: doubt for span, doubt in _around(words) if doubt < _NO_NAME}
    if words[0] not in _UNITS and len(words) <= _WORDS:
        found[0, len(words)] = 0
    return found


def _around(words: Sequence[str]) -> Iterator[tuple[tuple[int, int], int]]:
    size = len(words)
    for at, word in enumerate(words):
        if not institution([word]):
            continue
        of = at + 1 < size and words[at + 1] in _OF
        for begin in range(max(0, at - 6), at + 1):
            if words[begin] in SMALL or words[begin] in _UNITS:
                continue
            left = _doubt_before(words, begin, at, of)
            for end in range(at + 3, min(size, at + 9) + 1) if of else range(at + 1, min(size, at + 4) + 1):
                if end - begin > 1 and words[end - 1] not in SMALL and len(words[end - 1]) > 1:
                    yield (begin, end), left + _doubt_behind(words, begin, at, end)


def _doubt_before(words: Sequence[str], begin: int, at: int, of: bool) -> int:
    """Whether the word before belongs to the name as well; `at` is the word that only institutions have, `of` tells
    whether its name stands behind it."""
    before = words[begin - 1] if begin else ""
    if not before or before in _UNITS or (before in SMALL and before not in _OF):
        return 0
    subject = before in COMMON or _SUBJECT.search(before) is not None
    if begin == at and of:
        if before in _KINDS:
            return 3
        lone = words[0] not in _UNITS and begin < 5 and not institution(words[:begin])
        return 2 if lone or not subject else 0
    if before in _OF:
        return 1
    if begin == at and (before in _KINDS or (words[at] == "university" and not subject)):
        return _NO_NAME
    if institution([before]):
        return 0
    return (1 if subject else 2) + (words[0] not in _UNITS)


def _doubt_behind(words: Sequence[str], begin: int, at: int, end: int) -> int:
    """Whether the word behind belongs to the name as well."""
    if end == len(words):
        return 0
    after, then = words[end], words[end + 1] if end + 1 < len(words) else ""
    if after in _UNITS or (after in COMMON and then in _TAUGHT) or (after in _TAUGHT and then in _OF):
        return 0
    if after in _AND_WORDS:
        return int(bool(then) and then not in _UNITS and not institution(words[end + 1 : end + 5]))
    if after in _CLINICAL or after in _OF or (after in _NUMBERS and end + 1 >= len(words)):
        return _NO_NAME
    if after in SMALL or after in COUNTRIES or after in words[begin:end]:
        return 0
    closed = begin < at == end - 1 and words[at] == "university" and len(words) > 5
    return int(not closed)

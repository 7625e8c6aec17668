"""Names of venues: full, abbreviated, by their initials. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_STOP: Final = frozenset("the of on in and for a an to de la le der die des und et y del van fur".split())
_SHORT: Final = {"j": "journal", "jnl": "journal", "proc": "proceedings", "trans": "transactions", "conf": "conference",
    "int": "international", "intl": "international", "symp": "symposium", "rev": "review", "lett": "letters", "ann": "annals",
    "bull": "bulletin", "res": "research", "rec": "record", "am": "american", "amer": "american", "natl": "national",
    "soc": "society", "assoc": "association", "acad": "academy", "univ": "university", "dept": "department", "z": "zeitschrift"}  # fmt: skip
_NOISE: Final = re.compile(r"\b(?:\d+(?:st|nd|rd|th)?|annual|ieee|acm|proceedings|first|second|third|fourth|fifth|sixth)\b")
_JOURNAL: Final = frozenset("journal transactions record letters review annals bulletin magazine zeitschrift acta archives revista quarterly".split())
_MEETING: Final = frozenset("conference symposium workshop workshops meeting congress colloquium".split())


def words_of(venue: str) -> tuple[str, ...]:
    """Words of a folded venue name that tell it, well-known abbreviations written out."""
    return tuple(_SHORT.get(w, w) for w in venue.split() if w not in _STOP)


def kind_of(venue: str) -> str:
    """"journal" or "meeting" where the name says so."""
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
    """"chem" or "cmptr": the first letter and then letters of `b` in order, no longer than it."""
    if b.startswith(a):
        return True
    if a[0] != b[0] or len(a) < 3 or len(a) > len(b):
        return False
    rest = iter(b)
    return all(c in rest for c in a)

"""Whether two names can be one person's. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from rapidfuzz.distance import JaroWinkler
from rapidfuzz.fuzz import partial_ratio

from ingest.identity.text import Name, core
from ingest.identity.words import word_map

_SHORT_FORMS: Final = word_map("short_forms")
_GROUPS: Final = frozenset(
    [
        "team",
        "group",
        "consortium",
        "corporation",
        "corporate",
        "corp",
        "committee",
        "collaboration",
        "network",
        "society",
        "the",
    ]
)
_NEAR_FAMILY = 0.93
_NEAR_GIVEN = 0.93


@lru_cache(maxsize=65536)
def same_family(left: str, right: str) -> bool:
    """Equal but for particles, hyphens, a doubled letter, or one of two family names left out."""
    a, b = core(left), core(right)
    if a == b:
        return True
    if len(a) >= 5 and len(b) >= 5 and JaroWinkler.similarity(a, b) >= _NEAR_FAMILY:
        return True
    first, second = left.split(), right.split()
    return (
        (len(first) > 1 or len(second) > 1) and bool(first and second) and first[0] == second[0] and len(first[0]) > 3
    )


@lru_cache(maxsize=65536)
def agreement(left: str, right: str) -> int:
    """How far two folded given names agree: 3 the same and spelled out, 2 the same first name with
    other names left out or a small variant, 1 initials that fit, 0 nothing to compare, -1 they differ."""
    if not left or not right:
        return 0
    a, b = left.split(), right.split()
    if left.replace(" ", "") == right.replace(" ", ""):
        return 3 if len(a[0]) > 1 else 1
    if len(a[0]) == 1 or len(b[0]) == 1:
        return 1 if _initials_fit(a, b) else -1
    if not _given_fit(a[0], b[0]):
        joined = "".join(a), "".join(b)
        return 2 if JaroWinkler.similarity(*joined) >= _NEAR_GIVEN and min(map(len, joined)) >= 6 else -1
    return 2 if _initials_fit(a[1:], b[1:]) else -1


def _given_fit(a: str, b: str) -> bool:
    if a == b or _SHORT_FORMS.get(a, a) == _SHORT_FORMS.get(b, b):
        return True
    short, long = sorted((a, b), key=len)
    return len(short) >= 3 and (long.startswith(short) or (len(short) >= 5 and JaroWinkler.similarity(a, b) >= 0.95))


def _initials_fit(a: list[str], b: list[str]) -> bool:
    """Whether the initials are the same as far as both give them."""
    x, y = "".join(w[0] for w in a), "".join(w[0] for w in b)
    return x.startswith(y) or y.startswith(x)


def share(left: tuple[Name, ...], right: tuple[Name, ...]) -> tuple[int, int, int]:
    """(names of the shorter list found in the longer one, how many of them with given names
    spelled out, length of the shorter list)."""
    short, long = sorted((left, right), key=len)
    free = list(long)
    found = full = 0
    for name in short:
        for at, other in enumerate(free):
            if fit := _fit(name, other):
                found += 1
                full += fit > 1
                del free[at]
                break
    return found, full, len(short)


def _fit(a: Name, b: Name) -> int:
    """0 where the names differ, 1 where they fit or are misspelt, 2 where given names are spelled out and fit."""
    if _collective(a) or _collective(b):
        joined = f"{a.given}{a.family}".replace(" ", ""), f"{b.given}{b.family}".replace(" ", "")
        return int(min(map(len, joined)) >= 6 and partial_ratio(*joined) >= 85)
    if _families_fit(a.family, b.family):
        level = agreement(a.given, b.given)
        if level < 0:
            return int(_letters_lost(a.given, b.given) or _misspelt(a.given, b.given))
        return 2 if level > 1 else 1
    # Order turned round: "Hui, Ye" for "Ye, Hui".
    return 2 if a.given and b.given and a.family == b.given and a.given == b.family else 0


@lru_cache(maxsize=65536)
def _families_fit(left: str, right: str) -> bool:
    return same_family(left, right) or _letters_lost(core(left), core(right))


@lru_cache(maxsize=65536)
def _collective(name: Name) -> bool:
    return not _GROUPS.isdisjoint(f"{name.given} {name.family}".split())


def _letters_lost(a: str, b: str) -> bool:
    """Whether a letter or two with marks were lost on the way ("d llmann" for "dullmann")."""
    short, long = sorted((a.replace(" ", ""), b.replace(" ", "")), key=len)
    rest = iter(long)
    return 3 <= len(short) < len(long) <= len(short) + 2 and all(c in rest for c in short)


def _misspelt(a: str, b: str) -> bool:
    return a[:1] == b[:1] and min(len(a), len(b)) >= 4 and JaroWinkler.similarity(a, b) >= 0.85

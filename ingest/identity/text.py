"""Titles and names in the forms in which they can be compared. Pure."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from typing import Final

import msgspec

from ingest.identity.words import word_set

_BETWEEN: Final = re.compile(r"[\W_]+")
_ARTICLE: Final = re.compile(r"^(?:the|an?|der|die|das|le|la|les|el|los|il) ")
_LETTERS: Final = str.maketrans(
    {"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŋ": "n"}
    | dict(zip("абвгдезийклмнопрстуфцыэ", "abvgdeziiklmnoprstufcye", strict=True))
    | {"ж": "zh", "х": "kh", "ч": "ch", "ш": "sh", "щ": "shch", "ю": "yu", "я": "ya", "ё": "e", "ъ": "", "ь": ""}
    | {"і": "i", "ї": "i", "є": "ye", "ґ": "g", "ў": "u"}
)
"""Letters that no decomposition turns into Latin ones (Cyrillic after BGN/PCGN, without marks)."""
_PARTICLES: Final = word_set("name_particles")
_SUFFIXES: Final = word_set("name_suffixes")
_STOP: Final = word_set("stop_words")
_FORM: Final = word_set("form_words")
"""Words that say in which form a work was given; some sources print them in the title."""
_GENERIC: Final = word_set("generic_words")
"""Words so frequent in titles of any field that they hardly tell works apart."""


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Lower case, Latin letters without marks, letters and digits of any script, single spaces."""
    lower = (html.unescape(text) if "&" in text else text).casefold()
    if not lower.isascii():
        plain = unicodedata.normalize("NFKD", lower.translate(_LETTERS))
        lower = "".join(c for c in plain if not unicodedata.combining(c)).translate(_LETTERS)
    return _BETWEEN.sub(" ", lower).strip()


def number_of(key: str) -> int:
    """A key as a signed 64-bit integer (BLAKE2b): small in the journal and quick to look up."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big", signed=True)


def wide(text: str) -> bool:
    """Whether the text has letters of a script written without spaces between words."""
    return not text.isascii() and any(c > "⺀" for c in text)


def title_words(folded: str) -> list[str]:
    """Words of a folded title that carry meaning; of unspaced scripts, pairs of characters."""
    if wide(folded):
        joined = folded.replace(" ", "")
        return [joined[i : i + 2] for i in range(0, len(joined) - 1, 2)]
    words = [word for word in folded.split() if word not in _STOP]
    return [word for word in words if word not in _FORM] or words


@lru_cache(maxsize=16384)
def words_in(folded: str) -> tuple[str, ...]:
    """`title_words`, remembered: a title is compared with many others."""
    return tuple(title_words(folded))


def telling(words: list[str]) -> list[str]:
    """The same words, those that tell most first: rare kinds of words before generic ones, long before short."""
    return sorted(set(words), key=lambda w: (w in _GENERIC, -len(w), w))


def generic(word: str) -> bool:
    """Whether a word may stand in any title."""
    return word in _GENERIC or len(word) < 2


def informative(word: str) -> bool:
    """Whether a word tells one title from another."""
    return len(word) > 2 and word not in _GENERIC and word not in _STOP


def weight(words: Iterable[str]) -> float:
    """How much it says when two titles share all these words, in bits (at most 16)."""
    told = set(words)
    light = len([word for word in told if word in _GENERIC or len(word) < 3])
    return min(16.0, 1.2 * light + 2.5 * (len(told) - light))  # the order of a set must not show in the last digit


def without_article(folded: str) -> str:
    return _ARTICLE.sub("", folded)


class Name(msgspec.Struct, frozen=True, array_like=True):
    """A person's name: folded family name, folded given names (or initials) separated by spaces."""

    family: str
    given: str = ""

    @property
    def initial(self) -> str:
        return self.given[:1]

    @property
    def block(self) -> str:
        """Family name without particles and the first initial: what all variants of a name share."""
        return f"{core(self.family)} {self.initial}"


@lru_cache(maxsize=65536)
def core(family: str) -> str:
    """A folded family name without particles and spaces ("van der Berg" → "berg", "o connor" → "oconnor")."""
    words = family.split()
    kept = [word for word in words if word not in _PARTICLES] or words
    return "".join(kept)


@lru_cache(maxsize=65536)
def name_of(name: str, given: str = "", family: str = "") -> Name:
    """The parts of a name as printed: from its parts where the source has them, else from
    "Family, Given" or "Given Family", initials with or without points."""
    if not family:
        family, given = _split(name)
    folded = [word for word in fold(given).split() if word not in _SUFFIXES]
    if len(folded) == 1 and given.isupper() and 1 < len(given) <= 3 and "." not in given:
        folded = list(folded[0])  # "JF" are two initials
    return Name(" ".join(w for w in fold(family).split() if w not in _SUFFIXES) or fold(family), " ".join(folded))


def _split(name: str) -> tuple[str, str]:
    head, comma, tail = name.partition(",")
    if comma and fold(tail) not in _SUFFIXES:
        return head.strip(), tail.strip()
    words = head.split()
    while len(words) > 2 and fold(words[-1]) in _SUFFIXES:
        words.pop()
    if len(words) < 2:
        return " ".join(words), ""
    if len(words[-1]) <= 3 and words[-1].isupper() and not words[0].isupper() and "." not in words[0]:
        return " ".join(words[:-1]), words[-1]  # "Smith JF"
    at = len(words) - 1
    while at > 1 and fold(words[at - 1]) in _PARTICLES:
        at -= 1
    return " ".join(words[at:]), " ".join(words[:at])

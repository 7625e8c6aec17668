"""How telling a word is, known before any corpus is read.

The table `data/words.tsv` lists words that are common in every field of scholarship. A word that is
not in it says something about a text's subject; the word "study" says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from typing import Final

EVERYDAY: Final = 6.0
"""Words this common (log10 per thousand million) tell nothing."""
_TELLING: Final = 3.7
_ACRONYM: Final = {1: 0.1, 2: 0.15, 3: 0.3, 4: 0.5}


@cache
def frequencies() -> dict[str, float]:
    """Folded word → log10 of its occurrences per thousand million words, for common words only."""
    return {word: float(value) for word, value in rows("words.tsv")}


@cache
def plain_words() -> frozenset[str]:
    """Short words that look like acronyms and are none ("wiki", "hash")."""
    return frozenset(row[0] for row in rows("plain_words.txt"))


@cache
def stop_labels() -> frozenset[str]:
    """Folded single words that are labels somewhere and are never searched for."""
    return frozenset(row[0] for row in rows("stop_labels.txt"))


@cache
def idioms() -> tuple[str, ...]:
    """Phrases that are found only to be passed over ("state of the art" is not about art)."""
    return tuple(row[0] for row in rows("idioms.txt"))


@cache
def equivalents() -> dict[str, tuple[str, ...]]:
    """Folded word of a label → words that may stand in its place ("breast cancer" for breast neoplasms)."""
    return {row[0]: tuple(row[1].split()) for row in rows("equivalents.tsv")}


def word_specificity(word: str) -> float:
    """0 for the words everybody uses, 1 for words of one field."""
    frequency = frequencies().get(word)
    if frequency is None:
        return 1.0
    return min(1.0, max(0.0, (EVERYDAY - frequency) / (EVERYDAY - _TELLING)))


def specificity(key: Sequence[str], *, acronym: bool = False) -> float:
    """How telling a label with these folded words is, in [0, 1]: several words tell more than one,
    short acronyms less (they mean something else in the next field)."""
    if not key:
        return 0.0
    if len(key) == 1:
        word = key[0]
        return min(word_specificity(word), _ACRONYM.get(len(word), 0.85)) if acronym else word_specificity(word)
    silent = 1.0
    for word in key:
        silent *= 1.0 - max(0.35, min(0.9, word_specificity(word)))
    return 1.0 - silent


@cache
def tables_hash() -> str:
    """16 hex digits that change with any table or model in `nlp/data`."""
    digest = blake2b(digest_size=8)
    for table in sorted(files("nlp.data").iterdir(), key=lambda entry: entry.name):
        if table.name.endswith((".tsv", ".txt", ".npz")):
            digest.update(table.name.encode() + table.read_bytes())
    return digest.hexdigest()


def rows(name: str) -> list[list[str]]:
    """The tab-separated lines of a table in `nlp/data`, comments left out."""
    text = files("nlp.data").joinpath(name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]

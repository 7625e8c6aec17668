"""Words of a text, and one spelling for each: what labels and texts are compared by.

A *word* is a run of letters and digits (a single character in Chinese, Japanese and Korean). Spaces,
hyphens and slashes between words do not count; any other punctuation is a *break* that no label
reaches across. `fold` maps a word's spellings to one key: case, plural, British and American, Greek
letters, accents, full width, traditional Chinese characters. The keys need not be words; it is enough
that the same happens on both sides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Final

from opencc import OpenCC

CJK: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af"
WORD: Final = re.compile(
    rf"(?P<word>[{CJK}]|[^\W_{CJK}]+(?:['’][^\W\d_{CJK}]+)?(?:\+\+|\#)?)|(?P<stop>[^\w\s\-\u2010-\u2015\u2212/]|_|\n)"
)
"""Finds words (group `word`) and breaks (group `stop`), in text order."""

_GREEK: Final = {
    "α": "alpha", "β": "beta", "ß": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta",
    "η": "eta", "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "µ": "mu", "ν": "nu",
    "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "φ": "phi", "χ": "chi", "ψ": "psi",
    "ω": "omega",
}  # fmt: skip

_IRREGULAR: Final = {
    "analyses": "analysis", "bacteria": "bacterium", "children": "child", "corpora": "corpus",
    "criteria": "criterion", "diagnoses": "diagnosis", "feet": "foot", "formulae": "formula",
    "fungi": "fungus", "geese": "goose", "genera": "genus", "hypotheses": "hypothesis",
    "indices": "index", "larvae": "larva", "loci": "locus", "matrices": "matrix", "men": "man",
    "mice": "mouse", "mitochondria": "mitochondrion", "nuclei": "nucleus", "ontologies": "ontology",
    "phenomena": "phenomenon", "prognoses": "prognosis", "pterygia": "pterygium", "stimuli": "stimulus",
    "syntheses": "synthesis", "taxa": "taxon", "teeth": "tooth", "theses": "thesis",
    "vertices": "vertex", "women": "woman", "lens": "lens", "series": "series", "species": "species",
}  # fmt: skip

_BRITISH: Final = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"is(e[drs]?|ing|ation|ations)$", r"iz\1"),
        (r"ys(e[drs]?|ing)$", r"yz\1"),
        (r"(?<=[a-z]{2})our(?=$|s$|al$|ed$|ing$|less$|ation)", "or"),
        (r"aem", "em"),
        (r"oed", "ed"),
        (r"oes(?=t|o)", "es"),
        (r"haem", "hem"),
        (r"oea", "ea"),
        (r"aesth", "esth"),
        (r"phae(?=o)", "phe"),
        (r"^(?:oe(?=s[ot])|ae(?=tio))", "e"),
        (r"oest(?=r)", "est"),
        (r"^foet", "fet"),
        (r"^(c)(?:ae(?=c)|oe(?=l))", r"\1e"),
        (r"gynae", "gyne"),
        (r"^leuco", "leuko"),
        (r"paed", "ped"),
        (r"(?<=[nbti])tre$", "ter"),
        (r"fibre", "fiber"),
        (r"ll(?=ing$|ed$|er$)", "l"),
    )
)


def words(text: str) -> Iterator[tuple[str, int, int]]:
    """(word, begin, end) for each word of `text`; breaks come as ("", begin, end)."""
    for found in WORD.finditer(text):
        yield found.group("word") or "", found.start(), found.end()


def fold(word: str) -> str:
    """The key of one word, lower-case; never empty for a word that `words` yields."""
    text = word.casefold()
    if not text.isascii():
        text = _simplified(_ascii(text)) if has_cjk(text) else _ascii(text)
    stem = text.removesuffix("'s").removesuffix("’s")
    if len(stem) <= 3:
        return stem or text
    stem = _singular(stem)
    if len(stem) > 4:
        for pattern, replacement in _BRITISH:
            stem = pattern.sub(replacement, stem)
    return stem


def fold_label(text: str) -> tuple[str, ...]:
    """Keys of a label's words, breaks left out: `"Houses, Slaughter"` → `("house", "slaughter")`."""
    return tuple(fold(word) for word, _, _ in words(text) if word)


def has_cjk(text: str) -> bool:
    return _CJK.search(text) is not None


_CJK: Final = re.compile(f"[{CJK}]")


def _ascii(text: str) -> str:
    text = "".join(_GREEK.get(char, char) for char in text)
    decomposed = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c))) or text


@lru_cache(maxsize=30_000)
def _simplified(text: str) -> str:
    """Chinese characters in their simplified form (OpenCC), whatever they stand for: 機 and 机 are one."""
    return str(_to_simplified().convert(text))


@cache
def _to_simplified() -> OpenCC:
    return OpenCC("t2s")


def _singular(word: str) -> str:
    """A light plural rule; words of four letters or more, lower-case."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("ae") and len(word) > 5:
        return word[:-1]
    if not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y" if len(word) > 4 else word[:-1]
    if word.endswith(("sses", "xes", "ches", "shes", "zzes")):
        return word[:-2]
    if word.endswith("uses") and not word.endswith(("ouses", "auses")) and len(word) > 5:
        return word[:-2]
    return word[:-1]

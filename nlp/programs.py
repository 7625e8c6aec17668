"""Programs that texts name: well-known ones by their names, others by the words around them.

"The lme4 package", "implemented in the R package vegan", "Bowtie version 2.1" tell that something is a program whatever
it is called; `data/programs.txt` holds the names that papers use without such words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from nlp.learned.tagger import Span
from nlp.lexicon import rows

_NAME: Final = r"[A-Z][\w+.]{0,40}(?:[- ][A-Z\d][\w+.]{0,40}){0,2}"
_ANY: Final = r"[A-Za-z][\w+.-]{1,40}"
_KIND: Final = r"(?:software|package|toolkit|library|toolbox|program|plug-?in|web server|pipeline)"
_SURE_KIND: Final = r"(?:software|package|toolkit|toolbox|plug-?in|web server)"
"""What "the X …" is a program by; programs of funders, libraries of genes and pipelines of oil have names, too."""
_HOME: Final = r"(?:R|Python|Perl|Julia|Bioconductor|MATLAB|Matlab|Stata|Java|CRAN)"
_UNIT: Final = r"(?:packages?|librar(?:y|ies)|modules?|toolbox(?:es)?)"
_QUOTE: Final = r"[\"“”'‘’`]"
_PATTERNS: Final = (
    (0.8, re.compile(rf"\b({_NAME}) (?:\w+ )?{_SURE_KIND}\b")),
    (0.8, re.compile(rf"\b{_KIND} (?:called |named )?({_NAME})")),
    (0.85, re.compile(rf"\b({_NAME}),? \(?(?:version|ver\.|v\.?) ?\d[\d.]*")),
    (0.7, re.compile(rf"\b(?:implemented|performed|analy[sz]ed) (?:in|using|with) ({_NAME})(?= \d|,? \(| software)")),
    (0.9, re.compile(rf"\b{_HOME}(?:'s)?[ -]{_UNIT},? (?:called |named )?{_QUOTE}?({_ANY})")),
    (0.85, re.compile(rf"(?<![\w-])({_ANY}){_QUOTE}? {_HOME}[ -]{_UNIT}\b")),
    (0.85, re.compile(rf"{_QUOTE}({_ANY}){_QUOTE} (?:\w+ )?{_UNIT}\b")),
    (0.85, re.compile(rf"\b{_UNIT} {_QUOTE}({_ANY}){_QUOTE}")),
    (0.85, re.compile(r"\b(SAS|JMP)(?= (?:version |v\.? ?)?\d| software| statistical| Institute)")),
)  # fmt: skip
_NO_NAME: Final = frozenset(
    {
        "the", "this", "that", "our", "a", "an", "we", "all", "these", "each", "its", "their", "his", "her",
        "statistical", "open", "software", "commercial", "and", "or", "for", "to", "of", "in", "is", "was", "are",
        "were", "has", "have", "which", "with", "from", "using", "used", "by", "on", "as", "package", "packages",
        "library", "libraries", "version", "python", "own", "new", "standard", "custom", "available", "free",
        "freely", "following", "other", "several", "many", "some", "various", "different", "developed", "called",
        "named", "based",
    }
)  # fmt: skip
_LETTERS: Final = re.compile(r"[^\W\d_]{2}|[^\W\d_]\d")
"""A name has two letters side by side, or a letter and a digit; formulas that lost their signs have not."""
_RELEASE: Final = re.compile(r"[- ]\d[\d.]*$")
_KNOWN: Final = 0.9
_FIRST: Final = re.compile(r"(?<![\w.-])[A-Za-z][\w.+-]*")


def software(text: str) -> Iterator[Span]:
    """Programs, possibly one within another; the surer the words around them, the surer."""
    for confidence, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            name = _RELEASE.sub("", match.group(1).rstrip(".-"))
            begin = match.start(1)
            first, _, rest = name.partition(" ")
            if first.lower() in _NO_NAME:
                name, begin = rest, begin + len(first) + 1
            if _LETTERS.search(name) and name.lower() not in _NO_NAME:
                yield Span(begin, begin + len(name), "software", confidence)
    yield from _known(text)


def _known(text: str) -> Iterator[Span]:
    for word in _FIRST.finditer(text):
        for name in _programs().get(word.group().rstrip(".").partition("-")[0], ()):
            end = word.start() + len(name)
            if text.startswith(name, word.start()) and not text[end : end + 1].isalnum():
                yield Span(word.start(), end, "software", _KNOWN)
                break


@cache
def _programs() -> dict[str, tuple[str, ...]]:
    """First word → the names that begin with it, the longest first."""
    found: dict[str, list[str]] = {}
    for (name,) in rows("programs.txt"):
        found.setdefault(re.split(r"[ -]", name)[0], []).append(name)
    return {first: tuple(sorted(names, key=len, reverse=True)) for first, names in found.items()}

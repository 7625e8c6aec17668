"""Kinds and their members in lists: "Y such as X1, X2 and X3", "X and other Y" (Hearst, COLING 1992)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from nlp.named import Named, claim
from ontology.reading import Claim

_SUCH_AS: Final = re.compile(r"(?: \([^()]{1,20}\))?,? ?\(?(such as|including|e\.g\.,?) (?:the |an? )?", re.I)
_LISTS_MORE: Final = re.compile(r"(?: \([^()]{1,20}\))?,? ?\(?(?:such as|including|e\.g\.)", re.I)
"""After a member that is a kind with members of its own: "antibodies such as X, and inhibitors such as Y"."""
_ONE: Final = re.compile(r"\b(?:an?|one|each|every|this|that)(?: [\w-]+)?(?: [\w-]+)? $", re.I)
"""Before a thing that includes its parts, where a kind would be named in the plural."""
_LISTED: Final = re.compile(r",? (?:and |or )?|, ")
WHOLE: Final = re.compile(
    r"(?>(?:\s*[(\[][^()\[\]]{0,80}[)\]])*)"
    r"\s*(?:$|[,.;:()\[\]–—]|(?:and|or|that|which|in|of|with|by|for|to|are|is|were|was|have|can|may|from|on)\b)"
)
"""What may follow a name that stands in full, after brackets if any: not "other health" in "other health problems", nor
"complex" in "complex (MHC) antigens"."""
_OF_A: Final = re.compile(r"\bof(?: \w+)? $")
_OTHER: Final = re.compile(r",? (?:and|or) other ")
_BUT: Final = re.compile(r"\b(?:than|except|without|not|as \w+ as) (?:\w+ ){0,2}$", re.I)
"""What is named after these is no member: "sources other than transferrin (e.g., heme)"."""


def listed(path: str, text: str, named: Sequence[Named]) -> Iterator[Claim]:
    """Claims that one is a kind of the other, read off the surface of a sentence."""
    general: Named | None = None
    words = ""
    for one, other in pairwise(named):
        between = text[one.end : other.begin]
        if (found := _SUCH_AS.fullmatch(between)) and not any(p.search(text, 0, one.begin) for p in (_OF_A, _BUT)):
            general, words = one, found.group(1).lower()
            if words == "including" and _ONE.search(text, 0, one.begin):
                general = None
        elif general and not _LISTED.fullmatch(between):
            general = None
        # Not "such as iron supplements".
        whole = general and WHOLE.match(text, other.end) and not _LISTS_MORE.match(text, other.end)
        if general and whole and general.mention.concept != other.mention.concept:
            yield claim(path, other, "isA", general, 0.75 if words == "such as" else 0.6, words)
        if _OTHER.fullmatch(between) and WHOLE.match(text, other.end) and one.mention.concept != other.mention.concept:
            yield claim(path, one, "isA", other, 0.75, "and other")

"""Making a sentence easy for a parser that has read newspapers.

Concepts are replaced by a word the parser knows ("cyclooxygenase" → "product"), citations in brackets are
left out. On rare nouns the small English model takes "aspirin inhibits cyclooxygenase" for three nouns.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from nlp.normalise import fold

_STANDIN: Final = "product"
_CITATION: Final = re.compile(r"\s*(?:\([^()]{0,200}\b(?:19|20)\d\d[a-z]?\b[^()]{0,100}\)|\[[\d,;–\- ]+\])")

Span = tuple[int, int]


def masked(text: str, spans: Sequence[Span]) -> tuple[str, list[Span]]:
    """The sentence with stand-ins at the (sorted, disjoint) spans, and where these stand now.

    >>> masked("Aspirin inhibits COX-2s [3].", [(0, 7), (17, 23)])
    ('Product inhibits products.', [(0, 7), (17, 25)])
    """
    cuts = [(begin, end, "") for begin, end in _outside(text, spans)]
    cuts += [(begin, end, _standin(text[begin:end])) for begin, end in spans]
    pieces: list[str] = []
    places: list[Span] = []
    done = length = 0
    for begin, end, new in sorted(cuts):
        pieces += (text[done:begin], new)
        length += begin - done
        if new:
            places.append((length, length + len(new)))
        length += len(new)
        done = end
    return "".join(pieces) + text[done:], places


def _outside(text: str, spans: Sequence[Span]) -> list[Span]:
    """Citations that hold none of the spans."""
    return [
        found.span()
        for found in _CITATION.finditer(text)
        if not any(begin < found.end() and found.start() < end for begin, end in spans)
    ]


def _standin(surface: str) -> str:
    last = surface.rsplit(maxsplit=1)[-1].lower()
    plural = last.endswith("s") and fold(last) != last
    word = _STANDIN + ("s" if plural else "")
    return word.capitalize() if surface[0].isupper() and not surface.isupper() else word

"""Labels that share their head: "breast and ovarian cancer" names breast cancer, too.

Where a label of several words follows "A and", "A or" or "A, B and", each single word before it is tried in
place of the label's first word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from nlp.matcher import Hit

_BEFORE: Final = re.compile(r"((?:[\w'’-]+,? ){0,2}[\w'’-]+)(?:,? (?:and|or)(?: of the| of)?|/| and/or) ?$")
_WORD: Final = re.compile(r"[\w'’-]+")
_REACH: Final = 60


def coordinated(text: str, hits: Sequence[Hit], find: Callable[[str], Sequence[Hit]]) -> Iterator[Hit]:
    """Hits on the first parts of coordinations, each over its own word; `find` looks labels up in a short text."""
    for hit in hits:
        surface = text[hit.begin : hit.end]
        _, gap, head = surface.partition(" ")
        if not gap or len(surface) > _REACH:
            continue
        start = max(0, hit.begin - _REACH)
        if (found := _BEFORE.search(text[start : hit.begin])) is None:
            continue
        listed = [*_WORD.finditer(found.group(1))]
        commas = found.group(1).count(",")
        for word in listed[-(commas + 1) :]:
            whole = f"{word.group()} {head}"
            match = next((one for one in find(whole) if one.begin == 0 and one.end == len(whole)), None)
            if match is not None:
                begin = start + found.start(1) + word.start()
                yield Hit(begin, begin + len(word.group()), match.candidates)

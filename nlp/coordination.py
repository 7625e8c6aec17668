"""Labels that share their head: "breast and ovarian cancer" names breast cancer, too.

Where a label of several words follows "A and", "A or" or "A, B and", each item before it is tried in place of the
label's first word, or of all but its last. Where "and B" follows, B is tried in place of its last word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from nlp.matcher import Hit

_ITEM: Final = r"[\w'’-]+(?: [\w'’-]+)?"
_BEFORE: Final = re.compile(rf"((?:{_ITEM}, ){{0,7}}{_ITEM})(?:,? (?:and|or)(?: of the| of)?|/| and/or) ?$")
_AFTER: Final = re.compile(r"(?: and| or|/| and/or)(?: of)? ?([\w'’-]+)")
_REACH: Final = 120
_LONGEST: Final = 60
Find = Callable[[str], Sequence[Hit]]


def coordinated(text: str, hits: Sequence[Hit], find: Find) -> Iterator[Hit]:
    """Hits on parts of coordinations, each over its own words; `find` looks labels up in a short text."""
    for hit in hits:
        surface = text[hit.begin : hit.end]
        if " " in surface and len(surface) <= _LONGEST:
            yield from _before(text, hit, surface, find)
            yield from _after(text, hit, surface, find)


def _before(text: str, hit: Hit, surface: str, find: Find) -> Iterator[Hit]:
    """Those that lack their head: "breast" in "breast and ovarian cancer"."""
    start = max(0, hit.begin - _REACH)
    if (found := _BEFORE.search(text[start : hit.begin])) is None:
        return
    heads = dict.fromkeys((surface.partition(" ")[2], surface.rpartition(" ")[2]))
    for item in re.finditer(_ITEM, found.group(1)):
        for part in dict.fromkeys((item.group(), item.group().rpartition(" ")[2])):
            match = next((one for head in heads if (one := _whole(f"{part} {head}", find))), None)
            if match is not None:
                end = start + found.start(1) + item.end()
                yield Hit(end - len(part), end, match.candidates)
                break


def _after(text: str, hit: Hit, surface: str, find: Find) -> Iterator[Hit]:
    """Those that lack their beginning: "fibrillation" in "ventricular tachycardia and fibrillation"."""
    if (found := _AFTER.match(text, hit.end)) is not None:
        match = _whole(f"{surface.rpartition(' ')[0]} {found.group(1)}", find)
        if match is not None:
            yield Hit(found.start(1), found.end(1), match.candidates)


def _whole(text: str, find: Find) -> Hit | None:
    return next((one for one in find(text) if one.begin == 0 and one.end == len(text)), None)

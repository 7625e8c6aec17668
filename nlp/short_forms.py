"""Carrying a document's abbreviations through its text.

Where "support vector machine (SVM)" defines SVM, every SVM means what the long form means, whatever a
vocabulary says about the letters; and where the long form is no label, SVM means nothing we know.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence

from nlp.abbreviations import Definition
from nlp.linking import Found
from nlp.matcher import Candidate, Hit

Find = Callable[[str], Sequence[Hit]]


def with_short_forms(text: str, hits: Sequence[Hit], defined: Mapping[str, Definition], find: Find) -> list[Found]:
    """The hits with those on short forms replaced by what the document says they mean, in text order.

    `find` looks labels up in a short text.
    """
    forms = _unplural(defined)
    if not forms:
        return [Found(hit) for hit in hits]
    meanings = {short: _meaning(definition, hits, find) for short, definition in forms.items()}
    occurrences = _occurrences(text, forms)
    kept = [Found(hit) for hit in hits if not _replaced(hit, occurrences)]
    longer = [(found.hit.begin, found.hit.end) for found in kept]
    carried = [
        Found(Hit(begin, end, meanings[short]), "abbreviation")
        for begin, (end, short) in occurrences.items()
        if meanings[short] and not any(b < end and begin < e for b, e in _around(longer, begin, end))
    ]
    return sorted([*kept, *carried], key=lambda found: found.hit.begin)


def _unplural(defined: Mapping[str, Definition]) -> dict[str, Definition]:
    """Short forms without a plural s: "SVMs" defines SVM; a single letter is no abbreviation."""
    forms: dict[str, Definition] = {}
    for short, definition in defined.items():
        bare = short[:-1] if short.endswith("s") and short[:-1].isupper() else short
        if len(bare) > 1:
            forms.setdefault(bare, definition)
    return forms


def _meaning(definition: Definition, hits: Sequence[Hit], find: Find) -> tuple[Candidate, ...]:
    """What the long form was found to be: a hit over all of it, but for an article or adjective before.

    A longer label may hide it ("type 2 von Willebrand disease (VWD)"): then it is looked up by itself.
    """
    for hit in hits:
        if hit.end == definition.end and hit.begin == definition.begin:
            return _carried(hit)
    for hit in find(definition.long):
        if hit.begin == 0 and hit.end == len(definition.long):
            return _carried(hit)
    for hit in hits:
        if hit.end == definition.end and hit.begin <= definition.begin:
            return _carried(hit)
    return ()


def _carried(hit: Hit) -> tuple[Candidate, ...]:
    return tuple(
        candidate._replace(quality=candidate.quality * 0.97, specificity=max(0.6, candidate.specificity))
        for candidate in hit.candidates
    )


def _occurrences(text: str, forms: Mapping[str, Definition]) -> dict[int, tuple[int, str]]:
    """Begin → (end, short form) of each short form standing as a word, the longest first."""
    choices = "|".join(re.escape(short) for short in sorted(forms, key=len, reverse=True))
    pattern = re.compile(rf"(?<![^\W_])({choices})s?(?![^\W_])")
    return {found.start(): (found.end(), found.group(1)) for found in pattern.finditer(text)}


def _replaced(hit: Hit, occurrences: Mapping[int, tuple[int, str]]) -> bool:
    """Whether a hit covers a short form or part of one, and no more."""
    return hit.begin in occurrences and hit.end <= occurrences[hit.begin][0]


def _around(spans: Sequence[tuple[int, int]], begin: int, end: int) -> Sequence[tuple[int, int]]:
    """The few of the sorted, disjoint spans that may overlap begin–end."""
    first = max(0, bisect_left(spans, (begin, 0)) - 1)
    return spans[first : bisect_left(spans, (end, 0))]

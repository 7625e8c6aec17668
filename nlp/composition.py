"""Findings that are named by an organ and what is wrong with it: "renal toxicity" is a disease of the kidney.

No vocabulary lists all of them. Where no label stands over the whole, the organ is looked up with "disease" (or
"abnormality", "neoplasm") in the place of the trouble. Only concepts that annotated abstracts tell about are named
so: whether a document means them is then decided by what was learned (nlp.trained_links).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from nlp.matcher import Candidate, Hit, Matcher, Way

_TROUBLES: Final[tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = (
    (("abnormality", "anomaly", "defect", "deformity", "dysgenesis", "hypoplasia", "malformation"),
     ("abnormality", "disease", "disorder")),
    (("atrophy", "complication", "damage", "deficit", "degeneration", "deterioration", "disorder", "disturbance",
      "dysfunction", "fibrosis", "impairment", "injury", "insufficiency", "lesion", "pathology", "problem", "symptom",
      "toxicity"),
     ("disease", "disorder")),
    (("metastasis", "metastases", "tumorigenesis"), ("neoplasm",)),
)  # fmt: skip
"""Words for what is wrong, and what the organ is looked up with in their place."""
_HEADS: Final[dict[str, tuple[str, ...]]] = {trouble: heads for troubles, heads in _TROUBLES for trouble in troubles}
LOOKED_UP: Final = frozenset(head for heads in _HEADS.values() for head in heads)
"""Words that a label may have and a text that names it may not."""
_STEMS: Final = "|".join(word.removesuffix("y") for word in _HEADS)
_NAMED: Final = re.compile(rf"(?:\b([\w-]{{3,}}) (?:and|or) )?\b([\w-]{{3,}}) ({_STEMS})(?:y|ies|s)?\b", re.IGNORECASE)
_QUALITY: Final = 0.6
Find = Callable[[str], Sequence[Hit]]


def composed(text: str, hits: Sequence[Hit], matcher: Matcher, find: Find) -> list[Hit]:
    """The hits with those that are composed, in text order; what stood inside a composed one is left out, as far as
    it is of the same kind. `find` looks labels up in a short text."""
    if not any(matcher.trained):
        return list(hits)
    more = list(_composed(text, hits, matcher, find))
    if not more:
        return list(hits)
    kept = [hit for hit in hits if not (_taught(hit, matcher) and any(_inside(hit, one) for one in more))]
    return sorted([*kept, *more])


def _composed(text: str, hits: Sequence[Hit], matcher: Matcher, find: Find) -> Iterator[Hit]:
    taken = [(hit.begin, hit.end) for hit in hits if _taught(hit, matcher)]
    for found in _NAMED.finditer(text):
        stem = found.group(3).lower()
        heads = _HEADS.get(stem) or _HEADS.get(f"{stem}y", ())
        for group in (1, 2):
            begin, end = found.start(group), found.end() if group == 2 else found.end(group)
            if begin < 0 or any(b <= begin < e for b, e in taken):
                continue
            if candidates := _looked_up(found.group(group), heads, matcher, find):
                yield Hit(begin, end, candidates, Way.COMPOSED)


def _looked_up(organ: str, heads: Sequence[str], matcher: Matcher, find: Find) -> tuple[Candidate, ...]:
    for head in heads:
        whole = f"{organ} {head}"
        for hit in find(whole):
            taught = tuple(c._replace(quality=_QUALITY) for c in hit.candidates if matcher.trained[c.concept])
            if taught and hit.begin == 0 and hit.end == len(whole):
                return taught
    return ()


def _taught(hit: Hit, matcher: Matcher) -> bool:
    return any(matcher.trained[c.concept] for c in hit.candidates)


def _inside(hit: Hit, other: Hit) -> bool:
    return other.begin <= hit.begin and hit.end <= other.end

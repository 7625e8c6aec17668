"""The mentions of a sentence that may take part in a claim."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ontology.namespaces import expand
from ontology.reading import Claim, Mention
from ontology.records import Fragment


class Named(NamedTuple):
    """A mention by its index in the reading and its place in the sentence."""

    number: int
    begin: int
    end: int
    mention: Mention


def claim(
    path: str, subject: Named, predicate: str, object_: Named, sure: float, cue: str, *, hedged: bool = False,
    denied: bool = False,
) -> Claim:  # fmt: skip
    """One sentence's claim between two of its mentions; doubt about either lowers how `sure` it is."""
    surest = min(subject.mention.confidence, object_.mention.confidence)
    return Claim(
        subject=subject.mention.concept,
        predicate=expand(f"gn:{predicate}"),
        object=object_.mention.concept,
        sentence=path,
        subject_mention=subject.number,
        object_mention=object_.number,
        confidence=round(sure * surest**0.5 * (0.85 if hedged else 1.0), 4),
        polarity="disputes" if denied else "supports",
        hedged=hedged,
        cue=cue,
    )


def ends(one: Claim, mentions: Sequence[Mention]) -> tuple[Mention, Mention]:
    """The mentions of subject and object."""
    return mentions[one.subject_mention], mentions[one.object_mention]


def by_sentence(parts: Sequence[Fragment], mentions: Sequence[Mention], least: float) -> dict[str, tuple[Named, ...]]:
    """Per sentence the mentions fit to fill roles: of several on one place the longest ("dengue vaccine", not
    "dengue"), then the surest; those below `least` are left out."""
    begins = {part.path: part.begin for part in parts}
    best: defaultdict[str, dict[int, Named]] = defaultdict(dict)
    for index, mention in enumerate(mentions):
        if mention.confidence < least or mention.sentence not in begins:
            continue
        begin = mention.begin - begins[mention.sentence]
        here = best[mention.sentence]
        held = here.get(begin)
        if held is None or (held.mention.end, held.mention.confidence) < (mention.end, mention.confidence):
            here[begin] = Named(index, begin, begin + mention.end - mention.begin, mention)
    return {path: tuple(_disjoint(here)) for path, here in best.items()}


def _disjoint(here: Mapping[int, Named]) -> Iterator[Named]:
    done = 0
    for begin in sorted(here):
        if begin >= done:
            yield here[begin]
            done = here[begin].end

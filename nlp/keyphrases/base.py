"""Finding and ranking a document's keyphrases, by language.

Languages without a way of their own (see `LANGUAGES`) get none, and the reading says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from nlp.keyphrases import chinese, english
from nlp.keyphrases.candidates import Block, Ranked
from ontology.reading import Keyphrase
from ontology.records import Document, Fragment

MOST: Final = 10
_BLOCKS: Final = ("title", "abs")
_RANKERS: Final = {"en": english.rank, "zh": chinese.rank}
LANGUAGES: Final = frozenset(_RANKERS)


class _Place(NamedTuple):
    sentence: Fragment
    begin: int
    end: int


def keyphrases(document: Document, sentences: Sequence[Fragment], language: str) -> tuple[Keyphrase, ...]:
    """At most MOST phrases of title and abstract, the best first; scores lie in (0, 1)."""
    ranker = _RANKERS.get(language)
    here = [s for s in sentences if s.path.split("/", 1)[0] in _BLOCKS] or list(sentences[:20])
    if ranker is None or not here:
        return ()
    blocks = [Block(document.text[s.begin : s.end], s.begin, s.path.startswith("title")) for s in here]
    begins = {s.begin: s for s in here}
    ranked = sorted(ranker(blocks), key=lambda one: (-one.score, one.begin))[:MOST]
    return tuple(
        Keyphrase(
            text=document.text[one.begin : one.end], begin=one.begin, end=one.end, count=one.times,
            score=round(one.score, 4), sentence=_sentence(one, begins).path,
        )
        for one in ranked
    )  # fmt: skip


def _sentence(one: Ranked, begins: dict[int, Fragment]) -> Fragment:
    return begins[one.block]


def phrases(texts: Iterable[tuple[str, bool]], language: str, most: int = MOST) -> Iterator[str]:
    """The keyphrases of bare texts; each comes with whether it is a title."""
    return ranked(blocks(texts), language, most)


def blocks(texts: Iterable[tuple[str, bool]]) -> Iterator[Block]:
    """Bare texts as if they stood one after the other in a document."""
    begin = 0
    for text, is_title in texts:
        yield Block(text, begin, is_title)
        begin += len(text) + 1


def ranked(given: Iterable[Block], language: str, most: int) -> Iterator[str]:
    """The keyphrases of blocks, the best first."""
    whole = {block.begin: block for block in given}
    found = sorted(_RANKERS[language](list(whole.values())), key=lambda one: (-one.score, one.begin))[:most]
    for one in found:
        block = whole[one.block]
        yield block.text[one.begin - block.begin : one.end - block.begin]

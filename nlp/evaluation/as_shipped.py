"""The small models of nlp.abstracts as an extractor is asked: of sentences that are cut into words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Final, Protocol

from nlp.abstracts import marked, related
from nlp.joint.extractor import Held, Marked
from nlp.relations import Thing

LEANING: Final = 0.4
"""F1 asks for more relations than likelihood; best on annotated abstracts that were held out."""


class Asked(Protocol):
    """What finds things and relations in sentences."""

    def marked(self, sentences: Sequence[Sequence[str]]) -> list[list[Marked]]: ...

    def related(self, sentences: Sequence[Sequence[str]], named: Sequence[Sequence[Thing]]) -> list[list[Held]]: ...

    def extracted(self, sentences: Sequence[Sequence[str]]) -> tuple[list[list[Marked]], list[list[Held]]]: ...


class AsShipped:
    """Nothing of it has seen SciERC."""

    def marked(self, sentences: Sequence[Sequence[str]]) -> list[list[Marked]]:
        texts = [" ".join(words) for words in sentences]
        found = []
        for words, spans in zip(sentences, marked(texts), strict=True):
            places = _places(words)
            here = []
            for span in spans:
                inside = [n for n, (begin, end) in enumerate(places) if begin < span.end and span.begin < end]
                here.append(Marked(inside[0], inside[-1], span.type, span.confidence))
            found.append(here)
        return found

    def related(self, sentences: Sequence[Sequence[str]], named: Sequence[Sequence[Thing]]) -> list[list[Held]]:
        found = []
        for words, some in zip(sentences, named, strict=True):
            places = _places(words)
            spans = [(places[thing.first][0], places[thing.last][1], thing.type) for thing in some]
            found.append([Held(*one) for one in related(" ".join(words), spans, LEANING)])
        return found

    def extracted(self, sentences: Sequence[Sequence[str]]) -> tuple[list[list[Marked]], list[list[Held]]]:
        found = self.marked(sentences)
        return found, self.related(sentences, [[Thing(*one[:3]) for one in some] for some in found])


def _places(words: Sequence[str]) -> list[tuple[int, int]]:
    """Begin and end of each word among blanks."""
    ends = list(accumulate(words, lambda end, word: end + 1 + len(word), initial=-1))[1:]
    return [(end - len(word), end) for end, word in zip(ends, words, strict=True)]

"""Chooses on held-out texts how an extractor's models are put together: the setting with the best F1."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from typing import Final

import msgspec

from nlp.joint.extractor import Extractor, Marked, Told, Weighing
from nlp.joint.parses import Word, parsed
from nlp.joint.training import Annotated
from nlp.relations import Thing, pairs

_SHARES: Final = (0.35, 0.5, 0.65, 0.8)
_LEANINGS: Final = (0.0, 0.3, 0.6, 0.9, 1.2, 1.6, 2.0, 2.5)
_EARLY: Final = (0.4, 0.8, 1.2, 1.6, 2.0)
_DOUBTS: Final = (0.0, 0.3, 0.6)
Answers = set[tuple[object, ...]]


def things(text: Annotated, number: int) -> list[Thing]:
    """What is marked in a sentence, in order."""
    return sorted(Thing(f, e, kind) for (where, f, e), kind in text.marks.items() if where == number)


def relation_answers(number: int, named: Sequence[Thing], held: Iterable[tuple[object, ...]]) -> Answers:
    """Relations of a sentence by their ends, subject first."""
    return {(number, *named[one][:2], *named[other][:2], name) for one, other, name, *_ in held}  # type: ignore[call-overload]


def wanted_relations(text: Annotated) -> Answers:
    """The relations that are right, in the same form."""
    return {
        (number, c, d, a, b, name[:-1]) if name.endswith("<") else (number, a, b, c, d, name[:-1])
        for (number, a, b, c, d), name in text.relations.items()
    }


def weighed(extractor: Extractor, texts: Sequence[Annotated]) -> Weighing:
    """The setting that is best on `texts`, which the extractor has not seen."""
    shares = _SHARES if extractor.models else (0.0,)
    grammar = [parsed(text.sentences) for text in texts]
    told = [extractor.stretches(trees) for trees in grammar]
    marks: list[Answers] = [{(*place, kind) for place, kind in text.marks.items()} for text in texts]

    def found(share: float, leaning: float) -> list[Answers]:
        return [_things(_marked(extractor, *pair, share, leaning)) for pair in zip(grammar, told, strict=True)]

    share, leaning = _best(product(shares, _LEANINGS), marks, lambda values: found(*values))
    relations = [wanted_relations(text) for text in texts]
    named = [[things(text, number) for number in range(len(text.sentences))] for text in texts]
    given = _Related(extractor, grammar, named, [[[1.0] * len(one) for one in some] for some in named])
    pair_share, pair_leaning = _best(
        product(shares, _LEANINGS), relations, lambda values: given.answers(*values, doubt=0.0)
    )
    late = {}
    for early in _EARLY:
        marked = [_marked(extractor, *pair, share, early) for pair in zip(grammar, told, strict=True)]
        named = [[[Thing(*one[:3]) for one in some] for some in text] for text in marked]
        late[early] = _Related(extractor, grammar, named, [[[o.confidence for o in s] for s in t] for t in marked])
    early, late_leaning, doubt = _best(
        product(_EARLY, _LEANINGS, _DOUBTS), relations, lambda v: late[v[0]].answers(pair_share, v[1], doubt=v[2])
    )
    return Weighing(
        share=share, pair_share=pair_share, leaning=leaning, pair_leaning=pair_leaning,
        early_leaning=early, late_leaning=late_leaning, doubt=doubt,
    )  # fmt: skip


class _Related(msgspec.Struct):
    """The pairs of all texts, asked about once and answered under many settings."""

    extractor: Extractor
    grammar: Sequence[Sequence[Sequence[Word]]]
    named: Sequence[Sequence[Sequence[Thing]]]
    sure: Sequence[Sequence[Sequence[float]]]
    told: list[list[Told]] = []
    asked: list[list[list[tuple[int, int]]]] = []

    def __post_init__(self) -> None:
        self.asked = [[list(pairs(things)) for things in text] for text in self.named]
        rows = zip(self.grammar, self.named, self.asked, strict=True)
        self.told = [self.extractor.pairs(*row) for row in rows]

    def answers(self, share: float, leaning: float, *, doubt: float) -> list[Answers]:
        found = []
        for named, sure, told, asked in zip(self.named, self.sure, self.told, self.asked, strict=True):
            text: Answers = set()
            for number, one in enumerate(told):
                held = self.extractor.held(asked[number], one.mean(share), sure[number], leaning, doubt)
                text |= relation_answers(number, named[number], held)
            found.append(text)
        return found


def _marked(
    extractor: Extractor, grammar: Sequence[Sequence[Word]], told: Sequence[Told], share: float, leaning: float
) -> list[list[Marked]]:
    return [extractor.disjoint(len(words), one.mean(share), leaning) for words, one in zip(grammar, told, strict=True)]


def _things(marked: Sequence[Sequence[Marked]]) -> Answers:
    return {(number, *thing[:3]) for number, some in enumerate(marked) for thing in some}


def _best(
    settings: Iterable[tuple[float, ...]],
    wanted: Sequence[Answers],
    answers: Callable[[tuple[float, ...]], Sequence[Answers]],
) -> tuple[float, ...]:
    """The first of the settings with the highest F1."""

    def score(setting: tuple[float, ...]) -> float:
        given = answers(setting)
        right = sum(len(one & gold) for one, gold in zip(given, wanted, strict=True))
        return 2 * right / max(1, sum(map(len, given)) + sum(map(len, wanted)))

    return max(settings, key=score)

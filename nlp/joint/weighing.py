"""Chooses on held-out texts how an extractor's models are put together: the setting with the best F1."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from operator import itemgetter
from typing import Final

import msgspec

from nlp.joint.extractor import Extractor, Held, Marked, Seen, Told, Weighing
from nlp.joint.parses import Word, parsed
from nlp.joint.training import Annotated
from nlp.relations import Thing, pairs

_SHARES: Final = (0.2, 0.35, 0.5, 0.65, 0.8)
_LEANINGS: Final = (0.0, 0.3, 0.6, 0.9, 1.2, 1.6, 2.0, 2.5)
_DOUBTS: Final = (0.5, 0.7, 1.0)
_LEAST: Final = (0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.12, 0.15, 0.18, 0.22)
Answers = set[tuple[object, ...]]
Grammar = Sequence[Sequence[Word]]


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


def weighed(
    extractor: Extractor, texts: Sequence[Annotated], progress: Callable[[str], None] = lambda _: None
) -> Weighing:
    """The setting that is best on `texts`, which the extractor has not seen; how good it is there is told."""
    shares = _SHARES if extractor.models else (0.0,)
    grammar = [parsed(text.sentences) for text in texts]
    seen = [extractor.seen(trees) for trees in grammar]
    told = [extractor.stretches(*pair) for pair in zip(grammar, seen, strict=True)]
    marks: list[Answers] = [{(*place, kind) for place, kind in text.marks.items()} for text in texts]

    def found(share: float, leaning: float) -> list[Answers]:
        return [_things(_marked(extractor, *pair, share, leaning)) for pair in zip(grammar, told, strict=True)]

    (share, leaning), for_things = _best(product(shares, _LEANINGS), marks, lambda values: found(*values))
    relations = [wanted_relations(text) for text in texts]
    named = [[_sure(things(text, number)) for number in range(len(text.sentences))] for text in texts]
    texts_seen = list(zip(grammar, seen, strict=True))
    given = [_Asked.of(extractor, *text, some) for text, some in zip(texts_seen, named, strict=True)]
    (pair_share, pair_leaning), for_pairs = _best(
        product(shares, _LEANINGS), relations,
        lambda v: [one.answers(v[0], lambda _, asked, logs: extractor.held(asked, logs, v[1])) for one in given],
    )  # fmt: skip
    free = [_Asked.found(extractor, *text, one, share, leaning) for text, one in zip(texts_seen, told, strict=True)]
    (doubt, least), for_both = _best(
        product(_DOUBTS, _LEAST), relations,
        lambda v: [one.answers(pair_share, lambda *told: extractor.believed(*told, *v)) for one in free],
    )  # fmt: skip
    progress(
        f"F1 on the {len(texts)} texts held out, by the best settings: things {for_things:.3f}, relations of things "
        f"that are given {for_pairs:.3f}, from end to end {for_both:.3f}"
    )
    return Weighing(
        share=share, pair_share=pair_share, leaning=leaning, pair_leaning=pair_leaning, doubt=doubt, least=least
    )


class _Asked(msgspec.Struct):
    """The pairs of a text, asked about once and answered under many settings."""

    named: Sequence[Sequence[Marked]]
    asked: Sequence[Sequence[tuple[int, int]]]
    told: Sequence[Told]

    @classmethod
    def of(
        cls, extractor: Extractor, grammar: Grammar, seen: Sequence[Seen], named: Sequence[Sequence[Marked]],
        firm: Sequence[Sequence[Thing]] | None = None,
    ) -> _Asked:  # fmt: skip
        plain = _plain(named)
        asked = [list(pairs(some)) for some in plain]
        return cls(named, asked, extractor.pairs(grammar, plain, asked, firm, seen))

    @classmethod
    def found(
        cls, extractor: Extractor, grammar: Grammar, seen: Sequence[Seen], told: Sequence[Told],
        share: float, leaning: float,
    ) -> _Asked:  # fmt: skip
        """Of a text whose things are not given."""
        likely = [extractor.likely(len(w), one.mean(share)) for w, one in zip(grammar, told, strict=True)]
        firm = _marked(extractor, grammar, told, share, leaning)
        return cls.of(extractor, grammar, seen, likely, _plain(firm))

    def answers(self, share: float, held: Callable[..., list[Held]]) -> Answers:
        found: Answers = set()
        for number, (asked, one) in enumerate(zip(self.asked, self.told, strict=True)):
            named = self.named[number]
            found |= relation_answers(number, [Thing(*o[:3]) for o in named], held(named, asked, one.mean(share)))
        return found


def _sure(named: Sequence[Thing]) -> list[Marked]:
    return [Marked(*thing[:3], 1.0) for thing in named]


def _plain(marked: Sequence[Sequence[Marked]]) -> list[list[Thing]]:
    return [[Thing(*one[:3]) for one in some] for some in marked]


def _marked(
    extractor: Extractor, grammar: Grammar, told: Sequence[Told], share: float, leaning: float
) -> list[list[Marked]]:
    return [extractor.disjoint(len(words), one.mean(share), leaning) for words, one in zip(grammar, told, strict=True)]


def _things(marked: Sequence[Sequence[Marked]]) -> Answers:
    return {(number, *thing[:3]) for number, some in enumerate(marked) for thing in some}


def _best(
    settings: Iterable[tuple[float, ...]],
    wanted: Sequence[Answers],
    answers: Callable[[tuple[float, ...]], Sequence[Answers]],
) -> tuple[tuple[float, ...], float]:
    """The first of the settings with the highest F1, and that."""

    def score(setting: tuple[float, ...]) -> float:
        given = answers(setting)
        right = sum(len(one & gold) for one, gold in zip(given, wanted, strict=True))
        return 2 * right / max(1, sum(map(len, given)) + sum(map(len, wanted)))

    return max(((setting, score(setting)) for setting in settings), key=itemgetter(1))

"""Things and their relations in sentences that are cut into words: two models of each, put together.

What a stretch is, is said by the tagger with grammar and by the tuned encoder; how two stretches are related, by the
linear classifier with grammar and by the tuned encoder. Their log-probabilities are averaged. Either goes without
the encoder.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from nlp.joint import pairing, tagging
from nlp.joint.model import NOTHING, JointModel
from nlp.joint.parses import Word, parsed
from nlp.joint.passages import WIDEST, Pair, Passage, passages
from nlp.learned.linear import Array, LinearModel
from nlp.learned.tagger import Tagger
from nlp.relations import Thing, pairs

MOST_WORDS: Final = 400
"""Words of a sentence that are looked at."""
_ENCODER_SHARE: Final = 0.5
_LEANING: Final = 0.5
PAIRING_LEANING: Final = 1.2
_PAIR_LEANING: Final = 0.8
"""How much less likely "nothing" is taken to be, in log-probability: F1 asks for more answers than likelihood does."""
_DOUBT: Final = 0.3
"""How far doubt about two things counts against their relation."""


class Marked(NamedTuple):
    """A stretch by its first and last word, its type, and the probability that it is one of that type."""

    first: int
    last: int
    type: str
    confidence: float


class Held(NamedTuple):
    """Two things of a sentence by their numbers (subject, object), what relates them, and its probability."""

    subject: int
    object: int
    name: str
    confidence: float


class Extractor:
    """`tagger` and `linear` always, `model` where there is one; `relations` are the classes of pairs, NOTHING first,
    those that lead back from the right thing to the left one end in <, the others in >."""

    def __init__(self, tagger: Tagger, linear: LinearModel, model: JointModel | None = None) -> None:
        self.tagger = tagger
        self.linear = linear
        self.model = model
        self.types = tagger.types
        self.relations = (NOTHING, *(name for name in linear.classes if name != NOTHING))

    def marked(self, sentences: Sequence[Sequence[str]], leaning: float = _LEANING) -> list[list[Marked]]:
        """The things of each sentence of one text, in order, disjoint."""
        grammar = parsed([words[:MOST_WORDS] for words in sentences])
        return [
            self._disjoint(len(words), logs, leaning)
            for words, logs in zip(grammar, self.stretches(grammar), strict=True)
        ]

    def stretches(self, grammar: Sequence[Sequence[Word]]) -> list[Array]:
        """For each sentence the log-probabilities of its stretches: (stretches, 1 + types), nothing first."""
        said = [
            tagging.stretches(self.tagger, row) if len(row) else np.zeros((0, 1 + len(self.types)), dtype=np.float32)
            for row in tagging.rows(grammar)
        ]
        if self.model is None:
            return said
        columns = [self.model.types.index(name) for name in (NOTHING, *self.types)]
        cut = self._passages(grammar)
        seen = [logs[:, columns] for logs in self.model.stretches(cut)]
        told = np.split(np.concatenate(seen), np.cumsum([len(logs) for logs in said])[:-1]) if seen else said
        return [_mean(one, other) for one, other in zip(said, told, strict=True)]

    def related(
        self, sentences: Sequence[Sequence[str]], named: Sequence[Sequence[Thing]],
        sure: Sequence[Sequence[float]] | None = None,
    ) -> list[list[Held]]:  # fmt: skip
        """The relations of the things named in each sentence of one text; `sure` are the things' probabilities."""
        grammar = parsed([words[:MOST_WORDS] for words in sentences])
        asked = [list(pairs(things)) for things in named]
        found = []
        for number, logs in enumerate(self.pairs(grammar, named, asked)):
            doubts = np.log(np.array(sure[number]) + 1e-9) if sure else np.zeros(len(named[number]))
            held = []
            for (one, other), row in zip(asked[number], logs, strict=True):
                best = 1 + int(row[1:].argmax())
                gain = row[best] - row[0] + _PAIR_LEANING + _DOUBT * (doubts[one] + doubts[other])
                if gain > 0:
                    name, back = self.relations[best][:-1], self.relations[best].endswith("<")
                    ends = (other, one) if back else (one, other)
                    held.append(Held(*ends, name, round(float(np.exp(row[best])), 4)))
            found.append(held)
        return found

    def pairs(
        self, grammar: Sequence[Sequence[Word]], named: Sequence[Sequence[Thing]],
        asked: Sequence[Sequence[tuple[int, int]]],
    ) -> list[Array]:  # fmt: skip
        """For each sentence the log-probabilities of the pairs asked about: (pairs, relations)."""
        said = [
            pairing.logs(self.linear, [pairing.rows(words, things, *pair) for pair in wanted], self.relations)
            for words, things, wanted in zip(grammar, named, asked, strict=True)
        ]
        if self.model is None:
            return said
        columns = [self.model.relations.index(name) for name in self.relations]
        cut = self._passages(grammar)
        questions = [self._questions(passage, named, asked) for passage in cut]
        seen = [logs[:, columns] for logs in self.model.pairs(cut, questions)]
        told = np.split(np.concatenate(seen), np.cumsum([len(logs) for logs in said])[:-1]) if seen else said
        return [_mean(one, other) for one, other in zip(said, told, strict=True)]

    def _questions(
        self, passage: Passage, named: Sequence[Sequence[Thing]], asked: Sequence[Sequence[tuple[int, int]]]
    ) -> list[Pair]:
        assert self.model is not None
        kinds, found = self.model.types, []
        for number, begin in enumerate(passage.begins[:-1]):
            things = named[passage.sentence + number]
            for one, other in asked[passage.sentence + number]:
                left, right = things[one], things[other]
                found.append(
                    Pair(begin + left.first, begin + left.last, kinds.index(left.type),
                         begin + right.first, begin + right.last, kinds.index(right.type))
                )  # fmt: skip
        return found

    def _passages(self, grammar: Sequence[Sequence[Word]]) -> list[Passage]:
        assert self.model is not None
        return list(passages(self.model.tokenizer, [[word.text for word in words] for words in grammar]))

    def _disjoint(self, count: int, logs: Array, leaning: float) -> list[Marked]:
        """The stretches that together gain most over nothing, none of which overlap."""
        places = [(f, e) for f in range(count) for e in range(f, min(count, f + WIDEST))]
        kinds = logs[:, 1:].argmax(axis=1) if len(logs) else np.zeros(0, dtype=np.int64)
        best = [0.0] * (count + 1)
        chosen: list[int] = [-1] * (count + 1)
        ending: dict[int, list[int]] = {}
        for row, (_, last) in enumerate(places):
            ending.setdefault(last, []).append(row)
        for last in range(count):
            best[last + 1] = best[last]
            for row in ending[last]:
                total = best[places[row][0]] + float(logs[row, 1 + kinds[row]] - logs[row, 0]) + leaning
                if total > best[last + 1]:
                    best[last + 1], chosen[last + 1] = total, row
        found, end = [], count
        while end > 0:
            row = chosen[end]
            if row < 0:
                end -= 1
                continue
            first, last = places[row]
            sure = round(float(np.exp(logs[row, 1 + kinds[row]])), 4)
            found.append(Marked(first, last, self.types[kinds[row]], sure))
            end = first
        return found[::-1]


def _mean(one: Array, other: Array) -> Array:
    """Averaged log-probabilities, made to sum to one again."""
    logs = (1 - _ENCODER_SHARE) * one + _ENCODER_SHARE * other
    total: Array = logs - np.logaddexp.reduce(logs, axis=1, keepdims=True) if len(logs) else logs
    return total

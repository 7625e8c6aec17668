"""Things and their relations in sentences that are cut into words: several models, put together.

What a stretch is, is said by the tagger with grammar and by tuned encoders; how two stretches are related, by the
linear classifier with grammar and by the same encoders. Their log-probabilities are averaged. It goes without
encoders, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec
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
_LIKELY: Final = 0.05
_MOST_LIKELY: Final = 30
"""Stretches of a sentence that may be things: at least this probable, and no more than these."""


class Weighing(msgspec.Struct, frozen=True, kw_only=True):
    """How the answers are put together; chosen on texts that were held out (nlp.joint.weighing).

    The shares, in [0, 1], are the encoders' in the mean log-probability. Leanings are how much less likely "nothing" is
    taken to be, in log-probability: F1 asks for more answers than likelihood does. Where things are not given, a
    relation is as likely as the relation itself times both things' probabilities to the power of `doubt`; `least` is
    the probability from which on it is named.
    """

    share: float = 0.5
    pair_share: float = 0.5
    leaning: float = 0.4
    pair_leaning: float = 0.8
    doubt: float = 1.0
    least: float = 0.12


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


class Told(NamedTuple):
    """Log-probabilities (questions, classes) by the model without an encoder, and the encoders' mean, if any."""

    plain: Array
    tuned: Array | None

    def mean(self, share: float) -> Array:
        """Averaged, made to sum to one again."""
        if self.tuned is None or not len(self.plain):
            return self.plain
        logs = (1 - share) * self.plain + share * self.tuned
        mixed: Array = logs - np.logaddexp.reduce(logs, axis=1, keepdims=True)
        return mixed


class Seen(NamedTuple):
    """A text as an encoder takes it, and what its frozen layers make of it."""

    passages: Sequence[Passage]
    states: Sequence[Array]


class Extractor:
    """`tagger` and `linear` always, `models` where there are some; `relations` are the classes of pairs, NOTHING first,
    those that lead back from the right thing to the left one end in <, the others in >."""

    def __init__(
        self,
        tagger: Tagger,
        linear: LinearModel,
        models: Sequence[JointModel] = (),
        weighing: Weighing | None = None,
    ) -> None:
        self.tagger = tagger
        self.linear = linear
        self.models = tuple(models)
        self.weighing = weighing or Weighing()
        self.types = tagger.types
        self.relations = (NOTHING, *(name for name in linear.classes if name != NOTHING))

    def marked(self, sentences: Sequence[Sequence[str]], leaning: float | None = None) -> list[list[Marked]]:
        """The things of each sentence of one text, in order, disjoint."""
        grammar = parsed([words[:MOST_WORDS] for words in sentences])
        least = self.weighing.leaning if leaning is None else leaning
        return [
            self.disjoint(len(words), told.mean(self.weighing.share), least)
            for words, told in zip(grammar, self.stretches(grammar), strict=True)
        ]

    def related(self, sentences: Sequence[Sequence[str]], named: Sequence[Sequence[Thing]]) -> list[list[Held]]:
        """The relations of the things that are known to be in each sentence of one text."""
        grammar = parsed([words[:MOST_WORDS] for words in sentences])
        asked = [list(pairs(things)) for things in named]
        return [
            self.held(wanted, one.mean(self.weighing.pair_share), self.weighing.pair_leaning)
            for wanted, one in zip(asked, self.pairs(grammar, named, asked), strict=True)
        ]

    def extracted(self, sentences: Sequence[Sequence[str]]) -> tuple[list[list[Marked]], list[list[Held]]]:
        """The stretches of each sentence of one text that may be things, and the relations of some of them.

        They may overlap: where it is not clear how far a thing reaches, each reading of it may be related.
        """
        grammar = parsed([words[:MOST_WORDS] for words in sentences])
        seen = self.seen(grammar)
        likely, firm = [], []
        for words, told in zip(grammar, self.stretches(grammar, seen), strict=True):
            logs = told.mean(self.weighing.share)
            firm.append([Thing(*one[:3]) for one in self.disjoint(len(words), logs, self.weighing.leaning)])
            likely.append(self.likely(len(words), logs))
        asked = [list(pairs([Thing(*one[:3]) for one in some])) for some in likely]
        told_pairs = self.pairs(grammar, [[Thing(*one[:3]) for one in some] for some in likely], asked, firm, seen)
        held = [
            self.believed(some, wanted, one.mean(self.weighing.pair_share))
            for wanted, one, some in zip(asked, told_pairs, likely, strict=True)
        ]
        return likely, held

    def likely(self, count: int, logs: Array) -> list[Marked]:
        """The stretches of `count` words that may be things, in order; they may overlap."""
        if not len(logs):
            return []
        sure = 1.0 - np.exp(logs[:, 0])
        kinds = logs[:, 1:].argmax(axis=1)
        places = spans(count)
        rows = [row for row in np.argsort(-sure, kind="stable")[:_MOST_LIKELY] if sure[row] >= _LIKELY]
        return sorted(
            Marked(places[row][0], places[row][1], self.types[kinds[row]], round(float(sure[row]), 4)) for row in rows
        )

    def believed(
        self,
        things: Sequence[Marked],
        asked: Sequence[tuple[int, int]],
        logs: Array,
        doubt: float | None = None,
        least: float | None = None,
    ) -> list[Held]:
        """The relations that are likely enough, things being as sure as they are.

        Of pairs whose ends overlap, which are readings of one pair, only the likeliest is related.
        """
        doubt = self.weighing.doubt if doubt is None else doubt
        least = self.weighing.least if least is None else least
        if len(self.relations) == 1 or not asked:
            return []
        best = 1 + logs[:, 1:].argmax(axis=1)
        sure = np.array([things[one].confidence * things[other].confidence for one, other in asked]) ** doubt
        shares = np.exp(logs[np.arange(len(asked)), best]) * sure
        chosen: list[int] = []
        for row in np.argsort(-shares, kind="stable"):
            if shares[row] < least:
                break
            pair = [things[end] for end in asked[row]]
            if not any(_overlap(pair, [things[end] for end in asked[kept]]) for kept in chosen):
                chosen.append(int(row))
        return [self._held(*asked[row], int(best[row]), float(shares[row])) for row in sorted(chosen)]

    def _held(self, one: int, other: int, relation: int, confidence: float) -> Held:
        name = self.relations[relation]
        ends = (other, one) if name.endswith("<") else (one, other)
        return Held(*ends, name[:-1], round(confidence, 4))

    def held(self, asked: Sequence[tuple[int, int]], logs: Array, leaning: float) -> list[Held]:
        """The pairs that more likely are related than not."""
        found: list[Held] = []
        if len(self.relations) == 1:
            return found
        for (one, other), row in zip(asked, logs, strict=True):
            best = 1 + int(row[1:].argmax())
            if row[best] - row[0] + leaning > 0:
                found.append(self._held(one, other, best, float(np.exp(row[best]))))
        return found

    def seen(self, grammar: Sequence[Sequence[Word]]) -> list[Seen]:
        """The text for each of the encoders."""
        cut = [_passages(model, grammar) for model in self.models]
        return [Seen(some, model.states(some)) for model, some in zip(self.models, cut, strict=True)]

    def stretches(self, grammar: Sequence[Sequence[Word]], seen: Sequence[Seen] | None = None) -> list[Told]:
        """What is said of the stretches of each sentence (order: nlp.joint.passages): nothing first, then the types."""
        empty = np.zeros((0, 1 + len(self.types)), dtype=np.float32)
        plain = [tagging.stretches(self.tagger, row) if len(row) else empty for row in tagging.rows(grammar)]
        tuned = []
        for model, text in zip(self.models, self.seen(grammar) if seen is None else seen, strict=True):
            columns = [model.types.index(name) for name in (NOTHING, *self.types)]
            tuned.append([logs[:, columns] for logs in model.stretches(*text)])
        return _joined(plain, tuned)

    def pairs(
        self,
        grammar: Sequence[Sequence[Word]],
        named: Sequence[Sequence[Thing]],
        asked: Sequence[Sequence[tuple[int, int]]],
        firm: Sequence[Sequence[Thing]] | None = None,
        seen: Sequence[Seen] | None = None,
    ) -> list[Told]:
        """What is said of the pairs asked about in each sentence, in the order of `relations`.

        `firm` are the things that a sentence is taken to name beside the pair; by default those that are `named`.
        """
        beside = named if firm is None else firm
        plain = [
            pairing.logs(
                self.linear, [pairing.rows(words, *_among(things, some, *pair)) for pair in wanted], self.relations
            )
            for words, things, some, wanted in zip(grammar, named, beside, asked, strict=True)
        ]
        tuned = []
        for model, text in zip(self.models, self.seen(grammar) if seen is None else seen, strict=True):
            columns = [model.relations.index(name) for name in self.relations]
            questions = [_questions(model.types, passage, named, asked) for passage in text.passages]
            tuned.append([logs[:, columns] for logs in model.pairs(*text, questions)])
        return _joined(plain, tuned)

    def disjoint(self, count: int, logs: Array, leaning: float) -> list[Marked]:
        """The stretches of `count` words that together gain most over nothing, none of which overlap."""
        places = spans(count)
        kinds = logs[:, 1:].argmax(axis=1) if len(logs) else np.zeros(0, dtype=np.int64)
        best, chosen = [0.0] * (count + 1), [-1] * (count + 1)
        ending: list[list[int]] = [[] for _ in range(count)]
        for row, (_, last) in enumerate(places):
            ending[last].append(row)
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
            sure = round(float(np.exp(logs[row, 1 + kinds[row]])), 4)
            found.append(Marked(*places[row], self.types[kinds[row]], sure))
            end = places[row][0]
        return found[::-1]


def spans(count: int) -> list[tuple[int, int]]:
    """The stretches of a sentence of `count` words in the order in which they are judged."""
    return [(first, last) for first in range(count) for last in range(first, min(count, first + WIDEST))]


def _overlap(pair: Sequence[Marked], other: Sequence[Marked]) -> bool:
    """Whether both ends overlap, the left one the left one."""
    return all(a.first <= b.last and b.first <= a.last for a, b in zip(pair, other, strict=True))


def _among(named: Sequence[Thing], firm: Sequence[Thing], one: int, other: int) -> tuple[list[Thing], int, int]:
    """Two of the things in the midst of the firm ones that they do not overlap, and their numbers there."""
    ends = (named[one], named[other])
    free = [thing for thing in firm if all(thing.last < end.first or end.last < thing.first for end in ends)]
    things = sorted([*free, *ends])
    return things, things.index(ends[0]), things.index(ends[1])


def _questions(
    kinds: Sequence[str],
    passage: Passage,
    named: Sequence[Sequence[Thing]],
    asked: Sequence[Sequence[tuple[int, int]]],
) -> list[Pair]:
    """The pairs asked about in the sentences of a passage, with places in the passage."""
    found = []
    for number, begin in enumerate(passage.begins[:-1]):
        things = named[passage.sentence + number]
        for one, other in asked[passage.sentence + number]:
            ends = [
                (begin + thing.first, begin + thing.last, kinds.index(thing.type))
                for thing in (things[one], things[other])
            ]
            found.append(Pair(*ends[0], *ends[1]))
    return found


def _passages(model: JointModel, grammar: Sequence[Sequence[Word]]) -> list[Passage]:
    return list(passages(model.tokenizer, [[word.text for word in words] for words in grammar]))


def _joined(plain: Sequence[Array], tuned: Sequence[Sequence[Array]]) -> list[Told]:
    """Sentence by sentence; the encoders' answers come by passages of several sentences."""
    if not tuned or not plain:
        return [Told(logs, None) for logs in plain]
    mean = np.mean([np.concatenate(one) for one in tuned], axis=0)
    parts = np.split(mean, np.cumsum([len(logs) for logs in plain])[:-1])
    return [Told(one, other) for one, other in zip(plain, parts, strict=True)]

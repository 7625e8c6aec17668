"""Tunes the upper layers of a small encoder and both heads on annotated passages.

Deterministic but for the number of threads of the matrix products. The lower layers are run once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from nlp.joint.model import NOTHING, JointModel, Shape, fresh_heads, kinds, related, top
from nlp.joint.passages import Pair, Passage, passages
from nlp.learned.adam import Adam
from nlp.learned.linear import softmax
from nlp.learned.tape import Array, Node, Numbers, Tape, Weights

_SEED: Final = 20261127
_DROP: Final = 0.1
_BATCH: Final = 4
_MOST_PAIRS: Final = 120
"""Pairs of a passage that are learned from at once; a longer list is sampled anew each time."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How an encoder is tuned: its layers from `low` to `high`, heads of `hidden` columns, the learning rates of both,
    what a pair counts for against a stretch, and what chance begins with. Texts by other annotators are learned from
    in the first `shared` of the `epochs` only: where the schemes differ, the last word is that of the one asked for."""

    low: int = 2
    high: int = 5
    hidden: int = 192
    epochs: int = 8
    shared: int = 2
    encoder_rate: float = 2.5e-4
    head_rate: float = 1e-3
    pair_weight: float = 1.0
    seed: int = 0


class Base(msgspec.Struct, frozen=True):
    """The encoder that is tuned: weights named as JointModel has them, and its tokenizer's file."""

    weights: Weights
    tokenizer: str
    heads: int


class Learner(msgspec.Struct, frozen=True):
    """An encoder that is to be tuned: what it is called, how, and what fetches it."""

    name: str
    plan: Plan
    base: Callable[[], Base]


class Annotated(msgspec.Struct, frozen=True):
    """A text as words, what is marked in it ((sentence, first, last) by word → type), and the relations of marked
    stretches ((sentence, left first, left last, right first, right last) → class)."""

    sentences: Sequence[Sequence[str]]
    marks: Mapping[tuple[int, int, int], str]
    relations: Mapping[tuple[int, int, int, int, int], str]


class _Lesson(msgspec.Struct, frozen=True):
    """A passage with the right answers and what the frozen layers make of it."""

    passage: Passage
    kinds: Numbers
    pairs: tuple[Pair, ...]
    classes: Numbers
    states: Array


def train(
    base: Base, given: Sequence[Annotated], plan: Plan, progress: Callable[[str], None] = lambda _: None,
    more: Sequence[Annotated] = (),
) -> JointModel:  # fmt: skip
    """A model of the types and relations that the texts have; `more` are those by other annotators."""
    random = np.random.default_rng(_SEED + plan.seed)
    both = [*given, *more]
    types = (NOTHING, *sorted({kind for text in both for kind in text.marks.values()}))
    relations = (NOTHING, *sorted({name for text in both for name in text.relations.values()}))
    shape = Shape(low=plan.low, high=plan.high, heads=base.heads, hidden=plan.hidden)
    width = base.weights["words"].shape[1]
    heads = fresh_heads(width, shape, len(types), len(relations), random)
    model = JointModel({**_used(base.weights, shape), **heads}, base.tokenizer, shape, types, relations)
    own, others = (
        [lesson for text in some for lesson in _lessons(model, text)] for some in (given, more if plan.shared else ())
    )
    tuned = dict.fromkeys(heads, plan.head_rate)
    tuned |= {n: plan.encoder_rate for n in model.weights if n.startswith("layer") and _number(n) >= shape.low}
    for name in tuned:
        model.weights[name] = model.weights[name].copy()
    taught = [[*own, *others] if epoch < plan.shared else own for epoch in range(plan.epochs)]
    adam = Adam(model.weights, tuned, sum(-(-len(lessons) // _BATCH) for lessons in taught))
    started = time.process_time()
    for epoch, lessons in enumerate(taught):
        order = random.permutation(len(lessons))
        losses = []
        for begin in range(0, len(order), _BATCH):
            batch = [lessons[i] for i in order[begin : begin + _BATCH]]
            loss, slopes = _slopes(model, batch, random, plan.pair_weight)
            adam.step(slopes)
            losses.append(loss)
        spent = time.process_time() - started
        progress(f"epoch {epoch + 1} of {plan.epochs}: loss {np.mean(losses):.3f}, {spent:.0f} s of processor time")
    model.weights.update(adam.averaged)
    return JointModel.unpacked(model.packed())


def _slopes(
    model: JointModel, batch: Sequence[_Lesson], random: np.random.Generator, pair_weight: float
) -> tuple[float, Weights]:
    """The loss of a batch, and its slopes by all weights."""
    tape = Tape(model.weights, random, _DROP)
    chosen = [
        random.permutation(len(x.pairs))[:_MOST_PAIRS] if len(x.pairs) > _MOST_PAIRS else np.arange(len(x.pairs))
        for x in batch
    ]
    given = [x.passage for x in batch]
    asked = [[x.pairs[i] for i in some] for x, some in zip(batch, chosen, strict=True)]
    tops = top(tape, model.shape, [x.states for x in batch], given, asked)
    share = np.float32(1 / max(1, sum(len(p.begins) - 1 for p in given)))
    loss = _told(kinds(tape, tops, given), np.concatenate([x.kinds for x in batch]), share)
    if len(tops.marks):
        answers = np.concatenate([x.classes[some] for x, some in zip(batch, chosen, strict=True)])
        loss += _told(related(tape, tops), answers, share * np.float32(pair_weight))
    return loss, tape.backward()


def _told(scores: Node, answers: NDArray[np.int64], share: np.float32) -> float:
    """The cross-entropy of scores, whose slope is sent to them."""
    shares = softmax(scores.value)
    rows = np.arange(len(answers))
    loss = -np.log(shares[rows, answers] + 1e-9).sum() * share
    shares[rows, answers] -= 1
    scores.send(shares * share)
    return float(loss)


def _lessons(model: JointModel, text: Annotated) -> list[_Lesson]:
    found = list(passages(model.tokenizer, text.sentences))
    return [_lesson(model, text, p, s) for p, s in zip(found, model.states(found), strict=True)]


def _lesson(model: JointModel, text: Annotated, passage: Passage, states: Array) -> _Lesson:
    answers = np.zeros(len(passage.spans), dtype=np.int64)
    places = {(int(first), int(last)): row for row, (first, last) in enumerate(passage.spans)}
    pairs, classes = [], []
    for number, begin in enumerate(passage.begins[:-1]):
        sentence = passage.sentence + number
        named = sorted((f, e, kind) for (where, f, e), kind in text.marks.items() if where == sentence)
        for first, last, kind in named:
            if (row := places.get((begin + first, begin + last))) is not None:
                answers[row] = model.types.index(kind)
        for one, (first, last, kind) in enumerate(named):
            for other_first, other_last, other in named[one + 1 :]:
                label = text.relations.get((sentence, first, last, other_first, other_last), NOTHING)
                pairs.append(
                    Pair(
                        begin + first, begin + last, model.types.index(kind),
                        begin + other_first, begin + other_last, model.types.index(other),
                    )
                )  # fmt: skip
                classes.append(model.relations.index(label))
    return _Lesson(passage, answers, tuple(pairs), np.array(classes, dtype=np.int64), states)


def _used(weights: Weights, shape: Shape) -> Weights:
    """The encoder without the layers above `shape.high`."""
    return {name: w for name, w in weights.items() if not name.startswith("layer") or _number(name) < shape.high}


def _number(name: str) -> int:
    return int(name.removeprefix("layer").partition(".")[0])

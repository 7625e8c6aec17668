"""A tuned encoder beside the features of citation intents: `python -m bench.intent_reader [--data FOLDER]`.

One layer of all-MiniLM-L6-v2 is tuned above three that stay as they are: an epoch on the hand-labelled sentences, then
for each fold three on the other folds' sentences of SciCite. Prints macro F1 on its development part over one draw of
folds: of the features, of the encoder, and of both (mean log-probability). Takes seven minutes of one core, and reads
the articles of the hand-labelled sentences. Nothing of it ships: the encoder is too slow to run for every citing
sentence.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from tokenizers import Tokenizer

from bench.training.contexts import labelled
from nlp.evaluation.gold.citing import citing
from nlp.evaluation.gold.parts import files_of
from nlp.evaluation.scores import macro
from nlp.intent_training import TERMS, Lessons, rows, together
from nlp.intents import MARK, grouped, signed
from nlp.joint.base import minilm, preparation
from nlp.joint.model import layer
from nlp.joint.training import Base
from nlp.learned.adam import Adam
from nlp.learned.linear import softmax
from nlp.learned.logistic import FOLDS, folds, temperature
from nlp.learned.squares import left_out
from nlp.learned.tape import Array, Node, Numbers, Stretch, Tape, Weights

_FROZEN: Final = 3
_MOST_TOKENS: Final = 40
_SIGN: Final = "ref"
"""The word that stands for a marker."""
_BATCH, _ASKED = 16, 48
_DROP: Final = 0.1
_HEAD_RATE: Final = 1e-3


class Course(NamedTuple):
    """Times that lessons are gone through, how fast the layer learns, and what chance begins with."""

    epochs: int
    rate: float
    seed: int


class Text(NamedTuple):
    """A sentence: which of its tokens stand for markers, what the frozen layers make of them, its class by number."""

    marks: Array
    states: Array
    answer: int


def texts(base: Base, sentences: Sequence[str], answers: Sequence[int]) -> list[Text]:
    """The sentences, cut around the first marker, through the frozen layers."""
    tokenizer = Tokenizer.from_str(base.tokenizer)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    sign = tokenizer.token_to_id(_SIGN)
    found = []
    for sentence, answer in zip(sentences, answers, strict=True):
        ids = _cut(np.array(tokenizer.encode(grouped(signed(sentence)).replace(MARK, f" {_SIGN} ")).ids), sign)
        tape = Tape(base.weights)
        x = tape.norm(Node(base.weights["words"][ids] + base.weights["positions"][: len(ids)]), "embedded")
        for number in range(_FROZEN):
            x = layer(tape, x, number, [Stretch(0, len(ids), len(ids))], base.heads)
        marks = (ids == sign).astype(np.float32)
        found.append(Text(marks if marks.any() else np.ones_like(marks), x.value, answer))
    return found


def _cut(ids: Numbers, sign: int | None) -> Numbers:
    if len(ids) <= _MOST_TOKENS:
        return ids
    marks = np.flatnonzero(ids == sign)
    middle = int(marks[0]) if len(marks) else _MOST_TOKENS // 2
    begin = min(max(1, middle - _MOST_TOKENS // 2), len(ids) - _MOST_TOKENS + 1)
    return np.concatenate([ids[:1], ids[begin : begin + _MOST_TOKENS - 2], ids[-1:]])


def scores(tape: Tape, batch: Sequence[Text], heads: int) -> Node:
    """Of each class, from the mean of all tokens and that of the markers after the tuned layer."""
    ends = np.cumsum([len(text.marks) for text in batch]).tolist()
    stretches = [Stretch(end - len(text.marks), end, end) for text, end in zip(batch, ends, strict=True)]
    x = layer(tape, Node(np.concatenate([text.states for text in batch])), _FROZEN, stretches, heads)
    shares = np.zeros((2 * len(batch), ends[-1]), dtype=np.float32)
    for row, (text, place) in enumerate(zip(batch, stretches, strict=True)):
        shares[2 * row, place.begin : place.end] = 1 / len(text.marks)
        shares[2 * row + 1, place.begin : place.end] = text.marks / text.marks.sum()
    pooled = Node(shares @ x.value)

    def back() -> None:
        if pooled.slope is not None:
            x.send(shares.T @ pooled.slope)

    tape.keep(back)
    return tape.linear(tape.dropout(tape.reshape(pooled, 2 * x.value.shape[1])), "head")


def tune(weights: Weights, heads: int, lessons: Sequence[Text], counts: Array, course: Course) -> Weights:
    """The weights after a course, averaged; `counts` is what each class counts."""
    weights = {name: value.copy() for name, value in weights.items()}
    random = np.random.default_rng(course.seed)
    rates = {name: _HEAD_RATE if name.startswith("head") else course.rate for name in weights}
    batches = -(-len(lessons) // _BATCH)
    adam = Adam(weights, rates, course.epochs * batches)
    for _ in range(course.epochs):
        for chosen in np.array_split(random.permutation(len(lessons)), batches):
            batch = [lessons[number] for number in chosen]
            answers = np.array([text.answer for text in batch])
            tape = Tape(weights, random, _DROP)
            node = scores(tape, batch, heads)
            slope = softmax(node.value)
            slope[np.arange(len(batch)), answers] -= 1
            node.send(slope * counts[answers][:, None] / np.float32(len(batch)))
            adam.step(tape.backward())
    return adam.averaged


def told(weights: Weights, heads: int, asked: Sequence[Text]) -> Array:
    """Log-probabilities of the classes for each text."""
    parts = [asked[begin : begin + _ASKED] for begin in range(0, len(asked), _ASKED)]
    return _logs(np.concatenate([scores(Tape(weights), part, heads).value for part in parts]))


def _logs(values: Array) -> Array:
    logs: Array = np.log(softmax(values) + np.float32(1e-9))
    return logs


def encoder(base: Base, lessons: Sequence[Text], own: int, drawn: Sequence[Numbers]) -> Array:
    """What the tuned encoder tells of the `own` first texts, SciCite's, each by that which has not seen its fold."""
    answers = np.array([text.answer for text in lessons])
    share = np.bincount(answers) / len(answers)
    counts = ((1 / (len(share) * share)) ** TERMS.balance).astype(np.float32)
    weights = {name: value for name, value in base.weights.items() if name.startswith(f"layer{_FROZEN}.")}
    wide = 2 * base.weights["words"].shape[1]
    weights["head.matrix"] = (np.random.default_rng(7).standard_normal((wide, len(share))) * 0.02).astype(np.float32)
    weights["head.bias"] = np.zeros(len(share), dtype=np.float32)
    weights = tune(weights, base.heads, lessons[own:], counts, Course(1, 2.5e-4, 1))
    found = np.zeros((own, len(share)), dtype=np.float32)
    for number, fold in enumerate(drawn):
        seen = [lessons[place] for place in np.setdiff1d(np.arange(own), fold)]
        tuned = tune(weights, base.heads, seen, counts, Course(3, 1.5e-4, 10 + number))
        found[fold] = told(tuned, base.heads, [lessons[place] for place in fold])
        print(f"fold {number + 1} of {len(drawn)}", flush=True)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.intent_reader", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--cache", type=Path, default=Path(".build/minilm"), help="where the encoder is fetched to")
    given = parser.parse_args()
    items = [
        item
        for file in files_of(given.data / "gold/scibert_data/text_classification/sci-cite", "dev")
        for item in citing(file)
    ]
    hand = list(labelled(given.data))
    labels = [*(one.label for one in items), *(one.label for one in hand)]
    names, own = sorted(set(labels)), len(items)
    gold, drawn = labels[:own], folds(own, FOLDS)
    answers = np.array([names.index(label) for label in labels])
    by_hand = Lessons([rows(one.text) for one in hand], labels[own:])
    whole = together([rows(item.text) for item in items], gold, by_hand)
    (plain,) = left_out(whole, TERMS, [drawn])
    plain = _logs(plain / np.float32(temperature(plain, answers[:own])))
    base = minilm(preparation(given.cache, lambda _: None))
    lessons = texts(base, [*(one.text for one in items), *(one.text for one in hand)], answers.tolist())
    tuned = encoder(base, lessons, own, drawn)
    for name, logs in (("features", plain), ("encoder", tuned), ("both", plain + tuned)):
        f1, accuracy = macro(gold, [names[number] for number in logs.argmax(axis=1)])
        print(f"{name:<10} macro F1 {f1.value:.3f} [{f1.low:.3f} to {f1.high:.3f}], accuracy {accuracy.value:.3f}")


if __name__ == "__main__":
    main()

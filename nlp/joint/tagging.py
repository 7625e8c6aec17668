"""The tagger of nlp.learned with grammar: what it thinks each stretch of words is.

To the features of the words come word classes, dependencies, and what the tagger that ships finds in the sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from nlp.joint.parses import Word
from nlp.joint.passages import WIDEST
from nlp.learned.chain import Array, around
from nlp.learned.chain_training import Example, train
from nlp.learned.hashing import Rows, code, combined
from nlp.learned.tagger import Tagger, shipped
from nlp.learned.tokens import feature_rows

BITS: Final = 19
_EPOCHS: Final = 10
_TAG, _RELATION, _LEMMA, _HEAD, _FOUND = range(5)
_TEMPLATES: Final[tuple[tuple[tuple[int, int], ...], ...]] = (
    ((_TAG, 0),), ((_TAG, -1),), ((_TAG, 1),), ((_TAG, -1), (_TAG, 0)), ((_TAG, 0), (_TAG, 1)),
    ((_TAG, -1), (_TAG, 0), (_TAG, 1)), ((_TAG, -2), (_TAG, -1), (_TAG, 0)), ((_TAG, 0), (_TAG, 1), (_TAG, 2)),
    ((_RELATION, 0),), ((_TAG, 0), (_LEMMA, 0)), ((_LEMMA, 1), (_TAG, 0)), ((_LEMMA, -1), (_TAG, 0)),
    ((_LEMMA, 0),), ((_LEMMA, -1), (_LEMMA, 0)), ((_HEAD, 0),),
    ((_FOUND, 0),), ((_FOUND, -1),), ((_FOUND, 1),), ((_FOUND, 0), (_TAG, 0)), ((_FOUND, -1), (_FOUND, 0)),
    ((_FOUND, 0), (_LEMMA, 0)),
)  # fmt: skip
_FIRST: Final = 100
"""Number of the first of these templates; those of nlp.learned.tokens come before."""
_LEAST: Final = 1e-9


def rows(sentences: Sequence[Sequence[Word]]) -> list[Rows]:
    """For each sentence (words, features) rows of the tagger's table."""
    edge = [(code("edge"),) * 5] * 2
    found = []
    for words, told in zip(sentences, _found(sentences), strict=True):
        if not words:
            found.append(np.zeros((0, 1), dtype=np.int64))
            continue
        codes = [
            (code(f"p {w.tag}"), code(f"d {w.relation}"), code(f"l {w.lemma}"),
             code(f"h {words[w.head].tag}{w.lemma}"), code(f"x {name}"))
            for w, name in zip(words, told, strict=True)
        ]  # fmt: skip
        table = np.array([*edge, *codes, *edge], dtype=np.uint64)
        here = np.arange(2, 2 + len(words))
        columns = [
            combined(_FIRST + number, [table[here + offset, kind] for kind, offset in template], BITS)
            for number, template in enumerate(_TEMPLATES)
        ]
        found.append(np.hstack([feature_rows([[w.text for w in words]], BITS), np.stack(columns, axis=1)]))
    return found


def _found(sentences: Sequence[Sequence[Word]]) -> list[list[str]]:
    """For each word what the tagger that ships calls it, "O" for nothing."""
    tagged = shipped("entities").spans([" ".join(w.text for w in words) for words in sentences])
    answers = []
    for words, spans in zip(sentences, tagged, strict=True):
        names, place = ["O"] * len(words), 0
        for number, word in enumerate(words):
            for span in spans:
                if place < span.end and span.begin < place + len(word.text):
                    names[number] = ("B" if place <= span.begin else "I") + span.type
            place += len(word.text) + 1
        answers.append(names)
    return answers


def trained(
    sentences: Sequence[Sequence[Word]], marks: Sequence[Mapping[tuple[int, int], str]], types: tuple[str, ...]
) -> Tagger:
    """A tagger of `types`; `marks` are (first, last word) → type for each sentence."""
    examples = [
        Example(row.astype(np.int32), np.array(_tags(len(words), named, types)))
        for words, row, named in zip(sentences, rows(sentences), marks, strict=True)
        if words
    ]
    return train(examples, types, bits=BITS, epochs=_EPOCHS, prune=0.0)


def _tags(count: int, marks: Mapping[tuple[int, int], str], types: tuple[str, ...]) -> list[int]:
    tags = [0] * count
    for first, last in sorted(marks, key=lambda mark: (mark[0] - mark[1], mark)):
        if not any(tags[first : last + 1]):
            number = 1 + 2 * types.index(marks[first, last])
            tags[first : last + 1] = [number, *[number + 1] * (last - first)]
    return tags


def stretches(tagger: Tagger, row: Rows) -> Array:
    """Log-probabilities that the stretches of a sentence are nothing or of each type: (stretches, 1 + types), the
    stretches in the order of nlp.joint.passages."""
    scores = (tagger.weights[row].sum(axis=1, dtype=np.int32) * tagger.scale).astype(np.float32)
    before, after, total = around(scores, tagger.transitions)
    moves, count, kinds = tagger.transitions, len(row), len(tagger.types)
    begins, goes = 1 + 2 * np.arange(kinds), 2 + 2 * np.arange(kinds)
    ends = np.zeros((count, 2, kinds), dtype=np.float32)
    for place in range(count - 1):
        ahead = scores[place + 1] + after[place + 1]
        for side, tags in enumerate((begins, goes)):
            reach = moves[tags] + ahead
            reach[np.arange(kinds), goes] = -np.inf
            ends[place, side] = np.logaddexp.reduce(reach, axis=1)
    found = []
    for first in range(count):
        inside = before[first, begins]
        for last in range(first, min(count, first + WIDEST)):
            if last > first:
                inside = inside + moves[begins if last == first + 1 else goes, goes] + scores[last, goes]
            found.append(inside + ends[last, 0 if last == first else 1] - total)
    shares = np.exp(np.array(found, dtype=np.float32).reshape(-1, kinds))
    nothing = np.maximum(1 - shares.sum(axis=1, keepdims=True), _LEAST)
    logs: Array = np.log(np.maximum(np.hstack([nothing, shares]), _LEAST)).astype(np.float32)
    return logs

"""A linear classifier of pairs: the words around and between (nlp.relations), and the way through the grammar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from nlp.joint.parses import Way, Word, above, head_of, way
from nlp.learned.hashing import Rows, rows_of
from nlp.learned.linear import Array, LinearModel, softmax
from nlp.learned.logistic import scores_of, train
from nlp.relations import NONE, Thing, features

BITS: Final = 19
_EPOCHS: Final = 8
_RATE: Final = 0.15
_SHOWN: Final = 4


def rows(words: Sequence[Word], named: Sequence[Thing], one: int, other: int) -> Rows:
    """The pair's features as rows of the classifier's table."""
    lower = [word.text.lower() for word in words]
    names = [*features(lower, named, one, other), *_grammar(words, named, one, other)]
    return rows_of(names, BITS)


def trained(examples: Sequence[Rows], labels: Sequence[str]) -> LinearModel:
    """A classifier of `labels`; of none where there are no examples."""
    if not examples:
        return LinearModel((NONE,), np.zeros((1 << BITS, 1), dtype=np.float32), np.zeros(1, dtype=np.float32))
    return train(examples, labels, bits=BITS, balance=0.0, epochs=_EPOCHS, rate=_RATE)


def logs(model: LinearModel, examples: Sequence[Rows], classes: Sequence[str]) -> Array:
    """Log-probabilities in the order of `classes`: (examples, classes); classes it was not trained on get little."""
    found = np.full((len(examples), len(classes)), np.log(1e-9), dtype=np.float32)
    if examples:
        known = [classes.index(name) for name in model.classes]
        found[:, known] = np.log(softmax(scores_of(model, examples)) + 1e-9)
    return found


def _grammar(words: Sequence[Word], named: Sequence[Thing], one: int, other: int) -> Iterator[str]:
    """What the dependencies between the two heads tell."""
    left, right = named[one], named[other]
    types = f"{left.type}|{right.type}"
    heads = head_of(words, left.first, left.last), head_of(words, right.first, right.last)
    between = [thing.type for thing in named if left.last < thing.first and thing.last < right.first]
    yield f"bt {' '.join(between[:_SHOWN])} {types}"
    for side, place in enumerate(heads):
        yield f"h{side} {words[place].relation} {words[words[place].head].lemma}"
    found = way(words, *heads)
    if found.meet < 0:
        yield from ("no way", f"no way {types}")
        return
    yield from _along(words, found, heads, types)
    for side, place in enumerate(heads):
        verb = next((p for p in above(words, place)[1:] if words[p].tag.startswith("V")), -1)
        if verb >= 0:
            yield f"V{side} {words[verb].lemma} {verb == found.meet}"


def _along(words: Sequence[Word], found: Way, heads: tuple[int, int], types: str) -> Iterator[str]:
    """The dependencies and lemmas on the way, whole and in parts."""
    up, down = found.up, found.down[::-1]
    meet = words[found.meet].lemma if found.meet not in heads else f"={heads.index(found.meet)}"
    links = f"{' '.join(words[p].relation for p in up)}^{' '.join(words[p].relation for p in down)}"
    middle = " ".join(words[p].lemma for p in (*up[1:], *((found.meet,) if meet[0] != "=" else ()), *down[:-1]))
    whole = " ".join(
        [f"{words[p].lemma if n else ''}>{words[p].relation}" for n, p in enumerate(up)]
        + [f"[{meet}]"]
        + [f"{words[p].relation}<{words[p].lemma if p != heads[1] else ''}" for p in down]
    )
    plain = " ".join(
        [words[p].relation for p in up if words[p].relation != "conj"]
        + [f"^{meet}^"]
        + [words[p].relation for p in down if words[p].relation != "conj"]
    )
    for name in (f"P {links}", f"W {whole}", f"L {middle}", f"K {meet}", f"C {plain}"):
        yield name
        yield f"{name} {types}"
    yield f"far {len(up) + len(down)}"
    yield f"far {len(up)} {len(down)}"
    yield f"ends {meet} {words[up[-1]].relation if up else ''} {words[down[0]].relation if down else ''}"
    for side, places in (("u", up[1:]), ("v", down[:-1])):
        for place in places:
            yield f"{side} {words[place].lemma}"
            yield f"{side} {words[place].lemma} {types}"
    yield from (f"ul {words[p].relation}" for p in up)
    yield from (f"dl {words[p].relation}" for p in down)

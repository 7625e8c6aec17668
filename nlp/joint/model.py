"""An encoder with two heads: what each stretch of words is, and how two typed stretches are related.

The stretches' head sees the first and last token and the width (Lee et al., EMNLP 2017; Luan et al., 2019). For a
pair, two marks that carry the types enter above the frozen layers and see the text and each other only, so that
all pairs of a text are judged at once (after Zhong and Chen, NAACL 2021; Ye et al., ACL 2022).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import islice
from typing import Final, NamedTuple

import numpy as np
from tokenizers import Tokenizer

from nlp.joint.passages import WIDEST, Pair, Passage
from nlp.learned.linear import softmax
from nlp.learned.tape import Array, Node, Numbers, Stretch, Tape, Weights

NOTHING: Final = "none"
"""The first class of both heads."""
_BATCH_TOKENS: Final = 2_000
_MOST_PAIRS: Final = 250
_WIDTHS: Final = 13


class Shape(NamedTuple):
    """`low` layers are frozen and see no marks, those from there to `high` are tuned; `hidden` is the heads' width."""

    low: int
    high: int
    heads: int
    hidden: int = 192


class JointModel:
    """Weights by name, the tokenizer's file, and the classes of both heads (NOTHING first)."""

    def __init__(
        self, weights: Weights, tokenizer: str, shape: Shape, types: tuple[str, ...], relations: tuple[str, ...]
    ) -> None:
        self.weights = weights
        self.shape = shape
        self.types = types
        self.relations = relations
        self._source = tokenizer
        self.tokenizer = Tokenizer.from_str(tokenizer)
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()

    def states(self, given: Sequence[Passage]) -> list[Array]:
        """What the frozen layers make of each passage: (tokens, width)."""
        found: list[Array] = []
        for batch in _batches(given):
            tape = Tape(self.weights)
            ids = np.concatenate([p.ids for p in batch])
            places = np.concatenate([np.arange(len(p.ids)) for p in batch])
            x = tape.norm(Node(self.weights["words"][ids] + self.weights["positions"][places]), "embedded")
            stretches = _stretches([len(p.ids) for p in batch], [0] * len(batch))
            near = nearness(self.weights, stretches, batch, [()] * len(batch))
            for number in range(self.shape.low):
                x = layer(tape, x, number, stretches, self.shape.heads, near)
            found += [x.value[s.begin : s.end] for s in stretches]
        return found

    def stretches(self, given: Sequence[Passage], states: Sequence[Array]) -> list[Array]:
        """For each passage, whose states are given, the log-probabilities of its stretches: (stretches, classes)."""
        found, left = [], iter(states)
        for batch in _batches(given):
            tape = Tape(self.weights)
            tops = top(tape, self.shape, list(islice(left, len(batch))), batch, [()] * len(batch))
            scores = kinds(tape, tops, batch).value
            found += np.split(_logs(scores), np.cumsum([len(p.spans) for p in batch])[:-1])
        return found

    def pairs(self, given: Sequence[Passage], states: Sequence[Array], asked: Sequence[Sequence[Pair]]) -> list[Array]:
        """For each passage, likewise, the log-probabilities of the pairs asked about: (pairs, classes)."""
        found = []
        for passage, state, wanted in zip(given, states, asked, strict=True):
            parts = [np.zeros((0, len(self.relations)), dtype=np.float32)]
            for begin in range(0, len(wanted), _MOST_PAIRS):
                some = wanted[begin : begin + _MOST_PAIRS]
                tape = Tape(self.weights)
                parts.append(_logs(related(tape, top(tape, self.shape, [state], [passage], [some])).value))
            found.append(np.concatenate(parts))
        return found

    def packed(self) -> bytes:
        """The model as a file; weights in 16 bits."""
        file = BytesIO()
        parts = {f"w {name}": value.astype(np.float16) for name, value in self.weights.items()}
        told = {"tokenizer": self._source, "shape": self.shape, "types": self.types, "relations": self.relations}
        np.savez(file, allow_pickle=False, **parts, **{name: np.array(value) for name, value in told.items()})
        return file.getvalue()

    @classmethod
    def unpacked(cls, data: bytes) -> JointModel:
        with np.load(BytesIO(data), allow_pickle=False) as file:
            weights = {name[2:]: file[name].astype(np.float32) for name in file.files if name.startswith("w ")}
            types, relations = (tuple(str(name) for name in file[key]) for key in ("types", "relations"))
            return cls(weights, str(file["tokenizer"]), Shape(*file["shape"].tolist()), types, relations)


class Top(NamedTuple):
    """The last layer: all rows, where each passage's tokens begin in them, and which rows are marks."""

    rows: Node
    begins: Numbers
    marks: Numbers


def layer(
    tape: Tape, x: Node, number: int, stretches: Sequence[Stretch], heads: int, near: Sequence[Array] | None = None
) -> Node:
    """One layer of the encoder (post-layer-norm, as in BERT)."""
    name = f"layer{number}"
    taken = tape.attention(tape.linear(x, f"{name}.qkv"), stretches, heads, near)
    x = tape.norm(tape.add(x, tape.dropout(tape.linear(taken, f"{name}.out"))), f"{name}.attended")
    inner = tape.gelu(tape.linear(x, f"{name}.up"))
    return tape.norm(tape.add(x, tape.dropout(tape.linear(inner, f"{name}.down"))), f"{name}.fed")


def nearness(
    weights: Weights, stretches: Sequence[Stretch], given: Sequence[Passage], asked: Sequence[Sequence[Pair]]
) -> list[Array] | None:
    """What rows add to their attention for how far away others are (Song et al. 2020, after Raffel et al. 2020), where
    the encoder has a table of it: "near", (distances, heads). A mark is where its stretch ends."""
    if "near" not in weights:
        return None
    found = []
    for stretch, passage, pairs in zip(stretches, given, asked, strict=True):
        count = stretch.end - stretch.begin
        ends = [[passage.last[pair.last], passage.last[pair.other_last]] for pair in pairs]
        marks = np.array(ends, dtype=np.int64).reshape(-1, 2)
        places = np.concatenate([np.arange(count), marks.reshape(-1)])
        groups = np.concatenate([np.zeros((count, 2), dtype=np.int64), np.repeat(marks, 2, axis=0)])
        others = np.concatenate([np.broadcast_to(np.arange(count), (len(places), count)), groups], axis=1)
        found.append(weights["near"].T[:, apart(others - places[:, None], len(weights["near"]))])
    return found


def apart(distances: Numbers, count: int) -> Numbers:
    """Numbers below `count` for signed distances: of each side's half the nearer half are distances themselves, the
    others are as wide as they are far away, up to 128."""
    side, far = count // 2, np.abs(distances)
    exact = side // 2
    wide = np.log(np.maximum(far, 1) / exact) / np.log(128 / exact) * (side - exact)
    level = np.where(far < exact, far, np.minimum(exact + wide.astype(np.int64), side - 1))
    return np.where(distances > 0, side, 0) + level


def top(
    tape: Tape, shape: Shape, states: Sequence[Array], given: Sequence[Passage], asked: Sequence[Sequence[Pair]]
) -> Top:
    """The tuned layers over the frozen ones' states, with marks for the pairs."""
    text = tape.dropout(Node(np.concatenate(states)))
    sizes, marks = [len(p.ids) for p in given], [2 * len(pairs) for pairs in asked]
    begins = np.cumsum([0, *sizes])[:-1]
    stretches = _stretches(sizes, marks)
    x, order = text, np.arange(sum(sizes))
    if sum(marks):
        x = tape.stack([text, _marks(tape, text.value, begins, given, asked)])
        late = np.cumsum([sum(sizes), *marks])
        order = np.concatenate(
            [
                np.concatenate([np.arange(b, b + size), np.arange(m, m + count)])
                for b, size, m, count in zip(begins, sizes, late[:-1], marks, strict=True)
            ]
        )
        x = tape.rows(x, order)
    near = nearness(tape.weights, stretches, given, asked)
    for number in range(shape.low, shape.high):
        x = layer(tape, x, number, stretches, shape.heads, near)
    return Top(
        tape.dropout(x), np.array([s.begin for s in stretches]),
        np.concatenate([np.arange(s.end, s.last) for s in stretches]),
    )  # fmt: skip


def kinds(tape: Tape, tops: Top, given: Sequence[Passage]) -> Node:
    """Scores of all stretches of all passages: (stretches, classes)."""
    firsts = np.concatenate([b + p.first[p.spans[:, 0]] for b, p in zip(tops.begins, given, strict=True)])
    lasts = np.concatenate([b + p.last[p.spans[:, 1]] for b, p in zip(tops.begins, given, strict=True)])
    widths = np.concatenate([p.spans[:, 1] - p.spans[:, 0] for p in given])
    begin = tape.rows(tape.linear(tops.rows, "begin"), firsts)
    end = tape.rows(tape.linear(tops.rows, "end"), lasts)
    seen = tape.gelu(tape.add(begin, end, tape.lookup("width", widths)))
    return tape.linear(tape.dropout(seen), "kind")


def related(tape: Tape, tops: Top) -> Node:
    """Scores of all pairs of all passages: (pairs, classes)."""
    width = tops.rows.value.shape[1]
    both = tape.reshape(tape.rows(tops.rows, tops.marks), 2 * width)
    return tape.linear(tape.dropout(tape.gelu(tape.linear(both, "pair"))), "relation")


def _marks(tape: Tape, text: Array, begins: Numbers, given: Sequence[Passage], asked: Sequence[Sequence[Pair]]) -> Node:
    """Two rows for each pair: the mean of a stretch's ends, its side and type, its width."""
    rows = []
    for begin, passage, pairs in zip(begins, given, asked, strict=True):
        for pair in pairs:
            for side, (first, last, kind) in enumerate(
                ((pair.first, pair.last, pair.type), (pair.other_first, pair.other_last, pair.other_type))
            ):
                wide = min(last - first, _WIDTHS - 1)
                rows.append((begin + passage.first[first], begin + passage.last[last], 2 * kind + side, wide))
    firsts, lasts, sides, widths = np.array(rows).T
    ends = Node((text[firsts] + text[lasts]) * np.float32(0.5))
    return tape.add(ends, tape.lookup("marks", sides), tape.lookup("wide", widths))


def fresh_heads(width: int, shape: Shape, types: int, relations: int, random: np.random.Generator) -> Weights:
    """Random weights of what the encoder lacks; `types` and `relations` count the classes."""

    def drawn(rows: int, columns: int, spread: float) -> Array:
        return random.normal(0, spread, (rows, columns)).astype(np.float32)

    heads = {"marks": drawn(2 * types, width, 0.02), "wide": drawn(_WIDTHS, width, 0.02)}
    heads["width"] = drawn(WIDEST, shape.hidden, 0.1)
    sizes = {
        "begin": (width, shape.hidden), "end": (width, shape.hidden), "kind": (shape.hidden, types),
        "pair": (2 * width, shape.hidden), "relation": (shape.hidden, relations),
    }  # fmt: skip
    for name, (rows, columns) in sizes.items():
        heads[f"{name}.matrix"] = drawn(rows, columns, rows**-0.5)
        heads[f"{name}.bias"] = np.zeros(columns, dtype=np.float32)
    return heads


def _stretches(sizes: Sequence[int], marks: Sequence[int]) -> list[Stretch]:
    found, begin = [], 0
    for size, count in zip(sizes, marks, strict=True):
        found.append(Stretch(begin, begin + size, begin + size + count))
        begin += size + count
    return found


def _logs(scores: Array) -> Array:
    logs: Array = np.log(softmax(scores) + np.float32(1e-9))
    return logs


def _batches(given: Sequence[Passage]) -> Iterator[list[Passage]]:
    batch: list[Passage] = []
    size = 0
    for passage in given:
        if batch and size + len(passage.ids) > _BATCH_TOKENS:
            yield batch
            batch, size = [], 0
        batch.append(passage)
        size += len(passage.ids)
    if batch:
        yield batch

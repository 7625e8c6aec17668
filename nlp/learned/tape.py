"""Neural networks on numpy: operations that remember how to send a slope back (reverse-mode differentiation).

Only what the fine-tuning of a small encoder needs: about as fast as the matrix products themselves, on one
processor core or several, and the same in every run. Rows are tokens, columns are what is known of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Numbers = NDArray[np.int64]
Weights = dict[str, Array]
_BEND: Final = np.float32(0.7978845608)
_CUBE: Final = np.float32(0.044715)
_EPSILON: Final = np.float32(1e-12)


class Node:
    """A value, and the slope of the loss by it (None until something was sent back)."""

    __slots__ = ("slope", "value")

    def __init__(self, value: Array) -> None:
        self.value = value
        self.slope: Array | None = None

    def send(self, slope: Array) -> None:
        self.slope = slope if self.slope is None else self.slope + slope


class Stretch(NamedTuple):
    """The rows of one text: `begin` to `end` are its tokens, then up to `last` come marks in groups of two.

    Tokens see the tokens; a mark sees the tokens, itself and the other mark of its group.
    """

    begin: int
    end: int
    last: int


class Tape:
    """Runs operations on named weights. With a source of chance it trains: values drop out, slopes are kept."""

    def __init__(self, weights: Weights, random: np.random.Generator | None = None, drop: float = 0.0) -> None:
        self.weights = weights
        self.slopes: Weights = {}
        self._random = random
        self._drop = drop
        self._back: list[Callable[[], None]] = []

    def backward(self) -> Weights:
        """The slopes of all weights used, after the outputs were sent theirs."""
        for step in reversed(self._back):
            step()
        self._back.clear()
        return self.slopes

    def keep(self, step: Callable[[], None]) -> None:
        if self._random is not None:
            self._back.append(step)

    def learn(self, name: str, slope: Array) -> None:
        self.slopes[name] = self.slopes[name] + slope if name in self.slopes else slope

    def linear(self, x: Node, name: str) -> Node:
        matrix, bias = self.weights[f"{name}.matrix"], self.weights[f"{name}.bias"]
        out = Node(x.value @ matrix + bias)

        def back() -> None:
            slope = _of(out)
            self.learn(f"{name}.matrix", x.value.T @ slope)
            self.learn(f"{name}.bias", slope.sum(axis=0))
            x.send(slope @ matrix.T)

        self.keep(back)
        return out

    def norm(self, x: Node, name: str) -> Node:
        scale, bias = self.weights[f"{name}.scale"], self.weights[f"{name}.bias"]
        centred = x.value - x.value.mean(axis=1, keepdims=True)
        spread = 1 / np.sqrt((centred * centred).mean(axis=1, keepdims=True) + _EPSILON)
        level = centred * spread
        out = Node(level * scale + bias)

        def back() -> None:
            slope = _of(out)
            self.learn(f"{name}.scale", (slope * level).sum(axis=0))
            self.learn(f"{name}.bias", slope.sum(axis=0))
            inner = slope * scale
            tilt = (inner * level).mean(axis=1, keepdims=True)
            x.send((inner - inner.mean(axis=1, keepdims=True) - level * tilt) * spread)

        self.keep(back)
        return out

    def gelu(self, x: Node) -> Node:
        value = x.value
        square = value * value
        turn = square * _CUBE
        turn += 1
        turn *= value
        turn *= _BEND
        np.tanh(turn, out=turn)
        half = turn + 1
        half *= np.float32(0.5)
        out = Node(value * half)

        def back() -> None:
            steep = np.multiply(square, 3 * _CUBE, out=square)
            steep += 1
            steep *= _BEND * np.float32(0.5)
            steep *= value
            turned = np.multiply(turn, turn, out=turn)
            steep *= np.subtract(1, turned, out=turned)
            steep += half
            steep *= _of(out)
            x.send(steep)

        self.keep(back)
        return out

    def dropout(self, x: Node) -> Node:
        if self._random is None or not self._drop:
            return x
        kept = self._random.random(x.value.shape, dtype=np.float32) >= self._drop
        mask = kept.astype(np.float32) / np.float32(1 - self._drop)
        out = Node(x.value * mask)
        self.keep(lambda: x.send(_of(out) * mask))
        return out

    def add(self, *terms: Node) -> Node:
        out = Node(np.add.reduce([term.value for term in terms]))

        def back() -> None:
            for term in terms:
                term.send(_of(out))

        self.keep(back)
        return out

    def rows(self, x: Node, numbers: Numbers) -> Node:
        out = Node(x.value[numbers])

        def back() -> None:
            slope = np.zeros_like(x.value)
            np.add.at(slope, numbers, _of(out))
            x.send(slope)

        self.keep(back)
        return out

    def lookup(self, name: str, numbers: Numbers) -> Node:
        """Rows of a table of weights."""
        table = self.weights[name]
        out = Node(table[numbers])

        def back() -> None:
            slope = np.zeros_like(table)
            np.add.at(slope, numbers, _of(out))
            self.learn(name, slope)

        self.keep(back)
        return out

    def stack(self, parts: Sequence[Node]) -> Node:
        """All rows, one part after the other."""
        out = Node(np.concatenate([part.value for part in parts]))

        def back() -> None:
            place = 0
            for part in parts:
                part.send(_of(out)[place : place + len(part.value)])
                place += len(part.value)

        self.keep(back)
        return out

    def reshape(self, x: Node, columns: int) -> Node:
        out = Node(x.value.reshape(-1, columns))
        self.keep(lambda: x.send(_of(out).reshape(x.value.shape)))
        return out

    def attention(self, x: Node, stretches: Sequence[Stretch], heads: int, near: Sequence[Array] | None = None) -> Node:
        """Queries, keys and values side by side in → what each row takes from the rows that it sees.

        `near` is added to the scores and not learned: for each text (heads, rows, tokens + 2), where the last two
        columns are what a mark adds for the marks of its group.
        """
        width = x.value.shape[1] // 3
        out = Node(np.empty((len(x.value), width), dtype=np.float32))
        kept = [
            _attend(x.value, out.value, stretch, heads, near[number] if near else None)
            for number, stretch in enumerate(stretches)
        ]

        def back() -> None:
            slope = np.empty_like(x.value)
            for stretch, shares in zip(stretches, kept, strict=True):
                _attend_back(x.value, _of(out), slope, stretch, shares, heads)
            x.send(slope)

        self.keep(back)
        return out


def _of(node: Node) -> Array:
    if node.slope is None:
        node.slope = np.zeros_like(node.value)
    return node.slope


def _heads(rows: Array, heads: int) -> Array:
    """(rows, width) → (heads, rows, width of a head)."""
    return rows.reshape(len(rows), heads, -1).transpose(1, 0, 2)


def _flat(values: Array) -> Array:
    return values.transpose(1, 0, 2).reshape(values.shape[1], -1)


def _softmax(scores: Array) -> Array:
    scores -= scores.max(axis=-1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=-1, keepdims=True)
    return scores


def _split(x: Array, stretch: Stretch, heads: int) -> tuple[Array, Array, Array]:
    """Queries (scaled), keys and values of a text: each (heads, rows, width of a head)."""
    queries, keys, values = (_heads(part, heads) for part in np.split(x[stretch.begin : stretch.last], 3, axis=1))
    return queries * np.float32(queries.shape[2] ** -0.5), keys, values


def _pairs(values: Array, count: int) -> Array:
    """(heads, 2 * groups, n) → (heads, groups, 2, n) of the rows that follow the first `count`."""
    rest = values[:, count:]
    return rest.reshape(rest.shape[0], -1, 2, rest.shape[2])


def _attend(x: Array, out: Array, stretch: Stretch, heads: int, near: Array | None = None) -> tuple[Array, Array]:
    """Writes the rows of a text into `out`; the shares that its tokens and its marks gave."""
    queries, keys, values = _split(x, stretch, heads)
    count = stretch.end - stretch.begin
    scores = queries[:, :count] @ keys[:, :count].transpose(0, 2, 1)
    if near is not None:
        scores += near[:, :count, :count]
    shares = _softmax(scores)
    taken = shares @ values[:, :count]
    marked = np.empty((heads, 0, count + 2), dtype=np.float32)
    if stretch.last > stretch.end:
        own = _pairs(queries, count) @ _pairs(keys, count).transpose(0, 1, 3, 2)
        far = queries[:, count:] @ keys[:, :count].transpose(0, 2, 1)
        marked = np.concatenate([far, own.reshape(heads, -1, 2)], axis=2)
        if near is not None:
            marked += near[:, count:]
        marked = _softmax(marked)
        near = marked[:, :, count:].reshape(own.shape) @ _pairs(values, count)
        taken = np.concatenate(
            [taken, marked[:, :, :count] @ values[:, :count] + near.reshape(heads, -1, values.shape[2])], axis=1
        )
    out[stretch.begin : stretch.last] = _flat(taken)
    return shares, marked


def _attend_back(
    x: Array, sent: Array, slope: Array, stretch: Stretch, shares: tuple[Array, Array], heads: int
) -> None:
    """Writes the slopes by queries, keys and values of a text into `slope`."""
    queries, keys, values = _split(x, stretch, heads)
    count, (plain, marked) = stretch.end - stretch.begin, shares
    coming = _heads(sent[stretch.begin : stretch.last], heads)
    by_query, by_key, by_value = np.zeros_like(queries), np.zeros_like(keys), np.zeros_like(values)
    by_value[:, :count] = plain.transpose(0, 2, 1) @ coming[:, :count]
    tilt = _softmax_back(plain, coming[:, :count] @ values[:, :count].transpose(0, 2, 1))
    by_query[:, :count] = tilt @ keys[:, :count]
    by_key[:, :count] = tilt.transpose(0, 2, 1) @ queries[:, :count]
    if stretch.last > stretch.end:
        late, own_shape = coming[:, count:], (heads, marked.shape[1] // 2, 2, 2)
        by_value[:, :count] += marked[:, :, :count].transpose(0, 2, 1) @ late
        own = marked[:, :, count:].reshape(own_shape)
        by_value[:, count:] = (own.transpose(0, 1, 3, 2) @ _pairs(coming, count)).reshape(late.shape)
        far = late @ values[:, :count].transpose(0, 2, 1)
        near = _pairs(coming, count) @ _pairs(values, count).transpose(0, 1, 3, 2)
        tilt = _softmax_back(marked, np.concatenate([far, near.reshape(heads, -1, 2)], axis=2))
        own = tilt[:, :, count:].reshape(own_shape)
        by_query[:, count:] = tilt[:, :, :count] @ keys[:, :count] + (own @ _pairs(keys, count)).reshape(late.shape)
        by_key[:, :count] += tilt[:, :, :count].transpose(0, 2, 1) @ queries[:, count:]
        by_key[:, count:] = (own.transpose(0, 1, 3, 2) @ _pairs(queries, count)).reshape(late.shape)
    by_query *= np.float32(queries.shape[2] ** -0.5)
    slope[stretch.begin : stretch.last] = np.concatenate([_flat(by_query), _flat(by_key), _flat(by_value)], axis=1)


def _softmax_back(shares: Array, slope: Array) -> Array:
    tilted: Array = shares * (slope - (shares * slope).sum(axis=-1, keepdims=True))
    return tilted

"""A linear-chain conditional random field (Lafferty, McCallum and Pereira, ICML 2001) on numpy.

Sentences come in batches, padded to the longest: `scores` are (sentences, tokens, tags), `lengths` say how many
tokens are real. Everything works in probabilities scaled at each token, not in logarithms.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Lengths = NDArray[np.int64]
_TINY: Final = 1e-30


class Expected(NamedTuple):
    """Probabilities under the model: of each tag at each token (zero in the padding), and how often each
    tag is expected to follow each other in the whole batch; the log-probability of everything summed out."""

    tags: Array
    steps: Array
    partition: Array


def expected(scores: Array, lengths: Lengths, transitions: Array) -> Expected:
    """Forward and backward over a batch; `transitions` is (tag, next tag)."""
    size, longest, count = scores.shape
    top = scores.max(axis=2)
    local = np.exp(scores - top[:, :, None])
    moves = np.exp(transitions)
    real = np.arange(longest)[None, :] < lengths[:, None]
    forward = np.zeros_like(local)
    scale = np.ones((size, longest), dtype=local.dtype)
    here = local[:, 0]
    for t in range(longest):
        if t:
            here = np.where(real[:, t, None], (forward[:, t - 1] @ moves) * local[:, t], forward[:, t - 1])
        scale[:, t] = np.where(real[:, t], here.sum(axis=1), 1)
        forward[:, t] = here / scale[:, t, None]
    backward = np.ones_like(local)
    steps = np.zeros((count, count), dtype=local.dtype)
    for t in range(longest - 2, -1, -1):
        after = real[:, t + 1, None]
        ahead = np.where(after, local[:, t + 1] * backward[:, t + 1] / scale[:, t + 1, None], 0)
        backward[:, t] = np.where(after, ahead @ moves.T, 1)
        steps += forward[:, t].T @ ahead
    marginals = forward * backward
    marginals /= np.maximum(marginals.sum(axis=2, keepdims=True), _TINY)
    partition = np.where(real, np.log(scale) + top, 0).sum(axis=1)
    return Expected(marginals * real[:, :, None], steps * moves, partition)


def around(scores: Array, transitions: Array) -> tuple[Array, Array, float]:
    """For one sentence, (tokens, tags) scores: logarithms of what leads up to each tag, it included; of what follows
    it; and of everything."""
    before, after = np.empty_like(scores), np.zeros_like(scores)
    before[0] = scores[0]
    for t in range(1, len(scores)):
        before[t] = np.logaddexp.reduce(before[t - 1][:, None] + transitions, axis=0) + scores[t]
    for t in range(len(scores) - 2, -1, -1):
        after[t] = np.logaddexp.reduce(transitions + scores[t + 1] + after[t + 1], axis=1)
    return before, after, float(np.logaddexp.reduce(before[-1]))


def best(scores: Array, lengths: Lengths, transitions: Array) -> NDArray[np.int64]:
    """The likeliest tags of each sentence (Viterbi), 0 in the padding."""
    size, longest, count = scores.shape
    back = np.zeros((size, longest, count), dtype=np.int64)
    here = scores[:, 0]
    for t in range(1, longest):
        ways = here[:, :, None] + transitions
        back[:, t] = ways.argmax(axis=1)
        moved = np.take_along_axis(ways, back[:, t][:, None, :], axis=1)[:, 0] + scores[:, t]
        live = (t < lengths)[:, None]
        here = np.where(live, moved, here)
        back[:, t] = np.where(live, back[:, t], np.arange(count))
    tags = np.zeros((size, longest), dtype=np.int64)
    tags[:, -1] = here.argmax(axis=1)
    rows = np.arange(size)
    for t in range(longest - 1, 0, -1):
        tags[:, t - 1] = back[rows, t, tags[:, t]]
    tags[np.arange(longest)[None, :] >= lengths[:, None]] = 0
    return tags

"""Names of features as rows of a table of weights: the same on every machine and in every run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]

_ODD: Final = 0x9E3779B97F4A7C15
_MASK: Final = (1 << 64) - 1


@lru_cache(1 << 17)
def code(name: str) -> int:
    """32 bits that stand for a string."""
    return crc32(name.encode("utf-8", "surrogatepass"))


def rows_of(names: Iterable[str], bits: int) -> Rows:
    """The rows of a bag of features, each once, in a table of 2**bits rows."""
    # Not by `code`: there are too many different names for looking them up to be quicker than counting them out.
    codes = np.fromiter({crc32(name.encode("utf-8", "surrogatepass")) for name in names}, dtype=np.uint64)
    return np.unique(_scattered(codes) >> np.uint64(64 - bits)).astype(np.int64)


def combined(template: int, columns: Sequence[NDArray[np.uint64]], bits: int) -> Rows:
    """Rows of one feature template for a sequence: each column holds the codes of one of its parts."""
    mixed = np.full(len(columns[0]), (template * _ODD) & _MASK, dtype=np.uint64)
    for column in columns:
        mixed = _scattered(mixed ^ column)
    return (mixed >> np.uint64(64 - bits)).astype(np.int64)


def _scattered(codes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Bits well mixed (the finaliser of splitmix64)."""
    mixed = codes * np.uint64(_ODD)
    mixed ^= mixed >> np.uint64(30)
    mixed = mixed * np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed = mixed * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))

"""Small answers of one checkpoint, remembered for whoever asks the same again.

A checkpoint never changes, so the same text has the same answer on it. The key holds whatever an answer
depends on: the checkpoint, the text, format, dataset and base. Answers from elsewhere (a search, SERVICE) or
that differ each time (NOW, RAND) are never remembered.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

import msgspec

from sparql.answers import Kept

SMALL: Final = 16 << 10
"""Bytes of an answer that is remembered at most."""
ROOM: Final = 4 << 20
"""Bytes of all of them."""
_BESIDE: Final = 3_000
"""Bytes that an answer takes beside its text and body."""
Key = tuple[str, ...]


class Remembered(msgspec.Struct, frozen=True):
    """A complete answer; `kept` is its statement."""

    body: bytes
    kept: Kept

    @property
    def size(self) -> int:
        return len(self.body) + len(self.kept.text) + _BESIDE


class Memory:
    """The answers asked for last, as many as there is room for. For one thread."""

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._known: OrderedDict[Key, Remembered] = OrderedDict()
        self.size = 0

    def get(self, key: Key) -> Remembered | None:
        """The answer, if it is remembered."""
        found = self._known.get(key)
        if found is not None:
            self._known.move_to_end(key)
        return found

    def put(self, key: Key, made: Remembered) -> None:
        """Remember an answer if it is small; what nobody has asked for longest makes room for it."""
        if len(made.body) > SMALL or key in self._known:
            return
        self._known[key] = made
        self.size += made.size
        while self.size > self._room:
            self.size -= self._known.popitem(last=False)[1].size

"""Lines on their way to the store: at once, or gathered until loading them pays."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from graph.stores.oxigraph import LOAD_BYTES, OxigraphStore
from ingest.journal.ledger import lines_of
from ingest.journal.packing import unpack_all, unpacked_size

_BULK: Final = 4_000_000
"""Bytes of packed lines, some 100,000 statements, from which on they are loaded past the log. Fewer cost no more when
they are applied, and add one file to each of the store's tables, with those taken out, where loading would add two."""
_GATHERED: Final = 62 << 20
"""Bytes of lines, some 400,000 statements, that are gathered before they are loaded (450 MB at the peak)."""


class StoreWriter:
    """Takes lines out of a store and puts lines in. With `gathering` it does not put them in at once: each load adds a
    file to each of the store's tables, and after every second they are merged with all there is, so that many small
    loads cost more in merging than in loading. What is gathered is lost where the process ends: whoever asks for it
    says so in the journal (`api.stored.lack`)."""

    def __init__(self, store: OxigraphStore, *, gathering: bool = False) -> None:
        self._store = store
        self._gathering = gathering
        self._gathered: list[bytes] = []
        self._size = 0
        self._replaced = 0
        self.added = 0
        self.removed = 0

    @property
    def waiting(self) -> bool:
        """Whether the store lacks something of what was written."""
        return bool(self._gathered)

    @property
    def grown(self) -> int:
        """How many lines more the owners have now, as far as the store has them."""
        return self.added - self._replaced

    def write(self, present: Mapping[str, frozenset[str]], bodies: Mapping[str, bytes]) -> None:
        """Replace the lines of owners: `present` are those that may be in the store, `bodies` the new ones, packed."""
        removes: list[str] = []
        for owner, before in present.items():
            removes += before.difference(lines_of(bodies[owner]))
            self._replaced += len(before)
        if removes:
            self.flush()  # what is taken out may be among what was gathered
            self._store.apply(removes, ())
            self.removed += len(removes)
        # Lines of a broken-off commit may be missing in the store although announced: all are added.
        packed = [body for body in bodies.values() if body]
        if self._gathering:
            self._gather(packed)
        elif sum(map(len, packed)) >= _BULK:
            self._store.load(map(self._counted, _portions(packed, LOAD_BYTES)))
        elif packed:
            self._store.apply((), self._counted(packed).decode().split("\n"))

    def exchange(self, removed: Collection[str], added: Collection[str]) -> None:
        """Take lines out that are there and put others in, all at once."""
        self.flush()
        self._store.apply(removed, added)
        self.removed += len(removed)
        self.added += len(added)
        self._replaced += len(removed)

    def flush(self) -> None:
        """Load what was gathered."""
        if self._gathered:
            packed, self._gathered, self._size = self._gathered, [], 0
            self._store.load([self._counted(packed)])

    def _gather(self, packed: list[bytes]) -> None:
        for body in packed:
            self._gathered.append(body)
            self._size += unpacked_size(body)
            if self._size >= _GATHERED:
                self.flush()

    def _counted(self, packed: list[bytes]) -> bytes:
        text = unpack_all(packed)
        self.added += text.count(b"\n") + 1
        return text


def _portions(packed: list[bytes], size: int) -> Iterator[list[bytes]]:
    """Packed lines in portions that come to about so many bytes."""
    portion: list[bytes] = []
    held = 0
    for body in packed:
        portion.append(body)
        held += unpacked_size(body)
        if held >= size:
            yield portion
            portion, held = [], 0
    if portion:
        yield portion

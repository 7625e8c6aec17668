"""Which texts have which words: so that an edit of a label looks at few of them.

    words.sqlite    version of a text → hashes of its folded words, four bytes each, sorted

Two words of one hash only mean that a text is looked at in vain. The file can be made again at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from ingest.identity.assemble import Assembler
from ingest.journal.database import Database
from nlp.normalise import fold, words
from nlp.revising import Key, words_asked
from ontology.namespaces import Base
from ontology.reading import text_version
from ontology.transactions import transaction

_SCHEMA: Final = "CREATE TABLE IF NOT EXISTS words (text TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID"
_BATCH: Final = 200
Advance = Callable[[int, int], None]


def hash_of(word: str) -> int:
    return int.from_bytes(blake2b(word.encode(), digest_size=4).digest(), "little")


def words_of(text: str) -> bytes:
    """The hashes of a text's words."""
    surfaces = {word for word, _, _ in words(text) if word}
    found = np.fromiter({hash_of(fold(word)) for word in surfaces}, dtype="<u4")
    found.sort()
    return found.tobytes()


class WordIndex:
    """The words of all texts that have been read."""

    def __init__(self, data: Path, database: Database, base: Base) -> None:
        self._path = data / "words.sqlite"
        self._db = database
        self._base = base

    def catch_up(self, advance: Advance = lambda done, of: None) -> None:
        """Look at texts that were read since the last time, and forget those that are gone."""
        read = {text for (text,) in self._db.rows("SELECT DISTINCT text FROM reading")}
        with transaction(self._path, _SCHEMA) as connection:
            known = {text for (text,) in connection.execute("SELECT text FROM words")}
        missing = read - known
        owners = self._owners(missing)
        done = 0
        for at in range(0, len(owners), _BATCH):
            rows = [(text, body) for text, body in self._looked_at(owners[at : at + _BATCH]) if text in missing]
            with transaction(self._path, _SCHEMA, writing=True) as connection:
                connection.executemany("INSERT OR REPLACE INTO words VALUES (?, ?)", rows)
            done += len(rows)
            advance(done, len(owners))
        # A text whose reading was forgotten is about to be read again.
        gone = known - read - {text for (text,) in self._db.rows("SELECT DISTINCT text FROM text_use")}
        if gone:
            with transaction(self._path, _SCHEMA, writing=True) as connection:
                connection.executemany("DELETE FROM words WHERE text = ?", [(text,) for text in gone])

    def _looked_at(self, numbers: Sequence[int]) -> Iterator[tuple[str, bytes]]:
        for _, made in Assembler(self._db, self._base).works(numbers):
            if made is not None and made.work.document is not None:
                text = made.work.document.text
                yield text_version(text), words_of(text)

    def _owners(self, texts: Iterable[str]) -> list[int]:
        """Numbers of the works that have these texts."""
        listed = msgspec.json.encode(sorted(texts)).decode()
        rows = self._db.rows(
            "SELECT DISTINCT owner FROM text_use WHERE text IN (SELECT value FROM json_each(?)) ORDER BY owner",
            (listed,),
        )
        return [owner for (owner,) in rows]

    def texts_of(self, numbers: Iterable[int]) -> list[str]:
        """Versions of the texts of works that have been read."""
        listed = msgspec.json.encode(sorted(numbers)).decode()
        rows = self._db.rows(
            "SELECT DISTINCT text FROM text_use JOIN reading USING (text)"
            " WHERE owner IN (SELECT value FROM json_each(?)) ORDER BY text",
            (listed,),
        )
        return [text for (text,) in rows]

    def texts_for(self, keys: Iterable[Key]) -> list[str]:
        """Versions of the texts that have all words of one of the labels."""
        asked = {words for key in keys if (words := frozenset(map(hash_of, words_asked(key))))}
        if not asked:
            return []
        with transaction(self._path, _SCHEMA) as connection:
            rows = connection.execute("SELECT text, body FROM words ORDER BY text").fetchall()
        if not rows:
            return []
        where = _places([body for _, body in rows], sorted(frozenset().union(*asked)))
        found: set[int] = set()
        for words_ in asked:
            rarest, *others = sorted((where.get(word, frozenset()) for word in words_), key=len)
            found |= rarest.intersection(*others)
        return [rows[number][0] for number in sorted(found)]

    def works_for(self, keys: Iterable[Key]) -> tuple[list[int], list[str]]:
        """Numbers of works whose reading may depend on one of the labels, and the versions of their texts."""
        texts = self.texts_for(keys)
        return self._owners(texts), texts


def _places(bodies: Sequence[bytes], wanted: Sequence[int]) -> dict[int, frozenset[int]]:
    """Word → numbers of the texts that have it."""
    lengths = [len(body) // 4 for body in bodies]
    everything = np.frombuffer(b"".join(bodies), dtype="<u4")
    at = np.searchsorted(np.array(wanted, dtype="<u4"), everything)
    at[at == len(wanted)] = 0
    hits = np.flatnonzero(np.array(wanted, dtype="<u4")[at] == everything)
    texts = np.searchsorted(np.cumsum(lengths), hits, side="right")
    order = np.argsort(everything[hits], kind="stable")
    found: dict[int, frozenset[int]] = {}
    ordered, those = everything[hits][order], texts[order]
    if not len(ordered):
        return found
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])).tolist()
    for start, end in zip(starts, [*starts[1:], len(ordered)], strict=True):
        found[int(ordered[start])] = frozenset(those[start:end].tolist())
    return found

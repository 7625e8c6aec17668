"""What is known of the far end: readings and vectors already made, and what was written where.

The store and the index cannot share a transaction with the journal, so each batch goes
outbox → store → index → `settle`. A crash in between leaves the outbox: whatever it names may or
may not be in the store, so the next write of the same owner takes both the old and the outbox's
lines for present. Writing is idempotent; the end state is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b

import msgspec

from ingest.journal.database import Database
from ingest.journal.packing import pack, unpack
from ontology.reading import Claim, Found, Reading

_decode_reading = msgspec.msgpack.Decoder(Reading).decode


class Evidence(msgspec.Struct, frozen=True):
    """What one work contributes to a claim: confidences of its sentences for and against, and the cues of those for it.
    Of a thing found in texts `subject` is the IRI, `predicate` the type and `object` the name it has in that work."""

    subject: str
    predicate: str
    object: str
    supports: tuple[float, ...] = ()
    disputes: tuple[float, ...] = ()
    cues: tuple[str, ...] = ()


class Logged(msgspec.Struct, frozen=True):
    """A change that somebody asked for: who, when (ISO 8601, UTC), in what words, and what it did."""

    at: str
    author: str
    kind: str
    said: str
    graphs: tuple[str, ...]
    added: int
    removed: int
    sequence: int = 0


_encode_evidence = msgspec.msgpack.Encoder().encode
_decode_evidence = msgspec.msgpack.Decoder(Evidence).decode


class Ledger:
    """Calls that write belong inside `database.transaction()`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    @property
    def sequence(self) -> int:
        """Number of the last settled commit; store snapshot and index carry the same."""
        return int(self._db.meta("sequence", "0"))

    @property
    def interrupted(self) -> bool:
        """Whether a commit was broken off, so that the store may hold more or less than what is written here."""
        return self._db.one("SELECT 1 FROM outbox LIMIT 1") is not None

    def dirty(self, kinds: Sequence[str], limit: int, after: int = 0) -> list[tuple[int, str, str, int | None]]:
        """Next entities to write behind that with the number `after`, oldest first: (number, kind, name, survivor)."""
        listed = msgspec.json.encode(list(kinds)).decode()
        return self._db.rows(
            "SELECT seq, kind, name, survivor FROM entity WHERE dirty = 1 AND seq > ?"
            " AND kind IN (SELECT value FROM json_each(?)) ORDER BY seq LIMIT ?",
            (after, listed, limit),
        ).fetchall()

    def count_dirty(self, kinds: Sequence[str]) -> int:
        listed = msgspec.json.encode(list(kinds)).decode()
        return int(
            self._db.one(
                "SELECT count(*) FROM entity WHERE dirty = 1 AND kind IN (SELECT value FROM json_each(?))", (listed,)
            )
        )

    def reading(self, text: str, maker: str) -> Reading | None:
        body = self._db.one("SELECT body FROM reading WHERE text = ? AND maker = ?", (text, maker))
        return _decode_reading(unpack(body)) if body else None

    def keep_readings(self, maker: str, readings: Iterable[tuple[str, bytes]]) -> None:
        """Keep readings as made in worker processes: (text version, packed msgpack)."""
        self._db.many(
            "INSERT OR REPLACE INTO reading VALUES (?, ?, ?)", [(text, maker, body) for text, body in readings]
        )

    def vectors(self, texts: Iterable[str], encoder: str) -> dict[str, bytes]:
        """Text version → float32 vector as bytes, for those that are known."""
        listed = msgspec.json.encode(list(texts)).decode()
        return dict(
            self._db.rows(
                "SELECT text, body FROM vector WHERE encoder = ? AND text IN (SELECT value FROM json_each(?))",
                (encoder, listed),
            ).fetchall()
        )

    def keep_vectors(self, encoder: str, vectors: Mapping[str, bytes]) -> None:
        self._db.many(
            "INSERT OR REPLACE INTO vector VALUES (?, ?, ?)", [(text, encoder, body) for text, body in vectors.items()]
        )

    def use_texts(self, texts: Mapping[int, Iterable[str]]) -> None:
        """Say which works (by number) need the readings and vectors of which texts."""
        self._db.many(
            "INSERT OR IGNORE INTO text_use VALUES (?, ?)", [(t, owner) for owner, some in texts.items() for t in some]
        )

    def forget_texts(self, texts: Mapping[int, Iterable[str]]) -> None:
        """These works need these texts and no others: readings and vectors nobody needs are deleted."""
        needed = {(version, owner) for owner, some in texts.items() for version in some}
        held = self._db.rows(
            "SELECT text, owner FROM text_use WHERE owner IN (SELECT value FROM json_each(?))",
            (msgspec.json.encode(list(texts)).decode(),),
        )
        dropped = [row for row in held if row not in needed]
        self._db.many("DELETE FROM text_use WHERE text = ? AND owner = ?", dropped)
        for table in ("reading", "vector"):
            self._db.many(
                f"DELETE FROM {table} WHERE text = :text"  # noqa: S608 - one of two names
                " AND NOT EXISTS (SELECT 1 FROM text_use WHERE text = :text)",
                [{"text": version} for version, _ in dropped],
            )

    def present(self, owners: Iterable[str]) -> dict[str, frozenset[str]]:
        """Owner IRI → lines that may be in the store: written ones and those of a broken-off commit."""
        return self._lines(owners, ("written", "outbox"))

    def written(self, owners: Iterable[str]) -> dict[str, frozenset[str]]:
        """Owner IRI → lines of the last settled commit: what readers of that commit see."""
        return self._lines(owners, ("written",))

    def texts(self, owners: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Owner and its lines of the last settled commit, as one text."""
        listed = msgspec.json.encode(list(owners)).decode()
        for owner, body in self._db.rows(
            "SELECT owner, body FROM written WHERE owner IN (SELECT value FROM json_each(?))", (listed,)
        ):
            yield owner, unpack(body).decode()

    def holds(self, owner: str, lines: Iterable[str]) -> bool:
        """Whether exactly these lines were written for an owner, and no commit of it was broken off."""
        if self._db.one("SELECT 1 FROM outbox WHERE owner = ?", (owner,)):
            return False
        return self.written([owner]).get(owner, frozenset()) == frozenset(lines)

    def _lines(self, owners: Iterable[str], tables: Sequence[str]) -> dict[str, frozenset[str]]:
        listed = msgspec.json.encode(list(owners)).decode()
        found: dict[str, frozenset[str]] = {}
        for table in tables:
            for owner, body in self._db.rows(
                f"SELECT owner, body FROM {table} WHERE owner IN (SELECT value FROM json_each(?))",  # noqa: S608
                (listed,),
            ):
                found[owner] = found.get(owner, frozenset()) | frozenset(lines_of(body))
        return found

    def announce(self, bodies: Mapping[str, bytes]) -> None:
        """Say what is about to be written. An older announcement that never settled is kept in
        the union, so that nothing of it can stay behind unseen."""
        held = dict(self._db.rows("SELECT owner, body FROM outbox").fetchall())
        self._db.many(
            "INSERT OR REPLACE INTO outbox VALUES (?, ?)",
            [(owner, _union(held.get(owner, body), body)) for owner, body in bodies.items()],
        )

    def settle(
        self, bodies: Mapping[str, bytes], entities: Iterable[int], sequence: int, payloads: Iterable[int] = ()
    ) -> None:
        """The announced batch is in store and index: make it the written state. `entities` and `payloads` are
        the numbers of what it was all about."""
        self._db.many("DELETE FROM outbox WHERE owner = ?", [(owner,) for owner in bodies])
        self._db.many(
            "INSERT OR REPLACE INTO written VALUES (?, ?, ?)",
            [(owner, sequence, body) for owner, body in bodies.items() if body],
        )
        self._db.many("DELETE FROM written WHERE owner = ?", [(owner,) for owner, body in bodies.items() if not body])
        self._db.many("UPDATE entity SET dirty = 0 WHERE seq = ?", [(number,) for number in entities])
        self._db.many("DELETE FROM stale WHERE kind = 'payload' AND number = ?", [(number,) for number in payloads])
        self._db.set_meta("sequence", str(sequence))

    def put_cited(self, cited: Mapping[int, tuple[int, int]]) -> None:
        """Work's number → references listed, and those that lead to a work here; (0, 0) forgets it."""
        self._db.many(
            "INSERT OR REPLACE INTO cited VALUES (?, ?, ?)",
            [(owner, listed, resolved) for owner, (listed, resolved) in cited.items() if listed],
        )
        self._db.many("DELETE FROM cited WHERE owner = ?", [(owner,) for owner, (n, _) in cited.items() if not n])

    def log(self, logged: Logged, sequence: int) -> None:
        """Note a change together with the commit that made it."""
        self._db.rows(
            "INSERT INTO update_log VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (sequence, logged.at, logged.author, logged.kind, logged.said, "\n".join(logged.graphs), logged.added,
             logged.removed),
        )  # fmt: skip

    def logged(self, limit: int = 100) -> list[Logged]:
        """The newest changes that somebody asked for, newest first."""
        rows = self._db.rows(
            "SELECT at, author, kind, said, graphs, added, removed, sequence FROM update_log"
            " ORDER BY sequence DESC LIMIT ?",
            (limit,),
        )
        return [
            Logged(at, author, kind, said, tuple(graphs.split("\n")), added, removed, sequence)
            for at, author, kind, said, graphs, added, removed, sequence in rows
        ]

    def bodies(self, after: int = 0) -> Iterator[bytes]:
        """The packed lines of every owner written after a commit: all that the store holds since then."""
        for (body,) in self._db.rows("SELECT body FROM written WHERE sequence > ? ORDER BY owner", (after,)):
            yield body

    def forget_evidence(self, owners: Iterable[int]) -> None:
        """Take away what works (by number) contribute to claims and to things found in texts; those become dirty."""
        listed = msgspec.json.encode(list(owners)).decode()
        some = "SELECT value FROM json_each(?)"
        self._db.rows(
            f"UPDATE entity SET dirty = 1 WHERE seq IN (SELECT claim FROM evidence WHERE owner IN ({some}))",  # noqa: S608
            (listed,),
        )
        self._db.rows(f"DELETE FROM evidence WHERE owner IN ({some})", (listed,))  # noqa: S608

    def put_evidence(self, owner: int, claims: Sequence[Claim], found: Sequence[Found] = ()) -> None:
        """Keep what the work with this number contributes to claims and to things found in texts; those become
        dirty. What it contributed before has been forgotten."""
        grouped: dict[tuple[str, str], Evidence] = {}
        for claim in claims:
            key = "claim", claim_name(claim.subject, claim.predicate, claim.object)
            old = grouped.get(key, Evidence(claim.subject, claim.predicate, claim.object))
            side = {claim.polarity: (*getattr(old, claim.polarity), claim.confidence)}
            cues = (*old.cues, claim.cue) if claim.polarity == "supports" else old.cues
            grouped[key] = msgspec.structs.replace(old, **side, cues=cues)
        for thing in found:
            grouped["found", thing.iri] = Evidence(thing.iri, thing.type, thing.name)
        for (kind, name), evidence in grouped.items():
            self._db.rows(
                "INSERT INTO entity (kind, name, dirty) VALUES (?, ?, 1) ON CONFLICT (name) DO UPDATE SET dirty = 1",
                (kind, name),
            )
            number = self._db.one("SELECT seq FROM entity WHERE name = ?", (name,))
            self._db.rows("INSERT INTO evidence VALUES (?, ?, ?)", (number, owner, _encode_evidence(evidence)))

    def evidence(self, claims: Iterable[int]) -> Iterator[tuple[int, list[Evidence]]]:
        """Number of a claim or found thing → what each work contributes, in order of the works' numbers."""
        for number in claims:
            bodies = self._db.rows("SELECT body FROM evidence WHERE claim = ? ORDER BY owner", (number,))
            yield number, [_decode_evidence(body) for (body,) in bodies]


def claim_name(subject: str, predicate: str, object_: str) -> str:
    """Name of the claim (s, p, o): 32 hex digits of the BLAKE2b hash of the three IRIs."""
    return blake2b("\x1f".join((subject, predicate, object_)).encode(), digest_size=16).hexdigest()


def _union(held: bytes, body: bytes) -> bytes:
    return body if held == body else body_of(sorted({*lines_of(held), *lines_of(body)}))


def body_of(lines: Sequence[str]) -> bytes:
    """Lines as kept in the ledger; empty for none."""
    return pack("\n".join(lines).encode()) if lines else b""


def lines_of(body: bytes) -> list[str]:
    """N-Quads escape line breaks, so a line break always separates."""
    return unpack(body).decode().split("\n") if body else []

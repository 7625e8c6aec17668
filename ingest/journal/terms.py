"""Terms that works use and no vocabulary has, summed up over the catalogue; and what curators said about them.

What each work contributes is kept with the work and replaced with it, so that a work that goes takes its share along.
Scores are the C-value of Frantzi et al. (2000), with 1 + log2 of the words so that single words count (Barrón-Cedeño
et al., 2009): a phrase that stands mostly inside longer ones loses what is theirs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from math import log2
from typing import Literal

import msgspec

from ingest.journal.database import Database
from ontology.reading import Term

Verdict = Literal["accepted", "rejected"]
_MANY = 2_000
_SPELLINGS = 200
_decode = msgspec.msgpack.Decoder(Term).decode
_encode = msgspec.msgpack.Encoder().encode


class TermRow(msgspec.Struct, frozen=True):
    """A term over all works: `own` occurrences outside longer phrases, `nested` inside one of `wholes` of them."""

    id: int
    key: str
    text: str
    own: int
    nested: int
    wholes: int
    works: int
    c_value: float

    @property
    def name(self) -> str:
        return term_name(self.key)

    @property
    def language(self) -> str:
        return self.key.partition(":")[0]


class TermVerdict(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One decision on a term. Accepted, `concept` is the IRI it names: a new one with `label` below `broader`, or,
    where `existing`, one of a loaded vocabulary that `label` is another name of. `scheme` and `version` say which
    version of which vocabulary that became; 0 where nothing has been edited for it yet."""

    key: str
    verdict: Verdict
    decided_by: str
    decided_at: str
    note: str = ""
    concept: str = ""
    label: str = ""
    language: str = ""
    broader: tuple[str, ...] = ()
    definition: str = ""
    existing: bool = False
    scheme: str = ""
    version: int = 0


_decode_verdict = msgspec.json.Decoder(TermVerdict).decode


def term_name(key: str) -> str:
    """The name a term has in addresses: 20 hex digits of the BLAKE2b hash of its key."""
    return blake2b(key.encode(), digest_size=10).hexdigest()


class TermBook:
    """Calls that write belong inside `database.transaction()`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def forget(self, owners: Iterable[int]) -> None:
        """Take away what works (by number) contribute; `score` counts again."""
        listed = msgspec.json.encode(list(owners)).decode()
        some = "SELECT value FROM json_each(?)"
        touched = f"SELECT term FROM term_use WHERE owner IN ({some})"  # noqa: S608 - no value of anybody's
        self._db.rows(
            f"UPDATE term SET stale = 1 WHERE id IN ({touched})"  # noqa: S608
            f" OR id IN (SELECT part FROM term_part WHERE whole IN ({touched}))",
            (listed, listed),
        )
        self._db.rows(f"DELETE FROM term_use WHERE owner IN ({some})", (listed,))  # noqa: S608

    def put(self, owner: int, terms: Sequence[Term]) -> None:
        """Keep what the work with this number contributes; what it did before has been forgotten."""
        for term in terms:
            number = self._number(term.key, term.text)
            self._db.rows(
                "INSERT INTO term_use VALUES (?, ?, ?, ?, ?)", (number, owner, term.count, term.known, _encode(term))
            )
            for part in term.parts:
                self._db.rows(
                    "INSERT OR REPLACE INTO term_part VALUES (?, ?, ?)",
                    (self._number(part.key, part.text), number, part.known),
                )

    def _number(self, key: str, text: str) -> int:
        return int(
            self._db.one(
                "INSERT INTO term (key, name, text, stale) VALUES (?, ?, ?, 1)"
                " ON CONFLICT (key) DO UPDATE SET stale = 1, text = max(text, excluded.text) RETURNING id",
                (key, term_name(key), text),
            )
        )

    def stale(self) -> int:
        return int(self._db.one("SELECT count(*) FROM term WHERE stale = 1"))

    def score(self) -> int:
        """Count some of the terms again whose works changed; returns how many, 0 when all is done."""
        rows = self._db.rows("SELECT id, key FROM term WHERE stale = 1 LIMIT ?", (_MANY,)).fetchall()
        for number, key in rows:
            own, known = self._db.rows(
                "SELECT coalesce(sum(count), 0), coalesce(max(known), 0) FROM term_use WHERE term = ?", (number,)
            ).fetchone()
            # What stands inside a label of a vocabulary is part of it: "recognition" in "named entity recognition".
            nested, wholes, within = self._db.rows(
                "SELECT coalesce(sum(u.count), 0), count(DISTINCT p.whole), coalesce(max(p.known), 0) FROM term_part p"
                " JOIN term_use u ON u.term = p.whole WHERE p.part = ? AND u.known = 0",
                (number,),
            ).fetchone()
            if not own:
                self._db.rows("DELETE FROM term_part WHERE whole = ?", (number,))
            if not own and not nested:
                self._db.rows("DELETE FROM term WHERE id = ?", (number,))
                continue
            words = len(key.split()) if key.startswith("en:") else max(1, (len(key) - 3) // 2)
            value = (1 + log2(words)) * (own + nested - (nested / wholes if wholes else 0))
            self._db.rows(
                "UPDATE term SET own = ?, nested = ?, wholes = ?, known = ?, works = (SELECT count(*) FROM ("
                " SELECT owner FROM term_use WHERE term = ? UNION"
                " SELECT u.owner FROM term_part p JOIN term_use u ON u.term = p.whole"
                " WHERE p.part = ? AND u.known = 0)),"
                " c_value = ?, text = coalesce(?, text), stale = 0 WHERE id = ?",
                (own, nested, wholes, known or within, number, number, round(value, 4), self._spelling(number), number),
            )
        return len(rows)

    def _spelling(self, number: int) -> str | None:
        """How works write a term most often, lower case before capitals; None where they have it inside others only."""
        texts: Counter[str] = Counter()
        for (body,) in self._db.rows(
            "SELECT body FROM term_use WHERE term = ? ORDER BY owner LIMIT ?", (number, _SPELLINGS)
        ):
            term = _decode(body)
            texts[term.text] += term.count
        return max(texts, key=lambda text: (texts[text], text)) if texts else None

    def ranked(self, least_works: int, limit: int, text: str = "") -> list[TermRow]:
        """Terms that no vocabulary has and nobody decided on, the highest C-value first, with `text` in them."""
        rows = self._db.rows(
            f"SELECT {_COLUMNS} FROM term t WHERE known = 0 AND works >= ?"  # noqa: S608
            " AND (? = '' OR instr(lower(text), lower(?))) AND NOT EXISTS"
            " (SELECT 1 FROM term_verdict v WHERE v.key = t.key) ORDER BY c_value DESC, key LIMIT ?",
            (least_works, text, text, limit),
        )
        return [TermRow(*row) for row in rows]

    def count(self, least_works: int, text: str = "") -> int:
        return int(
            self._db.one(
                "SELECT count(*) FROM term t WHERE known = 0 AND works >= ?"
                " AND (? = '' OR instr(lower(text), lower(?)))"
                " AND NOT EXISTS (SELECT 1 FROM term_verdict v WHERE v.key = t.key)",
                (least_works, text, text),
            )
        )

    def named(self, name: str) -> TermRow | None:
        """The term with this name, or with this text, whatever was decided on it."""
        row = self._db.rows(
            f"SELECT {_COLUMNS} FROM term WHERE name = ? OR text = ? ORDER BY c_value DESC LIMIT 1",  # noqa: S608
            (name, name),
        ).fetchone()
        return TermRow(*row) if row else None

    def named_by_key(self, key: str) -> TermRow | None:
        row = self._db.rows(f"SELECT {_COLUMNS} FROM term WHERE key = ?", (key,)).fetchone()  # noqa: S608
        return TermRow(*row) if row else None

    def wholes(self, number: int, limit: int) -> list[TermRow]:
        """The longer terms that hold this one, the most frequent first."""
        rows = self._db.rows(
            f"SELECT {_COLUMNS} FROM term WHERE id IN (SELECT whole FROM term_part WHERE part = ?) AND own > 0"  # noqa: S608
            " ORDER BY own DESC, key LIMIT ?",
            (number, limit),
        )
        return [TermRow(*row) for row in rows]

    def uses(self, number: int, limit: int) -> Iterator[tuple[str, Term]]:
        """(opaque name of a work, what it says) of works that use the term, also inside longer ones; those that use
        it most by itself first."""
        rows = self._db.rows(
            "SELECT e.name, u.body FROM term_use u JOIN entity e ON e.seq = u.owner WHERE u.term = :term OR u.term IN"
            " (SELECT whole FROM term_part WHERE part = :term) ORDER BY u.term <> :term, u.count DESC, e.name"
            " LIMIT :most",
            {"term": number, "most": limit},
        )
        return ((name, _decode(body)) for name, body in rows)

    def contexts(self, numbers: Sequence[int]) -> dict[int, dict[str, int]]:
        """Term → word beside it → in how many works."""
        found: dict[int, Counter[str]] = {}
        rows = self._db.rows(
            "SELECT term, body FROM term_use WHERE term IN (SELECT value FROM json_each(?))",
            (msgspec.json.encode(list(numbers)).decode(),),
        )
        for number, body in rows:
            found.setdefault(number, Counter()).update(_decode(body).context)
        return dict(found)

    def decide(self, verdict: TermVerdict) -> None:
        """Keep a verdict; the latest on a term counts."""
        self._db.rows("INSERT INTO term_verdict (key, body) VALUES (?, ?)", (verdict.key, msgspec.json.encode(verdict)))

    def verdicts(self) -> list[TermVerdict]:
        """Every verdict ever given, the oldest first."""
        return [_decode_verdict(body) for (body,) in self._db.rows("SELECT body FROM term_verdict ORDER BY id")]

    def accepted(self) -> list[TermVerdict]:
        """The accepted ones that hold, by their keys."""
        return [v for v in latest(self.verdicts()) if v.verdict == "accepted"]


def latest(verdicts: Iterable[TermVerdict]) -> list[TermVerdict]:
    """Of the verdicts on each term the last, in order of keys."""
    last = {verdict.key: verdict for verdict in verdicts}
    return [last[key] for key in sorted(last)]


_COLUMNS = "id, key, text, own, nested, wholes, works, c_value"

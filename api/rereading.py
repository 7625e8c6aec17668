"""A work read again: what was stored of it beside what the same reader finds now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from api.library import Library
from ingest.identity.assemble import Assembler
from ingest.journal.database import Database
from ingest.journal.ledger import Ledger
from ontology.entities import Work
from ontology.errors import NotFound
from ontology.namespaces import Base
from ontology.reading import Claim, Mention, Reading, text_version
from ontology.records import Document


class Reread(msgspec.Struct, frozen=True):
    """One work with its text, the reading that is in the graph and one made just now."""

    work: Work
    document: Document
    stored: Reading
    fresh: Reading

    def verbatim(self, mention: Mention) -> bool:
        """Whether the text has the mention's words at its place."""
        return self.document.text[mention.begin : mention.end] == mention.text

    def again(self, mention: Mention) -> bool:
        """Whether the new reading makes this very mention."""
        return mention in self.fresh.mentions

    def claimed_again(self, claim: Claim) -> bool:
        """Whether the new reading makes this very claim, between the same mentions."""
        return _placed(claim, self.stored) in {_placed(other, self.fresh) for other in self.fresh.claims}


class Replay(msgspec.Struct, frozen=True):
    """What a sample of mentions and claims came to when their works were read again."""

    mentions: int
    claims: int
    verbatim: int
    same_mentions: int
    same_claims: int
    faults: tuple[str, ...] = ()


class Rereader:
    """Reads works of a data folder again; the folder is only read."""

    def __init__(self, database: Database, library: Library, base: Base) -> None:
        self._db = database
        self._library = library
        self._base = base
        self._assembler = Assembler(database, base)
        self._ledger = Ledger(database)

    def work(self, iri: str) -> Reread:
        """The work with this IRI. NotFound where there is none, or nothing of it was read by this reader."""
        name = iri.removeprefix(self._base.entity("work", ""))
        number = self._db.one("SELECT coalesce(survivor, seq) FROM entity WHERE name = ? AND kind = 'work'", (name,))
        found = next(self._works([number]), None) if number else None
        if found is None:
            raise NotFound("no text of this work has been read", place=iri, hint="name a work that has a text")
        return found

    def numbers(self) -> list[int]:
        """Numbers of all works, in order."""
        return [
            row[0]
            for row in self._db.rows("SELECT seq FROM entity WHERE kind = 'work' AND survivor IS NULL ORDER BY seq")
        ]

    def _works(self, numbers: Sequence[int]) -> Iterator[Reread]:
        for _, made in self._assembler.works(numbers):
            document = made.work.document if made else None
            if made is None or document is None:
                continue
            stored = self._ledger.reading(text_version(document.text), self._library.maker.key)
            if stored is not None:
                yield Reread(made.work, document, stored, self._library.reader.read_one(document))

    def replay(self, numbers: Sequence[int], limit: int, each: int = 25) -> Replay:
        """Read works again, in the order given, until `limit` mentions and claims have been compared; at most
        `each` mentions of one work, evenly over its text, and all its claims."""
        count: Counter[str] = Counter()
        faults: list[str] = []
        for number in numbers:
            if count["mentions"] + count["claims"] >= limit:
                break
            for read in self._works([number]):
                said = read.stored.mentions
                made = frozenset(read.fresh.mentions)
                for mention in said[:: max(1, len(said) // each)][:each]:
                    verbatim, same = read.verbatim(mention), mention in made
                    count.update(mentions=1, verbatim=int(verbatim), same_mentions=int(same))
                    if not (verbatim and same):
                        faults.append(f"{read.work.iri} {mention.begin}-{mention.end} {mention.text!r}")
                for claim in read.stored.claims:
                    same = read.claimed_again(claim)
                    count.update(claims=1, same_claims=int(same))
                    if not same:
                        faults.append(f"{read.work.iri}/{claim.sentence} {claim.predicate}")
        return Replay(
            mentions=count["mentions"], claims=count["claims"], verbatim=count["verbatim"],
            same_mentions=count["same_mentions"], same_claims=count["same_claims"], faults=tuple(faults[:20]),
        )  # fmt: skip


def _placed(claim: Claim, reading: Reading) -> tuple[Claim, Mention, Mention]:
    """A claim with its mentions in place of their numbers."""
    bare = msgspec.structs.replace(claim, subject_mention=0, object_mention=0)
    return bare, reading.mentions[claim.subject_mention], reading.mentions[claim.object_mention]

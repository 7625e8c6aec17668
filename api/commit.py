"""One commit: lines to the store, documents to the index, then the journal says so.

The order is announce → store → index → snapshot → settle. Each step may be repeated, so a crash at
any moment heals when the same entities, still marked dirty, are written again.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from api.changes import Changes
from api.memory import give_back
from api.stored import lack, whole
from api.storing import StoreWriter
from graph.patches import Patch
from graph.search.documents import FragmentDocument, SearchDocument, Vector
from graph.search.engine import SearchEngine
from graph.snapshots import Snapshots
from graph.stores.oxigraph import OxigraphStore
from ingest.journal.database import Database, disk_full
from ingest.journal.ledger import Ledger, Logged, body_of, lines_of
from ingest.journal.packing import pack
from ingest.journal.terms import TermBook
from ontology.reading import Claim, Found, Term


class Change(msgspec.Struct, kw_only=True):
    """What one commit changes. `bodies` maps an owner (an entity's IRI, a scheme) to its packed
    lines, empty where it is gone; `entities` are the journal's numbers that become clean."""

    bodies: dict[str, bytes] = msgspec.field(default_factory=dict)
    entities: list[int] = msgspec.field(default_factory=list)
    payloads: list[int] = msgspec.field(default_factory=list)
    """Numbers of payloads whose lines are among `bodies`."""
    documents: list[tuple[SearchDocument, Vector | None]] = msgspec.field(default_factory=list)
    fragments: list[FragmentDocument] = msgspec.field(default_factory=list)
    """All parts of the works in `documents`."""
    part_vectors: dict[str, Vector] = msgspec.field(default_factory=dict)
    """Vectors of some of the parts, by IRI."""
    unlisted: list[str] = msgspec.field(default_factory=list)
    """IRIs to be taken out of the index."""
    readings: list[tuple[str, bytes]] = msgspec.field(default_factory=list)
    claims: list[tuple[int, tuple[Claim, ...], tuple[Found, ...]]] = msgspec.field(default_factory=list)
    """Number of a work, and what it says for claims and things found in texts."""
    terms: dict[int, tuple[Term, ...]] = msgspec.field(default_factory=dict)
    """By a work's number what it adds to the candidates for new terms."""
    vectors: dict[str, bytes] = msgspec.field(default_factory=dict)
    cited: dict[int, tuple[int, int]] = msgspec.field(default_factory=dict)
    """By a work's number: references listed, and those that lead to a work here."""
    texts: dict[int, tuple[str, ...]] = msgspec.field(default_factory=dict)
    """Versions of the texts whose readings and vectors a work needs, by the work's number: what no
    work needs any longer is forgotten."""
    logged: Logged | None = None
    """Who asked for it, where somebody did."""
    common: bool = False
    """Whether another owner may have some of these lines as well."""

    def add(self, other: Change) -> None:
        """Take in lines of other entities and payloads."""
        self.bodies |= other.bodies
        self.entities += other.entities
        self.payloads += other.payloads


class Exchange(msgspec.Struct, kw_only=True):
    """Few lines of many owners in the place of others, worked out line by line; no commit of the owners may have been
    broken off."""

    bodies: dict[str, bytes] = msgspec.field(default_factory=dict)
    """All lines of the owners, packed, as they are to be."""
    removed: set[str] = msgspec.field(default_factory=set)
    added: set[str] = msgspec.field(default_factory=set)
    documents: list[SearchDocument] = msgspec.field(default_factory=list)
    """Works that the index has, with other topics."""

    def put(self, owner: str, before: frozenset[str], after: frozenset[str]) -> None:
        """What an owner says afterwards; nothing where that is the same."""
        if before != after:
            self.bodies[owner] = body_of(sorted(after))
            self.removed |= before - after
            self.added |= after - before

    def swap(self, owner: str, text: str, changed: Mapping[str, str]) -> None:
        """Some of an owner's lines (all together are its `text`) in another wording, or gone ("")."""
        whole = f"\n{text}\n"
        for line, new in changed.items():
            known = not new or f"\n{new}\n" in whole
            whole = whole.replace(f"\n{line}\n", "\n" if known else f"\n{new}\n")
            self.removed.add(line)
            if not known:
                self.added.add(new)
        if changed:
            self.bodies[owner] = pack(whole[1:-1].encode()) if len(whole) > 1 else b""


class Committer:
    """Applies changes, one at a time, in one process. Without an engine the index stays behind until a build makes
    it anew. With `gathering` the store may stay behind until `finish`, and so do checkpoints."""

    def __init__(
        self,
        database: Database,
        store: OxigraphStore,
        engine: SearchEngine | None,
        snapshots: Snapshots,
        min_free_mb: int,
        changes: Changes | None = None,
        *,
        gathering: bool = False,
    ) -> None:
        self._db = database
        self._ledger = Ledger(database)
        self._terms = TermBook(database)
        self._store = store
        self._engine = engine
        self._snapshots = snapshots
        self._min_free = min_free_mb << 20
        self._changes = changes
        self.storing = StoreWriter(store, gathering=gathering)
        self._countable = not self._ledger.interrupted

    @property
    def grown(self) -> int | None:
        """By how many statements the graph has grown, as long as that is known without counting."""
        return self.storing.grown if self._countable else None

    def commit(self, change: Change, maker: str, encoder: str) -> None:
        """Make `change` part of store, index and journal."""
        self._check_space(self._db.path.parent)
        sequence = self._ledger.sequence + 1
        present = self._ledger.present(change.bodies)
        with self._db.transaction():
            self._ledger.keep_readings(maker, change.readings)
            self._ledger.keep_vectors(encoder, change.vectors)
            self._ledger.use_texts(change.texts)
            self._ledger.announce(change.bodies)
        # Store and index do not know each other and work outside Python: side by side.
        with ThreadPoolExecutor(1) as side:
            written = side.submit(self.storing.write, present, change.bodies)
            if self._engine is not None:
                self._engine.update(change.documents, change.unlisted, sequence, change.fragments, change.part_vectors)
            written.result()
        self._countable &= not change.common
        self._keep_patch(present, change.bodies, sequence)
        if not self.storing.waiting:
            self._snapshots.publish(self._store, sequence)
        with self._db.transaction():
            if self.storing.waiting:
                lack(self._db, sequence - 1)
            else:
                whole(self._db)
            self._ledger.forget_evidence(owner for owner, _, _ in change.claims)
            for owner, claims, found in change.claims:
                self._ledger.put_evidence(owner, claims, found)
            self._terms.forget(change.terms)
            for owner, terms in change.terms.items():
                self._terms.put(owner, terms)
            self._ledger.forget_texts(change.texts)
            self._ledger.put_cited(change.cited)
            self._ledger.settle(change.bodies, change.entities, sequence, change.payloads)
            if change.logged:
                self._ledger.log(change.logged, sequence)
        give_back()

    def exchange(self, exchange: Exchange, also: Callable[[], None]) -> None:
        """Make an exchange part of store, index and journal; `also` runs in the transaction that announces it, and
        marks what has to be done again should this be broken off."""
        self._check_space(self._db.path.parent)
        sequence = self._ledger.sequence + 1
        with self._db.transaction():
            self._ledger.announce(exchange.bodies)
            also()
        self.storing.exchange(exchange.removed - exchange.added, exchange.added)
        if self._engine is not None:
            self._engine.retopic(exchange.documents, sequence)
        if self._changes is not None:
            gone = frozenset(exchange.removed - exchange.added)
            self._changes.put(Patch(sequence, sequence - 1, gone, frozenset(exchange.added)))
        self._snapshots.publish(self._store, sequence)
        with self._db.transaction():
            self._ledger.settle(exchange.bodies, (), sequence)
        give_back()

    def _keep_patch(self, present: Mapping[str, frozenset[str]], bodies: Mapping[str, bytes], sequence: int) -> None:
        """What leads readers of the last commit to this one. A commit that was broken off may have put lines
        into the store which those readers never saw: they are taken away, but do not count as known."""
        if self._changes is None:
            return
        before = self._ledger.written(bodies)
        nothing: frozenset[str] = frozenset()
        after = {owner: frozenset(lines_of(body)) for owner, body in bodies.items()}
        removed = nothing.union(*(present.get(owner, nothing) - lines for owner, lines in after.items()))
        added = nothing.union(*(lines - before.get(owner, nothing) for owner, lines in after.items()))
        self._changes.put(Patch(sequence, sequence - 1, removed - added, added))

    def finish(self) -> None:
        """Bring the store up to the last commit."""
        if self.storing.waiting:
            self.storing.flush()
            self._snapshots.publish(self._store, self._ledger.sequence)
            whole(self._db)

    def _check_space(self, folder: Path) -> None:
        if shutil.disk_usage(folder).free < self._min_free:
            raise disk_full(folder / "any")

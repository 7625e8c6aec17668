"""The graph as it was: checkpoints that are kept, and citations that answer the same for ever.

A citation is a query, the checkpoint it was asked at, and a hash of its answer. Its checkpoint is
tagged, so it stays; asking again compares the hash. The hash is a sum over rows (AdHash), since rows
come in no order unless the query asks for one.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from api.settings import Settings
from graph.snapshots import AsOf, Snapshots, made
from graph.terms import StoreHash
from ontology.errors import NotFound, QueryForbidden, StoreError
from ontology.transactions import transaction
from sparql.asking import ask
from sparql.pool import QueryPool
from sparql.service import Service

MAX_CITATIONS: Final = 10_000
TAG: Final = "cited-"
_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS citation (id TEXT PRIMARY KEY, query TEXT NOT NULL, snapshot TEXT NOT NULL,"
    " sequence INTEGER NOT NULL, hash TEXT NOT NULL, rows INTEGER NOT NULL, created TEXT NOT NULL,"
    " owner TEXT NOT NULL) WITHOUT ROWID"
)


class SnapshotInfo(msgspec.Struct, frozen=True):
    """A checkpoint that can be asked: the number of its commit, when it was made (UTC), its tags."""

    sequence: int
    made: str
    tags: list[str]
    current: bool


class Citation(msgspec.Struct, frozen=True, kw_only=True):
    """A query with the answer it had: `hash` over its `rows` at commit `sequence`."""

    id: str
    iri: str
    query: str
    snapshot: str
    sequence: int
    hash: str
    rows: int
    created: str
    owner: str


class Verified(msgspec.Struct, frozen=True):
    """A citation asked again: whether the answer is the one cited."""

    citation: Citation
    same: bool
    hash: str
    rows: int


def snapshot_list(snapshots: Snapshots) -> list[SnapshotInfo]:
    """What is kept, newest first."""
    tags = snapshots.tags()
    current = snapshots.current()
    return [
        SnapshotInfo(
            one.sequence,
            made(one).isoformat(timespec="seconds"),
            [tag.name for tag in tags if tag.snapshot.path == one.path],
            current == one,
        )
        for one in snapshots.listed()
    ]


class Citations:
    """The citations of one data folder."""

    def __init__(self, settings: Settings, snapshots: Snapshots, pool: QueryPool) -> None:
        self._path: Path = settings.data / "citations.sqlite"
        self._base = settings.base_iri
        self._snapshots = snapshots
        self._pool = pool

    def make(self, query: str, wanted: str, owner: str) -> Citation:
        """Ask a query and keep what it answered. Raises what asking raises, QueryForbidden for one that
        answers differently each time, NotFound for a snapshot that is not kept."""
        snapshot = self._snapshots.find(wanted) if wanted else self._snapshots.current()
        if snapshot is None:
            raise NotFound("there is no graph here yet", place="snapshot", hint="run gnomon build first")
        service = Service(self._pool, AsOf(self._snapshots, snapshot))
        if service.prepare(query, "").question.volatile:
            raise QueryForbidden(
                "this query answers differently each time", place="query", hint="leave out NOW, RAND …"
            )
        number = secrets.token_hex(6)
        self._snapshots.tag(f"{TAG}{number}", snapshot)
        try:
            found, rows = _hash(service, query)
            created = datetime.now(UTC).isoformat(timespec="seconds")
            row = (number, query, snapshot.path.name, snapshot.sequence, found, rows, created, owner)
            with transaction(self._path, _TABLE, writing=True) as connection:
                if connection.execute("SELECT count(*) FROM citation").fetchone()[0] >= MAX_CITATIONS:
                    raise StoreError(f"there are {MAX_CITATIONS:,} citations already", place="citations")
                connection.execute("INSERT INTO citation VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        except BaseException:
            self._snapshots.untag(f"{TAG}{number}")
            raise
        return self.find(number)

    def find(self, number: str) -> Citation:
        with transaction(self._path, _TABLE) as connection:
            row = connection.execute("SELECT * FROM citation WHERE id = ?", (number,)).fetchone()
        if row is None:
            raise NotFound("there is no such citation", place=number[:40])
        return Citation(
            id=row[0], iri=f"{self._base}/id/citation/{row[0]}", query=row[1], snapshot=row[2], sequence=row[3],
            hash=row[4], rows=row[5], created=row[6], owner=row[7],
        )  # fmt: skip

    def again(self, number: str) -> Verified:
        """Ask it again, of the graph as it was."""
        citation = self.find(number)
        found, rows = _hash(self.service(citation), citation.query)
        return Verified(citation, found == citation.hash, found, rows)

    def service(self, citation: Citation) -> Service:
        """The graph the citation was made of; NotFound where its checkpoint is gone."""
        snapshot = self._snapshots.find(f"{TAG}{citation.id}")
        return Service(self._pool, AsOf(self._snapshots, snapshot))


def _hash(service: Service, query: str) -> tuple[str, int]:
    """Hash and number of the answer's rows or statements, whatever order they come in."""
    _, chunks = ask(service, query, "text/tab-separated-values, application/n-triples;q=0.9, */*;q=0.1")
    head, *rows = b"".join(chunks).decode().split("\n")
    found = StoreHash()
    found.update((head,))
    found.update(row for row in rows if row)
    return found.hexdigest(), found.count - 1

"""A merge counts at once: what texts say of the merged concept is led to the other in store, index and journal.

Nothing is read for it. Each label keeps its places in the texts but may fit less well there (an alternative label is
less faithful than a preferred one) and lie near other concepts, so that confidences, and here and there a topic or a
claim, come out otherwise: the works are *pending* until the build has read them again. Mentions, topics and claims
keep their IRIs until then.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

import msgspec

from api.changes import Changes
from api.checkpoints import snapshots_of
from api.commit import Committer, Exchange
from api.indexing import serves, write_index
from api.library import Library
from api.listing import with_topics
from api.settings import Settings
from api.stored import lacks
from api.watch import Run
from graph.convert import scheme_parts
from graph.convert.names import claim_iri
from graph.convert.safe import ref, term
from graph.discovery.ask import chunks, rows, values
from graph.search.documents import SearchDocument
from graph.search.engine import SearchEngine
from graph.stores.base import ReadableStore
from graph.stores.oxigraph import OxigraphStore
from ingest.journal.database import Database
from ingest.journal.ledger import Ledger, claim_name
from ontology.curation.comparing import Change
from ontology.namespaces import Base
from ontology.scheme import Concept, Entry

_RENAMED: Final = "renamed"
_SAID: Final = tuple(f" {term(name)} " for name in ("oa:hasBody", "gn:concept", "dct:subject"))
_TOPIC: Final = _SAID[1]
Merges = Mapping[str, str]
"""IRI of a concept → the one it was merged into."""


class Renamed(msgspec.Struct, frozen=True, kw_only=True):
    """Merges that graph and index have, though works (by number) wait to be `read` again, or only to be written
    again as their sources state a merged concept (`stated`)."""

    merges: dict[str, str] = {}
    read: tuple[int, ...] = ()
    stated: tuple[int, ...] = ()


def renamed(database: Database) -> Renamed:
    """What was renamed and is not read again yet."""
    said = database.meta(_RENAMED)
    return msgspec.json.decode(said, type=Renamed) if said else Renamed()


def pending(database: Database) -> int:
    """Works that wait to be read or written again."""
    found = renamed(database)
    return max(len(found.read) + len(found.stated), Ledger(database).count_dirty(("work",)))


def forget_renamed(database: Database) -> None:
    """The works are marked: to be called inside the transaction that does it."""
    database.set_meta(_RENAMED, "")


def merges_in(before: Entry | None, after: Entry | None, home: Mapping[str, Concept]) -> str:
    """The concept that another one became part of by a change, with all of its labels; "" where it did not."""
    if not isinstance(before, Concept) or not isinstance(after, Concept) or before.deprecated:
        return ""
    if not (after.deprecated and after.replaced_by):
        return ""
    into = home.get(replacement(after, home))
    if into is None or not {(o.text, o.language) for o in before.labels} <= {(o.text, o.language) for o in into.labels}:
        return ""
    return into.iri


def merged_by(changes: Iterable[Change], home: Mapping[str, Concept]) -> dict[str, str]:
    """Concept → the one it became part of, by changes that lead to the concepts `home`."""
    return {one.iri: into for one in changes if (into := merges_in(one.before, one.after, home))}


def replacement(concept: Concept, home: Mapping[str, Concept]) -> str:
    """What is to be used in the place of a concept, over several steps; "" where there is nothing in use."""
    seen, here = set[str](), concept
    while here.deprecated and here.iri not in seen:
        seen.add(here.iri)
        found = home.get(here.replaced_by)
        if found is None:
            return ""
        here = found
    return "" if here.deprecated else here.iri


def rename(database: Database, library: Library, settings: Settings, run: Run, linked: Mapping[str, int]) -> None:
    """Have graph and index follow merges since the versions `linked`, where they are whole; else the build does it."""
    merges = _merges(library, linked, renamed(database).merges)
    ledger = Ledger(database)
    if not merges or ledger.interrupted or not ledger.sequence or not serves(settings, ledger.sequence):
        return
    store = OxigraphStore(settings.data / "store")
    try:
        if lacks(database, store, ledger) is not None:
            return
        with run.stage("merged concepts renamed") as stage:
            engine = write_index(settings)
            try:
                run.advance(stage, _Renaming(database, library, settings, store, engine).of(merges))
            finally:
                engine.close()
    finally:
        store.close()


def _merges(library: Library, linked: Mapping[str, int], done: Merges) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, changes in library.changed_since(linked).items():
        found |= merged_by(changes, library.scheme(name).concepts)
    return {gone: into for gone, into in found.items() if done.get(gone) != into}


class _Renaming:
    """One commit."""

    def __init__(
        self, database: Database, library: Library, settings: Settings, store: OxigraphStore, engine: SearchEngine
    ) -> None:
        self._db, self._library, self._base = database, library, settings.base
        self._ledger = Ledger(database)
        self._store, self._engine = store, engine
        changes = Changes(settings) if database.meta("built") else None
        self._committer = Committer(database, store, engine, snapshots_of(settings), settings.min_free_mb, changes)

    def of(self, merges: Merges) -> int:
        """Lead what is said of merged concepts to the others; returns in how many works."""
        said, stated = self._works(merges)
        claims = dict(self._claims(merges))
        hollow = {iri for iri, (_, ends) in claims.items() if len({merges.get(end, end) for end in ends}) == 1}
        wanted = [self._base.entity("work", name) for name in sorted(said | stated)]
        wanted += [owner for owner, _ in claims.values()]
        exchange = Exchange()
        whole = {claims[iri][0] for iri in hollow}
        for owner, text in self._ledger.texts(wanted):
            if owner in whole:
                exchange.put(owner, frozenset(text.split("\n")), frozenset())
            else:
                exchange.swap(owner, text, _changed_lines(text, merges, hollow, claim=owner.startswith("claim:")))
        schemes = [(scheme, some) for scheme, some in self._library.stale(self._db) if some is not None]
        for scheme, some in schemes:
            parts = {f"scheme:{scheme.name}/{name}": lines for name, lines in scheme_parts(scheme, some).items()}
            before = self._ledger.written(parts)
            for owner, said_now in parts.items():
                exchange.put(owner, before.get(owner, frozenset()), frozenset(said_now))
        exchange.documents = list(self._relisted(merges))
        self._committer.exchange(exchange, lambda: self._remember(merges, said, stated))
        for scheme, _ in schemes:
            self._library.wrote(self._db, scheme)
        return len(said | stated)

    def _works(self, merges: Merges) -> tuple[set[str], set[str]]:
        """Names of works whose texts speak of merged concepts, and of others whose sources do."""
        said, stated = set[str](), set[str]()
        for some in chunks(sorted(merges)):
            listed = values(some)
            for into, pattern in (
                (said, "GRAPH ?g { ?m oa:hasBody ?c ; prov:wasGeneratedBy ?x }"),
                (said, "GRAPH ?g { ?t gn:concept ?c ; gn:work ?x }"),
                (stated, "?x dct:subject ?c"),
            ):
                query = f"SELECT DISTINCT ?x {{ VALUES ?c {{ {listed} }} {pattern} }}"
                into.update(_name(row["x"], self._base) for row in rows(self._store, query))
        return said, stated - said

    def _claims(self, merges: Merges) -> Iterator[tuple[str, tuple[str, tuple[str, str]]]]:
        """IRI of a claim on a merged concept → its owner in the ledger, and what it is between."""
        for some in chunks(sorted(merges)):
            for end in ("rdf:subject", "rdf:object"):
                query = f"""SELECT DISTINCT ?s ?p ?o {{ VALUES ?c {{ {values(some)} }}
                    GRAPH ?g {{ ?x {end} ?c . ?x rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o }} }}"""
                for row in rows(self._store, query):
                    triple = row["s"], row["p"], row["o"]
                    yield claim_iri(self._base, *triple), (f"claim:{claim_name(*triple)}", (row["s"], row["o"]))

    def _relisted(self, merges: Merges) -> Iterator[SearchDocument]:
        """Works as the index shall have them: those about merged concepts or what lay below them."""
        seen: set[str] = set()
        for document in (one for gone in sorted(merges) for one in self._engine.about(gone)):
            if document.iri not in seen:
                seen.add(document.iri)
                own = {merges.get(iri, iri): label for iri, label in document.topics}
                bare = msgspec.structs.replace(document, topics=tuple(own.items()), broader=())
                yield with_topics(bare, (), self._library.labels, self._library.ancestors)

    def _remember(self, merges: Merges, said: Collection[str], stated: Collection[str]) -> None:
        """That these works are to be read, or written, again."""
        before = renamed(self._db)
        now = Renamed(
            merges={**before.merges, **merges}, read=tuple(sorted({*before.read, *self._numbers(said)})),
            stated=tuple(sorted({*before.stated, *self._numbers(stated)})),
        )  # fmt: skip
        self._db.set_meta(_RENAMED, msgspec.json.encode(now).decode())

    def _numbers(self, names: Iterable[str]) -> list[int]:
        found = self._db.rows(
            "SELECT coalesce(survivor, seq) FROM entity"
            " WHERE kind = 'work' AND name IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted(names)),),
        )
        return [number for (number,) in found]


def _changed_lines(text: str, merges: Merges, hollow: Collection[str], *, claim: bool) -> dict[str, str]:
    """Lines of a work or of a claim → what they are after a merge, "" for those that go. A work that had both concepts
    for topics keeps one of them; evidence of claims that would be between a concept and itself goes with them."""
    found: dict[str, str] = {}
    gone = {line.partition(" ")[0] for iri in hollow for line in _lines_with(text, f"<{iri}>")}
    topics = {line.rpartition(_TOPIC)[2].partition(" ")[0] for line in _lines_with(text, _TOPIC)}
    for old, new in ((ref(gone_), ref(into)) for gone_, into in merges.items()):
        for line in _lines_with(text, f" {old} ") if not claim else _lines_with(text, f"{old} "):
            if claim or any(f"{said}{old} " in line for said in _SAID):
                if f"{_TOPIC}{old} " in line:
                    if new in topics:
                        gone.add(line.partition(" ")[0])
                    topics.add(new)
                found[line] = found.get(line, line).replace(f"{old} ", f"{new} ")
    for subject in gone:
        found.update((line, "") for line in _lines_with(text, f"{subject} ") if line.startswith(f"{subject} "))
    return found


def _lines_with(text: str, what: str) -> Iterator[str]:
    """The lines of a text that hold something; most hold it not, so that the text is not split for it."""
    at = text.find(what)
    while at >= 0:
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        yield text[text.rfind("\n", 0, at) + 1 : end]
        at = text.find(what, end)


def _name(iri: str, base: Base) -> str:
    """The opaque name of the work that an IRI is of, or of a part of."""
    return iri.removeprefix(base.entity("work", "")).partition("/")[0]


def mentions_of(store: ReadableStore, merges: Merges) -> int:
    """Statements about works that still name a merged concept: none, once it was renamed."""
    count = 0
    for some in chunks(sorted(merges)):
        query = f"""SELECT (count(*) AS ?n) {{ VALUES ?c {{ {values(some)} }}
            {{ GRAPH ?g {{ ?m oa:hasBody|gn:concept|rdf:subject|rdf:object ?c }} }} UNION {{ ?m dct:subject ?c }} }}"""
        count += sum(int(row["n"]) for row in rows(store, query))
    return count

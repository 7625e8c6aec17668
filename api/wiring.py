"""The services a running server or a command needs, each made when it is first asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property, lru_cache
from pathlib import Path

import msgspec

from api.auditing.log import audit_log
from api.auth import Allowances, Keys
from api.changes import Changes
from api.changing import JournalWriter
from api.checkpoints import snapshots_of
from api.curation.curator import Curator
from api.curation.desks import use_of
from api.curation.mapping import Mapper
from api.dumps import Dumps
from api.hypotheses import Foretold
from api.library import Library
from api.oidc.people import People
from api.past import Citations
from api.personal.profile import Profiles
from api.personal.searches import SavedSearches
from api.personal.store import ProfileStore
from api.serving_index import ServingIndex
from api.settings import Settings
from api.shelf import Shelf, state_of
from api.suggesting import Suggester
from api.terms.ranking import Ranking
from api.understanding import Understanding
from graph.discovery.ask import names
from graph.discovery.related import MOST, RelatedWork, related
from graph.discovery.reports import Report, report
from graph.discovery.resources import Catalogue
from graph.discovery.topics import TopicView, topic_view
from graph.search.base import SearchRequest
from graph.search.engine import SearchEngine
from graph.snapshots import AsOf, Lease, Snapshot
from graph.stores.oxigraph import OxigraphStore
from graph.void import GraphCounts, count_graphs
from ingest.journal.database import Database
from ontology.curation.desk import Desk, Use
from ontology.errors import NotFound, SearchError
from sparql.answer_file import AnswerFile
from sparql.answers import Answers
from sparql.budgets import Budget, Budgets
from sparql.federation import Federation
from sparql.limits import Limits
from sparql.pool import QueryPool
from sparql.process import CHANGE
from sparql.remote import LOST, NoCheckpoints, RemoteWorker
from sparql.saved import SavedQueries
from sparql.service import Service
from sparql.workspaces import Workspaces

_TOPICS_KEPT = 512
_REPORTS_KEPT = 64
_PAST_KEPT = 16


class Services:
    """Everything read-only that the doors share. Close it at the end."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.keys = Keys(settings.data / "keys.sqlite")
        self.people = People(settings)
        self.audit = audit_log(settings)
        self.allowances = Allowances()
        self.snapshots = snapshots_of(settings)
        self._workspace_services: dict[str, Service] = {}
        self._lock = threading.Lock()
        self._open: tuple[Lease, OxigraphStore] | None = None
        self._held: Shelf | None = None

    def snapshot(self) -> Snapshot:
        """The current checkpoint; NotFound before the first build."""
        found = self.snapshots.current()
        if found is None:
            raise NotFound(
                "there is no graph here yet",
                place=str(self.settings.data),
                hint="run `gnomon demo` or `gnomon build PATH`",
            )
        return found

    @property
    def store(self) -> OxigraphStore:
        """The current checkpoint, opened for our own questions; re-opened after a commit."""
        current = self.snapshot()
        with self._lock:
            if self._open is None or self._open[0].snapshot.path != current.path:
                self._release()
                lease = self.snapshots.acquire()
                self._open = (lease, OxigraphStore.read_only(lease.snapshot.path))
            return self._open[1]

    def _release(self) -> None:
        """Let go of the old checkpoint; questions that still run on it keep it open themselves."""
        if self._open is not None:
            self._open[0].release()
            self._open = None

    def topic(self, iri: str, limit: int) -> TopicView:
        """The topic page of a concept, kept for as long as the checkpoint stays the same."""
        return self._topic_views(self.snapshot().path, iri, limit)

    @cached_property
    def _topic_views(self) -> Callable[[Path, str, int], TopicView]:
        return lru_cache(_TOPICS_KEPT)(lambda _, iri, limit: topic_view(self.store, iri, limit))

    def report(self, iri: str, with_parts: bool, first: int, last: int, limit: int) -> Report:
        """The report of an organisation or a person, kept for as long as the checkpoint stays the same."""
        return self._reports(self.snapshot().path, iri, with_parts, first, last, limit)

    @cached_property
    def _reports(self) -> Callable[[Path, str, bool, int, int, int], Report]:
        return lru_cache(_REPORTS_KEPT)(
            lambda _, iri, parts, first, last, limit: report(
                self.store, iri, with_parts=parts, first=first, last=last, limit=limit
            )
        )

    @property
    def resources(self) -> Catalogue:
        """Datasets and software, held for as long as the checkpoint stays the same."""
        return self._resources(self.snapshot().path)

    @cached_property
    def _resources(self) -> Callable[[Path], Catalogue]:
        return lru_cache(1)(lambda _: Catalogue(self.store))

    def related(self, iri: str, limit: int) -> tuple[RelatedWork, ...]:
        """Works like this one by all there is: references, topics, and the vectors of the index."""
        try:
            near = self.engine.more_like(iri, MOST)
        except (NotFound, SearchError):  # the index may be behind the checkpoint, or of another version
            near = {}
        return related(self.store, iri, limit, near)

    @cached_property
    def foretold(self) -> Foretold:
        """What may come together next, as far as the graph tells."""
        return Foretold(lambda: (self.store, self.snapshot().path))

    @property
    def library(self) -> Library:
        """The vocabularies as graph and index have them; opened again after a build took in others."""
        return self._shelf().library

    def _shelf(self) -> Shelf:
        state = state_of(self.settings)
        with self._lock:
            if self._held is None or self._held.state != state:
                self._held = Shelf(self.settings, state)
            return self._held

    @cached_property
    def journal(self) -> Database:
        return Database(self.settings.journal, read_only=True)

    @property
    def understanding(self) -> Understanding:
        return self._shelf().understanding

    @cached_property
    def curator(self) -> Curator:
        """Edits of vocabularies."""

        def uses(iri: str) -> Use:
            return use_of(lambda: self.store, iri)

        newest = Library(self.settings.data, self.settings.base)
        desk = Desk(newest.book, lambda name: self.library.file(name), self.settings.base.concept, uses)
        return Curator(self.settings, desk, lambda: self.library, lambda: self.journal, uses)

    @cached_property
    def mapper(self) -> Mapper:
        """Mappings between vocabularies."""
        return Mapper(self.settings, self.curator)

    @property
    def engine(self) -> SearchEngine:
        """The search index that serves now."""
        self.snapshot()
        return self.index.engine

    @cached_property
    def index(self) -> ServingIndex:
        return ServingIndex(
            self.settings,
            lambda text: self.understanding.recognise(text),
            lambda iri: self.understanding.expand(iri),
            lambda iris: names(self.store, iris),
        )

    @property
    def suggester(self) -> Suggester:
        return self._shelf().suggester(lambda: self.engine)

    @property
    def terms(self) -> Ranking:
        """Candidates for new terms."""
        return self._shelf().terms(self.journal, lambda: self.store)

    @cached_property
    def pool(self) -> QueryPool:
        """Worker processes for SPARQL, started here."""
        settings = self.settings
        limits = Limits(
            seconds=settings.query_seconds, memory_bytes=settings.query_memory_mb << 20, rows=settings.query_rows,
            bytes=settings.query_bytes, workers=settings.query_workers,
        )  # fmt: skip
        pool = QueryPool(self.snapshots, limits)
        pool.start()
        return pool

    @cached_property
    def profile_store(self) -> ProfileStore:
        return ProfileStore(self.settings.data / "profiles.sqlite")

    @cached_property
    def profiles(self) -> Profiles:
        return Profiles(self.profile_store)

    @cached_property
    def saved_searches(self) -> SavedSearches:
        return SavedSearches(self.profile_store)

    @cached_property
    def queries(self) -> SavedQueries:
        return SavedQueries(self.settings.data / "queries.sqlite", self.settings.base, Limits().text)

    @cached_property
    def history(self) -> Changes:
        return Changes(self.settings)

    @cached_property
    def dumps(self) -> Dumps:
        return Dumps(self.settings)

    def counts(self) -> tuple[GraphCounts, ...]:
        """What each graph holds, counted once for each checkpoint."""
        return self._counts(self.snapshot().path)

    @cached_property
    def _counts(self) -> Callable[[Path], tuple[GraphCounts, ...]]:
        return lru_cache(1)(lambda _: count_graphs(self.store))

    @cached_property
    def remote(self) -> QueryPool:
        """Workers that put queries to another server; as many at once as there would be processes."""
        settings = self.settings
        limits = Limits(
            seconds=settings.query_seconds, rows=settings.query_rows, bytes=settings.query_bytes,
            workers=settings.query_workers,
        )  # fmt: skip
        return QueryPool(
            NoCheckpoints(), limits, make=lambda: RemoteWorker(settings.sparql_remote, settings.query_seconds)
        )

    @cached_property
    def changes(self) -> QueryPool:
        """The worker that applies updates to copies; started when the first update comes."""
        return QueryPool(self.snapshots, msgspec.structs.replace(self.pool.limits, workers=1), CHANGE)

    @property
    def cold(self) -> bool:
        """Whether the endpoint still has to be started, which takes a second."""
        return "sparql" not in self.__dict__

    @cached_property
    def sparql(self) -> Service:
        """The built graph, as the endpoint and the command line ask it."""
        if self.settings.sparql_remote:
            return Service(
                self.remote,
                search=self._search,
                named=self._named,
                budgets=self._budgets,
                lost=LOST,
                answers=self.answers,
            )
        self.snapshot()
        return Service(
            self.pool, changes=self.changes, writer=JournalWriter(self.settings, self.snapshots), search=self._search,
            named=self._named, budgets=self._budgets, federation=Federation(self.settings.sparql_services),
            answers=self.answers,
        )  # fmt: skip

    @cached_property
    def _budgets(self) -> Budgets:
        settings = self.settings
        return Budgets(
            Budget(
                cpu=settings.query_cpu_per_minute, concurrent=settings.query_concurrent,
                errors=settings.query_errors_per_minute,
            )
        )  # fmt: skip

    def _search(self, words: str, most: int) -> list[tuple[str, float]]:
        """What `gn:search` finds: the hybrid search of the API, its best works with their scores."""
        found = self.engine.search(SearchRequest(query=words, limit=most, highlight=False))
        return [(hit.document.iri, hit.score) for hit in found.hits]

    def _named(self, typed: str, most: int) -> list[tuple[str, str, str, int]]:
        with suppress(NotFound):  # completion does without names where there is no index
            return [(hit.iri, hit.kind, hit.label, hit.works) for hit in self.suggester(typed, most)]
        return []

    def sparql_as_of(self, wanted: str) -> Service:
        """The graph as it was, to be asked only; `wanted` as `Snapshots.find` takes it. NotFound."""
        if self.settings.sparql_remote:
            raise NotFound("a remote store keeps no snapshots", place=wanted[:80], hint="ask without snapshot")
        return self._past(self.snapshots.find(wanted))

    @cached_property
    def _past(self) -> Callable[[Snapshot], Service]:
        def made(snapshot: Snapshot) -> Service:
            there = AsOf(self.snapshots, snapshot)
            of = f"?snapshot={snapshot.sequence}"
            return Service(self.pool, there, budgets=self._budgets, answers=self.answers, of=of)

        return lru_cache(_PAST_KEPT)(made)

    @cached_property
    def citations(self) -> Citations:
        return Citations(self.settings, self.snapshots, self.pool)

    @cached_property
    def answers(self) -> Answers:
        """Statements about the last answers of all endpoints."""
        return Answers(AnswerFile(self.settings.data / "answers.sqlite"))

    @cached_property
    def workspaces(self) -> Workspaces:
        return Workspaces(self.settings.data / "workspaces")

    def workspace(self, name: str) -> Service:
        """A dataset beside the graph; NotFound."""
        found = self.workspaces.get(name)
        known = self._workspace_services.get(name)
        if known is None or known.writer is not found:
            known = self._workspace_services[name] = Service(
                self.pool, found.checkpoints, changes=self.changes, writer=found, budgets=self._budgets,
                answers=self.answers, home=f"/workspaces/{name}/sparql",
            )  # fmt: skip
        return known

    def warm(self) -> None:
        """Start everything that the first caller would wait for; nothing where there is no graph yet."""
        if self.snapshots.current() is not None:
            self.sparql.profiles.get()
            with suppress(NotFound, SearchError):  # a graph without an index is served as well
                self.engine.search(SearchRequest(query="warm", limit=1))
                next(self.suggester("warm", 1), None)

    def close(self) -> None:
        for name in ("answers", "pool", "remote", "changes", "workspaces", "index", "journal"):
            if name in self.__dict__:
                self.__dict__[name].close()
        with self._lock:
            self._release()

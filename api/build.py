"""The whole road, once: sources → journal → entities → reading → graph and index.

Every stage works off what the journal says is left to do, so that a run that was broken off, or
one with nothing new, simply goes through the same stages again.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from api.changes import Changes
from api.checkpoints import snapshots_of
from api.commit import Change, Committer
from api.curation.following import follow, linked
from api.curation.renaming import rename
from api.due import MADE_WITH, made_with, require_little
from api.encoding import encoder_of
from api.indexing import generations, holds, rebuild, serves, write_index
from api.library import Library
from api.memory import PeakMemory, calm_collector, disk_usage, give_back
from api.settings import Settings
from api.stored import know_quads, known_quads, lacks, quads_in, restore
from api.terms.editing import take_over
from api.terms.vocabulary import OWNER, graph_lines
from api.topics.model import behind, refresh
from api.watch import Run, Stage, Watcher
from api.worker import Workload
from api.workers import Workers
from api.writing import Counts, Writer
from graph.convert import found_scheme_lines, maker_lines, scheme_parts
from graph.stores.oxigraph import OxigraphStore
from ingest.harvest import HarvestOptions, HarvestReport, harvest
from ingest.identifying import identify, unsettled
from ingest.journal.database import Database
from ingest.journal.harvested import Harvested
from ingest.journal.ledger import Ledger, body_of
from ingest.journal.runs import Runs, RunState, new_run_id
from ingest.rereading import catch_up, outdated
from ingest.sources.base import Source
from nlp.encoders.base import Encoder
from ontology.errors import SettingsError, SourceError
from ontology.scheme import Scheme
from ontology.vocabularies.base import DescribedFile
from sparql.executables import executable_lines

_FAULTS_SHOWN = 5
T = TypeVar("T")
_INCOMPLETE = "without-vectors"


class BuildReport(msgspec.Struct, kw_only=True):
    """What a build did: counts, seconds for each stage, and sizes at the end."""

    harvests: list[HarvestReport]
    counts: Counts
    quads: int
    quads_added: int
    quads_removed: int
    stages: list[Stage]
    peak_memory_mb: int
    disk_mb: dict[str, float]
    notes: list[str]


def build(
    settings: Settings,
    sources: Sequence[Source],
    vocabularies: Sequence[Path | DescribedFile],
    watcher: Watcher,
    options: HarvestOptions | None = None,
    run_id: str = "",
    most: int = 0,
) -> BuildReport:
    """Bring the data folder up to date with sources and vocabularies.

    What came of each source is kept in the journal's history under `run_id` (default: a new one).

    Raises WriterBusy where another process builds, SettingsError where the base is not the one the
    folder was built with, DiskFull where space runs out, BuildDue where more than `most` works would have to
    be written (0: any number may); a run that was broken off is continued by calling this again.
    """
    run = Run(watcher)
    notes: list[str] = []
    with _calm_collector(), PeakMemory() as memory, Database(settings.journal) as database:
        _keep_base(database, settings)
        library = Library(settings.data, settings.base)
        with run.stage("vocabularies") as stage:
            run.advance(stage, library.add(vocabularies))
            if take_over(database, settings, library):
                library = Library(settings.data, settings.base)
        for fault in library.faults[:_FAULTS_SHOWN]:
            _note(run, notes, f"vocabulary: {fault}")
        if len(library.faults) > _FAULTS_SHOWN:
            _note(run, notes, f"vocabulary: {len(library.faults) - _FAULTS_SHOWN} more faults")
        rename(database, library, settings, run, linked(database))
        with run.stage("dictionary of all labels"):
            library.prepare_matcher()
        follow(database, library, settings, run)
        if most:
            require_little(settings, database, library, most)
        if behind(database, library):
            with run.stage("model of topics"):
                refresh(database, library)
        runs, names = Runs(database), [source.name for source in sources]
        with _workers(settings, library, database) as workers, _recorded(runs, run_id or new_run_id(), names) as keep:
            reports = [keep(_harvest(database, source, run, notes, options, workers)) for source in sources]
            _catch_up(database, run)
            _identify(database, run, workers)
            counts, quads, added, removed = _write(settings, database, library, run, notes, workers)
    return BuildReport(
        harvests=reports, counts=counts, quads=quads, quads_added=added, quads_removed=removed, stages=run.stages,
        peak_memory_mb=memory.megabytes, disk_mb=disk_usage(settings.data), notes=notes,
    )  # fmt: skip


@contextmanager
def _calm_collector() -> Iterator[None]:
    before = gc.get_threshold()
    calm_collector()
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _note(run: Run, notes: list[str], text: str) -> None:
    notes.append(text)
    run.note(text)


@contextmanager
def _recorded(runs: Runs, run_id: str, sources: Sequence[str]) -> Iterator[Callable[[HarvestReport], HarvestReport]]:
    """Keep the history of a run: that it began, what each source gave, how it ended."""
    ended: dict[str, RunState] = dict.fromkeys(sources, "done")

    def keep(report: HarvestReport) -> HarvestReport:
        runs.harvested(run_id, report)
        if report.error:
            ended[report.source] = "failed"
        return report

    for source in sources:
        runs.begin(run_id, source)
    try:
        yield keep
    except BaseException as error:
        ended = dict.fromkeys(sources, "stopped" if isinstance(error, KeyboardInterrupt) else "failed")
        raise
    finally:
        for source in sources:
            runs.end(run_id, source, ended[source])


def _harvest(
    database: Database, source: Source, run: Run, notes: list[str], options: HarvestOptions | None, workers: Workers
) -> HarvestReport:
    report = HarvestReport(source=source.name)
    with run.stage(f"harvest {source.name}") as stage:

        def progress(counts: HarvestReport) -> None:
            nonlocal report
            report = stage.harvest = counts
            stage.total = counts.expected
            run.advance(stage, counts.seen - stage.done)

        try:
            report = harvest(database, source, progress, options, workers.parse)
        except SourceError as error:
            report.error = str(error)
            _note(run, notes, f"source {source.name}: {error}")
        stage.harvest = report
    if report.quarantined:
        _note(run, notes, f"{source.name}: {report.quarantined} could not be read (gnomon quarantine lists them)")
    if report.withheld:
        _note(
            run,
            notes,
            f"{source.name}: {report.withheld} are gone from the source and were kept, as that is more than may vanish"
            " at once (--allow-shrink deletes them)",
        )
    return report


def _catch_up(database: Database, run: Run) -> None:
    """Readers have changed since: what they read, or could not read, is read again."""
    numbers = outdated(database)
    if numbers:
        with run.stage("read again by newer readers", len(numbers)) as stage:
            catch_up(database, numbers, lambda more: run.advance(stage, more))
    else:
        catch_up(database, ())


def _identify(database: Database, run: Run, workers: Workers) -> None:
    if left := unsettled(database):
        with run.stage("identify", left) as stage:
            identify(database, lambda more: run.advance(stage, more), workers.observe, workers.compare, workers.group)
        database.shrink()
        give_back()


def _write(
    settings: Settings, database: Database, library: Library, run: Run, notes: list[str], workers: Workers
) -> tuple[Counts, int, int, int]:
    ledger = Ledger(database)
    snapshots = snapshots_of(settings)
    store = OxigraphStore(settings.data / "store")
    try:
        restored = _restore(database, store, ledger, run)
        _remake_if_changed(database, library, settings)
        _remake_index(settings, database, library, run, notes)
        encoder = _encoder_wanted(settings, database, run, notes)
        everything = ("work", "person", "organisation", "venue", "claim", "found")
        decided = not ledger.holds(OWNER, graph_lines(database, settings.base))
        unwritten = ledger.count_dirty(everything) or Harvested(database).count_unwritten()
        if not unwritten and not library.stale(database) and not decided:
            if snapshots.current() is None or restored:
                snapshots.publish(store, ledger.sequence)
            return Counts(), quads_in(database, ledger, store), 0, 0
        return _write_all(settings, database, library, run, store, encoder, workers)
    finally:
        store.close()
        gc.collect()


def _restore(database: Database, store: OxigraphStore, ledger: Ledger, run: Run) -> bool:
    """Fill a store that is empty, or behind the journal as a build was broken off; returns whether it was."""
    after = lacks(database, store, ledger)
    if after is None:
        return False
    with run.stage("store restored from the journal") as stage:
        restore(database, store, ledger, after, lambda more: run.advance(stage, more))
    return True


def _write_all(
    settings: Settings,
    database: Database,
    library: Library,
    run: Run,
    store: OxigraphStore,
    encoder: Encoder | None,
    workers: Workers,
) -> tuple[Counts, int, int, int]:
    """Everything that is new or has changed, to store and index."""
    ledger = Ledger(database)
    engine = write_index(settings, encoder)
    try:
        changes = Changes(settings) if database.meta("built") else None
        known = known_quads(database, ledger) if ledger.sequence else 0
        committer = Committer(
            database, store, engine, snapshots_of(settings), settings.min_free_mb, changes,
            gathering=changes is None and not settings.read,
        )  # fmt: skip
        maker = library.maker if settings.read else None
        made = [*maker_lines(maker, settings.base), *found_scheme_lines(settings.base)] if maker else []
        _write_if_new(committer, ledger, "maker", made)
        _write_if_new(committer, ledger, "queries", executable_lines(settings.base), common=False)
        _write_schemes(committer, database, library, run)
        writer = Writer(
            database, settings.base, committer, run, maker=maker.key if maker else "", encoder=encoder,
            part_vectors=settings.fragment_vectors, labels=library.labels, ancestors=library.ancestors,
            agent_bodies=workers.agents,
        )  # fmt: skip
        if works := ledger.count_dirty(("work",)):
            with workers.for_works(works) as executor:
                writer.works(executor)
            _remember_vectors(database, settings, encoder)
        writer.agents()
        workers.release()
        writer.claims()
        writer.terms()
        _write_if_new(committer, ledger, OWNER, graph_lines(database, settings.base))
        committer.finish()
        database.set_meta("built", "yes")
        if known is not None and committer.grown is not None:
            know_quads(database, ledger, known + committer.grown)
        return writer.counts, quads_in(database, ledger, store), committer.storing.added, committer.storing.removed
    finally:
        engine.close()


def _remake_index(settings: Settings, database: Database, library: Library, run: Run, notes: list[str]) -> None:
    """Where the index is lost, behind the journal, of another layout or encoder, or lacks vectors because the encoder
    could not be had, it is made anew; the old one serves meanwhile, and for as long as the encoder cannot be had."""
    sequence = Ledger(database).sequence
    found = generations(settings).current()
    usable = found is not None and serves(settings, sequence)
    complete = database.meta(_INCOMPLETE) != settings.encoder
    if not sequence or (usable and complete and holds(settings)):
        return
    encoder = _encoder(settings, run, notes)
    if encoder is None and settings.encoder != "none" and usable:
        return
    with run.stage("search index made anew") as stage:

        def advance(done: int, total: int) -> None:
            stage.total = total
            run.advance(stage, done - stage.done)

        rebuild(settings, database, library, encoder, settings.encoder, advance)
    _remember_vectors(database, settings, encoder)


def _encoder_wanted(settings: Settings, database: Database, run: Run, notes: list[str]) -> Encoder | None:
    """The encoder, where works are to be written."""
    return _encoder(settings, run, notes) if Ledger(database).count_dirty(("work",)) else None


def _remember_vectors(database: Database, settings: Settings, encoder: Encoder | None) -> None:
    """Whether works went without vectors because the encoder could not be had."""
    with database.transaction():
        database.set_meta(_INCOMPLETE, settings.encoder if encoder is None and settings.encoder != "none" else "")


def _keep_base(database: Database, settings: Settings) -> None:
    """Every IRI in the graph begins with the base, so a data folder has one for good."""
    base = database.meta("base", settings.base_iri)
    if base != settings.base_iri:
        raise SettingsError(
            f"this graph's IRIs begin with {base}, not with {settings.base_iri}", place="setting base_iri",
            hint="keep the base it was built with, or build into a new data folder",
        )  # fmt: skip
    database.set_meta("base", base)


def _remake_if_changed(database: Database, library: Library, settings: Settings) -> None:
    """Another reader means that every work has to be written again."""
    now = made_with(library, settings)
    if database.meta(MADE_WITH) != now:
        with database.transaction():
            database.rows("UPDATE entity SET dirty = 1")
            database.set_meta(MADE_WITH, now)


def _encoder(settings: Settings, run: Run, notes: list[str]) -> Encoder | None:
    with run.stage("text encoder"):
        return encoder_of(settings, lambda text: _note(run, notes, text))


def _write_if_new(
    committer: Committer, ledger: Ledger, owner: str, lines: Iterable[str], *, common: bool = True
) -> None:
    """What the software itself says (who reads, which queries there are), where the graph says otherwise; `common`
    where others may say the same."""
    written = frozenset(lines)
    if not ledger.holds(owner, written):
        committer.commit(Change(bodies={owner: body_of(sorted(written))}, common=common), "", "")


def _write_schemes(committer: Committer, database: Database, library: Library, run: Run) -> None:
    """Vocabularies: what of them is new, or all where their file is."""
    stale = library.stale(database)
    if not stale:
        return
    with run.stage(
        "vocabularies to the graph", sum(len(scheme if some is None else some) for scheme, some in stale)
    ) as stage:
        for scheme, some in stale:
            parts = scheme_parts(scheme, some)
            owners = {f"scheme:{scheme.name}{'/' if name else ''}{name}": lines for name, lines in parts.items()}
            bodies = {owner: body_of(sorted(lines)) for owner, lines in owners.items()}
            if some is None:
                bodies |= dict.fromkeys(_owners(database, scheme) - bodies.keys(), b"")
            committer.commit(Change(bodies=bodies, common=True), "", "")
            library.wrote(database, scheme)
            run.advance(stage, len(scheme if some is None else some))


def _owners(database: Database, scheme: Scheme) -> set[str]:
    """Parts of a scheme that were written."""
    name = f"scheme:{scheme.name}"
    rows = database.rows("SELECT owner FROM written WHERE owner = ? OR owner GLOB ?", (name, f"{name}/??"))
    return {owner for (owner,) in rows}


@contextmanager
def _workers(settings: Settings, library: Library, database: Database) -> Iterator[Workers]:
    """The processes of this build; none are left at its end."""
    load = Workload(
        journal=str(settings.journal), matcher_file=str(library.matcher_file), base_iri=settings.base_iri,
        maker=library.maker.key if settings.read else "", cores=settings.cores,
    )  # fmt: skip
    workers = Workers(settings.executor, load, database)
    try:
        yield workers
    finally:
        workers.close()

"""Figures of curation: `python -m bench.curation DATA [--edits N]`, on a copy of a built data folder.

Writes with all checks on the largest vocabularies as one (CSO and MeSH: 42,000 concepts), 200 writers at once, 1,000
edits taken back, the quality report, previews held against outcomes, and the merge of the concept that texts name most.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random

from api.build import build
from api.curation.desks import desk_of
from api.curation.previewing import Previewer
from api.curation.reporting import report
from api.indexing import as_indexed
from api.library import Library
from api.settings import Settings, load_settings
from api.watch import Quiet
from bench import merging
from graph.discovery.ask import rows
from graph.stores.oxigraph import OxigraphStore
from ingest.identity.assemble import Assembler
from ingest.journal.database import Database
from ingest.journal.ledger import Ledger
from ontology.curation import edits as ask
from ontology.curation.book import CurationBook
from ontology.curation.desk import Desk, revising
from ontology.curation.facts import facts_of, tag_of
from ontology.curation.scope import Author
from ontology.errors import CurationError, HierarchyCycle, VersionChanged
from ontology.reading import Reading, text_version
from ontology.scheme import Scheme
from ontology.vocabularies.turtle import turtle

WORDS = ("model", "network", "analysis", "language", "patients", "treatment", "neural", "corpus", "semantic", "protein")
REFUSED = (CurationError, HierarchyCycle)


def random_edit(scheme: Scheme, iris: Sequence[str], random: Random, spelt: Callable[[], str]) -> ask.Edit:
    """An edit of any kind, which may turn out to be impossible."""
    one, other = random.sample(iris, 2)
    concept = scheme.concepts.get(one)
    label = random.choice(concept.labels) if concept and concept.labels else None
    choices: list[ask.Edit] = [
        ask.Create(concept="", label=spelt(), broader=(other,)), ask.AddLabel(concept=one, text=spelt()),
        ask.Link(concept=one, other=other), ask.Link(concept=one, other=other, relation="related"),
        ask.SetNote(concept=one, text=spelt(), language="de", kind="scopeNote"), ask.Merge(concept=one, into=other),
        ask.Deprecate(concept=one, replaced_by=other, narrower="lift"), ask.Delete(concept=one),
        ask.Map(concept=one, other=f"https://example.org/{random.random()}", relation="close"),
    ]  # fmt: skip
    if label:
        choices += [
            ask.ChangeLabel(concept=one, was=label.text, text=spelt(), language=label.language),
            ask.RemoveLabel(concept=one, text=label.text, language=label.language, kind="alt"),
        ]  # fmt: skip
    return random.choice(choices)


@contextmanager
def timed(times: list[float]) -> Iterator[None]:
    began = time.perf_counter()
    yield
    times.append(time.perf_counter() - began)


def shown(times: Sequence[float]) -> str:
    ordered = sorted(times)
    at = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    middle, longest = statistics.median(ordered), ordered[-1]
    return f"median {middle * 1000:,.1f} ms, p95 {at * 1000:,.1f} ms, longest {longest * 1000:,.0f} ms"


def writes(scheme: Scheme, folder: Path, count: int) -> None:
    """Edits of any kind, with every check, one version each; then all of them taken back."""
    desk = Desk(CurationBook(folder / "writes.sqlite"), lambda _: scheme, lambda _, name: f"urn:x:{name}")
    random, iris, done = Random(1), sorted(scheme.concepts), 0
    made: list[float] = []
    refused: list[float] = []
    desk.vocabulary("all")
    while done < count:
        edit = random_edit(scheme, iris, random, lambda: f"{random.choice(WORDS)} {random.randrange(10**6)}")
        times: list[float] = []
        try:
            with timed(times):
                desk.write("all", [edit], Author("key:bench"), "")
        except REFUSED:
            refused.append(0)
            continue
        made += times
        done += 1
    print(f"writes with all checks on {len(scheme):,} concepts, {count:,} versions: {shown(made)}")
    print(f"  ({len(refused):,} others were refused)")
    back: list[float] = []
    for number in range(count, 0, -1):
        with timed(back):
            desk.undo("all", number, Author("key:bench"))
    same = {c.iri: facts_of(c) for c in desk.as_of("all")} == {c.iri: facts_of(c) for c in scheme}
    print(f"{count:,} taken back: the vocabulary is {'the same again' if same else 'ANOTHER'}; {shown(back)}")


def writers(scheme: Scheme, folder: Path, count: int = 200) -> None:
    """All at once on one concept, each with the version it saw, again when it was late."""
    desk = Desk(CurationBook(folder / "writers.sqlite"), lambda _: scheme, lambda _, name: f"urn:x:{name}")
    iri = sorted(scheme.concepts)[0]
    desk.vocabulary("all")

    def one(number: int) -> int:
        late = 0
        while True:
            seen = tag_of(desk.concept("all", iri))
            try:
                desk.edit(
                    "all", iri, seen, [ask.AddLabel(concept=iri, text=f"writer {number}")], Author("key:bench"), ""
                )
            except VersionChanged:
                late += 1
            else:
                return late

    began = time.perf_counter()
    with ThreadPoolExecutor(count) as threads:
        late = sum(threads.map(one, range(count)))
    texts = {label.text for label in desk.concept("all", iri).labels}
    lost = sum(f"writer {number}" not in texts for number in range(count))
    took = time.perf_counter() - began
    print(f"{count} writers at once: {lost} lost updates, {late} were late and tried again, {took:.1f} s")


def quality(library: Library) -> None:
    for scheme in library.schemes:
        if len(scheme) > 1000:
            found = report(scheme, 0)
            said = f"{scheme.name}, {len(scheme):,} concepts"
            print(f"quality report of {said}, {len(found.checks)} checks: {found.seconds:.1f} s")
            first, second = ("".join(turtle(scheme)) for _ in range(2))
            same = "the same" if first == second else "NOT the same"
            print(f"export of {said}: {len(first.encode()):,} bytes, {same} twice")


def reading_of(journal: Database, settings: Settings, numbers: Sequence[int], maker: str) -> dict[int, Reading]:
    found = {}
    for number, made in Assembler(journal, settings.base).works(numbers):
        document = made.work.document if made else None
        known = Ledger(journal).reading(text_version(document.text), maker) if document else None
        if known:
            found[number] = known
    return found


def previews(settings: Settings, count: int, most: int) -> None:
    """Random edits near what texts say: each previewed, applied and followed; readings held against the preview."""
    random, equal, done, works = Random(5), 0, 0, 0
    preview_times: list[float] = []
    apply_times: list[float] = []
    while done < count:
        library = Library(settings.data, settings.base)
        desk = desk_of(settings, library)
        scheme = random.choice([one for one in library.schemes if len(one) > 1000])
        iris = random.sample(sorted(scheme.concepts), 50)
        words = [label.text for iri in iris for label in scheme.concepts[iri].labels]
        spelt = [f"{word}{random.choice(['s', ' model'])}" for word in words]
        edit = random_edit(scheme, iris, random, partial(random.choice, spelt))
        try:
            changes = desk.tried(scheme.name, named(desk, scheme.name, edit))
        except REFUSED:
            continue
        with Database(settings.journal, read_only=True) as journal:
            previewer = Previewer(settings, journal, library)
            reached = previewer.affected(scheme.name, changes)
            if not reached.read or len(reached.read) > most:
                continue
            views = previewer.views(scheme.name, changes)
            with timed(preview_times):
                fresh = [now for *_, now in previewer.readings(views, scheme.name, changes, reached.read)]
        revised = [revising(one) for one in changes]
        with timed(apply_times):
            desk.write(scheme.name, revised, Author("key:bench"), "")
            build(settings, [], [], Quiet())
        with Database(settings.journal, read_only=True) as journal:
            maker = Library(settings.data, settings.base).maker.key
            after = reading_of(journal, settings, reached.read, maker)
        equal += list(after.values()) == fresh
        done += 1
        works += len(reached.read)
    print(f"preview = outcome for {equal} of {done} random edits, which reached {works:,} works")
    print(f"  preview: {shown(preview_times)}; applied, read again and committed: {shown(apply_times)}")


def named(desk: Desk, scheme: str, edit: ask.Edit) -> tuple[ask.Edit, ...]:
    if isinstance(edit, ask.Create):
        return (ask.Create(concept=desk.mint(scheme), label=edit.label, broader=edit.broader),)
    return (edit,)


def merge(settings: Settings) -> None:
    """The concept that texts name most, merged into the one after it of the same vocabulary."""
    store = OxigraphStore(settings.data / "store")
    query = "SELECT ?c (count(*) AS ?n) { GRAPH ?g { ?m oa:hasBody ?c } } GROUP BY ?c ORDER BY DESC(?n) LIMIT 200"
    ranked = [(row["c"], int(row["n"])) for row in rows(store, query)]
    store.close()
    library = Library(settings.data, settings.base)
    for scheme in library.schemes:
        there = [(iri, n) for iri, n in ranked if iri in scheme.concepts]
        if len(scheme) > 1000 and len(there) > 1:
            (gone, mentions), (kept, _) = there[:2]
            desk = desk_of(settings, library)
            began = time.perf_counter()
            try:
                desk.write(scheme.name, [ask.Merge(concept=gone, into=kept)], Author("key:bench"), "")
            except REFUSED as error:
                print(f"merge in {scheme.name} refused: {error}")
                continue
            written = time.perf_counter() - began
            counts = build(settings, [], [], Quiet()).counts
            took = time.perf_counter() - began
            store = OxigraphStore(settings.data / "store")
            left = f"SELECT (count(*) AS ?n) {{ GRAPH ?g {{ ?m oa:hasBody|gn:concept <{gone}> }} }}"
            dangling = next(rows(store, left))["n"]
            store.close()
            names = f"“{scheme.concepts[gone].name()}” ({mentions:,} mentions) into “{scheme.concepts[kept].name()}”"
            print(f"merge of {names}: edit {written * 1000:.0f} ms, {took:.1f} s in all")
            print(f"  {counts.works:,} works read and written again, {dangling} dangling references")
            return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument(
        "--made", type=int, default=0, help="merge a concept with so many mentions, in a corpus made in DATA"
    )
    parser.add_argument("--edits", type=int, default=100, help="edits that are previewed and applied")
    parser.add_argument("--most", type=int, default=20, help="edits that reach more works are left out")
    parser.add_argument("--work", type=Path, default=None, help="folder for the copy (default: the system's)")
    parser.add_argument("--only", default="", help="writes, quality, previews or merge")
    chosen = parser.parse_args()
    if chosen.made:
        merging.merge(merging.built(chosen.data, chosen.made // 4, 4))
        return
    with tempfile.TemporaryDirectory(dir=chosen.work) as place:
        folder = Path(place)
        ignore = shutil.ignore_patterns("snapshots", "samples", "dumps", "changes")
        shutil.copytree(chosen.data, folder / "data", ignore=ignore)
        settings = as_indexed(load_settings(data=folder / "data", executor="here"))
        library = Library(settings.data, settings.base)
        if chosen.only in ("", "writes"):
            together = Scheme("urn:all", "all", [concept for scheme in library.schemes for concept in scheme])
            writes(together, folder, 1000)
            writers(together, folder)
        if chosen.only in ("", "quality"):
            quality(library)
        if chosen.only in ("", "previews", "merge"):
            build(settings, [], [], Quiet())
        if chosen.only in ("", "previews"):
            previews(settings, chosen.edits, chosen.most)
        if chosen.only in ("", "merge"):
            merge(settings)


if __name__ == "__main__":
    main()

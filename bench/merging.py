"""A merge measured on a made corpus: `python -m bench.curation FOLDER --made 10000` (mentions of the merged concept).

The clock starts before the edit and stops when readers have a checkpoint in which nothing names the merged concept:
the command `gnomon vocabulary link`, its start included, as a server runs it. Reading the works again goes on behind.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from random import Random

from api.build import build
from api.checkpoints import snapshots_of
from api.command import environment
from api.curation.desks import desk_of
from api.curation.renaming import mentions_of
from api.indexing import read_index
from api.library import Library
from api.settings import Settings, load_settings
from api.watch import Quiet
from graph.discovery.ask import rows
from graph.snapshots import Snapshot, Snapshots
from graph.stores.oxigraph import OxigraphStore
from ingest.sources.files import FilesSource
from ontology.curation import edits as ask
from ontology.curation.scope import Author
from ontology.errors import NotFound

_ROOT = "https://example.org/made/"
_FIRST = ("tidal", "glacial", "lunar", "coastal", "alpine", "urban", "riverine", "volcanic", "solar", "arid")
_SECOND = ("sediment", "current", "drift", "boundary", "archive", "signal", "habitat", "basin", "plume", "record")
_THIRD = ("simulation", "mapping", "inventory", "census", "forecast", "survey", "tomography", "calibration")
GONE, KEPT = _ROOT + "0", _ROOT + "1"


def _labels() -> list[str]:
    return [f"{a} {b} {c}" for c in _THIRD for b in _SECOND for a in _FIRST]


def vocabulary(folder: Path) -> Path:
    """800 concepts below eight, in Turtle."""
    said = ["@prefix skos: <http://www.w3.org/2004/02/skos/core#> ."]
    for number, name in enumerate(_THIRD):
        said.append(f'<{_ROOT}top{number}> a skos:Concept ; skos:prefLabel "{name} of the earth"@en .')
    for number, label in enumerate(_labels()):
        above = f"<{_ROOT}top{number // 100}>"
        said.append(f'<{_ROOT}{number}> a skos:Concept ; skos:prefLabel "{label}"@en ; skos:broader {above} .')
    file = folder / "made.ttl"
    file.write_text("\n".join(said))
    return file


def corpus(folder: Path, works: int, each: int) -> Path:
    """Titles and abstracts: each work names the concept that will be merged so many times, and six others."""
    random, labels = Random(11), _labels()
    found = []
    for number in range(works):
        others = random.sample(labels[1:], 6)
        said = [f"We describe a {labels[0]} of region {number}, version {time}." for time in range(each)]
        said += [f"It is compared with a {other} made before." for other in others]
        found.append(
            {"id": f"w{number}", "type": "article-journal", "title": f"Region {number} observed", "language": "en",
             "DOI": f"10.5555/made.{number}", "issued": {"date-parts": [[2000 + number % 25]]},
             "abstract": " ".join(said)}
        )  # fmt: skip
    file = folder / "works.json"
    file.write_text(json.dumps(found))
    return file


def built(folder: Path, works: int, each: int) -> Settings:
    """The data folder of the made corpus; built where it is not there yet."""
    settings = load_settings(data=folder / "data", encoder="none")
    if not settings.journal.exists():
        folder.mkdir(parents=True, exist_ok=True)
        source = FilesSource("made", [corpus(folder, works, each)])
        counts = build(settings, [source], [vocabulary(folder)], Quiet()).counts
        print(f"built: {counts.works:,} works, {counts.mentions:,} mentions", flush=True)
    return settings


def merge(settings: Settings, gone: str = GONE, kept: str = KEPT, scheme: str = "made", most: float = 3600.0) -> None:
    """Merge, time it, say what is left of the merged concept; works are read again for `most` seconds at the most."""
    snapshots = snapshots_of(settings)
    before = _current(snapshots)
    store = OxigraphStore.read_only(before.path)
    query = f"SELECT (count(*) AS ?n) {{ GRAPH ?g {{ ?m oa:hasBody <{gone}> }} }}"
    mentions = int(next(rows(store, query))["n"])
    left = mentions_of(store, {gone: kept})
    desk = desk_of(settings, Library(settings.data, settings.base))
    began = time.perf_counter()
    desk.write(scheme, [ask.Merge(concept=gone, into=kept)], Author("key:bench"), "")
    written = time.perf_counter() - began
    command = [sys.executable, "-m", "api.cli.main", "vocabulary", "link", "--json"]
    environ = {**os.environ, **environment(settings)}
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE) as process:
        while (now := _current(snapshots)) == before and process.poll() is None:
            time.sleep(0.01)
        took = time.perf_counter() - began
        store = OxigraphStore.read_only(now.path)
        dangling, indexed = mentions_of(store, {gone: kept}), len(read_index(settings).about(gone))
        print(f"merge of a concept with {mentions:,} mentions ({left:,} statements): edit {written * 1000:.0f} ms,")
        print(
            f"  {took:.2f} s until graph and index have it; {dangling} dangling there, {indexed} in the index",
            flush=True,
        )
        try:
            process.wait(most)
        except subprocess.TimeoutExpired:
            process.terminate()
            print(f"  reading again was stopped after {most:.0f} s")
            return
        said = process.stdout.read() if process.stdout else b"{}"
    whole = time.perf_counter() - began
    print(f"  {json.loads(said)['works']:,} works read again behind it, done after {whole:.1f} s", flush=True)


def _current(snapshots: Snapshots) -> Snapshot:
    found = snapshots.current()
    if found is None:
        raise NotFound("nothing has been built here")
    return found

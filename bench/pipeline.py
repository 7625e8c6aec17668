"""`python -m bench.pipeline [PATH…] [--vocabulary FILE…]`: build into a fresh folder and measure.

Prints, as JSON, documents per second for each stage, quads, bytes on disk, peak memory and, on the
result, latencies of searches, topics, paths and SPARQL queries (p50 and p95 in milliseconds, each
question asked several times in this process; the first round, which fills caches, is not counted).
Without a path the demo corpus is built.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import msgspec

from api.build import BuildReport, build
from api.settings import load_settings
from api.watch import Bars
from api.wiring import Services
from graph.discovery.topics import topic_view
from graph.search.base import FACETS, SearchRequest
from ingest.sources.base import Source
from ingest.sources.files import FilesSource
from ingest.sources.samples import sample
from sparql.asking import ask

QUERIES = (
    "word sense disambiguation", "neural machine translation attention", "gene expression in cancer cells",
    "author:Manning parsing", "bibliometric analysis of research collaboration", "dependency parsing year:2005..2015",
    "Sentimentanalyse", "malaria transmission", "topic models for citation networks", "speech recognition noise",
)  # fmt: skip
SPARQL = {
    "count works": "SELECT (count(*) AS ?n) WHERE { ?w dct:title ?t }",
    "top topics": "SELECT ?c (count(*) AS ?n) WHERE { ?w dct:subject ?c } GROUP BY ?c ORDER BY DESC(?n) LIMIT 10",
    "works by year": "SELECT ?y (count(*) AS ?n) WHERE { ?w dct:issued ?y } GROUP BY ?y ORDER BY ?y",
}


class Latency(msgspec.Struct):
    """Milliseconds over `n` calls."""

    n: int
    p50: float
    p95: float


def timed(calls: Sequence[Callable[[], object]], rounds: int = 5) -> Latency:
    """Latency over all calls, each made `rounds` times after one round for the caches."""
    taken = []
    for number in range(rounds + 1):
        for call in calls:
            started = time.perf_counter()
            call()
            if number:
                taken.append((time.perf_counter() - started) * 1000)
    taken.sort()
    return Latency(len(taken), round(taken[len(taken) // 2], 2), round(taken[int(len(taken) * 0.95)], 2))


def latencies(services: Services) -> dict[str, Latency]:
    """Latencies of the questions a catalogue is asked."""
    engine, store = services.engine, services.store
    searches = [SearchRequest(query=q, facets=FACETS) for q in QUERIES]
    topics = [line.split(",")[0] for line in _csv(services, SPARQL["top topics"])]
    asked: dict[str, list[Callable[[], object]]] = {
        "search": [partial(engine.search, request) for request in searches],
        "search, words only": [
            partial(engine.search, msgspec.structs.replace(request, mode="lexical")) for request in searches
        ],
        "topic page": [partial(topic_view, store, topic) for topic in topics],
        **{f"sparql, {name}": [partial(_csv, services, query)] for name, query in SPARQL.items()},
    }
    return {name: timed(calls) for name, calls in asked.items()}


def _csv(services: Services, query: str) -> list[str]:
    _, chunks = ask(services.sparql, query, "csv")
    return b"".join(chunks).decode().split("\r\n")[1:-1]


def rates(report: BuildReport) -> dict[str, float]:
    """Things done per second in each stage."""
    return {s.name: round(s.done / s.seconds, 1) for s in report.stages if s.done and s.seconds > 0.01}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--vocabulary", action="append", default=[], type=Path)
    parser.add_argument("--data", type=Path, help="keep the result in this folder (must be empty)")
    parser.add_argument("--encoder")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        settings = load_settings(data=given.data or Path(scratch) / "data", encoder=given.encoder)
        sources: Sequence[Source]
        if given.paths:
            sources, vocabularies = [FilesSource("files", given.paths)], given.vocabulary
        else:
            found = sample("demo", Path(".gnomon/samples"))
            sources, vocabularies = found.sources, list(found.vocabularies)
        with Bars() as bars:
            report = build(settings, sources, vocabularies, bars)
        services = Services(settings)
        try:
            asked = latencies(services)
        finally:
            services.close()
    shown = {**msgspec.to_builtins(report), "per_second": rates(report), "latency_ms": msgspec.to_builtins(asked)}
    print(msgspec.json.format(msgspec.json.encode(shown), indent=1).decode())


if __name__ == "__main__":
    main()

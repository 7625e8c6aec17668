"""Search at size: rates, memory, latencies, exactness of facets, recall under filters, many clients at once.

    python -m bench.search_scale [--works 100000] [--fragments 1000000] [--data ../shared/data] [--folder PATH]

With a folder the index is kept there and the next run measures it as it is.

Works are papers of the ACL Anthology repeated under other ids; their vectors are invented (clusters on the sphere),
so that the size is real and the encoder is left out of the rates; encoding a query is timed apart by
`bench.pipeline`. With `--part-vectors` the parts have vectors, too.
Seconds are wall-clock, CPU seconds beside them where other things run on the machine.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from tempfile import mkdtemp

import msgspec
import numpy as np

from bench.scale_corpus import DIMENSIONS, fragments, vectors, works
from graph.search.base import FACETS, SearchRequest
from graph.search.documents import SearchDocument, Vector
from graph.search.engine import SearchEngine

BATCH = 4_000
ASKED = 200


def filled(
    folder: Path, documents: list[SearchDocument], rows: np.ndarray, parts: int, dense: bool = False
) -> SearchEngine:
    """The index, filled where it is empty, with the rates it was filled at."""
    engine = SearchEngine.open(folder, "invented", DIMENSIONS, encode_query=encoder(rows))
    if len(engine) < len(documents):
        started, used = time.perf_counter(), time.process_time()
        for sequence, at in enumerate(range(0, len(documents), BATCH), 1):
            engine.update(zip(documents[at : at + BATCH], rows[at : at + BATCH], strict=True), [], sequence)
        report("works", len(documents), started, used)
    index, snapshot = engine.fragments, engine.fragments.snapshot()
    if parts and (snapshot is None or len(snapshot) < parts):
        started, used = time.perf_counter(), time.process_time()
        found = fragments(documents, parts)
        number = 0
        while batch := [part for _, part in zip(range(50_000), found, strict=False)]:
            number += 1
            made = dict(zip((part.iri for part in batch), vectors(len(batch), number), strict=True)) if dense else {}
            index.write(batch, (), made)
        report("parts", parts, started, used)
    return engine


def corpus(data: Path, count: int, folder: Path) -> list[SearchDocument]:
    """The works; kept in the folder, as reading them takes longer than some measurements."""
    file = folder / f"works-{count}.msgpack"
    if file.is_file():
        return msgspec.msgpack.decode(file.read_bytes(), type=list[SearchDocument])
    found = list(works(data, count))
    folder.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.msgpack.encode(found))
    return found


def encoder(rows: np.ndarray) -> Callable[[str], Vector]:
    """A query's meaning is near some work's."""

    def encode(text: str) -> Vector:
        vector = rows[hash(text) % len(rows)] + 0.02 * np.random.default_rng(len(text)).normal(size=DIMENSIONS)
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)

    return encode


def report(what: str, count: int, started: float, used: float) -> None:
    wall, cpu = time.perf_counter() - started, time.process_time() - used
    print(f"{what:10} {count:>9,} indexed, {count / wall:,.0f} a second ({count / cpu:,.0f} a CPU second)", flush=True)


def queries(documents: Sequence[SearchDocument], random: Random) -> list[str]:
    """Two to five words of titles."""
    found = []
    for _ in range(ASKED):
        words = [word for word in random.choice(documents).title.split() if word.isalpha()]
        found.append(" ".join(random.sample(words, min(len(words), random.randint(2, 5)))) or "parsing")
    return found


def timed(what: str, calls: Sequence[Callable[[], object]]) -> None:
    """Latencies of the calls, one after the other."""
    seconds, used = [], time.process_time()
    for call in calls:
        started = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - started)
    cpu = (time.process_time() - used) / len(calls)
    p50, p95 = (np.percentile(seconds, p) * 1e3 for p in (50, 95))
    print(f"{what:34} p50 {p50:6.1f} ms   p95 {p95:6.1f} ms   CPU {cpu * 1e3:6.1f} ms", flush=True)


def exact_facets(engine: SearchEngine, documents: Sequence[SearchDocument]) -> bool:
    """Whether years, people and topics of a filtered search are those counted one by one."""
    answer = engine.search(SearchRequest(filter="year:2010-2019", facets=("year", "author", "topic"), facet_size=50))
    among = [one for one in documents if 2010 <= one.year <= 2019]
    truth = {
        "year": Counter(str(one.year) for one in documents),
        "author": Counter(iri for one in among for iri in set(one.author_iris)),
        "topic": Counter(iri for one in among for iri, _ in one.topics),
    }
    return answer.total == len(among) and all(
        value.count == truth[facet.name][value.value] for facet in answer.facets for value in facet.values
    )


def recall(engine: SearchEngine, documents: Sequence[SearchDocument], rows: np.ndarray, text: str) -> float:
    """Of the ten nearest among a tenth of the works, how many are found."""
    topics = [f"http://localhost:8000/id/topic/{number}" for number in range(8)]
    allowed = [n for n, one in enumerate(documents) if {iri for iri, _ in one.topics} & set(topics)]
    vector = encoder(rows)(text)
    best = {documents[allowed[i]].iri for i in np.argsort(-(rows[allowed] @ vector))[:10]}
    filter = "topic:" + "|".join(topics)
    answer = engine.search(SearchRequest(query=text, filter=filter, mode="dense", highlight=False, expand=False))
    return len(best & {hit.document.iri for hit in answer.hits}) / 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--works", type=int, default=100_000)
    parser.add_argument("--fragments", type=int, default=1_000_000)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--folder", type=Path, help="Keep the index here, and use the one that is here.")
    parser.add_argument("--part-vectors", action="store_true", help="Parts have vectors, too.")
    parser.add_argument("--fill", action="store_true", help="Only fill the folder.")
    options = parser.parse_args()
    folder = options.folder or Path(mkdtemp(prefix="search-scale-"))
    try:
        documents = corpus(options.data, options.works, folder)
        if options.fill:
            filled(
                folder / "index", documents, vectors(len(documents)), options.fragments, options.part_vectors
            ).close()
        else:
            measure(folder / "index", documents, options.fragments, options.part_vectors)
    finally:
        if options.folder is None:
            shutil.rmtree(folder)


def measure(folder: Path, documents: list[SearchDocument], parts: int, dense: bool) -> None:
    rows = vectors(len(documents))
    engine = filled(folder, documents, rows, parts, dense)
    random = Random(1)
    asked = queries(documents, random)

    def search(**fields: object) -> list[Callable[[], object]]:
        return [lambda q=q: engine.search(SearchRequest(query=q, **fields)) for q in asked]  # type: ignore[arg-type,misc]

    started = time.perf_counter()
    engine.search(SearchRequest(query="warm"))
    print(f"first search after a commit: {time.perf_counter() - started:.2f} s")
    timed("one box, all facets", search(facets=FACETS))
    timed("one box, no facets", search())
    timed("words alone", search(mode="lexical"))
    timed("filtered by year (half)", search(filter="year:2010-2019"))
    timed("filtered by author", search(filter=f"author:{documents[0].author_iris[0]}"))
    timed("figures", [lambda q=q: engine.search(SearchRequest(query=f"type:figure {q}")) for q in asked])  # type: ignore[misc]
    timed("paragraphs", [lambda q=q: engine.search(SearchRequest(query=f"type:paragraph {q}")) for q in asked])  # type: ignore[misc]
    timed("most cited first", search(sort="citations"))
    timed("cited ten times and more", search(filter="citations:10-"))
    timed("with passages", search(passages=2))
    typed = [one.authors[0][: random.randint(2, 9)] for one in random.sample(documents, ASKED) if one.authors]
    timed("suggest", [lambda t=t: engine.suggest(t) for t in typed])  # type: ignore[misc]
    timed("suggest, a letter wrong", [lambda t=t: engine.suggest(t[:1] + "x" + t[2:]) for t in typed if len(t) > 4])  # type: ignore[misc]
    print("facets exact:", exact_facets(engine, documents))
    print(f"filtered dense recall@10: {np.mean([recall(engine, documents, rows, q) for q in asked[:50]]):.3f}")
    started = time.perf_counter()
    with ThreadPoolExecutor(16) as pool:
        answered = list(pool.map(lambda q: engine.search(SearchRequest(query=q, facets=FACETS)).sequence, asked * 2))
    print(f"16 clients: {len(answered) / (time.perf_counter() - started):.0f} searches a second, no error")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"peak memory of the process: {peak:.2f} GB, with the corpus itself")
    engine.close()


if __name__ == "__main__":
    main()

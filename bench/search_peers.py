"""Beside others on the same documents in one run: LanceDB's hybrid, SQLite's FTS5, bm25s.

    python -m bench.search_peers [--works 100000] [--data ../shared/data] [--folder PATH]

Everybody gets the same titles and abstracts, the same vectors (invented, see `bench.search_scale`) and the same
queries, short (two to five words of a title) and long (twelve to twenty words of an abstract, a question as people
paste one), one after the other in one process each; ten others are asked before the clock runs. Each answers the ten
best with their titles and abstracts; nobody highlights, and nobody has a vector index, so that all are exact. None of
the others counts what matches, so that "words" does not either (`total=off`); "words, counted" does. For the others a
document is its title and abstract, for us it has authors, venue, topics and identifiers as well, which are searched
and answered, too. LanceDB lives in an environment of
its own (`.build/peers/lancedb`, made here). CPU is that of the asking process, all its threads. With a folder
everybody's index is kept there (the one of `bench.search_scale` is ours) and the next run only asks.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import sqlite3
import subprocess
import time
import venv
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import bm25s
import numpy as np
import Stemmer
from msgspec.structs import replace

from bench.scale_corpus import vectors
from bench.search_scale import corpus, encoder, filled, queries
from graph.search.base import SearchRequest
from graph.search.documents import SearchDocument

PEERS = Path(".build/peers")
WARM = 10
"""Of each kind asked first, and not again."""
LONG = 70
"""Long queries asked."""
Asked = dict[str, list[str]]
"""Queries by kind."""


def timed(what: str, ask: Callable[[str], object], asked: Sequence[str]) -> None:
    """Latency and CPU of each query."""
    for query in asked[:WARM]:
        ask(query)
    used, seconds = _cpu(), []
    asked = asked[WARM:]
    for query in asked:
        started = time.perf_counter()
        ask(query)
        seconds.append(time.perf_counter() - started)
    cpu = (_cpu() - used) / len(asked) * 1e3
    p50, p95 = (np.percentile(seconds, p) * 1e3 for p in (50, 95))
    print(f"{what:34} p50 {p50:7.1f} ms   p95 {p95:7.1f} ms   CPU {cpu:7.2f} ms", flush=True)


def _cpu() -> float:
    return sum(
        one.ru_utime + one.ru_stime for one in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def long_queries(documents: Sequence[SearchDocument], random: Random) -> list[str]:
    """Twelve to twenty words in a row of abstracts."""
    found = []
    told = [one for one in documents if len(one.abstract) > 300]
    for _ in range(LONG):
        words = re.findall(r"[A-Za-z]+", random.choice(told).abstract)
        size, at = random.randint(12, 20), random.randrange(max(1, len(words) - 20))
        found.append(" ".join(words[at : at + size]).lower())
    return found


def ours(folder: Path, documents: list[SearchDocument], rows: np.ndarray, asked: Asked, fill: bool) -> None:
    engine = filled(folder, documents, rows, 0)
    if fill:
        return engine.close()

    plain = SearchRequest(expand=False, highlight=False)
    ways = {
        "hybrid": plain, "words": replace(plain, mode="lexical", total=False),
        "words, counted": replace(plain, mode="lexical"),
    }  # fmt: skip
    for kind, texts in asked.items():
        for way, request in ways.items():
            timed(f"gnomon, {way}, {kind}", lambda query, r=request: engine.search(replace(r, query=query)), texts)  # type: ignore[misc]
    return engine.close()


def fts5(folder: Path, documents: Sequence[SearchDocument], asked: Asked, fill: bool) -> None:
    """SQLite's full text search with its Porter stemmer and BM25, any word may match."""
    file = folder / f"fts-{len(documents)}.sqlite"
    fresh = not file.is_file()
    base = sqlite3.connect(file)
    if fresh:
        base.execute("CREATE VIRTUAL TABLE works USING fts5(title, abstract, tokenize = 'porter unicode61')")
        base.executemany("INSERT INTO works VALUES (?, ?)", [(one.title, one.abstract) for one in documents])
        base.commit()

    def ask(query: str) -> object:
        words = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", query))
        return base.execute(
            "SELECT title, abstract FROM works WHERE works MATCH ? ORDER BY rank LIMIT 10", (words,)
        ).fetchall()

    for kind, texts in asked.items() if not fill else ():
        timed(f"SQLite FTS5, {kind}", ask, texts)
    base.close()


def bm25s_words(folder: Path, documents: Sequence[SearchDocument], asked: Asked, fill: bool) -> None:
    texts = [f"{one.title} {one.abstract}" for one in documents]
    stemmer, home = Stemmer.Stemmer("english"), folder / f"bm25s-{len(documents)}"
    if home.is_dir():
        index = bm25s.BM25.load(str(home))
    else:
        index = bm25s.BM25()
        index.index(bm25s.tokenize(texts, stopwords="en", stemmer=stemmer, show_progress=False), show_progress=False)
        index.save(str(home))

    def ask(query: str) -> object:
        tokens = bm25s.tokenize([query], stopwords="en", stemmer=stemmer, show_progress=False)
        return [texts[number] for number in index.retrieve(tokens, k=10, show_progress=False).documents[0]]

    for kind, wanted in asked.items() if not fill else ():
        timed(f"bm25s, {kind}", ask, wanted)


LANCE = """
import json, sys, time, resource
from pathlib import Path
import lancedb, numpy as np, pyarrow as pa
folder, fill = Path(sys.argv[1]), sys.argv[2] == "fill"
base = lancedb.connect(folder / "lance")
if fill:
    texts, rows = json.loads((folder / "texts.json").read_text()), np.load(folder / "rows.npy")
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(rows.ravel()), rows.shape[1])
    table = base.create_table("works", pa.table({"id": list(range(len(texts))), "text": texts, "vector": vectors}))
    table.create_fts_index("text")
    sys.exit()
table = base.open_table("works")
def ask(query, vector):
    return table.search(query_type="hybrid").vector(vector).text(query).limit(10).to_list()
def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
for kind, queries in json.loads((folder / "asked.json").read_text()).items():
    asked = list(zip(queries, np.load(folder / f"questions-{kind}.npy")))
    for query, vector in asked[:10]:
        ask(query, vector)
    asked = asked[10:]
    used, seconds = cpu(), []
    for query, vector in asked:
        started = time.perf_counter()
        ask(query, vector)
        seconds.append(time.perf_counter() - started)
    p50, p95 = (np.percentile(seconds, p) * 1e3 for p in (50, 95))
    name, spent = f"LanceDB {lancedb.__version__}, hybrid, {kind}", (cpu() - used) / len(asked) * 1e3
    print(f"{name:34} p50 {p50:7.1f} ms   p95 {p95:7.1f} ms   CPU {spent:7.2f} ms")
"""


def lancedb(folder: Path, documents: Sequence[SearchDocument], rows: np.ndarray, asked: Asked, fill: bool) -> None:
    """LanceDB's hybrid search (full text and vectors, reciprocal ranks) without a vector index, as ours."""
    home = PEERS / "lancedb"
    python = home / "bin" / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "lancedb", "numpy", "pyarrow"], check=True)
    place = folder / f"lance-{len(documents)}"
    if not (place / "lance").is_dir():
        place.mkdir(parents=True, exist_ok=True)
        (place / "texts.json").write_text(json.dumps([f"{one.title} {one.abstract}" for one in documents]))
        np.save(place / "rows.npy", rows)
        subprocess.run([python, "-W", "ignore", "-c", LANCE, str(place), "fill"], check=True)
    if not fill:
        encode = encoder(rows)
        (place / "asked.json").write_text(json.dumps(asked))
        for kind, texts in asked.items():
            np.save(place / f"questions-{kind}.npy", np.stack([encode(text) for text in texts]))
        subprocess.run([python, "-c", LANCE, str(place), "ask"], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--works", type=int, default=100_000)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--folder", type=Path, help="Keep everybody's index here, and use those that are here.")
    parser.add_argument("--fill", action="store_true", help="Only fill the folder.")
    options = parser.parse_args()
    with TemporaryDirectory() as made:
        folder = options.folder or Path(made)
        documents = corpus(options.data, options.works, folder)
        rows = vectors(len(documents))
        asked = {"short": queries(documents, Random(1)), "long": long_queries(documents, Random(1))}
        ours(folder / "index", documents, rows, asked, options.fill)
        fts5(folder, documents, asked, options.fill)
        bm25s_words(folder, documents, asked, options.fill)
        lancedb(folder, documents, rows, asked, options.fill)


if __name__ == "__main__":
    main()

"""Beside others on the same documents in one run: LanceDB's hybrid, SQLite's FTS5, bm25s.

    python -m bench.search_peers [--works 100000] [--data ../shared/data]

Everybody gets the same titles and abstracts, the same vectors (invented, see `bench.search_scale`) and the same
queries, one after the other in one process each; the first ten of each are asked before the clock runs. LanceDB lives
in an environment of its own (`.build/peers/lancedb`, made here). CPU is that of the asking process.
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

from bench.scale_corpus import DIMENSIONS, vectors, works
from bench.search_scale import BATCH, encoder, queries
from graph.search.base import SearchRequest
from graph.search.documents import SearchDocument
from graph.search.engine import SearchEngine

PEERS = Path(".build/peers")
WARM = 10


def timed(what: str, ask: Callable[[str], object], asked: Sequence[str]) -> None:
    """Latency and CPU of each query."""
    for query in asked[:WARM]:
        ask(query)
    used, seconds = _cpu(), []
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


def ours(folder: Path, documents: Sequence[SearchDocument], rows: np.ndarray, asked: Sequence[str]) -> None:
    engine = SearchEngine.open(folder, "invented", DIMENSIONS, encode_query=encoder(rows))
    for at in range(0, len(documents), BATCH):
        engine.update(zip(documents[at : at + BATCH], rows[at : at + BATCH], strict=True), [], at + 1)

    def request(query: str, mode: str) -> object:
        return engine.search(SearchRequest(query=query, mode=mode, expand=False, highlight=False))  # type: ignore[arg-type]

    timed("gnomon, hybrid", lambda query: request(query, "hybrid"), asked)
    timed("gnomon, words", lambda query: request(query, "lexical"), asked)
    engine.close()


def fts5(folder: Path, documents: Sequence[SearchDocument], asked: Sequence[str]) -> None:
    """SQLite's full text search with its Porter stemmer and BM25, any word may match."""
    base = sqlite3.connect(folder / "fts.sqlite")
    base.execute("CREATE VIRTUAL TABLE works USING fts5(title, abstract, tokenize = 'porter unicode61')")
    base.executemany("INSERT INTO works VALUES (?, ?)", [(one.title, one.abstract) for one in documents])
    base.commit()

    def ask(query: str) -> object:
        words = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", query))
        return base.execute("SELECT rowid FROM works WHERE works MATCH ? ORDER BY rank LIMIT 10", (words,)).fetchall()

    timed("SQLite FTS5", ask, asked)


def bm25s_words(documents: Sequence[SearchDocument], asked: Sequence[str]) -> None:
    stemmer = Stemmer.Stemmer("english")
    texts = [f"{one.title} {one.abstract}" for one in documents]
    index = bm25s.BM25()
    index.index(bm25s.tokenize(texts, stopwords="en", stemmer=stemmer, show_progress=False), show_progress=False)

    def ask(query: str) -> object:
        tokens = bm25s.tokenize([query], stopwords="en", stemmer=stemmer, show_progress=False)
        return index.retrieve(tokens, k=10, show_progress=False)

    timed("bm25s", ask, asked)


LANCE = """
import json, sys, time, resource
from pathlib import Path
import lancedb, numpy as np, pyarrow as pa
folder = Path(sys.argv[1])
texts = json.loads((folder / "texts.json").read_text())
asked = json.loads((folder / "asked.json").read_text())
rows, questions = np.load(folder / "rows.npy"), np.load(folder / "questions.npy")
base = lancedb.connect(folder / "lance")
vectors = pa.FixedSizeListArray.from_arrays(pa.array(rows.ravel()), rows.shape[1])
table = base.create_table("works", pa.table({"id": list(range(len(texts))), "text": texts, "vector": vectors}))
table.create_fts_index("text")
def ask(query, vector):
    return table.search(query_type="hybrid").vector(vector).text(query).limit(10).to_list()
def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
for query, vector in list(zip(asked, questions))[:10]:
    ask(query, vector)
used, seconds = cpu(), []
for query, vector in zip(asked, questions):
    started = time.perf_counter()
    ask(query, vector)
    seconds.append(time.perf_counter() - started)
p50, p95 = (np.percentile(seconds, p) * 1e3 for p in (50, 95))
name, spent = f"LanceDB {lancedb.__version__}, hybrid", (cpu() - used) / len(asked) * 1e3
print(f"{name:34} p50 {p50:7.1f} ms   p95 {p95:7.1f} ms   CPU {spent:7.2f} ms")
"""


def lancedb(folder: Path, documents: Sequence[SearchDocument], rows: np.ndarray, asked: Sequence[str]) -> None:
    """LanceDB's hybrid search (full text and vectors, reciprocal ranks) without a vector index, as ours."""
    home = PEERS / "lancedb"
    python = home / "bin" / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "lancedb", "numpy", "pyarrow"], check=True)
    encode = encoder(rows)
    (folder / "texts.json").write_text(json.dumps([f"{one.title} {one.abstract}" for one in documents]))
    (folder / "asked.json").write_text(json.dumps(list(asked)))
    np.save(folder / "rows.npy", rows)
    np.save(folder / "questions.npy", np.stack([encode(query) for query in asked]))
    subprocess.run([python, "-c", LANCE, str(folder)], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--works", type=int, default=100_000)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    options = parser.parse_args()
    documents = list(works(options.data, options.works))
    rows = vectors(len(documents))
    asked = queries(documents, Random(1))
    with TemporaryDirectory() as folder:
        ours(Path(folder) / "index", documents, rows, asked)
        fts5(Path(folder), documents, asked)
        bm25s_words(documents, asked)
        lancedb(Path(folder), documents, rows, asked)


if __name__ == "__main__":
    main()

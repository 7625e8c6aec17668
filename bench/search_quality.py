"""How well search ranks: nDCG@10 of every arm and every fusion on Cranfield and CISI, beside two others.

    python -m bench.search_quality [--encoder e5-small] [--models FOLDER] [--gold ../shared/data/gold] [--cache FOLDER]

Protocol: each document is indexed with title and abstract, each query asked as one box of bare words
(characters with a meaning in the query language taken out), no expansion; relevance is binary (see
`bench.retrieval`); nDCG@10 with log2 discount, mean over the queries that have a relevant document. bm25s and
tantivy's own default (its query parser, its English stemmer) get the same texts and the same queries.
The only weight that was chosen, how much words count against meaning, is learnt on the one collection and
reported on the other, whose judgements it has not seen.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Mapping, Sequence
from math import log2
from pathlib import Path
from tempfile import TemporaryDirectory

import bm25s
import numpy as np
import Stemmer
import tantivy
from numpy.typing import NDArray

from bench.retrieval import Collection, cisi, cranfield
from graph.search.base import SearchRequest
from graph.search.commits import Commit
from graph.search.compose import compose
from graph.search.engine import SearchEngine
from graph.search.query.parse import parse
from graph.search.ranking import FINAL, FIRST, MEANING, MORE_MEANING, MORE_WORDS, WORDS, Question, Ranker, fused
from graph.search.works import Ranked
from nlp.encoders.base import Encoder
from nlp.encoders.prepare import prepare_encoder

SHARES = (0.5, 1.0, 2.0, 4.0)
"""How much words may count against meaning."""
Pools = dict[int, dict[str, list[tuple[str, float]]]]


def ndcg(ranked: Sequence[str], relevant: frozenset[str], depth: int = 10) -> float:
    """Normalised discounted cumulative gain of the first `depth` (Järvelin and Kekäläinen 2002), binary."""
    gain = sum(1 / log2(rank + 1) for rank, iri in enumerate(ranked[:depth], start=1) if iri in relevant)
    return gain / sum(1 / log2(rank + 1) for rank in range(1, min(depth, len(relevant)) + 1))


def score(collection: Collection, ranking: Callable[[int], Sequence[str]]) -> float:
    """Mean nDCG@10 over the judged queries."""
    return float(np.mean([ndcg(ranking(query), relevant) for query, relevant in collection.relevant.items()]))


def build(folder: Path, collection: Collection, encoder: Encoder, cache: Path | None) -> SearchEngine:
    """An index of the collection, ready to be asked."""
    engine = SearchEngine.open(
        folder, encoder.id, encoder.dimensions, encode_query=lambda text: encoder.encode([text], "query")[0]
    )
    vectors = encoded(collection, encoder, cache)
    engine.update(zip(collection.documents, vectors, strict=True), [], 1)
    return engine


def encoded(collection: Collection, encoder: Encoder, cache: Path | None) -> NDArray[np.float32]:
    """The documents' vectors; kept in `cache` where one is given."""
    file = cache / f"{collection.name}-{encoder.id.replace('/', '-')}.npy" if cache else None
    if file is not None and file.is_file():
        return np.load(file)  # type: ignore[no-any-return]
    vectors = encoder.encode([document.embedded_text for document in collection.documents], "passage")
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        np.save(file, vectors)
    return vectors


def plain(query: str) -> str:
    """A query without what the query language would read as more than words."""
    words = re.sub(r'["()“”„:*{}-]', " ", query)[:4_000]
    return re.sub(r"\b(AND|OR|NOT)\b", lambda found: found.group().lower(), words)


def pools(engine: SearchEngine, collection: Collection, encoder: Encoder) -> Pools:
    """Every ranking of every query, by IRI."""
    commit = engine.commit()
    assert commit is not None
    return {number: _rankings(commit, plain(collection.queries[number]), encoder) for number in collection.relevant}


def _rankings(commit: Commit, text: str, encoder: Encoder) -> dict[str, list[tuple[str, float]]]:
    snapshot, view = commit.snapshot, commit.view
    assert view is not None
    words = compose(parse(text).root, snapshot)
    assert words.matches is not None
    vector = encoder.encode([words.text], "query")[0]
    question = Question(words, words.matches, None, vector, "hybrid")
    _, found = Ranker(snapshot, view, None).rankings(question, view, vector)

    def named(ranked: Ranked) -> list[tuple[str, float]]:
        return [(str(snapshot.stored(place).get_first("iri")), raw) for place, raw in ranked]

    return {name: named(ranked) for name, ranked in found.items()}


def shared(words: float) -> dict[str, float]:
    """The final weights with words counting `words` times as much as meaning."""
    return {WORDS: words / 2, MEANING: 0.5, MORE_WORDS: words, MORE_MEANING: 1.0}


def by(found: Pools, weights: Mapping[str, float]) -> Callable[[int], Sequence[str]]:
    """Rankings fused with these weights."""
    return lambda number: [one.key for one in fused(found[number], dict(weights))]  # type: ignore[arg-type,misc]


def bm25s_ranking(collection: Collection) -> Callable[[int], Sequence[str]]:
    """bm25s with the English stemmer and its own list of stop words."""
    stemmer = Stemmer.Stemmer("english")
    texts = [f"{document.title} {document.abstract}" for document in collection.documents]
    index = bm25s.BM25()
    index.index(bm25s.tokenize(texts, stopwords="en", stemmer=stemmer, show_progress=False), show_progress=False)
    iris = [document.iri for document in collection.documents]

    def ranked(number: int) -> Sequence[str]:
        tokens = bm25s.tokenize([collection.queries[number]], stopwords="en", stemmer=stemmer, show_progress=False)
        found, _ = index.retrieve(tokens, k=10, show_progress=False)
        return [iris[int(at)] for at in found[0]]

    return ranked


def tantivy_ranking(collection: Collection) -> Callable[[int], Sequence[str]]:
    """tantivy as it comes: its query parser over title and abstract, stemmed."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("iri", stored=True, tokenizer_name="raw")
    for name in ("title", "abstract"):
        builder.add_text_field(name, tokenizer_name="en_stem")
    index = tantivy.Index(builder.build())
    writer = index.writer()
    for document in collection.documents:
        writer.add_document(tantivy.Document(iri=document.iri, title=document.title, abstract=document.abstract))
    writer.commit()
    index.reload()
    searcher = index.searcher()

    def ranked(number: int) -> Sequence[str]:
        words = " ".join(re.findall(r"\w+", collection.queries[number])).lower()
        hits = searcher.search(index.parse_query(words, ["title", "abstract"]), 10).hits
        return [str(searcher.doc(address).get_first("iri")) for _, address in hits]

    return ranked


def table(collection: Collection, found: Pools, engine: SearchEngine) -> dict[str, float]:
    """Every row for one collection."""

    def asked(number: int) -> Sequence[str]:
        request = SearchRequest(query=plain(collection.queries[number]), expand=False, highlight=False)
        return [hit.document.iri for hit in engine.search(request).hits]

    rows = {
        "bm25s": bm25s_ranking(collection), "tantivy's default": tantivy_ranking(collection),
        "words (BM25 over fields)": by(found, {WORDS: 1.0}), "meaning (vectors)": by(found, {MEANING: 1.0}),
        "words of the best results (RM3)": by(found, {MORE_WORDS: 1.0}),
        "meaning of the best results (Rocchio)": by(found, {MORE_MEANING: 1.0}),
        "fused once (words, meaning)": by(found, FIRST),
        "fused: both asked again": by(found, {MORE_WORDS: 2.0, MORE_MEANING: 1.0}),
        "fused: all four": by(found, FINAL), "as the engine answers": asked,
    }  # fmt: skip
    return {name: score(collection, ranking) for name, ranking in rows.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", default="e5-small")
    parser.add_argument("--models", type=Path, default=Path(".gnomon/models"))
    parser.add_argument("--gold", type=Path, default=Path("../shared/data/gold"))
    parser.add_argument("--cache", type=Path, help="Folder that keeps vectors from run to run.")
    options = parser.parse_args()
    encoder = prepare_encoder(options.encoder, options.models, print)
    collections = [cranfield(options.gold / "cranfield"), cisi(options.gold / "cisi")]
    gathered: list[Pools] = []
    rows: list[dict[str, float]] = []
    for collection in collections:
        with TemporaryDirectory() as folder:
            engine = build(Path(folder), collection, encoder, options.cache)
            gathered.append(pools(engine, collection, encoder))
            rows.append(table(collection, gathered[-1], engine))
            engine.close()
    print(f"nDCG@10, {encoder.id}; in brackets: against words alone")
    print(f"{'':40}" + "".join(f"{collection.name:>20}" for collection in collections))
    base = [one["words (BM25 over fields)"] for one in rows]
    for name in rows[0]:
        cells = (f"{one[name]:.3f} ({one[name] / at - 1:+.1%})" for one, at in zip(rows, base, strict=True))
        print(f"{name:40}" + "".join(f"{cell:>20}" for cell in cells))
    for learnt, asked in ((0, 1), (1, 0)):
        best = max(SHARES, key=lambda share: score(collections[learnt], by(gathered[learnt], shared(share))))
        reached = score(collections[asked], by(gathered[asked], shared(best)))
        gain = f"{reached / base[asked] - 1:+.1%}"
        print(
            f"words count {best} times, learnt on {collections[learnt].name}:"
            f" {collections[asked].name} {reached:.3f} ({gain})"
        )


if __name__ == "__main__":
    main()

"""How well search ranks: nDCG@10 by words, by meaning, and fused, on Cranfield and CISI.

    python -m bench.search_quality [--encoder e5-small] [--models FOLDER] [--gold ../shared/data/gold]

Protocol: each document is indexed with title and abstract, each query asked as one box of bare words
(characters with a meaning in the query language taken out), no expansion; relevance is binary (see
`bench.retrieval`); nDCG@10 with log2 discount, mean over the queries that have a relevant document.
The fused weight is not tuned on what is shown beside it: see `fitted`, which learns the weight on the one
collection and reports it on the other.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from math import log2
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bench.retrieval import Collection, cisi, cranfield
from graph.search.base import Mode, SearchRequest
from graph.search.engine import SearchEngine
from graph.search.fusion import DENSE_WEIGHT, fuse
from nlp.encoders.base import Encoder
from nlp.encoders.prepare import prepare_encoder

DEPTH = 200
WEIGHTS = [weight / 10 for weight in range(11)]
Pool = tuple[dict[str, float], dict[str, float]]


def ndcg(ranked: Sequence[str], relevant: frozenset[str], depth: int = 10) -> float:
    """Normalised discounted cumulative gain of the first `depth` (Järvelin and Kekäläinen 2002), binary."""
    gain = sum(1 / log2(rank + 1) for rank, iri in enumerate(ranked[:depth], start=1) if iri in relevant)
    return gain / sum(1 / log2(rank + 1) for rank in range(1, min(depth, len(relevant)) + 1))


def build(folder: Path, collection: Collection, encoder: Encoder) -> SearchEngine:
    """An index of the collection, ready to be asked."""
    engine = SearchEngine.open(
        folder, encoder.id, encoder.dimensions, encode_query=lambda text: encoder.encode([text], "query")[0]
    )
    vectors = encoder.encode([document.embedded_text for document in collection.documents], "passage")
    engine.update(zip(collection.documents, vectors, strict=True), [], 1)
    return engine


def ranking(engine: SearchEngine, query: str, mode: Mode) -> dict[str, float]:
    """The first `DEPTH` results with their scores, best first."""
    words = re.sub(r'["()“”„:*{}-]', " ", query)[:4_000]
    words = re.sub(r"\b(AND|OR|NOT)\b", lambda found: found.group().lower(), words)
    answer = engine.search(SearchRequest(query=words, mode=mode, limit=DEPTH, highlight=False))
    return {hit.document.iri: hit.score for hit in answer.hits}


def score(collection: Collection, rankings: dict[int, Sequence[str]]) -> float:
    """Mean nDCG@10 over the judged queries."""
    return float(np.mean([ndcg(rankings[query], relevant) for query, relevant in collection.relevant.items()]))


def fitted(pools: dict[int, Pool], weight: float) -> dict[int, Sequence[str]]:
    """The pools of words and meaning fused with another weight."""
    fused = {
        query: fuse(words, dense, min(dense.values(), default=0.0), weight) for query, (words, dense) in pools.items()
    }
    return {query: [one.key for one in results] for query, results in fused.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", default="e5-small")
    parser.add_argument("--models", type=Path, default=Path(".gnomon/models"))
    parser.add_argument("--gold", type=Path, default=Path("../shared/data/gold"))
    options = parser.parse_args()
    encoder = prepare_encoder(options.encoder, options.models, print)
    pools: dict[str, dict[int, Pool]] = {}
    collections = [cranfield(options.gold / "cranfield"), cisi(options.gold / "cisi")]
    print(f"{encoder.id}, nDCG@10: words, meaning, fused (weight of meaning {DENSE_WEIGHT})")
    for collection in collections:
        with TemporaryDirectory() as folder:
            engine = build(Path(folder), collection, encoder)
            shown = {}
            for mode in ("lexical", "dense", "hybrid"):
                found = {query: ranking(engine, collection.queries[query], mode) for query in collection.relevant}
                shown[mode] = found
            pools[collection.name] = {
                query: (shown["lexical"][query], shown["dense"][query]) for query in collection.relevant
            }
            figures = [score(collection, {q: list(r) for q, r in found.items()}) for found in shown.values()]
            engine.close()
        print(f"{collection.name:10}" + "".join(f"{figure:8.3f}" for figure in figures))
    for learnt, asked in (collections, collections[::-1]):
        best = max(WEIGHTS, key=lambda weight: score(learnt, fitted(pools[learnt.name], weight)))
        print(
            f"weight {best} learnt on {learnt.name}: {asked.name} {score(asked, fitted(pools[asked.name], best)):.3f}"
        )


if __name__ == "__main__":
    main()

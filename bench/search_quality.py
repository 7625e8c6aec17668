"""How well search ranks: nDCG@10 of every arm and every fusion on four collections, beside two others.

    python -m bench.search_quality [--encoder e5-small] [--models FOLDER] [--data ../shared/data] [--cache FOLDER]
        [--beir FOLDER …]

Protocol: each document is indexed with title and abstract, each query asked as one box of bare words
(characters with a meaning in the query language taken out); relevance is binary (see `bench.retrieval`); nDCG@10 with
log2 discount, mean over the queries that have a relevant document. bm25s and tantivy's own default (its query
parser, its English stemmer) get the same texts and the same queries. Concepts are those of CSO, STW and the UNESCO
thesaurus, documents tagged by their labels in title and abstract; only the last row expands queries by them.
The only weight that was chosen, how much words count against meaning, is learnt on the other three collections for
each, and the gain on the one whose judgements it has not seen is printed below the table.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import log2
from pathlib import Path
from tempfile import TemporaryDirectory

import bm25s
import msgspec
import numpy as np
import Stemmer
import tantivy
from numpy.typing import NDArray

from api.library import Library
from api.understanding import Understanding
from bench.retrieval import Collection, beir, cisi, citing, cranfield, inspec
from graph.search.base import SearchRequest
from graph.search.commits import Commit
from graph.search.compose import compose
from graph.search.documents import SearchDocument
from graph.search.engine import SearchEngine
from graph.search.neighbours import smoothed
from graph.search.query.parse import parse
from graph.search.ranking import CONCEPTS, MEANING, WEIGHTS, WORDS, Question, Ranker
from graph.search.understanding import understand
from graph.search.works import Place
from nlp.encoders.base import Encoder
from nlp.encoders.prepare import prepare_encoder
from ontology.namespaces import Base

SHARES = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
"""Of words, against meaning."""
PLAIN = {WORDS: WEIGHTS[WORDS], MEANING: WEIGHTS[MEANING]}
RANK_CONSTANT = 60
VOCABULARIES = ("cso/cso.csv", "stw/stw-skos.ttl", "unesco/unescothes.ttl")


def ndcg(ranked: Sequence[str], relevant: frozenset[str], depth: int = 10) -> float:
    """Normalised discounted cumulative gain of the first `depth` (Järvelin and Kekäläinen 2002), binary."""
    gain = sum(1 / log2(rank + 1) for rank, iri in enumerate(ranked[:depth], start=1) if iri in relevant)
    return gain / sum(1 / log2(rank + 1) for rank in range(1, min(depth, len(relevant)) + 1))


def score(collection: Collection, ranking: Callable[[int], Sequence[str]]) -> float:
    """Mean nDCG@10 over the judged queries."""
    return float(np.mean([ndcg(ranking(query), relevant) for query, relevant in collection.relevant.items()]))


class Built:
    """A collection indexed, with every ranking of every query."""

    def __init__(self, folder: Path, collection: Collection, encoder: Encoder, library: Library, cache: Path | None):
        understanding = Understanding(library)
        self.collection = collection
        self.engine = SearchEngine.open(
            folder, encoder.id, encoder.dimensions, encode_query=lambda text: encoder.encode([text], "query")[0],
            recognise=understanding.recognise, expand=understanding.expand,
        )  # fmt: skip
        tagged = [_tagged(document, library) for document in collection.documents]
        self.engine.update(zip(tagged, encoded(collection, encoder, cache), strict=True), [], 1)
        commit = self.engine.commit()
        assert commit is not None and commit.view is not None
        self.commit, self.view = commit, commit.view
        self.ranker = Ranker(commit.snapshot, self.view, None)
        places = commit.snapshot.works()
        self.iris = {place: str(commit.snapshot.stored(place).get_first("iri")) for place in places}
        self.questions = {
            number: _question(commit, plain(collection.queries[number]), encoder, understanding)
            for number in collection.relevant
        }
        self.found = {
            number: self.ranker.rankings(question, self.view, question.vector)[1]
            for number, question in self.questions.items()
            if question.vector is not None
        }

    def by(self, weights: Mapping[str, float], *, smooth: bool) -> float:
        """nDCG of the rankings fused with these weights."""

        def ranked(number: int) -> Sequence[str]:
            results = self.ranker.fused(self.found[number], dict(weights))
            if smooth:
                results = smoothed(results, self.view, self.ranker.entitled(self.questions[number], results))
            return [self.iris[place] for place in results.keys]

        return score(self.collection, ranked)

    def by_ranks(self) -> float:
        """nDCG of reciprocal rank fusion of words and meaning (Cormack, Clarke and Büttcher, SIGIR 2009)."""

        def ranked(number: int) -> Sequence[str]:
            worth: dict[Place, float] = {}
            for name in (WORDS, MEANING):
                for rank, (place, _) in enumerate(self.found[number][name], start=1):
                    worth[place] = worth.get(place, 0.0) + 1 / (RANK_CONSTANT + rank)
            return [self.iris[place] for place in sorted(worth, key=lambda one: (-worth[one], one))]

        return score(self.collection, ranked)

    def asked(self, *, expand: bool) -> float:
        """nDCG of what the engine answers."""

        def ranked(number: int) -> Sequence[str]:
            request = SearchRequest(query=plain(self.collection.queries[number]), expand=expand, highlight=False)
            return [hit.document.iri for hit in self.engine.search(request).hits]

        return score(self.collection, ranked)


def _tagged(document: SearchDocument, library: Library) -> SearchDocument:
    """The document with every concept whose label stands in its title or abstract."""
    matcher = library.reader.matcher
    hits = matcher.find(f"{document.title}. {document.abstract}", "en")
    iris = dict.fromkeys(matcher.concepts[hit.candidates[0].concept] for hit in hits if hit.candidates)
    return msgspec.structs.replace(document, topics=tuple((iri, library.labels.get(iri, iri)) for iri in iris))


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


def _question(commit: Commit, text: str, encoder: Encoder, understanding: Understanding) -> Question:
    """Words and meaning as typed, and the tags of the concepts named."""
    snapshot = commit.snapshot
    words = compose(parse(text).root, snapshot)
    named = understand(SearchRequest(query=text), snapshot, understanding.recognise, understanding.expand)
    tags = compose(named.root, snapshot, named.expansions, named.groups).tags
    words = msgspec.structs.replace(words, tags=tags)
    assert words.matches is not None
    return Question(words, words.matches, None, encoder.encode([words.text], "query")[0], "hybrid")


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


def table(built: Built) -> dict[str, float]:
    """Every row for one collection."""
    collection = built.collection
    return {
        "bm25s": score(collection, bm25s_ranking(collection)),
        "tantivy's default": score(collection, tantivy_ranking(collection)),
        "words (BM25 over fields)": built.by({WORDS: 1.0}, smooth=False),
        "meaning (vectors)": built.by({MEANING: 1.0}, smooth=False),
        "concepts (tags)": built.by({CONCEPTS: 1.0}, smooth=False),
        "words, smoothed": built.by({WORDS: 1.0}, smooth=True),
        "fused by ranks": built.by_ranks(),
        "fused by scores": built.by(PLAIN, smooth=False),
        "fused by scores, smoothed": built.by(PLAIN, smooth=True),
        "as the engine answers": built.asked(expand=False),
        "as the engine answers, with expansion": built.asked(expand=True),
    }


def learnt(builts: Sequence[Built], base: Sequence[float]) -> Iterable[str]:
    """The share of words that is best on all collections but one, tried on that one."""
    gains = [
        {w: one.by({WORDS: w, MEANING: 1 - w}, smooth=True) / at - 1 for w in SHARES}
        for one, at in zip(builts, base, strict=True)
    ]
    for number, one in enumerate(builts):
        others = [gain for other, gain in enumerate(gains) if other != number]
        best = max(SHARES, key=lambda share: sum(gain[share] for gain in others))
        yield f"share of words {best}, learnt on the others: {one.collection.name} {gains[number][best]:+.1%}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", default="e5-small")
    parser.add_argument("--models", type=Path, default=Path(".gnomon/models"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--cache", type=Path, help="Folder that keeps vectors from run to run.")
    parser.add_argument("--beir", type=Path, nargs="*", default=[], help="More collections, in BEIR's layout.")
    options = parser.parse_args()
    encoder = prepare_encoder(options.encoder, options.models, print)
    gold = options.data / "gold"
    collections = [
        cranfield(gold / "cranfield"), cisi(gold / "cisi"), citing(options.data),
        inspec(gold / "inspec_controlled.tar.gz"), *map(beir, options.beir),
    ]  # fmt: skip
    with TemporaryDirectory() as name:
        folder = Path(name)
        library = Library(folder, Base("http://localhost:8000"))
        library.add([options.data / "vocab" / file for file in VOCABULARIES])
        builts = [Built(folder / str(n), one, encoder, library, options.cache) for n, one in enumerate(collections)]
        rows = [table(one) for one in builts]
        print(f"nDCG@10, {encoder.id}; in brackets: against words alone")
        print(f"{'':40}" + "".join(f"{collection.name:>20}" for collection in collections))
        base = [one["words (BM25 over fields)"] for one in rows]
        for row in rows[0]:
            cells = (f"{one[row]:.3f} ({one[row] / at - 1:+.1%})" for one, at in zip(rows, base, strict=True))
            print(f"{row:40}" + "".join(f"{cell:>20}" for cell in cells))
        for line in learnt(builts, base):
            print(line)
        for one in builts:
            one.engine.close()


if __name__ == "__main__":
    main()

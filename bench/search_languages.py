"""Search across languages: Chinese titles for their abstracts, and labels in Chinese and German for English texts.

    python -m bench.search_languages [--models .gnomon/models] [--data ../shared/data]

Known item: the 996 works of `zh/csl_dev.jsonl` are indexed by abstract alone, each title is the query; mean
reciprocal rank of its own abstract. Labels: 100 concepts of HP (Chinese) and STW (German), whose English preferred
label stands as a phrase in 1 to 50 English texts (PubMed, JATS and ACL titles and abstracts); the query is the foreign
label, those texts are relevant; recall@10 = found / min(10, relevant), with and without the vocabulary. No vectors.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import numpy as np
from lxml import etree

from api.library import Library
from api.understanding import Understanding
from bench.scale_corpus import works
from graph.search.base import SearchRequest
from graph.search.documents import SearchDocument
from graph.search.engine import SearchEngine
from nlp.encoders.prepare import prepare_encoder
from ontology.namespaces import Base

LABELS = 100
MOST = 50


def known_items(data: Path, models: Path) -> None:
    """Mean reciprocal ranks of Chinese titles for their abstracts."""
    rows = [json.loads(line) for line in (data / "zh" / "csl_dev.jsonl").read_text("utf-8").splitlines()]
    encoder = prepare_encoder("e5-small", models, print)
    texts = [row["abstract"] for row in rows]
    documents = [SearchDocument(iri=f"urn:zh:{n}", abstract=text, language="zh") for n, text in enumerate(texts)]
    vectors = encoder.encode(texts, "passage")
    with TemporaryDirectory() as folder:
        engine = SearchEngine.open(
            Path(folder), encoder.id, encoder.dimensions, encode_query=lambda text: encoder.encode([text], "query")[0]
        )
        engine.update(zip(documents, vectors, strict=True), [], 1)
        for mode in ("lexical", "dense", "hybrid"):
            ranks = [_rank(engine, row["title"], f"urn:zh:{n}", mode) for n, row in enumerate(rows)]
            print(f"Chinese titles for abstracts, {mode}: MRR {np.mean([1 / r if r else 0 for r in ranks]):.3f}")
        engine.close()


def _rank(engine: SearchEngine, title: str, iri: str, mode: str) -> int:
    quoted = "".join(" " if c in '"“”()*:{}„' else c for c in title)
    request = SearchRequest(query=quoted, mode=mode, expand=False, limit=100, highlight=False)  # type: ignore[arg-type]
    found = [hit.document.iri for hit in engine.search(request).hits]
    return found.index(iri) + 1 if iri in found else 0


def english_texts(data: Path) -> Iterator[SearchDocument]:
    """Titles and abstracts of articles in XML, and of the ACL Anthology."""
    files = [*sorted((data / "jats").rglob("*.xml")), *sorted((data / "pubmed_xml").rglob("*.xml"))]
    number = 0
    for file in files:
        root = etree.parse(str(file), etree.XMLParser(recover=True, resolve_entities=False, no_network=True)).getroot()
        for article in root.iter("PubmedArticle") if root.tag == "PubmedArticleSet" else (root,):
            title = _text(article.find(".//ArticleTitle"), article.find(".//article-title"))
            abstract = _text(article.find(".//Abstract"), article.find(".//abstract"))
            number += 1
            yield SearchDocument(iri=f"urn:en:{number}", title=title, abstract=abstract, language="en")
    yield from islice(works(data, 30_000), 30_000)


def _text(*nodes: etree._Element | None) -> str:
    return next((" ".join("".join(map(str, node.itertext())).split()) for node in nodes if node is not None), "")


def labels(data: Path) -> None:
    """Recall of foreign labels for English texts."""
    with TemporaryDirectory() as folder:
        library = Library(Path(folder), Base("http://localhost:8000"))
        library.add([data / "vocab" / name for name in ("hp/hp.json", "hp/hp-zh.babelon.tsv", "stw/stw-skos.ttl")])
        understanding = Understanding(library)
        engine = SearchEngine.open(
            Path(folder) / "index", recognise=understanding.recognise, expand=understanding.expand
        )
        engine.update([(document, None) for document in english_texts(data)], [], 1)
        for language in ("zh", "de"):
            asked = _asked(engine, library, language)
            for expand in (True, False):
                found = [_recall(engine, label, relevant, expand) for label, relevant in asked]
                print(f"{len(asked)} {language} labels, {'with' if expand else 'without'} the vocabulary:"
                      f" recall@10 {np.mean(found):.3f}")  # fmt: skip
        engine.close()


def _asked(engine: SearchEngine, library: Library, language: str) -> list[tuple[str, frozenset[str]]]:
    """Labels with the texts that have their concept's English label."""
    pairs = []
    for scheme in library.schemes:
        for concept in scheme:
            foreign = [label.text for label in concept.labels if label.language.startswith(language)]
            english = [label.text for label in concept.labels if label.language == "en" and label.kind == "pref"]
            if foreign and english and foreign[0].lower() != english[0].lower():
                pairs.append((foreign[0], english[0]))
    asked: list[tuple[str, frozenset[str]]] = []
    for foreign_label, label in Random(1).sample(pairs, len(pairs)):
        quoted = label.replace('"', " ")
        if len(asked) == LABELS or not any(c.isalnum() for c in quoted):
            continue
        request = SearchRequest(
            query=f'title:"{quoted}" OR abstract:"{quoted}"', expand=False, limit=100, highlight=False
        )
        answer = engine.search(request)
        if 1 <= answer.total <= MOST:
            asked.append((foreign_label, frozenset(hit.document.iri for hit in answer.hits)))
    return asked


def _recall(engine: SearchEngine, label: str, relevant: frozenset[str], expand: bool) -> float:
    quoted = "".join(" " if c in '"“”()*:{}„' else c for c in label)
    hits: Sequence[str] = [
        hit.document.iri for hit in engine.search(SearchRequest(query=quoted, expand=expand, highlight=False)).hits
    ]
    return len(relevant.intersection(hits)) / min(10, len(relevant))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, default=Path(".gnomon/models"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    options = parser.parse_args()
    labels(options.data)
    known_items(options.data, options.models)


if __name__ == "__main__":
    main()

"""Retrieval test collections: four out of the shared data, and any in BEIR's layout."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random

import msgspec
from lxml import etree

from bench.scale_corpus import works
from graph.search.documents import SearchDocument
from nlp.evaluation.gold.keywords import read_inspec


class Collection(msgspec.Struct, frozen=True):
    """Documents (IRI = `urn:doc:` + number), queries by number, and for each query its relevant IRIs."""

    name: str
    documents: tuple[SearchDocument, ...]
    queries: Mapping[int, str]
    relevant: Mapping[int, frozenset[str]]


def cranfield(folder: Path) -> Collection:
    """1,400 abstracts of aerodynamics, 225 queries. A document's text repeats its title, which is cut
    off. Judgements number the queries by position, not by `num`; every judged pair above 0 is relevant."""
    documents = []
    for node in _xml(folder / "cran.all.1400.xml").iterfind(".//doc[docno]"):
        title, text = _flat(node.findtext("title")), _flat(node.findtext("text"))
        documents.append(_document(_flat(node.findtext("docno")), title, text.removeprefix(title).strip()))
    tops = _xml(folder / "cran.qry.xml").iterfind(".//top")
    queries = {number: _flat(top.findtext("title")) for number, top in enumerate(tops, start=1)}
    pairs = []
    for line in (folder / "cranqrel.trec.txt").read_text().splitlines():
        query, _, document, grade = line.split()
        if int(grade) > 0:
            pairs.append((int(query), document))
    return Collection("Cranfield", tuple(documents), queries, _grouped(pairs))


def cisi(folder: Path) -> Collection:
    """1,460 abstracts of information science; the 76 of its 112 queries that have judgements."""
    documents = [_document(n, f.get("T", ""), f.get("W", "")) for n, f in _smart(folder / "CISI.ALL")]
    queries = {int(number): fields.get("W", "") for number, fields in _smart(folder / "CISI.QRY")}
    lines = (folder / "CISI.REL").read_text().splitlines()
    return Collection(
        "CISI", tuple(documents), queries, _grouped([(int(p[0]), p[1]) for p in map(str.split, lines) if p])
    )


def beir(folder: Path, part: str = "test") -> Collection:
    """A collection as BEIR lays them out (Thakur et al. 2021): `corpus.jsonl`, `queries.jsonl` and `qrels/{part}.tsv`
    with a header. Queries are numbered as they come, those without judgements left out; grades above 0 are relevant."""
    documents = [
        _document(one["_id"], _flat(one.get("title")), _flat(one.get("text")))
        for one in _json_lines(folder / "corpus.jsonl")
    ]
    asked = {one["_id"]: _flat(one["text"]) for one in _json_lines(folder / "queries.jsonl")}
    number = {name: at for at, name in enumerate(asked, start=1)}
    lines = (folder / "qrels" / f"{part}.tsv").read_text().splitlines()[1:]
    pairs = [(number[q], document) for q, document, grade in (line.split("\t") for line in lines) if int(grade) > 0]
    relevant = _grouped(pairs)
    return Collection(
        folder.name, tuple(documents), {n: asked[q] for q, n in number.items() if n in relevant}, relevant
    )


def _json_lines(path: Path) -> Iterator[dict[str, str]]:
    with path.open("rb") as lines:
        yield from (msgspec.json.decode(line) for line in lines if line.strip())


def citing(data: Path) -> Collection:
    """Sentences that cite a paper of computational linguistics, for that paper: 250 queries, one relevant each, among
    the abstracts of `scisummnet` and 900 others of the ACL Anthology."""
    documents: dict[str, SearchDocument] = {}
    for file in sorted((data / "scisummnet" / "xml").iterdir()):
        raw = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        root = etree.fromstring(raw, etree.XMLParser(recover=True, resolve_entities=False, no_network=True))
        title, abstract = _flat(root.findtext('.//S[@sid="0"]')), root.find(".//ABSTRACT")
        name = file.name.partition(".")[0]
        if title and abstract is not None:
            documents[name] = _document(name, title, _flat(" ".join(map(str, abstract.itertext()))))
    random = Random(1)
    others = [one for one in works(data, 30_000) if one.abstract and one.iri.rpartition("/")[2] not in documents]
    more = [_document(one.iri, one.title, one.abstract) for one in random.sample(others, 900)]
    sentences: dict[str, list[str]] = {}
    with (data / "scisummnet" / "citances.tsv").open(errors="replace", newline="") as rows:
        for row in csv.reader(rows, delimiter="\t"):
            if len(row) >= 4 and row[0] in documents and 60 < len(row[3]) < 400:
                sentences.setdefault(row[0], []).append(row[3])
    chosen = [(name, random.choice(said)) for name, said in sorted(sentences.items())][:250]
    return Collection(
        "citing sentences", (*documents.values(), *more), dict(enumerate((text for _, text in chosen), start=1)),
        {number: frozenset({f"urn:doc:{name}"}) for number, (name, _) in enumerate(chosen, start=1)},
    )  # fmt: skip


def inspec(place: Path) -> Collection:
    """1,500 abstracts of the Inspec database (training and development parts); queries are controlled index terms,
    relevant are the abstracts that indexers gave the term, where 5 to 100 have it."""
    texts = [*read_inspec(place, "train"), *read_inspec(place, "dev")]
    documents = tuple(_document(one.key, one.title, one.abstract) for one in texts)
    having: dict[str, set[str]] = {}
    for one in texts:
        for term in one.controlled:
            having.setdefault(term.lower(), set()).add(f"urn:doc:{one.key}")
    terms = sorted(term for term, found in having.items() if 5 <= len(found) <= 100)
    return Collection(
        "index terms", documents, dict(enumerate(terms, start=1)),
        {number: frozenset(having[term]) for number, term in enumerate(terms, start=1)},
    )  # fmt: skip


def _document(number: str, title: str, abstract: str) -> SearchDocument:
    return SearchDocument(iri=f"urn:doc:{number}", title=title, abstract=abstract, language="en")


def _grouped(pairs: list[tuple[int, str]]) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = {}
    for query, document in pairs:
        found.setdefault(query, set()).add(f"urn:doc:{document}")
    return {query: frozenset(documents) for query, documents in found.items()}


def _smart(path: Path) -> list[tuple[str, dict[str, str]]]:
    """Records of the SMART format: `.I number`, then fields that begin with `.X` on a line of its own."""
    records = []
    for block in re.split(r"^\.I\s+", path.read_text(errors="replace"), flags=re.MULTILINE)[1:]:
        number, _, rest = block.partition("\n")
        parts = re.split(r"^\.([A-Z])\s*$", rest, flags=re.MULTILINE)
        records.append((number.strip(), {key: _flat(text) for key, text in zip(parts[1::2], parts[2::2], strict=True)}))
    return records


def _xml(path: Path) -> etree._Element:
    text = re.sub(r"^<\?xml[^>]*\?>", "", path.read_text(errors="replace"))
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True)
    return etree.fromstring(f"<all>{text}</all>", parser)


def _flat(text: str | None) -> str:
    return " ".join((text or "").split())

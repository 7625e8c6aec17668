"""Retrieval test collections: Cranfield and CISI as they lie in the shared data, and any in BEIR's layout."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
from lxml import etree

from graph.search.documents import SearchDocument


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

"""Retrieval test collections as they lie in the shared data: Cranfield and CISI."""

from __future__ import annotations

import re
from collections.abc import Mapping
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

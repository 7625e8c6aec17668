"""A catalogue of any size out of the shared data: its papers, again and again with other ids."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
from lxml import etree
from numpy.typing import NDArray

from graph.search.documents import FragmentDocument, SearchDocument

DIMENSIONS = 384
TOPICS = 400


def works(data: Path, count: int) -> Iterator[SearchDocument]:
    """Papers of the ACL Anthology: those with an abstract first, then again as another edition."""
    papers = [paper for file in sorted((data / "acl_anthology" / "xml").glob("*.xml.gz")) for paper in _papers(file)]
    papers.sort(key=lambda paper: not paper.abstract)
    for number, paper in enumerate(islice(cycle(papers), count)):
        edition = number // len(papers)
        name = f"{paper.id}-{edition}" if edition else paper.id
        cited = [hash_of(f"{name} {n}") % len(papers) for n in range(8)]
        topics = {hash_of(f"{paper.id}{n}") % TOPICS for n in range(4)}
        yield SearchDocument(
            iri=f"http://localhost:8000/id/work/{name}", title=paper.title, abstract=paper.abstract,
            kind="conference-paper", year=paper.year, language="en", authors=paper.authors,
            author_iris=tuple(f"http://localhost:8000/id/person/{hash_of(a):x}" for a in paper.authors),
            venue=paper.venue, venue_iri=f"http://localhost:8000/id/venue/{hash_of(paper.venue):x}",
            topics=tuple((f"http://localhost:8000/id/topic/{topic}", f"topic {topic}") for topic in sorted(topics)),
            identifiers=(f"acl:{name}",), sources=("acl",), citation_count=hash_of(name) % 50, open_access=True,
            features=("abstract",) if paper.abstract else (),
            cites=tuple(f"http://localhost:8000/id/work/{papers[number].id}" for number in cited),
        )  # fmt: skip


def fragments(documents: list[SearchDocument], count: int) -> Iterator[FragmentDocument]:
    """Parts of the works: sentences of abstracts put together anew, so that each part is another one."""
    texts = [document.abstract for document in documents if len(document.abstract) > 300]
    kinds = ("paragraph",) * 8 + ("figure", "table")
    for number in range(count):
        work = documents[number % len(documents)]
        text = texts[(number * 7919) % len(texts)]
        begin = (number * 31) % max(1, len(text) - 300)
        kind = kinds[number % len(kinds)]
        yield FragmentDocument(
            iri=f"{work.iri}/part/{number}", work=work.iri, kind=kind, text=text[begin : begin + 400], language="en",
            label=f"{kind.title()} {number % 9 + 1}" if kind != "paragraph" else "", heading="Methods",
        )  # fmt: skip


def vectors(count: int, seed: int = 1) -> NDArray[np.float32]:
    """Unit vectors in clusters, as texts about the same matter have them; shape (count, 384)."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(500, DIMENSIONS)).astype(np.float32)
    found = centres[random.integers(0, 500, count)] + 0.8 * random.normal(size=(count, DIMENSIONS)).astype(np.float32)
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), dtype=np.float32)


def hash_of(text: str) -> int:
    """A number that is the same in every run."""
    number = 0
    for character in text:
        number = (number * 131 + ord(character)) & 0x7FFFFFFF
    return number


class Paper(NamedTuple):
    """What the corpus takes of a paper."""

    id: str
    title: str
    abstract: str
    year: int
    venue: str
    authors: tuple[str, ...]


def _papers(file: Path) -> Iterator[Paper]:
    root = etree.fromstring(gzip.decompress(file.read_bytes()), etree.XMLParser(resolve_entities=False))
    for volume in root.iter("volume"):
        venue = _text(volume.find("meta/booktitle"))
        year = int(volume.findtext("meta/year") or 0)
        for paper in volume.iter("paper"):
            title = _text(paper.find("title"))
            if title:
                authors = tuple(" ".join(_text(part) for part in author) for author in paper.findall("author"))
                id_ = f"{root.get('id')}-{volume.get('id')}-{paper.get('id')}"
                yield Paper(id_, title, _text(paper.find("abstract")), year, venue, authors)


def _text(node: etree._Element | None) -> str:
    return " ".join("".join(map(str, node.itertext())).split()) if node is not None else ""

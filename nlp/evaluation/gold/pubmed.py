"""PubMed's records as a gold standard of indexing: title, abstract and MeSH headings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from ontology.errors import SettingsError


class Indexed(NamedTuple):
    """A record with the headings that indexers gave it."""

    title: str
    abstract: str
    headings: tuple[str, ...]


def read_pubmed(folder: Path) -> Iterator[Indexed]:
    """Records of every XML file below the folder, each PubMed id once; files that are no PubMed records are passed
    over. SettingsError where there is no file."""
    paths = sorted(folder.rglob("*.xml"))
    if not paths:
        raise SettingsError("no PubMed records here", place=str(folder), hint="name a folder of XML files")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    seen = set()
    for path in paths:
        root = etree.parse(str(path), parser).getroot()
        for citation in root.iter("MedlineCitation") if root is not None else ():
            key = citation.findtext("PMID", "")
            article = citation.find("Article")
            if article is None or key in seen:
                continue
            seen.add(key)
            parts = (" ".join(_text(text).split()) for text in article.iterfind("Abstract/AbstractText"))
            title = article.find("ArticleTitle")
            yield Indexed(
                " ".join(_text(title).split()) if title is not None else "",
                " ".join(parts),
                tuple(name.text or "" for name in citation.iterfind("MeshHeadingList/MeshHeading/DescriptorName")),
            )


def _text(element: etree._Element) -> str:
    return "".join(str(part) for part in element.itertext())

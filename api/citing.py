"""A work for machines that land on its page: schema.org JSON-LD, and signposting links.

Sources: schema.org ScholarlyArticle and Dataset; FAIR Signposting Profile, levels 1 and 2 (link sets: RFC 9264).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from graph.discovery.works import WorkView

TYPES: Final = {
    "dataset": "Dataset", "software": "SoftwareSourceCode", "book": "Book", "chapter": "Chapter", "thesis": "Thesis",
    "report": "Report", "image": "ImageObject", "audio": "AudioObject", "video": "VideoObject",
}  # fmt: skip
_ADDRESSES: Final = {
    "doi": "https://doi.org/", "arxiv": "https://arxiv.org/abs/", "handle": "https://hdl.handle.net/",
    "pmid": "https://pubmed.ncbi.nlm.nih.gov/",
}  # fmt: skip
_SAFE: Final = ":/?#[]@!$&'()*+;=%~"
LINKSET: Final = "application/linkset+json"
BACK: Final = {"describedby": "describes", "item": "collection"}
"""Relation of the landing page to a file → the file's to the page."""
_SUFFIXES: Final = {"text/turtle": ".ttl", "application/ld+json": ".jsonld"}
_FORMATS: Final = {
    "application/x-bibtex": "bibtex", "application/x-research-info-systems": "ris",
    "application/vnd.citationstyles.csl+json": "csl",
}  # fmt: skip
MAX_AUTHORS: Final = 20
"""Authors named in a Link header; the JSON-LD names all."""


def schema_org(work: WorkView) -> dict[str, Any]:
    """The work as a schema.org node; fields without a value are left out."""
    kind = work.kind.rpartition(":")[2].lower()
    found = {
        "@context": "https://schema.org",
        "@type": TYPES.get(kind, "ScholarlyArticle"),
        "@id": work.iri,
        "name": work.title,
        "headline": work.title,
        "datePublished": work.issued or (str(work.year) if work.year else ""),
        "abstract": work.abstract,
        "inLanguage": work.language,
        "license": work.license,
        "isAccessibleForFree": work.open_access,
        "identifier": list(work.identifiers),
        "sameAs": addresses(work),
        "keywords": [*work.keywords, *(topic.name for topic in work.topics)],
        "publisher": {"@type": "Organization", "name": work.publisher} if work.publisher else None,
        "isPartOf": {"@type": "CreativeWork", "@id": work.venue.iri, "name": work.venue.name} if work.venue else None,
        "author": [
            {"@type": "Person", "name": author.name, **({"@id": author.person} if author.person else {})}
            for author in work.authors
            if author.role == "author"
        ],
        "citation": [cited.iri for cited in work.cites],
    }
    return {name: value for name, value in found.items() if value not in ("", None, [])}


def addresses(work: WorkView) -> list[str]:
    """Where the work's identifiers lead to."""
    split = (identifier.partition(":") for identifier in work.identifiers)
    return [_ADDRESSES[scheme] + quote(value, safe="/:;()") for scheme, _, value in split if scheme in _ADDRESSES]


class Link(NamedTuple):
    """A link of a work's page."""

    target: str
    relation: str
    media: str = ""
    profile: str = ""


def signposts(work: WorkView, base: str) -> str:
    """The Link header of the landing page: what there is, and where all links are listed."""
    name = work.iri.rpartition("/")[2]
    told = [*_identity(work, MAX_AUTHORS), *_described(base, name, few=True), _listed(base, name)]
    return ", ".join(map(_header, told))


def signposts_back(base: str, name: str, relation: str) -> str:
    """The Link header of a file of a work: to its landing page, and to where all links are listed."""
    return ", ".join(map(_header, (Link(f"{base}/page/work/{name}", relation, "text/html"), _listed(base, name))))


def linkset(work: WorkView, base: str) -> dict[str, Any]:
    """All links as JSON (RFC 9264): those of the landing page, and those of each description and package back to it."""
    name = work.iri.rpartition("/")[2]
    page = f"{base}/page/work/{name}"
    files = [*_described(base, name), _package(base, name)]
    relations: dict[str, Any] = {"anchor": page}
    for one in (*_identity(work, len(work.authors)), *files):
        relations.setdefault(one.relation, []).append(_target(one))
    back = [{"anchor": one.target, BACK[one.relation]: [{"href": page, "type": "text/html"}]} for one in files]
    return {"linkset": [relations, *back]}


def _identity(work: WorkView, authors: int) -> Iterator[Link]:
    """What the work is: its persistent address, authors, licence, type."""
    yield Link(next(iter(addresses(work)), work.iri), "cite-as")
    for person in islice(dict.fromkeys(author.person for author in work.authors if author.person), authors):
        yield Link(person, "author")
    if work.license.startswith("http"):
        yield Link(work.license, "license")
    for kind in (schema_org(work)["@type"], "AboutPage"):
        yield Link(f"https://schema.org/{kind}", "type")


def _described(base: str, name: str, *, few: bool = False) -> Iterator[Link]:
    """Where it is described: in RDF, and unless a `few` are enough for reference managers."""
    for media, suffix in _SUFFIXES.items():
        yield Link(f"{base}/data/id/work/{name}{suffix}", "describedby", media)
    for media, form in () if few else _FORMATS.items():
        yield Link(f"{base}/v1/works/{name}/export?format={form}", "describedby", media)


def _package(base: str, name: str) -> Link:
    return Link(f"{base}/v1/works/{name}/export?format=rocrate", "item", "application/zip", "https://w3id.org/ro/crate")


def _listed(base: str, name: str) -> Link:
    return Link(f"{base}/v1/works/{name}/linkset", "linkset", LINKSET)


def _header(one: Link) -> str:
    kind = f'; type="{one.media}"' if one.media else ""
    return f'<{quote(one.target, safe=_SAFE)}>; rel="{one.relation}"{kind}'


def _target(one: Link) -> dict[str, Any]:
    """As section 4.2.4 has it: attributes that it does not know are lists."""
    told: dict[str, Any] = {"href": quote(one.target, safe=_SAFE)}
    return told | ({"type": one.media} if one.media else {}) | ({"profile": [one.profile]} if one.profile else {})

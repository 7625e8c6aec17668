"""A work for machines that land on its page: schema.org JSON-LD, and signposting links.

Sources: schema.org ScholarlyArticle and Dataset; FAIR Signposting Profile, level 1.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from graph.discovery.works import WorkView

_TYPES: Final = {
    "dataset": "Dataset", "software": "SoftwareSourceCode", "book": "Book", "chapter": "Chapter", "thesis": "Thesis",
    "report": "Report", "image": "ImageObject", "audio": "AudioObject", "video": "VideoObject",
}  # fmt: skip
_ADDRESSES: Final = {
    "doi": "https://doi.org/", "arxiv": "https://arxiv.org/abs/", "handle": "https://hdl.handle.net/",
    "pmid": "https://pubmed.ncbi.nlm.nih.gov/",
}  # fmt: skip
_SAFE: Final = ":/?#[]@!$&'()*+;=%~"
MAX_AUTHORS: Final = 20
"""Authors named in a Link header; the JSON-LD names all."""


def schema_org(work: WorkView) -> dict[str, Any]:
    """The work as a schema.org node; fields without a value are left out."""
    kind = work.kind.rpartition(":")[2].lower()
    found = {
        "@context": "https://schema.org",
        "@type": _TYPES.get(kind, "ScholarlyArticle"),
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


def signposts(work: WorkView, data: str) -> str:
    """The Link header of the landing page; `data` is the address of the description in RDF."""
    links = [(next(iter(addresses(work)), work.iri), "cite-as", "")]
    links += [(data, "describedby", media) for media in ("text/turtle", "application/ld+json")]
    links += [(author.person, "author", "") for author in work.authors[:MAX_AUTHORS] if author.person]
    if work.license.startswith("http"):
        links.append((work.license, "license", ""))
    links += [(f"https://schema.org/{name}", "type", "") for name in (schema_org(work)["@type"], "AboutPage")]
    return ", ".join(_link(*one) for one in links)


def _link(target: str, relation: str, media: str) -> str:
    kind = f'; type="{media}"' if media else ""
    return f'<{quote(target, safe=_SAFE)}>; rel="{relation}"{kind}'

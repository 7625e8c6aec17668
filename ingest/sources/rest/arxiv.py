"""arXiv's API: a search in slices, the latest changes first (info.arxiv.org/help/api/user-manual).

Its slices end at 30,000 e-prints; whoever wants more harvests arXiv by OAI-PMH (kind `oai`, prefix `arXiv`).
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from lxml import etree
from msgspec import Meta

from ingest.sources.kinds import Kind, one_address
from ingest.sources.oai_client import Element
from ingest.sources.politeness import PerSecond
from ingest.sources.rest.client import Params, xml
from ingest.sources.rest.paged import Page, RestOptions, RestSource
from ontology.errors import SourceError
from ontology.records import Payload

_ATOM: Final = "{http://www.w3.org/2005/Atom}"
_TOTAL: Final = "{http://a9.com/-/spec/opensearch/1.1/}totalResults"
_MOST: Final = 30_000
_VERSION: Final = re.compile(r"v\d+$")


class ArxivOptions(RestOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of arXiv, which asks for three seconds between requests."""

    per_second: PerSecond = 0.33
    rows: Annotated[int, Meta(ge=1, le=2000, description="E-prints in a slice.")] = 500


class ArxivSource(RestSource):
    """Each e-print as its Atom entry, by its arXiv number without version; `datestamp` is when its latest
    version came."""

    path = "query"

    def __init__(self, name: str, base: str, options: ArxivOptions) -> None:
        super().__init__(name, base, options)
        self._said = options
        self._since = ""

    def first(self, since: str) -> dict[str, str]:
        self._since = since
        return {
            "search_query": self._said.query or "all:*", "start": "0", "max_results": str(self._said.rows),
            "sortBy": "lastUpdatedDate", "sortOrder": "descending",
        }  # fmt: skip

    def read(self, body: bytes, asked: Params) -> Page:
        """Ends where entries are older than what is wanted. An empty slice before the end of the list is
        one of arXiv's moods, and asked for again."""
        root = xml(body)
        if root.tag != f"{_ATOM}feed":
            raise ValueError(f"<{root.tag}> in place of a feed")
        start, total = int(asked["start"]), int(root.findtext(_TOTAL) or 0)
        entries = [self._payload(entry) for entry in root.iterfind(f"{_ATOM}entry")]
        if not entries and start < total:
            raise ValueError(f"an empty slice at {start} of {total}")
        wanted = [entry for entry in entries if entry.datestamp[:10] >= self._since]
        end = start + len(entries)
        more = len(wanted) == len(entries) and end < total
        if more and end >= _MOST:
            raise SourceError(
                f"arXiv gives {_MOST} e-prints of a search, and there are {total}", place=self.name,
                hint="narrow the query, or harvest it by OAI-PMH: kind oai, prefix arXiv",
            )  # fmt: skip
        return Page(
            short=not more,
            entries=[*wanted], total=0 if self._since else total,
            following={**asked, "start": str(end)} if more else None,
        )  # fmt: skip

    def _payload(self, entry: Element) -> Payload:
        address = (entry.findtext(f"{_ATOM}id") or "").strip()
        if "/api/errors" in address or not address:
            raise SourceError(
                f"arXiv refuses the search: {(entry.findtext(f'{_ATOM}summary') or 'an entry without id').strip()}",
                place=self.name,
            )  # fmt: skip
        number = _VERSION.sub("", address.partition("/abs/")[2] or address)
        updated = (entry.findtext(f"{_ATOM}updated") or "").strip()
        body = etree.tostring(entry, encoding="utf-8", with_tail=False)
        return Payload(source=self.name, locator=number, body=body, media="arxiv", datestamp=updated)


def _make(name: str, address: tuple[str, ...], options: Any) -> ArxivSource:
    return ArxivSource(name, one_address(name, address), options)


KIND: Final = Kind(
    says="E-prints of arXiv that a search finds; for all of arXiv use the kind oai.",
    options=ArxivOptions,
    make=_make,
    address="https://export.arxiv.org/api",
)

"""Web pages of works: the JSON-LD in them, else their `citation_…` tags (Highwire's, which Google Scholar reads)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any, Final

import msgspec

from ingest.formats.base import Rejected
from ingest.formats.flat import fields_of, record_of
from ingest.formats.json import read_json
from ingest.formats.many import one_by_one
from ingest.formats.schema_org import record_of as record_of_node
from ingest.formats.schema_org import works_in
from ingest.formats.text import decode, require_content
from ontology.errors import FormatError, MalformedPayload
from ontology.records import Payload, Record

MAX_BYTES: Final = 32 * 1024 * 1024
_PAGE: Final = re.compile(rb"<!doctype\s+html|<html[\s>]", re.IGNORECASE)
_SCRIPT: Final = re.compile(
    r"<script\b[^>]*\btype\s*=\s*[\"']?application/ld\+json\b[^>]*>([^<]*(?:<(?!/script)[^<]*)*)</script", re.IGNORECASE
)
_META: Final = re.compile(r"<meta\b([^<>]*)>", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(r"\b(name|property|content)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_CHARSET: Final = re.compile(rb"<meta[^<>]{0,200}charset\s*=\s*[\"']?([\w-]{2,30})", re.IGNORECASE)
_NAMES: Final = {
    "title": "title", "author": "authors", "authors": "authors", "doi": "doi", "pmid": "pmid", "arxiv_id": "arxiv",
    "publication_date": "date", "date": "date", "year": "date", "journal_title": "journal",
    "conference_title": "conference", "inbook_title": "booktitle", "volume": "volume", "issue": "issue",
    "firstpage": "startpage", "lastpage": "endpage", "issn": "issn", "isbn": "isbn", "language": "language",
    "publisher": "publisher", "keywords": "keywords", "abstract": "abstract", "author_orcid": "orcids",
    "pdf_url": "url", "abstract_html_url": "url",
}  # fmt: skip
"""What follows `citation_` → the name of a column."""
_MANY: Final = frozenset({"authors", "keywords", "orcids"})


class WebPageFormat(msgspec.Struct, frozen=True):
    """The works a page describes, mostly one."""

    name: str = "web_page"

    def recognises(self, head: bytes, media: str) -> bool:
        """A document that says it is HTML."""
        return media == self.name or bool(_PAGE.search(head[:2048]))

    def parse(self, payload: Payload) -> Iterator[Record | Rejected]:
        """Raises FormatError for a page that describes no work."""
        require_content(payload.body, MAX_BYTES)
        charset = _CHARSET.search(payload.body[:4096])
        page = decode(payload.body, charset[1].decode("ascii") if charset else "")
        works, broken = _described(page)
        if works:
            yield from one_by_one(works, lambda node, number: record_of_node(node, number, FORMAT.name))
            return
        fields = fields_of(_tags(page))
        if "title" not in fields:
            raise broken or MalformedPayload("the page describes no work", hint="neither JSON-LD nor citation_ tags do")
        yield record_of(fields, "1", FORMAT.name)


FORMAT: Final = WebPageFormat()


def _described(page: str) -> tuple[list[Any], FormatError | None]:
    """The works of all scripts, and what was wrong with one of them."""
    works: list[Any] = []
    broken: FormatError | None = None
    for script in _SCRIPT.finditer(page):
        try:
            works += works_in(read_json(script[1].strip().encode("utf-8", "replace"), Any))
        except FormatError as error:
            broken = error
    return works, broken


def _tags(page: str) -> Iterator[tuple[str, str]]:
    """What the tags say, by names of columns; several of one name as one list."""
    found: dict[str, list[str]] = {}
    for tag in _META.finditer(page):
        said = {name.lower(): unescape(double or single) for name, double, single in _ATTRIBUTE.findall(tag[1])}
        called = (said.get("name") or said.get("property") or "").lower()
        name = _NAMES.get(called.removeprefix("citation_")) if called.startswith("citation_") else None
        if name and said.get("content"):
            found.setdefault(name, []).append(said["content"])
    for name, contents in found.items():
        yield from ((name, one) for one in (["\n".join(contents)] if name in _MANY else contents))

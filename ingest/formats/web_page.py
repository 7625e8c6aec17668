"""Web pages of works: the JSON-LD in them and their `meta` tags (`web_tags`), which complete one another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from ingest.formats.base import Rejected
from ingest.formats.json import read_json
from ingest.formats.many import one_by_one
from ingest.formats.schema_org import record_of as record_of_node
from ingest.formats.schema_org import works_in
from ingest.formats.text import decode, require_content
from ingest.formats.web_tags import record_of_tags, tags_in
from ontology.errors import FormatError, MalformedPayload
from ontology.records import Contributor, Payload, Record

MAX_BYTES: Final = 32 * 1024 * 1024
_PAGE: Final = re.compile(rb"<!doctype\s+html|<html[\s>]", re.IGNORECASE)
_COMMENT: Final = re.compile(rb"<!--(?:[^-]|-(?!->))*-->")
_SCRIPT: Final = re.compile(
    r"<script\b[^>]*\btype\s*=\s*[\"']?application/ld\+json\b[^>]*>([^<]*(?:<(?!/script)[^<]*)*)</script", re.IGNORECASE
)
_CHARSET: Final = re.compile(rb"<meta[^<>]{0,200}charset\s*=\s*[\"']?([\w-]{2,30})", re.IGNORECASE)
_GENERAL: Final = ("article", "other")
_FILLED: Final = (
    "abstract", "abstracts", "language", "volume", "issue", "pages", "publisher", "license", "references", "subjects",
    "funding",
)  # fmt: skip
"""Fields that the tags lend where the JSON-LD has none."""


class WebPageFormat(msgspec.Struct, frozen=True):
    """The works a page describes, mostly one."""

    name: str = "web_page"

    def recognises(self, head: bytes, media: str) -> bool:
        """A document that says it is HTML."""
        return media == self.name or bool(_PAGE.search(_COMMENT.sub(b"", head)[:2048]))

    def parse(self, payload: Payload) -> Iterator[Record | Rejected]:
        """Raises FormatError for a page that describes no work."""
        require_content(payload.body, MAX_BYTES)
        charset = _CHARSET.search(payload.body[:4096])
        page = decode(payload.body, charset[1].decode("ascii") if charset else "")
        works, broken = _described(page)
        said = record_of_tags(tags_in(page), FORMAT.name)
        if said is not None and len(works) < 2:
            yield _completed(works[0], said) if works else said
            return
        if not works:
            raise broken or MalformedPayload("the page describes no work", hint="neither JSON-LD nor its tags do")
        yield from one_by_one(works, lambda node, number: record_of_node(node, number, FORMAT.name))


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


def _completed(node: Any, said: Record) -> Record:
    """The work of the JSON-LD with what only the tags say; the tags alone where they are of another work."""
    try:
        found = record_of_node(node, "1", FORMAT.name)
    except FormatError:
        return said
    dois = [{one for one in record.identifiers if one.scheme == "doi"} for record in (found, said)]
    if not (dois[0] & dois[1]) and (all(dois) or found.title.casefold() != said.title.casefold()):
        return said
    schemes = {one.scheme for one in found.identifiers}
    known = (*found.identifiers, *(one for one in said.identifiers if one.scheme not in schemes))
    more = {name: getattr(said, name) for name in _FILLED if not getattr(found, name)}
    longer = max((d for d in (found.issued, said.issued) if d.startswith(found.issued)), key=len)
    urls = {link.url for link in said.links}
    return msgspec.structs.replace(
        found,
        **more,
        key=str(known[0]) if known else found.key,
        kind=said.kind if found.kind in _GENERAL and said.kind not in _GENERAL else found.kind,
        identifiers=known,
        titles=said.titles if found.title in ("", said.title) else (*found.titles, *said.titles[1:]),
        issued=longer,
        venue=max((found.venue, said.venue), key=lambda one: (one is not None, len(one.identifiers) if one else 0)),
        open_access=said.open_access if found.open_access is None else found.open_access,
        contributors=_united(found.contributors, said.contributors),
        links=(*said.links, *(link for link in found.links if link.url not in urls)),
    )


def _united(one: Sequence[Contributor], two: Sequence[Contributor]) -> tuple[Contributor, ...]:
    """The people of both, one by one where they are as many: tags have the family name apart and whole addresses."""
    if len(one) != len(two):
        return tuple(one if len(one) > len(two) else two)
    return tuple(
        msgspec.structs.replace(
            b if b.family and not a.family else a,
            organisation=a.organisation,
            affiliations=b.affiliations or a.affiliations,
            identifiers=tuple(dict.fromkeys((*a.identifiers, *b.identifiers))),
        )
        for a, b in zip(one, two, strict=True)
    )

"""A saved search as a feed: Atom (RFC 4287) and JSON Feed 1.1."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from lxml.etree import Element, SubElement, _Element, tostring

from api.personal.searches import Match, SavedSearch

_ATOM: Final = "http://www.w3.org/2005/Atom"
_NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def atom(search: SavedSearch, matches: Sequence[Match], address: str, site: str) -> bytes:
    """The feed at `address`; `site` is the base of our IRIs."""
    feed = Element(f"{{{_ATOM}}}feed", nsmap={None: _ATOM})  # type: ignore[dict-item]
    _add(feed, "id", f"{site}/v1/saved/{search.id}")
    _add(feed, "title", search.name)
    _add(feed, "updated", matches[0].seen if matches else search.created)
    _add(feed, "link", rel="self", href=address)
    _add(feed, "generator", "Gnomon")
    _add(_add(feed, "author"), "name", "Gnomon")
    for match in matches:
        entry = _add(feed, "entry")
        _add(entry, "id", match.work)
        _add(entry, "title", match.title or "Untitled")
        _add(entry, "updated", match.seen)
        _add(entry, "link", rel="alternate", href=match.work)
    return bytes(tostring(feed, encoding="utf-8", xml_declaration=True))


def _add(parent: _Element, name: str, text: str = "", **attributes: str) -> _Element:
    made = SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
    if text:
        made.text = _NOT_IN_XML.sub("", text)
    return made


def json_feed(search: SavedSearch, matches: Sequence[Match], address: str, site: str) -> dict[str, Any]:
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": search.name,
        "home_page_url": site,
        "feed_url": address,
        "items": [
            {"id": match.work, "url": match.work, "title": match.title or "Untitled", "date_published": match.seen}
            for match in matches
        ],
    }

"""TEI lists of works: each `biblFull` as a text of its own with a header, as HAL exports its deposits."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Final

from lxml import etree

from ingest.formats.xml import Element, attribute

_FILE: Final = ("titleStmt", "editionStmt", "extent", "publicationStmt", "seriesStmt", "notesStmt", "sourceDesc")


def listed_texts(tei: Element) -> Iterator[Element]:
    """The works that a text lists, where that is all there is in it. Organisations that stand at the text's end
    are put where works refer to them. Elements are moved, not copied: the text is used up."""
    body = tei.find("text/body")
    listed = [] if body is None else body.findall("listBibl/biblFull")
    if body is None or not listed or any(each.tag != "listBibl" for each in body):
        return
    known = {attribute(each, "id"): each for each in tei.iterfind("text/back//org")}
    for work in listed:
        for affiliation in work.iter("affiliation"):
            _named(affiliation, known.get(attribute(affiliation, "ref").removeprefix("#")))
        found, header = etree.Element("TEI"), etree.Element("teiHeader")
        file = etree.SubElement(header, "fileDesc")
        for part in list(work):
            (file if part.tag in _FILE else header).append(part)
        found.append(header)
        yield found


def _named(affiliation: Element, organisation: Element | None) -> None:
    """Say in the affiliation what the organisation is called and where it is."""
    if organisation is None or len(affiliation):
        return
    name = next((each for each in organisation.findall("orgName") if each.get("type") != "acronym"), None)
    for part in (name, organisation.find("desc/address")):
        if part is not None:
            affiliation.append(deepcopy(part))

"""TEI lists of works: each `biblFull` as a text of its own with a header, as HAL exports its deposits."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Final

from lxml import etree

from ingest.formats.xml import Element, attribute

_FUNDERS: Final = {"anrProject": "ANR", "europeanProject": "European Commission"}
"""Who funds the projects that HAL lists by these types."""
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
        for funder in work.iter("funder"):
            _granted(funder, known.get(attribute(funder, "ref").removeprefix("#")))
        found, header = etree.Element("TEI"), etree.Element("teiHeader")
        file = etree.SubElement(header, "fileDesc")
        for part in list(work):
            (file if part.tag in _FILE else header).append(part)
        found.append(header)
        yield found


def _named(affiliation: Element, organisation: Element | None) -> None:
    """Say in the affiliation what the organisation is called, where it is and its number in ROR."""
    if organisation is None or len(affiliation):
        return
    name = next((each for each in organisation.findall("orgName") if each.get("type") != "acronym"), None)
    registered = next((each for each in organisation.findall("idno") if each.get("type") == "ROR"), None)
    for part in (name, organisation.find("desc/address"), registered):
        if part is not None:
            affiliation.append(deepcopy(part))


def _granted(funder: Element, project: Element | None) -> None:
    """Say in the funder who that is and the number of the project that was funded."""
    who = _FUNDERS.get(project.get("type", "")) if project is not None else None
    if project is None or who is None or len(funder):
        return
    etree.SubElement(funder, "orgName").text = who
    for number in project.findall("idno"):
        if attribute(number, "type").lower() in ("anr", "number", "projectnumber"):
            etree.SubElement(funder, "idno", type="grant-number").text = number.text

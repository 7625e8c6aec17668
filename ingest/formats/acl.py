"""ACL Anthology XML: one collection of volumes, each with its papers.

Follows the Anthology's schema (acl-org/acl-anthology, `data/xml/schema.rnc`) and its scheme of
identifiers: "P18-1001" until 2019 (a letter and year, then volume and paper), "2020.acl-main.12" since.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, Literal

import msgspec

from ingest.formats.acl_volume import Volume, volume_of
from ingest.formats.base import Rejected
from ingest.formats.division import Division, elements
from ingest.formats.fields import Role, contributor, identified, language_code, page_range
from ingest.formats.many import one_by_one
from ingest.formats.xml import Children, Element, attribute, children, first, parse_xml, place_of, text_of
from ontology.errors import MalformedPayload
from ontology.identifiers import normalise
from ontology.records import Affiliation, Contributor, Link, Payload, Record, Relation, Title, Venue, WorkKind

_ROOT: Final = re.compile(rb"<collection\s[^>]*\bid\s*=")
_SIGNS: Final = re.compile(rb"<volume\s[^>]*\bid\s*=|<booktitle>|<bibkey>")
_SITE: Final = "https://aclanthology.org/"
_SAID: Final = re.compile(r"\[in (\w+)\]\W*$", re.IGNORECASE)
_NUMBERED: Final = re.compile(
    r"\b(?:Volume|Vol\.)\s*(\d{1,4})\b(?:\D{1,12}(?:Issue|Number|No\.?)\s*(\d{1,3}(?:-\d{1,3})?))?"
)
_FILE: Final = re.compile(r"[\w.-]{1,200}")
_ISSUE: Final = re.compile(r"((?!Proceedings)[^,]{1,200}), Vol(?:ume|\.) \d{1,4}, (?:Number|Issue|No\.?) \d")
"""A title of a journal's issue: the journal before its numbers."""
_HAN: Final = re.compile("[\u4e00-\u9fff]")
_SHORTEST: Final = 8
"""Letters of a translated title; less in brackets is a name or an abbreviation."""
_JOURNALS: Final = {
    "cl": "Computational Linguistics",
    "lilt": "Linguistic Issues in Language Technology",
    "tacl": "Transactions of the Association for Computational Linguistics",
}


class AclFormat(msgspec.Struct, frozen=True):
    """One record per paper, and one per volume for its proceedings (or journal issue)."""

    name: str = "acl"

    def recognises(self, head: bytes, media: str) -> bool:
        """A root `collection` with an id, followed by a volume."""
        return media == self.name or bool(_ROOT.search(head) and _SIGNS.search(head))

    def parse(self, payload: Payload) -> Iterator[Record | Rejected]:
        """Raises FormatError for broken XML and for a root other than `collection` with an id."""
        root = parse_xml(payload.body)
        if root.tag != "collection" or not root.get("id", "").strip():
            raise MalformedPayload("this XML is no collection of the ACL Anthology", place=place_of(root))
        yield from one_by_one(_items(root), lambda item, _: _read(*item))

    def divide(self, body: bytes) -> Division | None:
        """Cut at its volumes, and these at their papers; at the papers alone where a volume's number is given in an
        element of the same name."""
        return elements(body, "volume", inner=("paper",)) or elements(body, "paper")


FORMAT: Final = AclFormat()


def _items(root: Element) -> Iterator[tuple[Volume, Element]]:
    collection = root.get("id", "").strip()
    for element in root.findall("volume"):
        volume = volume_of(collection, element)
        yield volume, element
        for paper in element.findall("paper"):
            yield volume, paper


def _read(volume: Volume, element: Element) -> Record:
    return _proceedings(volume) if element.tag == "volume" else _paper(volume, element)


def _proceedings(volume: Volume) -> Record:
    """The volume as a work: its editors are its contributors."""
    if not volume.title:
        raise MalformedPayload("the volume has no booktitle", place=volume.place)
    is_journal = bool(_journal(volume))
    number, issue = _numbers(volume) if is_journal else (volume.number, "")
    return Record(
        key=str(volume.identifiers[0]) if volume.identifiers else f"volume:{volume.name}",
        format=FORMAT.name,
        kind="journal-issue" if is_journal else "proceedings",
        identifiers=volume.identifiers,
        titles=(Title(volume.title, "en"),),
        issued=volume.issued,
        venue=_venue(volume) if is_journal else None,
        volume=number,
        issue=issue,
        publisher=volume.publisher,
        contributors=tuple(_people(volume.editors, "editor")),
        links=(Link(url=f"{_SITE}volumes/{volume.name}/"),),
    )


def _paper(volume: Volume, paper: Element) -> Record:
    inside = children(paper)
    title = text_of(first(inside, "title"))
    if not title:
        raise MalformedPayload("the paper has no title", place=place_of(paper))
    address = text_of(first(inside, "url"))
    held = normalise("acl", address) if address else None
    name = _name(volume, paper, held)
    language = _language(volume, text_of(first(inside, "language")), title)
    is_journal = bool(_journal(volume))
    number, issue = _numbers(volume) if is_journal else ("", "")
    return Record(
        key=f"acl:{name}",
        format=FORMAT.name,
        kind=_kind(paper, is_journal=is_journal or "journal" in inside),
        identifiers=identified([("acl", name), ("doi", text_of(first(inside, "doi")))]),
        titles=tuple(_titles(title, language)),
        abstract=text_of(first(inside, "abstract")),
        language=language,
        issued=volume.issued,
        venue=_venue(volume, text_of(first(inside, "journal"))),
        volume=number,
        issue=text_of(first(inside, "issue")) or issue,
        pages=_pages(text_of(first(inside, "pages"))),
        publisher=volume.publisher,
        retracted="retracted" in inside or "removed" in inside,
        open_access=True if held else None,
        contributors=(*_people(inside.get("author", ()), "author"), *_people(inside.get("editor", ()), "editor")),
        relations=tuple(Relation(kind="IsPartOf", target=each) for each in volume.identifiers[:1]),
        links=tuple(dict.fromkeys(_links(inside, name, address, held))),
    )


def _name(volume: Volume, paper: Element, held: str | None) -> str:
    """The Anthology's identifier, composed as the Anthology does; that in the paper's address, where the Anthology
    itself holds the paper (`held`), only where there is none.

    The two agree but where an address was given twice by mistake (2006.amta-panel1 and -panel2).
    """
    name = normalise("acl", volume.paper(paper.get("id", "").strip())) or held
    if name is None:
        raise MalformedPayload("the paper has no identifier of the Anthology", place=place_of(paper))
    return name


def _kind(paper: Element, *, is_journal: bool) -> WorkKind:
    if paper.get("type") in ("frontmatter", "backmatter"):
        return "other"
    return "article" if is_journal else "conference-paper"


def _language(volume: Volume, stated: str, title: str) -> str:
    """As stated, as the title says ("… [in French]"), else English: but for series of other languages."""
    if code := language_code(stated):
        return code
    if (said := _SAID.search(title)) and (code := language_code(said[1])):
        return code
    return "en" if volume.in_english else ""


def _venue(volume: Volume, journal: str = "") -> Venue | None:
    """Where papers of the volume appeared: the journal, or else the conference by its proceedings."""
    known = identified(("acl-venue", each) for each in volume.venues)
    if journal:
        return Venue(name=journal)
    if name := _journal(volume):
        return Venue(name=name, identifiers=known, publisher=volume.publisher)
    if not volume.title:
        return None
    return Venue(name=volume.title, kind="conference", identifiers=known, publisher=volume.publisher)


def _journal(volume: Volume) -> str:
    """The journal the volume is an issue of; empty for proceedings."""
    if known := next((_JOURNALS[each] for each in volume.venues if each in _JOURNALS), ""):
        return known
    issue = _ISSUE.match(volume.title)
    return issue[1] if issue else ""


def _titles(title: str, language: str) -> Iterator[Title]:
    """The title, and of a Chinese one with its translation in brackets both, each in its language."""
    said = _SAID.sub("", title).strip()
    opened = _opening(said)
    front, inner = said[:opened].strip(), said[opened + 1 : -1].strip()
    if opened > 0 and _HAN.search(front) and not _HAN.search(inner) and len(inner) >= _SHORTEST:
        yield Title(front, language)
        yield Title(inner, "en")
    else:
        yield Title(title, language)


def _opening(text: str) -> int:
    """Where the bracket opens that the text ends with; -1 for none."""
    depth = 0
    for at in range(len(text) - 1, -1, -1):
        depth += (text[at] in ")）") - (text[at] in "(（")
        if depth <= 0:
            return at if at < len(text) - 1 else -1
    return -1


def _numbers(volume: Volume) -> tuple[str, str]:
    """A journal's (volume, issue), from the volume's metadata or its title."""
    found = _NUMBERED.search(volume.title)
    return volume.number or (found[1] if found else ""), (found[2] or "") if found else ""


def _pages(text: str) -> str:
    first, _, last = text.replace("–", "-").replace("--", "-").partition("-")
    return page_range(first.strip(), last.strip())


def _people(elements: Sequence[Element], role: Role) -> Iterator[Contributor]:
    for each in elements:
        named = (("acl-person", each.get("id")), ("orcid", each.get("orcid"))) if each.attrib else ()
        inside = children(each)
        lines = map(text_of, inside.get("affiliation", ()))
        family = text_of(first(inside, "last"))
        person = contributor(
            "" if family else text_of(each),
            given=text_of(first(inside, "first")),
            family=family,
            role=role,
            identifiers=identified(named),
            affiliations=tuple(Affiliation(name=name) for name in dict.fromkeys(lines) if name),
        )
        if person:
            yield person


def _links(inside: Children, name: str, address: str, held: str | None) -> Iterator[Link]:
    """The Anthology's page, the paper itself, its code and what is attached to it."""
    yield Link(url=f"{_SITE}{name}/")
    if held:
        yield Link(url=f"{_SITE}{held}.pdf", rel="pdf", mime="application/pdf")
    elif address.startswith(("http://", "https://")):
        yield Link(url=address, rel="pdf" if address.lower().endswith(".pdf") else "landing")
    for code in inside.get("pwccode", ()):
        if (url := attribute(code, "url")).startswith(("http://", "https://")):
            yield Link(url=url, rel="code")
    for attached in inside.get("attachment", ()):
        if url := _web(text_of(attached), "attachments/"):
            yield Link(url=url, rel=_attached(attached.get("type", "")))
    for video in inside.get("video", ()):
        if url := _web(attribute(video, "href"), ""):
            yield Link(url=url, rel="supplement")


def _web(address: str, folder: str) -> str:
    """A web address, from one in full or from the name of a file that the Anthology serves."""
    if address.startswith(("http://", "https://")):
        return address
    return f"{_SITE}{folder}{address}" if _FILE.fullmatch(address) else ""


def _attached(kind: str) -> Literal["code", "data", "supplement"]:
    kind = kind.lower()
    if "software" in kind or "code" in kind:
        return "code"
    return "data" if "data" in kind else "supplement"

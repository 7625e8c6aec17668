"""arXiv's own metadata: the OAI-PMH formats `arXiv` and `arXivRaw`, and the entries of its API (Atom).

One record per e-print; the journal reference and the publisher's DOI are of the published version and
become a typed link, not an identifier of the preprint.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from ingest.formats.base import Rejected
from ingest.formats.dates import date_in
from ingest.formats.fields import apart, contributor, identified
from ingest.formats.many import one_by_one
from ingest.formats.xml import Element, attribute, parse_xml, place_of, text_of
from ontology.documents import clean
from ontology.errors import MalformedPayload
from ontology.identifiers import identifier
from ontology.records import Affiliation, Contributor, Link, Payload, Record, Relation, Subject, Title

_OAI: Final = re.compile(rb"<(?:[\w.-]+:)?arXiv(?:Raw)?[\s>]")
_ATOM: Final = re.compile(rb"<(?:[\w.-]+:)?(?:feed|entry)[\s>]")
_ENTRY_ID: Final = re.compile(rb"arxiv\.org/abs/|arxiv\.org/schemas/atom|arxiv\.org/api")
_CATEGORY: Final = re.compile(r"[a-z][a-z-]+(?:\.[A-Za-z-]+)?")


class ArxivFormat(msgspec.Struct, frozen=True):
    """One record per e-print."""

    name: str = "arxiv"

    def recognises(self, head: bytes, media: str) -> bool:
        """An element `arXiv` or `arXivRaw`, or an Atom feed with entries of arXiv."""
        head = head.replace(b"\0", b"")
        return media == self.name or bool(_OAI.search(head) or (_ATOM.search(head) and _ENTRY_ID.search(head)))

    def parse(self, payload: Payload) -> Iterator[Record | Rejected]:
        """Raises FormatError for what is not XML or is an error of the API; an empty feed gives nothing."""
        root = parse_xml(payload.body)
        entries = list(root.iter("arXiv", "arXivRaw"))
        if not entries and root.tag not in ("feed", "entry"):
            raise MalformedPayload("there is no e-print in this XML", place=place_of(root))
        yield from one_by_one(entries or list(root.iter("entry")), _read)


FORMAT: Final = ArxivFormat()


def _read(entry: Element, number: str) -> Record:
    is_atom = entry.tag == "entry"
    if is_atom and "arxiv.org/api/errors" in text_of(entry.find("id")):
        raise MalformedPayload(f"arXiv answered with an error: {text_of(entry.find('summary'))}", place=place_of(entry))
    known = identified([("arxiv", text_of(entry.find("id")))])
    title = _line(entry, "title")
    if not known or not title:
        raise MalformedPayload("the entry has no arXiv identifier or no title", place=place_of(entry))
    rights = text_of(entry.find("license"))
    published = identifier("doi", text_of(entry.find("doi")))
    return Record(
        key=str(known[0]),
        format=FORMAT.name,
        kind="preprint",
        identifiers=known,
        titles=(Title(title),),
        abstract=_line(entry, "summary" if is_atom else "abstract"),
        issued=_issued(entry),
        license=rights,
        open_access=True,
        contributors=tuple(_contributors(entry)),
        subjects=tuple(dict.fromkeys(_subjects(entry))),
        relations=(Relation(kind="IsVersionOf", target=published),) if published else (),
        links=(
            Link(url=f"https://arxiv.org/abs/{known[0].value}"),
            Link(url=f"https://arxiv.org/pdf/{known[0].value}", rel="pdf", mime="application/pdf"),
        ),
    )


def _line(entry: Element, tag: str) -> str:
    """One line; some mirrors write line breaks as a backslash and an n."""
    return clean(text_of(entry.find(tag)).replace("\\n", " "))


def _issued(entry: Element) -> str:
    """The date of the first version."""
    versions = [text_of(each) for each in entry.iterfind("version/date")]
    first = versions[0] if versions else text_of(entry.find("created")) or text_of(entry.find("published"))
    return date_in(first)


_GROUP: Final = re.compile(r"\b(?:Collaborations?|Consortium|Team)$", re.IGNORECASE)
_FOR: Final = re.compile(r"^(?:for|on behalf of)\s+(?:the\s+)?", re.IGNORECASE)
"""How a group is named that somebody writes for."""


def _contributors(entry: Element) -> Iterator[Contributor]:
    listed = entry.findall("authors/author") or entry.findall("author")
    for author in listed:
        places = tuple(Affiliation(name=text) for each in author.findall("affiliation") if (text := text_of(each)))
        name = text_of(author.find("name"))
        given, family, suffix = apart(name)
        first, last = text_of(author.find("forenames")) or given, text_of(author.find("keyname"))
        group = _GROUP.search(last or family) is not None
        found = contributor(
            _FOR.sub("", name or f"{first} {last}".strip()) if group else "" if given else name,
            given=first,
            family=last or (family if given else ""),
            organisation=group,
            suffix=text_of(author.find("suffix")) or suffix,
            affiliations=places,
        )
        if found:
            yield found
    if not listed:
        for name in re.split(r",\s*|\s+and\s+", re.sub(r"\([^()]*\)", "", text_of(entry.find("authors")))):
            given, family, suffix = apart(name)
            if found := contributor(given=given, family=family, suffix=suffix):
                yield found


def _subjects(entry: Element) -> Iterator[Subject]:
    """arXiv categories, the first (or primary) one as the major one; MSC and ACM classes."""
    primary = attribute(entry.find("primary_category"), "term")
    terms = [attribute(each, "term") for each in entry.findall("category")] or text_of(entry.find("categories")).split()
    for term in terms:
        if _CATEGORY.fullmatch(term):
            yield Subject(label=term, scheme="arxiv", code=term, major=term == (primary or terms[0]))
    for tag, scheme in (("msc-class", "msc"), ("acm-class", "acm")):
        for code in re.split(r"[,;\s]+", re.sub(r"\([^()]*\)", "", text_of(entry.find(tag)))):
            if code:
                yield Subject(label=code, scheme=scheme, code=code)

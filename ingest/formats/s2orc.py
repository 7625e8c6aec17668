"""S2ORC: papers parsed from PDF or LaTeX into JSON (also CORD-19, and ACL papers parsed alike)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from ingest.formats.base import Rejected
from ingest.formats.json import read_json
from ingest.formats.s2orc_annotated import is_annotated, paper_of
from ingest.formats.s2orc_body import document_of
from ingest.formats.s2orc_model import Author, Bib, Block, Institution, Paper
from ingest.formats.statements import linked
from ingest.formats.unmarked import cited
from ontology.documents import clean
from ontology.errors import MalformedPayload
from ontology.identifiers import Identifier, identifier
from ontology.records import Affiliation, Contributor, Payload, Record, Reference, Title, Venue, WorkKind

_SIGNS: Final = (b"S2ORC", b'"pdf_parse"', b'"latex_parse"', b'"body_text"', b'"has_pdf_parse"', b'"bib_entries"')
_ENDING: Final = re.compile(r"(?:#\d+)?(?:\.jsonl?)?(?:\.(?:gz|xz|zst|bz2))?$", re.IGNORECASE)
_SCHEMES: Final = {"doi": "doi", "arxiv": "arxiv", "arxiv_id": "arxiv", "acl": "acl", "acl_id": "acl", "pmid": "pmid",
                   "pmcid": "pmcid", "pubmed": "pmid", "pmc": "pmcid", "isbn": "isbn", "s2": "s2"}  # fmt: skip
_ACL_ADDRESS: Final = re.compile(r"(?:aclweb\.org/anthology|aclanthology\.org|aclanthology\.info/papers)/([\w.-]+\d)")
_ACL_YEAR: Final = re.compile(r"(?:[A-Z](\d\d)-|(\d{4})\.)")
_ACL_JOURNAL: Final = re.compile(r"[QJ]\d\d-|\d{4}\.(?:tacl|cl)-")
_YEAR: Final = re.compile(r"(?:1[5-9]|20)\d\d")
_ARXIV_TEXT: Final = re.compile(r"arxiv[:\s]*(?:preprint\s+arxiv[:\s]*)?(\d{4}\.\d{4,5})", re.IGNORECASE)


class S2orcFormat(msgspec.Struct, frozen=True):
    """One record per payload, with document, references and people."""

    name: str = "s2orc"

    def recognises(self, head: bytes, media: str) -> bool:
        """A JSON object with `paper_id` and any other key of S2ORC near the start, or with `corpusid` and a text."""
        if media == self.name:
            return True
        head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        if not head.startswith(b"{"):
            return False
        return is_annotated(head) or (b'"paper_id"' in head and any(sign in head for sign in _SIGNS))

    def parse(self, payload: Payload) -> Iterator[Record | Rejected]:
        """Raises EmptyPayload, EncodingError or MalformedPayload with the path of what is wrong."""
        annotated = is_annotated(payload.body[:4096])
        paper = paper_of(payload.body) if annotated else read_json(payload.body, Paper)
        if not any((paper.title, paper.metadata and paper.metadata.title, paper.abstract, paper.parse.body_text)):
            raise MalformedPayload("the paper has neither title, abstract nor body", place="$")
        yield linked(cited(_record(paper, payload.locator)))


FORMAT: Final = S2orcFormat()


def _record(paper: Paper, locator: str) -> Record:
    known = tuple(dict.fromkeys(_identifiers(paper, locator)))
    acl = next((each.value for each in known if each.scheme == "acl"), "")
    title = clean(paper.title or (paper.metadata.title if paper.metadata else "") or "")
    authors = paper.authors or (paper.metadata.authors if paper.metadata else None) or ()
    references = tuple(_reference(key, bib) for key, bib in (paper.parse.bib_entries or {}).items())
    abstract = _abstract(paper)
    year = _year(paper.year) or _acl_year(acl)
    venue = clean(paper.venue or paper.journal or "")
    return Record(
        key=str(known[0]) if known else clean(paper.paper_id or "") or "1",
        format=FORMAT.name,
        kind=_kind(acl),
        identifiers=known,
        titles=(Title(title),) if title else (),
        abstract="\n".join(filter(None, (clean(block.text) for block in abstract))),
        issued=str(year) if year else "",
        venue=Venue(name=venue, kind="other") if venue else None,
        contributors=tuple(filter(None, map(_contributor, authors))),
        references=references,
        document=document_of(title, abstract, paper.parse, {each.key for each in references}),
    )


def _identifiers(paper: Paper, locator: str) -> Iterator[Identifier]:
    """What the paper states, then the ACL Anthology's name of the file, which is the surer one there."""
    stated = {
        "doi": paper.doi, "acl_id": paper.acl_id, "arxiv_id": paper.arxiv_id, "pmid": paper.pmid,
        "pmcid": paper.pmcid, **(paper.identifiers or {}),
    }  # fmt: skip
    stem = _ENDING.sub("", re.split(r"[/!\\]", locator)[-1])
    acl = identifier("acl", paper.acl_id) or identifier("acl", stem) or identifier("acl", paper.paper_id)
    if acl:
        yield acl
    for name, value in stated.items():
        scheme = _SCHEMES.get(name.lower(), "")
        if scheme and scheme != "acl" and (found := identifier(scheme, value)):
            yield found


def _abstract(paper: Paper) -> list[Block]:
    """The abstract's blocks; the parse's where it has them, for their citation spans."""
    if paper.parse.abstract and any(clean(block.text) for block in paper.parse.abstract):
        return paper.parse.abstract
    if isinstance(paper.abstract, str):
        return [Block(text=part) for part in paper.abstract.split("\n")]
    return paper.abstract or []


def _kind(acl: str) -> WorkKind:
    return "conference-paper" if acl and not _ACL_JOURNAL.match(acl) else "article"


def _acl_year(acl: str) -> int:
    """The year in an ACL Anthology identifier: P18-1222 is of 2018, 2021.emnlp-main.3 of 2021."""
    found = _ACL_YEAR.match(acl)
    if not found:
        return 0
    if found.group(2):
        return int(found.group(2))
    short = int(found.group(1))
    return short + (1900 if short >= 60 else 2000)


def _year(value: int | str | None) -> int:
    found = _YEAR.search(str(value or ""))
    return int(found.group()) if found else 0


def _contributor(author: Author) -> Contributor | None:
    given = clean(" ".join(filter(None, (author.first, *(author.middle or ())))))
    family = clean(author.last or "")
    name = " ".join(filter(None, (given, family, clean(author.suffix or ""))))
    places = filter(None, (_affiliation(author.affiliation),))
    return Contributor(name=name, given=given, family=family, affiliations=tuple(places)) if name else None


def _affiliation(stated: Institution | None) -> Affiliation | None:
    if stated is None:
        return None
    place = stated.location
    where = (place.settlement, place.region, place.country) if place else ()
    name = ", ".join(filter(None, (clean(part or "") for part in (stated.laboratory, stated.institution, *where))))
    return Affiliation(name=name, country=clean((place.country if place else "") or "")) if name else None


def _reference(key: str, bib: Bib) -> Reference:
    first = next(iter(bib.authors or ()), None)
    author = (first.last or "", " ".join(filter(None, (first.first, *(first.middle or ()))))) if first else ()
    raw = clean(bib.raw_text or "")
    return Reference(
        key=key,
        raw=raw,
        identifiers=tuple(dict.fromkeys(_cited(bib, raw))),
        title=clean(bib.title or ""),
        author=clean(", ".join(filter(None, author))),
        year=_year(bib.year),
        venue=clean(bib.venue or ""),
        volume=clean(bib.volume or ""),
        page=re.split(r"[-–]", clean(bib.pages or ""), maxsplit=1)[0].strip(),
    )


def _cited(bib: Bib, raw: str) -> Iterator[Identifier]:
    """Identifiers of a cited work, one per scheme."""
    candidates: list[tuple[str, str]] = []
    for name, values in (bib.other_ids or {}).items():
        candidates += [(_SCHEMES.get(name.lower(), ""), value) for value in _several(values)]
    for text in (*(bib.urls or ()), raw):
        candidates += [("acl", found) for found in _ACL_ADDRESS.findall(text)]
        candidates += [("arxiv", found) for found in _ARXIV_TEXT.findall(text)]
    seen: set[str] = set()
    for scheme, value in candidates:
        if scheme and scheme not in seen and (found := identifier(scheme, value.removesuffix(".pdf"))):
            seen.add(scheme)
            yield found


def _several(values: list[str] | str | None) -> Iterable[str]:
    return (values,) if isinstance(values, str) else values or ()

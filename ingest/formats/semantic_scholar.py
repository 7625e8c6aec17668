"""Semantic Scholar JSON: papers as the Graph API and the data set `papers` give them, alone or in lists.

Fields as documented for the Academic Graph API (api.semanticscholar.org); the data set writes the same names
in lower case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec import field

from ingest.formats.base import Rejected
from ingest.formats.dates import date_in, iso_date
from ingest.formats.fields import Scalar, contributor, identified, line, says_retracted
from ingest.formats.json import read_json
from ingest.formats.many import one_by_one
from ingest.formats.markup import paragraphs, plain
from ontology.errors import MalformedPayload
from ontology.identifiers import Identifier
from ontology.records import Affiliation, Contributor, Link, Payload, Record, Reference, Subject, Title, Venue, WorkKind

_SCHEMES: Final = {
    "doi": "doi", "arxiv": "arxiv", "acl": "acl", "pubmed": "pmid", "pubmedcentral": "pmcid", "mag": "mag",
}  # fmt: skip
_KINDS: Final[dict[str, WorkKind]] = {
    "Review": "review", "Conference": "conference-paper", "Book": "book", "BookSection": "chapter",
    "Dataset": "dataset", "MetaAnalysis": "review", "Editorial": "editorial", "LettersAndComments": "letter",
}  # fmt: skip
"""`publicationTypes` that are more than a journal's article, the most telling first."""
_VOLUME_ISSUE: Final = re.compile(r"(\d+) (\d+(?:[-/]\d+)?)")
_PAPER: Final = re.compile(rb'"paperId"\s*:\s*"[0-9a-f]{40}"')
_SIGNS: Final = (b'"externalIds"', b'"externalids"', b'"authors"', b'"publicationVenue"', b'"publicationvenueid"')


class _Author(msgspec.Struct, frozen=True):
    name: str | None = None
    affiliations: list[str | None] | None = None
    external: dict[str, Scalar | list[Scalar]] | None = field(default=None, name="externalIds")


class _Journal(msgspec.Struct, frozen=True):
    name: str | None = None
    volume: Scalar = None
    pages: Scalar = None


class _PublicationVenue(msgspec.Struct, frozen=True):
    name: str | None = None
    type: str | None = None
    issn: str | None = None
    alternate_issns: list[str | None] | None = None


class _File(msgspec.Struct, frozen=True):
    url: str | None = None
    license: str | None = None


class _Field(msgspec.Struct, frozen=True):
    category: str | None = None


class _Paper(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    paper_id: str | None = None
    corpus_id: Scalar = None
    external_ids: dict[str, Scalar] | None = None
    url: str | None = None
    title: str | None = None
    abstract: str | None = None
    venue: str | None = None
    publication_venue: _PublicationVenue | None = None
    year: Scalar = None
    publication_date: str | None = None
    publication_types: list[str | None] | None = None
    citation_count: int | None = None
    is_open_access: bool | None = None
    open_access_pdf: _File | None = None
    fields_of_study: list[str | None] | None = None
    s2_fields_of_study: list[_Field] | None = None
    journal: _Journal | None = None
    authors: list[_Author] | None = None
    references: list[_Paper] | None = None


class _List(msgspec.Struct, frozen=True):
    data: list[msgspec.Raw] | None = None
    recommended: list[msgspec.Raw] | None = field(default=None, name="recommendedPapers")


class _Cited(msgspec.Struct, frozen=True, rename="camel"):
    """An entry of a paper's references or citations."""

    cited_paper: msgspec.Raw = field(default_factory=msgspec.Raw)
    citing_paper: msgspec.Raw = field(default_factory=msgspec.Raw)


class SemanticScholarFormat(msgspec.Struct, frozen=True):
    """One record per paper."""

    name: str = "semantic_scholar"

    def recognises(self, head: bytes, media: str) -> bool:
        """JSON with Semantic Scholar's key of a paper and another one that only its papers have."""
        if media == self.name:
            return True
        keyed = b'"paperId"' in head or b'"corpusid"' in head
        if head.lstrip()[:1] in (b"{", b"[") and _PAPER.search(head):
            return True
        return head.lstrip()[:1] in (b"{", b"[") and keyed and any(sign in head for sign in _SIGNS)

    def parse(self, payload: Payload) -> Iterator[Record | Rejected]:
        """Raises FormatError for what is not JSON. In place of papers that it has not a batch has nulls."""
        answer = read_json(payload.body, list[msgspec.Raw] | _List)  # type: ignore[arg-type]
        items = answer if isinstance(answer, list) else answer.data or answer.recommended
        found = [msgspec.Raw(payload.body)] if items is None else [each for each in items if bytes(each) != b"null"]
        yield from one_by_one(found, _read)


FORMAT: Final = SemanticScholarFormat()
_LOWER: Final = {each.encode_name.lower(): each.encode_name for each in msgspec.structs.fields(_Paper)}


def _read(raw: msgspec.Raw, number: str) -> Record:
    paper = _paper(raw)
    title = plain(paper.title or "")
    known = _identifiers(paper)
    if not title and not known:
        raise MalformedPayload("the paper has neither title nor identifier", place="$.title")
    pdf = (paper.open_access_pdf.url if paper.open_access_pdf else None) or ""
    return Record(
        key=str(known[0]) if known else paper.paper_id or line(paper.corpus_id) or number,
        format=FORMAT.name,
        kind=_kind(paper),
        identifiers=known,
        titles=(Title(title),) if title else (),
        abstract=paragraphs(paper.abstract or ""),
        issued=date_in(paper.publication_date or "") or iso_date(paper.year),
        venue=_venue(paper),
        volume=_volume(paper)[0],
        issue=_volume(paper)[1],
        pages=re.sub(r"\s*[-–]\s*", "-", line(paper.journal.pages)) if paper.journal else "",
        license=(paper.open_access_pdf.license if paper.open_access_pdf else None) or "",
        open_access=paper.is_open_access,
        retracted=says_retracted(title),
        citation_count=paper.citation_count,
        contributors=tuple(_contributors(paper)),
        references=tuple(_references(paper)),
        subjects=tuple(dict.fromkeys(_subjects(paper))),
        links=tuple(_links(paper.url or "", pdf)),
    )


def _paper(raw: msgspec.Raw) -> _Paper:
    """A paper by the API's names; those of the data set are the same in lower case."""
    entry = read_json(bytes(raw), _Cited)
    raw = next((each for each in (entry.cited_paper, entry.citing_paper) if bytes(each)), raw)
    keys = read_json(bytes(raw), dict[str, msgspec.Raw])
    if "corpusid" not in keys:
        return read_json(bytes(raw), _Paper)
    return read_json(msgspec.json.encode({_LOWER.get(key, key): value for key, value in keys.items()}), _Paper)


def _identifiers(paper: _Paper) -> tuple[Identifier, ...]:
    ids = {name.lower(): value for name, value in (paper.external_ids or {}).items()}
    own = ("s2", ids.get("corpusid") or paper.corpus_id)
    return identified([*((scheme, ids.get(name)) for name, scheme in _SCHEMES.items()), own])


def _kind(paper: _Paper) -> WorkKind:
    stated = set(paper.publication_types or ())
    if kind := next((kind for name, kind in _KINDS.items() if name in stated), None):
        return kind
    if paper.publication_venue and paper.publication_venue.type == "conference":
        return "conference-paper"
    where = (paper.journal.name if paper.journal else "") or paper.venue or ""
    return "preprint" if "arxiv" in where.lower() else "article"


def _venue(paper: _Paper) -> Venue | None:
    """Where it was published: the venue that was recognised, else the journal that volume and pages are of, else the
    venue as it was found (often a book in which it was printed once more)."""
    place = paper.publication_venue
    journal = paper.journal
    stated = journal.name if journal and (_volume(paper)[0] or line(journal.pages)) else ""
    name = plain((place.name if place else "") or stated or paper.venue or (journal.name if journal else "") or "")
    if not name:
        return None
    is_journal = bool(stated) and "JournalArticle" in (paper.publication_types or ())
    kind = (place.type if place else "journal" if is_journal else "") or ""
    archive = "arxiv" in name.lower()
    sort = "repository" if archive else kind if kind in ("journal", "conference") else "other"
    numbers = identified(("issn", one) for one in ([place.issn, *(place.alternate_issns or ())] if place else []))
    return Venue(name=name, kind=sort, identifiers=numbers)  # type: ignore[arg-type]


def _volume(paper: _Paper) -> tuple[str, str]:
    """Volume and issue, which stand in one text ("17 2"); an arXiv number is neither."""
    volume = line(paper.journal.volume) if paper.journal else ""
    if found := _VOLUME_ISSUE.fullmatch(volume):
        return found[1], found[2]
    return ("" if volume.startswith("abs/") else volume), ""


def _contributors(paper: _Paper) -> Iterator[Contributor]:
    for each in paper.authors or ():
        orcid = (each.external or {}).get("ORCID")
        places = (plain(name) for name in each.affiliations or () if name)
        found = contributor(
            plain(each.name or ""),
            identifiers=identified([("orcid", orcid)]) if isinstance(orcid, str) else (),
            affiliations=tuple(Affiliation(name=name) for name in places if name),
        )
        if found:
            yield found


def _references(paper: _Paper) -> Iterator[Reference]:
    for number, each in enumerate(paper.references or (), 1):
        year, first = iso_date(each.year), next(iter(each.authors or ()), None)
        found = Reference(
            key=str(number), identifiers=_identifiers(each), title=plain(each.title or ""),
            author=plain(first.name or "") if first else "", year=int(year) if year else 0,
            venue=plain(each.venue or ""),
        )  # fmt: skip
        if found.title or found.identifiers:
            yield found


def _subjects(paper: _Paper) -> Iterator[Subject]:
    names = [*(paper.fields_of_study or ()), *(each.category for each in paper.s2_fields_of_study or ())]
    yield from (Subject(label=label) for name in names if name and (label := plain(name)))


def _links(page: str, pdf: str) -> Iterator[Link]:
    if page.startswith("http"):
        yield Link(url=page)
    if pdf.startswith("http"):
        yield Link(url=pdf, rel="pdf")

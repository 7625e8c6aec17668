"""PubMed and MEDLINE XML: citation sets, single citations, books (NLM's PubMed DTD, 2018 to 2025).

Read citation by citation, so that a whole baseline file fits. PMIDs that a set declares deleted are
rejected with the error code `Gone`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from ingest.formats.base import Rejected
from ingest.formats.dates import date_in, iso_date
from ingest.formats.division import Division, elements
from ingest.formats.fields import Scalar, identified, language_code, page_range, pages_in
from ingest.formats.many import one_by_one
from ingest.formats.pubmed_people import contributors, funding
from ingest.formats.pubmed_terms import KINDS, RELATIONS, RETRACTED
from ingest.formats.xml import Element, place_of, stream_xml, text_of
from ontology.errors import MalformedPayload
from ontology.identifiers import Identifier, identifier
from ontology.records import Link, Payload, Record, Reference, Relation, Subject, Title, Venue, WorkKind

_ROOT: Final = re.compile(
    rb"<(?:PubmedArticleSet|PubmedArticle|PubmedBookArticle|PubmedBookArticleSet|MedlineCitationSet|MedlineCitation)[\s>]"
)
_ARTICLES: Final = ("PubmedArticle", "PubmedBookArticle")
_ID_SCHEMES: Final = {"pubmed": "pmid", "doi": "doi", "pmc": "pmcid", "pmcid": "pmcid"}


class PubmedFormat(msgspec.Struct, frozen=True):
    """One record per citation."""

    name: str = "pubmed"

    def recognises(self, head: bytes, media: str) -> bool:
        return media == self.name or bool(_ROOT.search(head.replace(b"\0", b"")))

    def parse(self, payload: Payload) -> Iterator[Record | Rejected]:
        """Raises FormatError where the XML breaks off; the citations before that place are kept."""
        body = payload.body
        tags = [tag for tag in _ARTICLES if b"<" + tag.encode() in body] or ["MedlineCitation"]
        found = False
        for tag in tags:
            for entry in one_by_one(stream_xml(body, tag), _read):
                found = True
                yield entry
        if b"<DeleteCitation" in body:
            for deleted in _deleted(body):
                found = True
                yield deleted
        if not found and b"<PubmedArticleSet" not in body:
            raise MalformedPayload("there is no citation in this XML", hint="UTF-8 is the one encoding PubMed uses.")

    def divide(self, body: bytes) -> Division | None:
        """Cut at its citations."""
        return elements(body, *_ARTICLES, "MedlineCitation")


FORMAT: Final = PubmedFormat()


def _deleted(body: bytes) -> Iterator[Rejected]:
    for element in stream_xml(body, "DeleteCitation"):
        for pmid in element.findall("PMID"):
            key = f"pmid:{text_of(pmid)}"
            yield Rejected(key=key, error="Gone", message="PubMed has deleted this citation", place=place_of(pmid))


def _read(element: Element, number: str) -> Record:
    if element.tag == "PubmedBookArticle":
        return _book(element, number)
    citation = element if element.tag == "MedlineCitation" else element.find("MedlineCitation")
    article = citation.find("Article") if citation is not None else None
    if citation is None or article is None:
        raise MalformedPayload("the citation has no Article", place=place_of(element))
    data = element.find("PubmedData")
    known = _identifiers(citation, article, data)
    languages = [code for each in article.findall("Language") if (code := language_code(text_of(each)))]
    kinds = [each.get("UI", "") or text_of(each) for each in article.findall("PublicationTypeList/PublicationType")]
    notes = citation.findall("CommentsCorrectionsList/CommentsCorrections")
    issue = article.find("Journal/JournalIssue")
    return Record(
        key=str(known[0]) if known else number,
        format=FORMAT.name,
        kind=_kind(kinds),
        identifiers=known,
        titles=_titles(article, languages[0] if languages else ""),
        abstract=_abstract(article.find("Abstract")),
        abstracts=tuple(
            Title(text, code)
            for each in citation.findall("OtherAbstract")
            if (text := _abstract(each)) and (code := language_code(each.get("Language", "")))
        ),
        language=languages[0] if languages else "",
        issued=_issued(article, issue),
        venue=_venue(citation, article),
        volume=_text(issue, "Volume"),
        issue=_text(issue, "Issue"),
        pages=_pages(article),
        retracted=bool(RETRACTED & {*kinds, *(each.get("RefType", "") for each in notes)}),
        contributors=contributors(article),
        references=tuple(_references(data, notes)),
        subjects=tuple(dict.fromkeys(_subjects(citation))),
        funding=funding(article),
        relations=tuple(dict.fromkeys((*_relations(notes), *_deposited(article)))),
        links=_links(known),
    )


def _text(element: Element | None, path: str) -> str:
    return "" if element is None else text_of(element.find(path))


def _identifiers(citation: Element, article: Element, data: Element | None) -> tuple[Identifier, ...]:
    pairs: list[tuple[str, Scalar]] = [("pmid", _text(citation, "PMID"))]
    pairs += [
        ("doi", text_of(each))
        for each in article.findall("ELocationID")
        if each.get("EIdType") == "doi" and each.get("ValidYN") != "N"
    ]
    pairs += _listed(data.find("ArticleIdList") if data is not None else None)
    found = identified(pairs)
    first = next((one for one in found if one.scheme == "doi"), None)
    return tuple(one for one in found if one.scheme != "doi" or one == first)


def _listed(ids: Element | None) -> list[tuple[str, Scalar]]:
    if ids is None:
        return []
    return [(_ID_SCHEMES[kind], text_of(each)) for each in ids if (kind := each.get("IdType", "")) in _ID_SCHEMES]


def _kind(types: list[str]) -> WorkKind:
    """The most telling publication type; a "Journal Article" that is also a "Review" is a review."""
    return next((kind for code, kind in KINDS.items() if code in types), "article")


def _titles(article: Element, language: str) -> tuple[Title, ...]:
    """The title without PubMed's final period, and the original one of a translated title "[…]"."""
    title, original = _text(article, "ArticleTitle"), _text(article, "VernacularTitle")
    title = title[:-1] if title.endswith(".") and not title.endswith("..") else title
    translated = title.startswith("[") and title.endswith("]")
    if translated:
        title = title[1:-1].removesuffix(".")
    found = [Title(title, "en" if translated or original else language)] if title else []
    if original:
        found.append(Title(original.removesuffix("."), language if language != "en" else ""))
    return tuple(found)


def _abstract(abstract: Element | None) -> str:
    """Paragraphs, each part of a structured abstract led by its label as printed ("METHODS: …")."""
    if abstract is None:
        return ""
    parts = []
    for each in abstract.findall("AbstractText"):
        label, text = each.get("Label", "").strip(), text_of(each)
        if text:
            parts.append(f"{label.rstrip(':')}: {text}" if label and label.upper() != "UNLABELLED" else text)
    return "\n".join(parts)


def _issued(article: Element, issue: Element | None) -> str:
    """The electronic date of publication where there is one, else the issue's."""
    dates = [
        _date(each) for each in article.findall("ArticleDate") if each.get("DateType", "Electronic") == "Electronic"
    ]
    return next(filter(None, dates), "") or _date(issue.find("PubDate") if issue is not None else None)


def _date(element: Element | None) -> str:
    if element is None:
        return ""
    stated = iso_date(_text(element, "Year"), _text(element, "Month"), _text(element, "Day"))
    return stated or date_in(_text(element, "MedlineDate"))


def _venue(citation: Element, article: Element) -> Venue | None:
    name = _text(article, "Journal/Title") or _text(citation, "MedlineJournalInfo/MedlineTA")
    known = identified([
        ("issn", _text(citation, "MedlineJournalInfo/ISSNLinking")), ("issn", _text(article, "Journal/ISSN")),
        ("nlm", _text(citation, "MedlineJournalInfo/NlmUniqueID")),
    ])  # fmt: skip
    return Venue(name=name, identifiers=known) if name else None


def _pages(article: Element) -> str:
    pages = page_range(_text(article, "Pagination/StartPage"), _text(article, "Pagination/EndPage"))
    numbers = (text_of(each) for each in article.findall("ELocationID") if each.get("EIdType") == "pii")
    return pages_in(_text(article, "Pagination/MedlinePgn")) or pages or next(numbers, "")


def _references(data: Element | None, notes: list[Element]) -> Iterator[Reference]:
    """The reference list, or the PMIDs that older citations list as cited."""
    entries = list(data.iter("Reference")) if data is not None else []
    for number, each in enumerate(entries, 1):
        raw, known = _text(each, "Citation"), identified(_listed(each.find("ArticleIdList")))
        if raw or known:
            yield Reference(key=str(number), raw=raw, identifiers=known)
    if not entries:
        cited = [each for each in notes if each.get("RefType") == "Cites"]
        for number, each in enumerate(cited, 1):
            known = identified([("pmid", _text(each, "PMID"))])
            yield Reference(key=str(number), raw=_text(each, "RefSource"), identifiers=known)


def _subjects(citation: Element) -> Iterator[Subject]:
    """MeSH descriptors (major where they or one of their qualifiers are), MeSH supplementary concepts
    of diseases and substances, and keywords."""
    for heading in citation.findall("MeshHeadingList/MeshHeading"):
        name = heading.find("DescriptorName")
        if name is not None:
            major = any(each.get("MajorTopicYN") == "Y" for each in heading)
            yield Subject(label=text_of(name), scheme="mesh", code=name.get("UI", ""), major=major)
    extra = citation.findall("SupplMeshList/SupplMeshName") + citation.findall("ChemicalList/Chemical/NameOfSubstance")
    for each in extra:
        if each.get("UI", "").startswith("C"):
            yield Subject(label=text_of(each), scheme="mesh", code=each.get("UI", ""))
    for keyword in citation.findall("KeywordList/Keyword"):
        if label := text_of(keyword):
            yield Subject(label=label, major=keyword.get("MajorTopicYN") == "Y")


def _relations(notes: list[Element]) -> Iterator[Relation]:
    for each in notes:
        kind = RELATIONS.get(each.get("RefType", ""))
        source = _text(each, "RefSource")
        target = identifier("pmid", _text(each, "PMID")) or (identifier("doi", source) if "10." in source else None)
        if kind and target:
            yield Relation(kind=kind, target=target)


def _deposited(article: Element) -> Iterator[Relation]:
    """Data in repositories that give DOIs (Dryad, figshare)."""
    for each in article.iterfind("DataBankList/DataBank/AccessionNumberList/AccessionNumber"):
        if target := identifier("doi", text_of(each)):
            yield Relation(kind="IsSupplementedBy", target=target)


def _links(known: tuple[Identifier, ...]) -> tuple[Link, ...]:
    pmid = next((one.value for one in known if one.scheme == "pmid"), "")
    return (Link(url=f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/"),) if pmid else ()


def _book(element: Element, number: str) -> Record:
    """A book or chapter of NCBI Bookshelf."""
    document = element.find("BookDocument")
    if document is None:
        raise MalformedPayload("the book article has no BookDocument", place=place_of(element))
    book = document.find("Book")
    chapter = _text(document, "ArticleTitle")
    pairs: list[tuple[str, Scalar]] = [("pmid", _text(document, "PMID")), *_listed(document.find("ArticleIdList"))]
    known = identified(pairs)
    title = (chapter or _text(book, "BookTitle")).removesuffix(".")
    isbn = identified([("isbn", _text(book, "Isbn"))])
    language = language_code(_text(document, "Language"))
    publisher = _text(book, "Publisher/PublisherName")
    return Record(
        key=str(known[0]) if known else number,
        format=FORMAT.name,
        kind="chapter" if chapter else "book",
        identifiers=known if chapter else (*known, *isbn),
        titles=(Title(title, language),) if title else (),
        abstract=_abstract(document.find("Abstract")),
        language=language,
        issued=_date(document.find("ContributionDate")) or _date(book.find("PubDate") if book is not None else None),
        venue=Venue(name=_text(book, "BookTitle"), kind="book", identifiers=isbn, publisher=publisher)
        if chapter
        else None,
        publisher=publisher,
        pages=_pages(document),
        contributors=(*contributors(document), *(contributors(book) if book is not None else ())),
        references=tuple(_references(document, [])),
        funding=funding(document),
        subjects=tuple(Subject(label=text_of(each)) for each in document.findall("KeywordList/Keyword")),
        links=_links(known),
    )

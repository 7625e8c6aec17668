"""What columns of tables and keys of flat JSON are called, in the words of records.

Names are compared without case, blanks and punctuation, so "Publication Year", "publication_year" and
"publicationYear" are one. They are those of Zotero's, Scopus', Web of Science's (by name and by tag), PubMed's,
Dimensions', Lens', ASReview's and Europe PMC's exports, and what people call columns themselves.
"""

from __future__ import annotations

import re
from typing import Final

from ontology.records import WorkKind

_NAMES: Final = {
    "title": "title primarytitle documenttitle articletitle papertitle worktitle ti titulo titre titel 题名 标题",
    "alternative": "translatedtitle originaltitle",
    "abstract": "abstract abstractnote notesabstract abstracttext ab summary resumen zusammenfassung 摘要",
    "authors": "authors author authornames authorsname firstauthors authorfullnames authorfullname au creators creator "
    "authorlist autoren auteurs autores 作者",
    "editors": "editors editor bookeditors secondaryauthors",
    "orcids": "orcid orcids authororcid",
    "issued": "year publicationyear pubyear py date publicationdate pubdate issued published datepublished "
    "dateofpublication publishedyear yearofpublication jahr année año 年份 发表时间",
    "doi": "doi di digitalobjectidentifier doilink",
    "pmid": "pmid pubmedid pm pubmedidentifier",
    "pmcid": "pmcid pmc pmcidentifier",
    "arxiv": "arxiv arxivid eprint",
    "openalex": "openalex openalexid",
    "acl": "aclid anthologyid",
    "isbn": "isbn isbns",
    "issn": "issn issns eissn sn issnprint issnelectronic printissn onlineissn",
    "venue": "journal journaltitle journalname sourcetitle publicationtitle publicationname so secondarytitle "
    "containertitle venue journalbook journalfullname periodical proceedingstitle conferencename conference booktitle "
    "zeitschrift revue revista 期刊 刊名 alternatetitle3",
    "volume": "volume vl vol",
    "issue": "issue number is journalnumber issuenumber",
    "pages": "pages page pagerange pagination",
    "first": "startpage pagestart firstpage bp sp",
    "last": "endpage pageend lastpage ep",
    "publisher": "publisher pu",
    "language": "language la lang languageoforiginaldocument languages",
    "keywords": "keywords keyword authorkeywords indexkeywords manualtags automatictags de keywordsplus tags subjects "
    "subject meshterms meshheadings schlagwörter motsclés palabrasclave 关键词",
    "fields": "discipline category categories fieldsofstudy researchareas webofsciencecategories wc fieldofstudy 学科",
    "kind": "documenttype itemtype typeofreference type dt publicationtype reftype worktype doctype",
    "url": "url urls link links sourceurl webaddress",
    "license": "license licence rights",
    "cited": "citedby timescited tc citationcount citations citedbycount timescitedallatabases citedbycountwos",
    "funders": "fundingagency funder funders fundingsponsor fu",
    "places": "affiliations affiliation authorswithaffiliations addresses c1 authoraffiliations",
    "key": "id recordid key citationkey eid ut uniquewosid lensid",
}  # fmt: skip
FIELDS: Final = {name: field for field, names in _NAMES.items() for name in names.split()}
"""Bare name → field of a record."""
NAMING: Final = frozenset({"title", "doi", "pmid", "pmcid", "arxiv", "openalex", "acl"})
"""Fields that say which work it is; a table has one of them."""
TELLING: Final = frozenset(
    {"abstract", "authors", "issued", "doi", "pmid", "venue", "keywords", "pages", "volume", "fields", "issn"}
)
"""Fields that, beside one that names the work, make a table one of works."""

_KINDS: Final[dict[WorkKind, str]] = {
    "article": "article journalarticle jour journal magazinearticle newspaperarticle researcharticle articleinpress",
    "conference-paper": "conferencepaper proceedingspaper inproceedings cpaper conf proceedingsarticle conference",
    "review": "review reviewarticle systematicreview", "book": "book monograph edbook", "dataset": "dataset data",
    "chapter": "bookchapter booksection chapter incollection chap", "thesis": "thesis dissertation phdthesis thes",
    "report": "report rprt techreport technicalreport", "preprint": "preprint postedcontent unpublished",
    "editorial": "editorial editorialmaterial", "letter": "letter note", "correction": "erratum correction corrigendum",
    "retraction": "retraction retracted retractednotice", "software": "software computerprogram",
    "poster": "poster", "presentation": "presentation", "standard": "standard", "video": "video videorecording",
    "peer-review": "peerreview",
}  # fmt: skip
KINDS: Final = {name: kind for kind, names in _KINDS.items() for name in names.split()}

_BARE: Final = re.compile(r"[\W_]+")


def bare(name: str) -> str:
    """A name for comparing: letters and digits in lower case.

    >>> bare("Publication Year ")
    'publicationyear'
    """
    return _BARE.sub("", name[:100].casefold())

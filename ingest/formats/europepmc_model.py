"""What Europe PMC's web service answers (europepmc.org/RestfulWebService, version 6.x), `core` and `lite` alike."""

from __future__ import annotations

import msgspec
from msgspec import field

from ingest.formats.fields import Scalar


class Base(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Every key may be missing or null."""


class AuthorId(Base, frozen=True):
    type: str | None = None
    value: str | None = None


class Place(Base, frozen=True):
    affiliation: str | None = None


class Places(Base, frozen=True):
    author_affiliation: list[Place] = []


class Author(Base, frozen=True):
    full_name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    initials: str | None = None
    suffix: str | None = None
    collective_name: str | None = None
    author_id: AuthorId | None = None
    author_affiliation_details_list: Places | None = None
    affiliation: str | None = None
    """Instead of the list, until version 6."""


class Authors(Base, frozen=True):
    author: list[Author] = []


class Journal(Base, frozen=True):
    title: str | None = None
    issn: str | None = None
    essn: str | None = None


class JournalInfo(Base, frozen=True):
    volume: Scalar = None
    issue: Scalar = None
    date_of_publication: str | None = None
    year_of_publication: Scalar = None
    month_of_publication: Scalar = None
    journal: Journal | None = None


class Types(Base, frozen=True):
    pub_type: list[str] = []


class Keywords(Base, frozen=True):
    keyword: list[str] = []


class Qualifier(Base, frozen=True):
    major: str | None = field(default=None, name="majorTopic_YN")


class Qualifiers(Base, frozen=True):
    mesh_qualifier: list[Qualifier] = []


class Heading(Base, frozen=True):
    descriptor_name: str | None = None
    major: str | None = field(default=None, name="majorTopic_YN")
    mesh_qualifier_list: Qualifiers | None = None


class Headings(Base, frozen=True):
    mesh_heading: list[Heading] = []


class Grant(Base, frozen=True):
    grant_id: str | None = None
    agency: str | None = None


class Grants(Base, frozen=True):
    grant: list[Grant] = []


class Url(Base, frozen=True):
    url: str | None = None
    document_style: str | None = None


class Urls(Base, frozen=True):
    full_text_url: list[Url] = []


class Note(Base, frozen=True):
    """Another work of which this one is a comment, a correction, a version …"""

    id: str | None = None
    source: str | None = None
    type: str | None = None


class Notes(Base, frozen=True):
    comment_correction: list[Note] = []


class Book(Base, frozen=True):
    publisher: str | None = None
    year_of_publication: Scalar = None
    comprising_title: str | None = None
    isbn10: str | None = None
    isbn13: str | None = None


class Result(Base, frozen=True):
    id: str | None = None
    source: str | None = None
    pmid: str | None = None
    pmcid: str | None = None
    doi: str | None = None
    title: str | None = None
    author_list: Authors | None = None
    author_string: str | None = None
    journal_info: JournalInfo | None = None
    journal_title: str | None = None
    journal_volume: Scalar = None
    journal_issn: str | None = None
    issue: Scalar = None
    pub_type: str | None = None
    book_or_report_details: Book | None = None
    pub_year: Scalar = None
    page_info: str | None = None
    abstract_text: str | None = None
    language: str | None = None
    pub_type_list: Types | None = None
    grants_list: Grants | None = None
    mesh_heading_list: Headings | None = None
    keyword_list: Keywords | None = None
    full_text_url_list: Urls | None = None
    comment_correction_list: Notes | None = None
    is_open_access: str | None = None
    cited_by_count: int | None = None
    license: str | None = None
    electronic_publication_date: str | None = None
    first_publication_date: str | None = None


class Results(Base, frozen=True):
    result: list[msgspec.Raw] = []


class Answer(Base, frozen=True):
    result_list: Results | None = None


MANY = frozenset({
    "author", "authorAffiliation", "pubType", "keyword", "meshHeading", "meshQualifier", "grant", "fullTextUrl",
    "commentCorrection",
})  # fmt: skip
"""Elements of the XML that are lists in the JSON."""

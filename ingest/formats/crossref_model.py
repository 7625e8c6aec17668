"""What is read of Crossref's JSON, as typed structs; all other keys are passed over."""

from __future__ import annotations

import msgspec
from msgspec import field

from ingest.formats.fields import Scalar

Texts = str | list[str | None] | None
"""CSL JSON writes one string where Crossref writes a list."""


class Answer(msgspec.Struct, frozen=True, rename="kebab"):
    """An API answer; a plain work has none of these keys."""

    message_type: str = ""
    message: msgspec.Raw = msgspec.Raw(b"null")


class Items(msgspec.Struct, frozen=True):
    items: list[msgspec.Raw]


class Failure(msgspec.Struct, frozen=True):
    message: str | None = None


class Date(msgspec.Struct, frozen=True, rename="kebab"):
    date_parts: list[list[Scalar]] | None = None


class Identified(msgspec.Struct, frozen=True, rename="kebab"):
    id: str | None = None
    id_type: str | None = None


class Affiliated(msgspec.Struct, frozen=True):
    name: str | None = None
    id: list[Identified] | None = None
    place: list[str] | None = None
    department: list[str] | None = None


class Person(msgspec.Struct, frozen=True):
    given: str | None = None
    family: str | None = None
    suffix: str | None = None
    name: str | None = None
    literal: str | None = None
    orcid: str | None = field(default=None, name="ORCID")
    affiliation: list[Affiliated] | None = None


class Reference(msgspec.Struct, frozen=True, rename="kebab"):
    key: Scalar = None
    doi: str | None = field(default=None, name="DOI")
    isbn: str | None = field(default=None, name="ISBN")
    unstructured: str | None = None
    article_title: str | None = None
    volume_title: str | None = None
    series_title: str | None = None
    journal_title: str | None = None
    author: str | None = None
    year: Scalar = None
    volume: Scalar = None
    first_page: Scalar = None


class Funder(msgspec.Struct, frozen=True):
    name: str | None = None
    doi: str | None = field(default=None, name="DOI")
    id: list[Identified] | None = None
    award: list[Scalar] | None = None


class Related(msgspec.Struct, frozen=True):
    """An entry of `update-to` or `updated-by`."""

    doi: str | None = field(default=None, name="DOI")
    type: str | None = None


class License(msgspec.Struct, frozen=True, rename="kebab"):
    url: str | None = field(default=None, name="URL")
    content_version: str | None = None


class Linked(msgspec.Struct, frozen=True, rename="kebab"):
    url: str | None = field(default=None, name="URL")
    content_type: str | None = None


class Resource(msgspec.Struct, frozen=True):
    primary: Linked | None = None


class Named(msgspec.Struct, frozen=True):
    name: str | None = None


class ProjectTitle(msgspec.Struct, frozen=True):
    title: str | None = None


class ProjectDescription(msgspec.Struct, frozen=True):
    description: str | None = None


class ProjectFunding(msgspec.Struct, frozen=True):
    funder: Funder | None = None


class Project(msgspec.Struct, frozen=True, rename="kebab"):
    """What a grant pays for."""

    project_title: list[ProjectTitle] | None = None
    project_description: list[ProjectDescription] | None = None
    lead_investigator: list[Person] | None = None
    co_lead_investigator: list[Person] | None = None
    investigator: list[Person] | None = None
    funding: list[ProjectFunding] | None = None
    award_start: Date | None = None


class JournalIssue(msgspec.Struct, frozen=True):
    issue: Scalar = None


class Work(msgspec.Struct, frozen=True, rename="kebab"):
    doi: str | None = field(default=None, name="DOI")
    type: str | None = None
    subtype: str | None = None
    title: Texts = None
    subtitle: Texts = None
    original_title: Texts = None
    abstract: str | None = None
    language: str | None = None
    container_title: Texts = None
    group_title: str | None = None
    publisher: str | None = None
    institution: list[Named] | None = None
    event: Named | None = None
    issn: Texts = field(default=None, name="ISSN")
    isbn: list[str] | None = field(default=None, name="ISBN")
    volume: Scalar = None
    issue: Scalar = None
    journal_issue: JournalIssue | None = None
    page: Scalar = None
    article_number: Scalar = None
    issued: Date | None = None
    published: Date | None = None
    published_print: Date | None = None
    published_online: Date | None = None
    published_other: Date | None = None
    posted: Date | None = None
    approved: Date | None = None
    author: list[Person] | None = None
    editor: list[Person] | None = None
    translator: list[Person] | None = None
    chair: list[Person] | None = None
    reference: list[Reference] | None = None
    funder: list[Funder] | None = None
    relation: dict[str, list[Identified]] | None = None
    update_to: list[Related] | None = None
    updated_by: list[Related] | None = None
    license: list[License] | None = None
    link: list[Linked] | None = None
    resource: Resource | None = None
    url: str | None = field(default=None, name="URL")
    subject: list[str] | None = None
    is_referenced_by_count: int | None = None
    award: Scalar = None
    project: list[Project] | None = None

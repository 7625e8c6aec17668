"""What a source says, as frozen records.

A `Payload` is what was harvested, byte for byte. A `Record` is what one payload says about one
work, an `AgentRecord` what it says about one person, organisation or venue (`ontology.agents`). A
`Document` is the text of a work with its addressable parts. Records hold what the source said,
normalised but not merged: which records speak of the same work is decided in `ingest.identity`.
All structs are `msgspec` structs: frozen, typed, written as JSON in the journal.
"""

from __future__ import annotations

from functools import cached_property
from hashlib import sha256
from typing import Literal

import msgspec

from ontology.identifiers import Identifier


class Payload(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """What a source handed over, before anybody read it.

    `locator` names it inside its source and is stable from harvest to harvest (a path, a path with
    `!member`, a path with `#identifier` of a line or item, an OAI identifier). `media` is a hint (a file suffix such as
    `.xml`, `.json`, `.csv`, `.bib`, or a format's name where the source knows it); formats detect
    by content. A deletion at the source is a payload without body and `deleted` set.
    """

    source: str
    locator: str
    body: bytes = b""
    media: str = ""
    datestamp: str = ""
    deleted: bool = False

    @cached_property
    def sha256(self) -> str:
        """Of the body, in hex; taken once however often it is asked for."""
        return sha256(self.body).hexdigest()


WorkKind = Literal[
    "article", "conference-paper", "preprint", "book", "chapter", "thesis", "report", "review",
    "editorial", "letter", "correction", "retraction", "dataset", "software", "poster",
    "presentation", "proceedings", "journal-issue", "image", "audio", "video", "peer-review",
    "standard", "other",
]  # fmt: skip


class Title(msgspec.Struct, frozen=True):
    """A title in one language (BCP 47; empty where the source does not say)."""

    text: str
    language: str = ""


class Affiliation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a contributor worked: the raw string as printed and what identifies the organisation."""

    name: str
    identifiers: tuple[Identifier, ...] = ()
    country: str = ""


class Contributor(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One author, editor or group, in the order printed.

    `name` is the full name as it reads ("Ada B. Lovelace"); `organisation` marks a group author.
    `identifiers` are the person's (orcid, openalex, acl-person …), `variants` the name in other scripts.
    """

    name: str
    given: str = ""
    family: str = ""
    role: Literal["author", "editor", "translator", "contributor"] = "author"
    organisation: bool = False
    corresponding: bool = False
    identifiers: tuple[Identifier, ...] = ()
    affiliations: tuple[Affiliation, ...] = ()
    variants: tuple[str, ...] = ()


class Reference(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An entry of the reference list; `key` is unique within the record ("b12", "BIBREF3")."""

    key: str
    raw: str = ""
    identifiers: tuple[Identifier, ...] = ()
    title: str = ""
    author: str = ""
    year: int = 0
    venue: str = ""
    volume: str = ""
    page: str = ""


class Venue(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The journal, series or event a work appeared in; identifiers are issn, openalex, acl-venue …"""

    name: str
    kind: Literal["journal", "conference", "book", "repository", "other"] = "journal"
    identifiers: tuple[Identifier, ...] = ()
    publisher: str = ""


class Subject(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A keyword or heading the source carries; `scheme` and `code` where it names a vocabulary."""

    label: str
    scheme: str = ""
    code: str = ""
    major: bool = False


class Funding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who paid: funder's name and identifiers (doi of the funder registry, ror), award numbers."""

    funder: str
    identifiers: tuple[Identifier, ...] = ()
    awards: tuple[str, ...] = ()


class Relation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A typed link to another work, in DataCite's terms ("IsVersionOf", "IsSupplementTo" …); of notices, for which
    it has none, Corrects, IsCorrectedBy, Retracts and IsRetractedBy."""

    kind: str
    target: Identifier


class Link(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where something can be fetched; `rel` is landing, fulltext, pdf, supplement, data or code."""

    url: str
    rel: str = "landing"
    mime: str = ""


FragmentKind = Literal[
    "title", "abstract", "section", "paragraph", "sentence", "figure", "table", "row", "cell", "list",
    "formula", "footnote", "citation", "media", "statement",
]  # fmt: skip


class Fragment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An addressable part of a document: `document.text[begin:end]` is its text, exactly.

    `path` is unique in the document and nests by prefix: `title`, `abs`, `abs/p/1`, `sec/3`,
    `sec/3/sec/1/p/2`, `sec/3/p/2/s/4` (a sentence), and flat for what floats: `fig/1`, `tab/2`,
    `cit/7`, `media/1`, `stmt/1`. Numbers count from 1 within their parent.
    `label` is the printed number ("Figure 2", "3.1"), `title` a section's heading, `role` the
    rhetorical type of a section (introduction, background, related-work, methods, materials,
    results, discussion, conclusion, acknowledgements, appendix, data-availability …) or the kind
    of a statement. A citation's `refs` are keys of the record's references, its range the marker
    itself ("[12]", "(Kim, 2014)"); a statement's `refs` are what it names, as `scheme:value`
    ("doi:10.5061/dryad.1", "geo:GSE1", "url:https://…", "award:R01 GM1"). A figure's or table's text is
    its caption; `within` is the path of the section it stands in. The rows of a table follow its
    caption, one block each (`tab/2/r/3`), and hold the cells that have text: `tab/2/r/3/c/4` is the one
    in the fourth column of the grid, whatever spans before it; `rows` and `columns` are its own spans,
    its role is "header" where it is one. Media carry `url` and `mime`. `language` is set where it is
    another one than the document's.
    """

    kind: FragmentKind
    path: str
    begin: int
    end: int
    label: str = ""
    title: str = ""
    role: str = ""
    refs: tuple[str, ...] = ()
    within: str = ""
    url: str = ""
    mime: str = ""
    language: str = ""
    rows: int = 1
    columns: int = 1


class Document(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The stored text of a work (NFC, offsets in code points) and its fragments in text order.

    Blocks (title, paragraphs, captions …) are separated by one newline and contain none.
    Captions, footnotes and references never lie inside a paragraph's range.
    """

    text: str
    fragments: tuple[Fragment, ...]
    language: str = ""
    full: bool = False
    """Whether a body is there, not only title and abstract."""
    notes: tuple[str, ...] = ()
    """What of the payload was left out and why ("tab/2: 980,000 cells beyond …")."""


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="work"):
    """What one payload says about one work.

    `key` is unique within its payload and stable (an identifier, else a running number).
    `issued` is an ISO date as precise as known ("2016", "2016-06", "2016-06-12").
    """

    key: str
    format: str
    kind: WorkKind = "article"
    identifiers: tuple[Identifier, ...] = ()
    titles: tuple[Title, ...] = ()
    abstract: str = ""
    language: str = ""
    issued: str = ""
    venue: Venue | None = None
    volume: str = ""
    issue: str = ""
    pages: str = ""
    publisher: str = ""
    license: str = ""
    retracted: bool = False
    open_access: bool | None = None
    citation_count: int | None = None
    contributors: tuple[Contributor, ...] = ()
    abstracts: tuple[Title, ...] = ()
    """The abstract in other languages, paragraphs as in `abstract`."""
    references: tuple[Reference, ...] = ()
    subjects: tuple[Subject, ...] = ()
    funding: tuple[Funding, ...] = ()
    relations: tuple[Relation, ...] = ()
    links: tuple[Link, ...] = ()
    document: Document | None = None
    """The full text where the payload has one; title and abstract alone are made into a document
    by `ontology.documents.of_record`."""

    @property
    def title(self) -> str:
        return self.titles[0].text if self.titles else ""

    @property
    def year(self) -> int:
        """Year of publication, 0 where unknown."""
        return int(self.issued[:4]) if self.issued[:4].isdigit() else 0

"""The JSON of S2ORC as it is read: PDF and LaTeX parses, CORD-19's layout, and their older variants.

Every key is optional; what is there must have the type given here. Source: Lo et al., "S2ORC: The
Semantic Scholar Open Research Corpus" (ACL 2020), and the `s2orc-doc2json` converter's output.
"""

from __future__ import annotations

import msgspec


class Span(msgspec.Struct, frozen=True):
    """A marker in a block's text: `[start, end)` in characters, and what it points at."""

    start: int = 0
    end: int = 0
    text: str | None = None
    ref_id: str | None = None


class Block(msgspec.Struct, frozen=True):
    """One paragraph with the section it belongs to."""

    text: str = ""
    cite_spans: list[Span] | None = None
    ref_spans: list[Span] | None = None
    section: str | None = None
    sec_num: str | None = None


class Place(msgspec.Struct, frozen=True):
    settlement: str | None = None
    region: str | None = None
    country: str | None = None


class Institution(msgspec.Struct, frozen=True):
    laboratory: str | None = None
    institution: str | None = None
    location: Place | None = None


class Author(msgspec.Struct, frozen=True):
    first: str | None = None
    middle: list[str] | None = None
    last: str | None = None
    suffix: str | None = None
    affiliation: Institution | None = None


class Bib(msgspec.Struct, frozen=True):
    """An entry of the reference list."""

    title: str | None = None
    authors: list[Author] | None = None
    year: int | str | None = None
    venue: str | None = None
    volume: str | None = None
    pages: str | None = None
    other_ids: dict[str, list[str] | str | None] | None = None
    urls: list[str] | None = None
    raw_text: str | None = None


class Float(msgspec.Struct, frozen=True):
    """A figure, table, formula, footnote or section that the text points at."""

    text: str | None = None
    type_str: str | None = None
    type: str | None = None
    fig_num: str | None = None
    num: str | None = None
    uris: list[str] | None = None
    content: str | None = None
    """A table's cells as HTML (`html` in earlier versions)."""
    html: str | None = None


class Parse(msgspec.Struct, frozen=True):
    """The body of a paper."""

    abstract: list[Block] | None = None
    body_text: list[Block] | None = None
    back_matter: list[Block] | None = None
    bib_entries: dict[str, Bib] | None = None
    ref_entries: dict[str, Float] | None = None


class Metadata(msgspec.Struct, frozen=True):
    """CORD-19 keeps title and authors here."""

    title: str | None = None
    authors: list[Author] | None = None


class Paper(msgspec.Struct, frozen=True):
    """A whole payload; the body stands in a parse or, in CORD-19, beside the metadata."""

    paper_id: str | None = None
    title: str | None = None
    authors: list[Author] | None = None
    year: int | str | None = None
    venue: str | None = None
    journal: str | None = None
    identifiers: dict[str, str | None] | None = None
    doi: str | None = None
    arxiv_id: str | None = None
    acl_id: str | None = None
    pmid: str | None = None
    pmcid: str | None = None
    metadata: Metadata | None = None
    abstract: str | list[Block] | None = None
    pdf_parse: Parse | None = None
    latex_parse: Parse | None = None
    body_text: list[Block] | None = None
    back_matter: list[Block] | None = None
    bib_entries: dict[str, Bib] | None = None
    ref_entries: dict[str, Float] | None = None

    @property
    def parse(self) -> Parse:
        """The body: that from LaTeX where there is one (it is cleaner), else from PDF."""
        parses = [each for each in (self.latex_parse, self.pdf_parse) if each is not None]
        whole = [each for each in parses if each.body_text]
        if parses:
            return (whole or parses)[0]
        own = self.abstract if isinstance(self.abstract, list) else None
        return Parse(own, self.body_text, self.back_matter, self.bib_entries, self.ref_entries)

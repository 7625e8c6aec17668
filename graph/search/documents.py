"""What goes into the search index: works, and the parts of works that can be results themselves."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
"""One text's vector of unit length, shape (dimensions,)."""


class SearchDocument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A work as the index knows it.

    `authors` are names as printed, `author_iris` runs parallel to it (empty where unknown, or empty
    as a whole); so do `organisations` and `organisation_iris`, where a name may be empty. `others` are (IRI,
    name) of who took part in another role. `topics` are (IRI, label) pairs, `broader` those of all concepts
    above them. `year` is 0 where unknown. `identifiers` read `scheme:value`.
    `sources` name where the work was harvested. `cites` are IRIs of works, `datasets` IRIs or identifiers
    of data the work links to. `features` are values of `has:`. `abbreviations` are (short, long) as the
    text defines them. Title and abstract are what a vector is made of (`embedded_text`).
    """

    iri: str
    kind: str = "article"
    title: str = ""
    abstract: str = ""
    body: str = ""
    authors: tuple[str, ...] = ()
    author_iris: tuple[str, ...] = ()
    others: tuple[tuple[str, str], ...] = ()
    orcids: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    organisation_iris: tuple[str, ...] = ()
    year: int = 0
    issued: str = ""
    venue: str = ""
    venue_iri: str = ""
    volume: str = ""
    issue: str = ""
    pages: str = ""
    publisher: str = ""
    language: str = ""
    topics: tuple[tuple[str, str], ...] = ()
    broader: tuple[tuple[str, str], ...] = ()
    keywords: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    open_access: bool | None = None
    sources: tuple[str, ...] = ()
    citation_count: int = 0
    cites: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    abbreviations: tuple[tuple[str, str], ...] = ()

    @property
    def embedded_text(self) -> str:
        """The text a vector stands for."""
        return f"{self.title}. {self.abstract}" if self.abstract else self.title


class FragmentDocument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of a work: its text (a caption, a paragraph, a section's heading), the printed `label`
    ("Figure 2"), the heading it stands under, and where its sentences lie: (path, begin, end) in `text`."""

    iri: str
    work: str
    kind: str
    text: str
    label: str = ""
    heading: str = ""
    language: str = ""
    year: int = 0
    work_kind: str = ""
    url: str = ""
    sentences: tuple[tuple[str, int, int], ...] = ()


MAX_FRAGMENT_CHARACTERS: Final = 20_000
"""Of one part's text that is kept; longer ones are cut here."""

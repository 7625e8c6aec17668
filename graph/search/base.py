"""What goes into the search index, what is asked of it and what it answers.

`graph` knows no reader of text, so the engine is handed callables: `QueryEncoder` (text → vector),
`Recogniser` (text → concepts it names) and `Expander` (concept → other words for it).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
"""One text's vector of unit length, shape (dimensions,)."""

Mode = Literal["hybrid", "lexical", "dense"]
FacetName = Literal["kind", "year", "topic", "author", "venue", "language", "source", "open_access"]
FACETS: Final[tuple[FacetName, ...]] = ("kind", "year", "topic", "author", "venue", "language", "source")

MAX_QUERY_CHARACTERS: Final = 4_000
MAX_LIMIT: Final = 1_000
MAX_WINDOW: Final = 10_000
"""`offset + limit` may not pass this: deeper pages cost more than they tell."""


class SearchDocument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A work as the index knows it.

    `authors` are names as printed, `author_iris` runs parallel to it (empty where unknown, or empty
    as a whole). `topics` are (IRI, label) pairs. `year` is 0 where unknown. `identifiers` read
    `scheme:value`. `sources` name where the work was harvested. Title and abstract are what a
    vector is made of (`embedded_text`).
    """

    iri: str
    kind: str = "article"
    title: str = ""
    abstract: str = ""
    body: str = ""
    authors: tuple[str, ...] = ()
    author_iris: tuple[str, ...] = ()
    year: int = 0
    venue: str = ""
    venue_iri: str = ""
    language: str = ""
    topics: tuple[tuple[str, str], ...] = ()
    keywords: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    open_access: bool | None = None
    sources: tuple[str, ...] = ()
    citation_count: int = 0

    @property
    def embedded_text(self) -> str:
        """The text a vector stands for."""
        return f"{self.title}. {self.abstract}" if self.abstract else self.title


class RecognisedConcept(msgspec.Struct, frozen=True, kw_only=True):
    """A concept named in a query, at code points `[begin, end)` of the text handed over."""

    iri: str
    label: str
    begin: int
    end: int


class ExpansionTerm(msgspec.Struct, frozen=True, kw_only=True):
    """Other words for a concept, worth `weight` in (0, 1] of the words typed.

    `relation` says how they relate ("synonym", "narrower", "related", "translation"); `concept` is
    the IRI the words name, whose tagged works match too, empty where there is none.
    """

    text: str
    weight: float = 0.5
    relation: str = "synonym"
    concept: str = ""


QueryEncoder = Callable[[str], Vector]
Recogniser = Callable[[str], Sequence[RecognisedConcept]]
Expander = Callable[[str], Sequence[ExpansionTerm]]


class Filters(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Conditions a result must meet: values of one field are alternatives, fields add up.

    `year_from` and `year_to` are inclusive. `topics`, `authors`, `venues` are IRIs.
    """

    kinds: tuple[str, ...] = ()
    year_from: int | None = None
    year_to: int | None = None
    topics: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    venues: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    open_access: bool | None = None


class SearchRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A search. `without` lists concepts (IRI or label) that must not be expanded, as `-{concept}` in
    the query does; `limit` in [0, 1000], `offset + limit` at most 10,000; `facet_size` values a facet."""

    query: str = ""
    filters: Filters = Filters()
    mode: Mode = "hybrid"
    expand: bool = True
    without: tuple[str, ...] = ()
    limit: int = 10
    offset: int = 0
    facets: tuple[FacetName, ...] = ()
    facet_size: int = 10
    highlight: bool = True
    explain: bool = False


class ScorePart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A share of a score: `value` is what it adds, `raw` the BM25 score or cosine behind it, `rank`
    (from 1) the place in its ranking, 0 where it has none of its own."""

    name: str
    value: float
    raw: float
    rank: int = 0


class Highlight(msgspec.Struct, frozen=True, kw_only=True):
    """A passage of a field with the code points `[begin, end)` in it that matched."""

    field: str
    text: str
    ranges: tuple[tuple[int, int], ...] = ()


class SearchHit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A result; `document` comes without its body. `dense_only`: no word matched, the meaning did.
    `parts` (with explain) sum to `score`."""

    document: SearchDocument
    score: float
    dense_only: bool = False
    highlights: tuple[Highlight, ...] = ()
    parts: tuple[ScorePart, ...] = ()


class FacetValue(msgspec.Struct, frozen=True, kw_only=True):
    """`value` is what the filter of the same name takes (an IRI for topics, authors and venues)."""

    value: str
    label: str
    count: int


class Facet(msgspec.Struct, frozen=True, kw_only=True):
    """The most frequent values over the whole set of matches, with exact counts."""

    name: FacetName
    values: tuple[FacetValue, ...]


class Expansion(msgspec.Struct, frozen=True, kw_only=True):
    """A concept recognised in the query, with what was added for it (nothing where switched off)."""

    concept: str
    label: str
    terms: tuple[ExpansionTerm, ...] = ()
    off: bool = False


class SearchResponse(msgspec.Struct, frozen=True, kw_only=True):
    """`total` counts the works whose words match; `dense_total` those found by meaning alone, which
    come on top. Facets count the former (all filtered works where the query has no words or in dense
    mode). `mode` is the one used; `notes` say why it is not the one asked for. `sequence` is the
    commit answered from."""

    hits: tuple[SearchHit, ...]
    total: int
    dense_total: int
    mode: Mode
    sequence: int
    facets: tuple[Facet, ...] = ()
    expansions: tuple[Expansion, ...] = ()
    notes: tuple[str, ...] = ()

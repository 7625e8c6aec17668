"""What is asked of the search index and what it answers.

`graph` knows no reader of text, so the engine is handed callables: `QueryEncoder` (text → vector),
`Recogniser` (text → concepts it names), `Expander` (concept → other words for it) and, if wanted, a
`Rescorer` (the best candidates → more parts of their scores).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal

import msgspec

from graph.search.documents import SearchDocument, Vector

Mode = Literal["hybrid", "lexical", "dense"]
Sort = Literal["relevance", "newest", "oldest", "citations", "title"]
FacetName = Literal[
    "kind", "year", "topic", "author", "organisation", "venue", "language", "source", "open_access", "dataset", "has"
]
FACETS: Final[tuple[FacetName, ...]] = (
    "kind", "year", "topic", "author", "organisation", "venue", "language", "source", "open_access", "dataset", "has",
)  # fmt: skip

MAX_LIMIT: Final = 1_000
MAX_WINDOW: Final = 10_000
"""`offset + limit` may not pass this: deeper pages are for cursors."""
MAX_SAMPLE: Final = 10_000
NOT_COUNTED: Final = -1


class RecognisedConcept(msgspec.Struct, frozen=True, kw_only=True):
    """A concept named in a query, at code points `[begin, end)` of the text handed over; `weight` in (0, 1] says how
    telling the wording is: an everyday word beside others hardly means the concept."""

    iri: str
    label: str
    begin: int
    end: int
    weight: float = 1.0


class ExpansionTerm(msgspec.Struct, frozen=True, kw_only=True):
    """Other words for a concept, worth `weight` in (0, 1] of the words typed.

    `relation` says how they relate ("synonym", "same" (in another vocabulary), "narrower", "related", "translation",
    "abbreviation");
    `concept` is the IRI the words name, whose tagged works match too, empty where there is none; `vocabulary` names
    the other vocabulary of what is the same.
    """

    text: str
    weight: float = 0.5
    relation: str = "synonym"
    concept: str = ""
    vocabulary: str = ""


class SearchRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A search, whole: it can be kept as JSON and asked again.

    `query` is the query language, `filter` the same conditions as a parameter (`query/filters.py`).
    `without` lists concepts (IRI or label) that must not be expanded, as `-{concept}` in the query does; `also` those
    offered that should be.
    `limit` in [0, 1000]; `offset + limit` at most 10,000; `cursor` "*" begins a walk, each answer's
    `cursor` goes on with it. `sample` draws so many at random, the same for the same `seed`.
    Without `total` a lexical search for the best need not find how many match.
    `facet_size` values a facet; `group_by` counts all values of one. `passages`: so many parts of each
    work that match are shown.
    """

    query: str = ""
    filter: str = ""
    mode: Mode = "hybrid"
    expand: bool = True
    without: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    sort: Sort = "relevance"
    limit: int = 10
    offset: int = 0
    cursor: str = ""
    sample: int = 0
    seed: int = 0
    total: bool = True
    facets: tuple[FacetName, ...] = ()
    facet_size: int = 10
    group_by: FacetName | None = None
    passages: int = 0
    highlight: bool = True
    explain: bool = False

    @property
    def counts(self) -> bool:
        """Whether all matches are to be counted; a walk needs to know where it ends."""
        return self.total or bool(self.cursor)


class ScorePart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A share of a score: `value` is what it adds, `raw` the BM25 score or cosine behind it, `rank`
    (from 1) the place in its ranking, 0 where it has none of its own."""

    name: str
    value: float
    raw: float = 0.0
    rank: int = 0


class Highlight(msgspec.Struct, frozen=True, kw_only=True):
    """A passage of a field with the code points `[begin, end)` in it that matched."""

    field: str
    text: str
    ranges: tuple[tuple[int, int], ...] = ()


class FragmentHit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of a work that matches: its IRI, kind, printed label, heading, and the passage."""

    iri: str
    kind: str
    passage: Highlight
    score: float
    label: str = ""
    heading: str = ""
    url: str = ""


class SearchHit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A result; `document` comes without its body. `dense_only`: no word matched, the meaning did.
    `reasons` say why in words; `parts` (with explain) sum to `score`."""

    document: SearchDocument
    score: float
    dense_only: bool = False
    reasons: tuple[str, ...] = ()
    highlights: tuple[Highlight, ...] = ()
    fragments: tuple[FragmentHit, ...] = ()
    parts: tuple[ScorePart, ...] = ()


class FacetValue(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`value` is what the filter of the same name takes; `chosen`: the request's filter names it."""

    value: str
    label: str
    count: int
    chosen: bool = False


class Facet(msgspec.Struct, frozen=True, kw_only=True):
    """The most frequent values over the whole set of matches, with exact counts. Values of a facet that
    the filter limits are counted as if it did not, so that more of them can be chosen."""

    name: FacetName
    values: tuple[FacetValue, ...]


class Expansion(msgspec.Struct, frozen=True, kw_only=True):
    """A concept recognised in the query, or an abbreviation that works define (`concept` begins "abbreviation:"), with
    what was added for it. Switched off (`off`) it has no terms; or it has those that are offered, and `also` switches
    it on. `weight` is how telling its wording is; the weights of the terms have it in them."""

    concept: str
    label: str
    terms: tuple[ExpansionTerm, ...] = ()
    off: bool = False
    weight: float = 1.0


class EntityHit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A thing the query names: a person, organisation, venue, concept or work, with its works' number."""

    iri: str
    kind: str
    label: str
    works: int = 0


class SearchResponse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`total` counts the works whose words match (`NOT_COUNTED` where nobody asked); `dense_total` those found by
    meaning alone, which come on top. Facets count the former (all filtered works where the query has no words or in
    dense mode). `mode` is the one used; `notes` say why it is not the one asked for. `sequence` is the
    commit answered from. `did_you_mean` is the query as the corpus spells it, `cursor` the next page's,
    `fragment_total` the number of parts that match, where parts were asked for."""

    hits: tuple[SearchHit, ...]
    total: int
    dense_total: int
    mode: Mode
    sequence: int
    entities: tuple[EntityHit, ...] = ()
    did_you_mean: str = ""
    facets: tuple[Facet, ...] = ()
    groups: tuple[FacetValue, ...] = ()
    expansions: tuple[Expansion, ...] = ()
    cursor: str = ""
    fragment_total: int = 0
    notes: tuple[str, ...] = ()


class Candidate(msgspec.Struct, frozen=True):
    """A result on its way: what a rescorer sees of it."""

    document: SearchDocument
    score: float


QueryEncoder = Callable[[str], Vector]
Recogniser = Callable[[str], Sequence[RecognisedConcept]]
Expander = Callable[[str], Sequence[ExpansionTerm]]
Namer = Callable[[Sequence[str]], Mapping[str, str]]
"""IRIs → what they are called, for values of facets that no work calls by a name."""
Rescorer = Callable[[SearchRequest, Sequence[Candidate]], Sequence[tuple[ScorePart, ...]]]
"""For each candidate the parts to be added to its score, each named by its reason: a reranking model, what a
reader cares about. A candidate moves; it never vanishes."""

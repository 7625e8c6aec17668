"""`/v1/search`: the one box; the same as a file or as SPARQL; `/v1/suggest` while somebody types."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Header, Query, Request, Response
from fastapi.responses import PlainTextResponse

from api.answers import answer, documented
from api.deps import Here, Reader
from api.paging import following
from api.personal.searching import PersonalResponse, personal_search
from api.routes.profile import profile_of
from api.routing import Router
from api.searching import expansion_of, known_parameters, selected
from api.suggesting import Suggestions
from graph.search.as_sparql import sparql_of
from graph.search.base import FACETS, MAX_WINDOW, FacetName, Mode, SearchRequest, SearchResponse, Sort
from graph.search.query.parse import parse
from graph.search.query.tree import Phrase, Word, leaves
from ontology.errors import SearchError

router = Router(prefix="/v1", tags=["search"])

Asked = Annotated[
    str, Query(alias="q", max_length=4_000, description="The query language: docs/search.md explains it.")
]
Filter = Annotated[
    str, Query(max_length=8_000, description="Conditions as OpenAlex has them: publication_year:2015-2020,type:dataset")
]
Expand = Annotated[
    list[str],
    Query(max_length=50, description="on, off, -{concept} for one not to be expanded, +{concept} for one offered."),
]


@router.get("/search", responses=documented(PersonalResponse), operation_id="search")
def search(
    request: Request,
    here: Here,
    _: Reader,
    query: Asked = "",
    filter: Filter = "",
    mode: Mode = "hybrid",
    expand: Expand = [],  # noqa: B006 - FastAPI copies defaults
    sort: Sort = "relevance",
    facet: Annotated[list[FacetName] | None, Query(description="Facets to count; all by default.")] = None,
    facet_size: Annotated[int, Query(ge=1, le=1_000)] = 10,
    group_by: Annotated[FacetName | None, Query(description="Count every value of this facet.")] = None,
    select: Annotated[str, Query(max_length=1_000, description="Fields of each document, with commas between.")] = "",
    limit: Annotated[int, Query(ge=0, le=1_000)] = 10,
    offset: Annotated[int, Query(ge=0, le=9_999)] = 0,
    cursor: Annotated[str, Query(max_length=200, description="* begins a walk over everything that matches.")] = "",
    sample: Annotated[int, Query(ge=0, le=10_000, description="Draw so many at random.")] = 0,
    seed: Annotated[int, Query(ge=0, le=2**31, description="The same draw for the same seed.")] = 0,
    total: Annotated[bool, Query(description="Whether to count all that match by words; off is quicker.")] = True,
    passages: Annotated[int, Query(ge=0, le=10, description="Matching parts shown of each work.")] = 0,
    explain: Annotated[bool, Query(description="Show the parts each score is the sum of.")] = False,
    personal: Annotated[Literal["on", "off"], Query(description="In the order of your profile's interests.")] = "off",
    profile: Annotated[str | None, Header(alias="X-Profile")] = None,
) -> Response:
    """Works (or, with `type:figure` and the like, parts of works) that answer the query, best first, with the things
    it names, expansions, facets and, if asked, the parts of each score."""
    known_parameters(request.query_params, search)
    expanded, without, also = expansion_of(expand)
    asked = SearchRequest(
        query=query, filter=filter, mode=mode, expand=expanded, without=without, also=also, sort=sort, limit=limit,
        offset=offset, cursor=cursor, sample=sample, seed=seed, facets=FACETS if facet is None else tuple(facet),
        facet_size=facet_size, group_by=group_by, total=total, passages=passages, explain=explain,
    )  # fmt: skip
    if personal == "on":
        mine = here.profiles.read(profile_of(request, here, profile))
        found: SearchResponse = personal_search(here.engine, asked, mine)
    else:
        found = here.engine.search(asked)
    told = answer(request, selected(found, select))
    if cursor or found.cursor:
        return following(request, told, cursor=found.cursor)
    more = len(found.hits) == limit and not sample and offset + 2 * limit <= MAX_WINDOW
    return following(request, told, offset=offset + limit if more and limit else None)


_QUERY: dict[int | str, dict[str, Any]] = {200: {"content": {"application/sparql-query": {}}, "description": "SPARQL."}}


@router.get("/search/sparql", operation_id="search_as_sparql", response_class=PlainTextResponse, responses=_QUERY)
def as_sparql(
    here: Here,
    _: Reader,
    query: Asked = "",
    filter: Filter = "",
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
) -> Response:
    """The search as a query for the SPARQL endpoint: conditions exactly, words as texts to be contained."""
    asked = SearchRequest(query=query, filter=filter, limit=min(limit, 1_000))
    named = {
        leaf.text
        for leaf in leaves(parse(query).root)
        if isinstance(leaf, Word | Phrase) and leaf.field in ("cites", "citedby")
    }
    text = sparql_of(asked, here.engine.works_named(named))
    return PlainTextResponse(text, media_type="application/sparql-query")


@router.get("/suggest", responses=documented(Suggestions), operation_id="suggest")
def suggest(
    request: Request,
    here: Here,
    _: Reader,
    q: Annotated[str, Query(max_length=200, description="What has been typed so far.")],
    limit: Annotated[int, Query(ge=1, le=20, description="At most so many of each kind.")] = 5,
) -> Response:
    """People, organisations, venues, works and concepts whose names begin so; a letter may be wrong."""
    if "\x00" in q:
        raise SearchError("a zero byte is no text", place="q", hint="take it out")
    return answer(request, Suggestions(query=q, suggestions=tuple(here.suggester(q, limit))))

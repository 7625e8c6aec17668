"""`/v1/search`: the one box."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query, Request, Response

from api.answers import answer, documented
from api.deps import Here, Reader
from api.routing import Router
from graph.search.base import FACETS, FacetName, Filters, SearchRequest, SearchResponse

router = Router(prefix="/v1", tags=["search"])

Values = Annotated[list[str], Query(max_length=20)]


@router.get("/search", responses=documented(SearchResponse), operation_id="search")
def search(
    request: Request,
    here: Here,
    _: Reader,
    q: Annotated[
        str, Query(max_length=1000, description='Words, "phrases", AND OR NOT, author: title: year:2015..2020.')
    ] = "",
    kind: Values = [],  # noqa: B006 - FastAPI copies defaults
    topic: Values = [],  # noqa: B006
    author: Values = [],  # noqa: B006
    venue: Values = [],  # noqa: B006
    language: Values = [],  # noqa: B006
    source: Values = [],  # noqa: B006
    year_from: Annotated[int | None, Query(ge=1000, le=2999)] = None,
    year_to: Annotated[int | None, Query(ge=1000, le=2999)] = None,
    open_access: bool | None = None,
    mode: Literal["hybrid", "lexical", "dense"] = "hybrid",
    expand: Annotated[bool, Query(description="Add synonyms, translations and narrower terms.")] = True,
    without: Annotated[list[str], Query(description="Concepts that must not be expanded.", max_length=50)] = [],  # noqa: B006
    facet: Annotated[list[FacetName] | None, Query(description="Facets to count; all by default.")] = None,
    limit: Annotated[int, Query(ge=0, le=100)] = 10,
    offset: Annotated[int, Query(ge=0, le=9900)] = 0,
    explain: Annotated[bool, Query(description="Show the parts each score is the sum of.")] = False,
) -> Response:
    """Works that answer the query, best first, with facets, expansions and, if asked, the parts of each score."""
    filters = Filters(
        kinds=tuple(kind), topics=tuple(topic), authors=tuple(author), venues=tuple(venue), languages=tuple(language),
        sources=tuple(source), year_from=year_from, year_to=year_to, open_access=open_access,
    )  # fmt: skip
    asked = SearchRequest(
        query=q, filters=filters, mode=mode, expand=expand, without=tuple(without), limit=limit, offset=offset,
        facets=FACETS if facet is None else tuple(facet), explain=explain,
    )  # fmt: skip
    return answer(request, here.engine.search(asked))

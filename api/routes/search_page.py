"""The search page: one box, what it understood, what it found, and how to narrow it down. No script is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final
from urllib.parse import urlencode

import msgspec
from fastapi import Query, Request, Response

from api.deps import Here, Reader
from api.exporting import EXPORTS
from api.pages import templates
from api.personal.order import WINDOW
from api.personal.searching import personal_search
from api.problems import status_of
from api.routes.pages import marked, page_of
from api.routes.profile_page import reader
from api.routing import Router
from api.searching import filter_of
from api.showing.terms import page_about
from graph.search.base import Facet, FacetName, SearchRequest, SearchResponse, Sort
from graph.search.engine import SearchEngine
from graph.search.narrowing import facet_of
from graph.search.query.fields import FRAGMENT_KINDS
from ontology.errors import GnomonError, SearchError

_LIMIT: Final = 10
_FACETS: Final[tuple[FacetName, ...]] = (
    "kind", "year", "topic", "author", "organisation", "venue", "language", "source", "open_access", "has",
)  # fmt: skip
_NAMES: Final = {
    "kind": "Kind", "year": "Year", "topic": "Topic", "author": "Person", "organisation": "Organisation",
    "venue": "Venue", "language": "Language", "source": "Source", "open_access": "Open access", "has": "Comes with",
}  # fmt: skip
_BROWSING: Final = {
    "topic": "Topics", "author": "People", "organisation": "Organisations", "venue": "Venues", "kind": "Kinds",
    "year": "Years",
}  # fmt: skip
_SORTS: Final = {
    "relevance": "best first", "newest": "newest first", "oldest": "oldest first", "citations": "most cited first",
    "title": "by title",
}  # fmt: skip
_PARTS: Final = {
    "": "works",
    "figure": "figures",
    "table": "tables",
    "paragraph": "paragraphs",
    "sentence": "sentences",
}
_EXAMPLES: Final = (
    "word sense disambiguation", '"machine translation" year:2015..2020', "author:Manning parsing",
    "type:figure attention", "gene expression has:fulltext",
)  # fmt: skip
_BROWSED: Final[tuple[FacetName, ...]] = ("topic", "author", "organisation", "venue", "kind", "year")
router = Router(include_in_schema=False)


@router.get("/")
def search_page(
    request: Request,
    here: Here,
    _: Reader,
    q: Annotated[str, Query(max_length=4_000)] = "",
    f: Annotated[list[str], Query(max_length=50, description="facet:value, any number of them.")] = [],  # noqa: B006
    off: Annotated[list[str], Query(max_length=50, description="Concepts that are not expanded.")] = [],  # noqa: B006
    on: Annotated[list[str], Query(max_length=50, description="Abbreviations offered that are.")] = [],  # noqa: B006
    plain: bool = False,
    neutral: Annotated[bool, Query(description="Not in the order of the profile's interests.")] = False,
    sort: Sort = "relevance",
    part: Annotated[str, Query(max_length=20)] = "",
    cursor: Annotated[str, Query(max_length=200)] = "",
    offset: Annotated[int, Query(ge=0, le=9_900)] = 0,
) -> Response:
    """The one box and what it found."""
    chosen = _chosen(f)
    parts = part if part in FRAGMENT_KINDS else ""
    asked = SearchRequest(
        query=q, filter=",".join(filter(None, (filter_of(chosen), f"type:{parts}" if parts else ""))), expand=not plain,
        without=tuple(off), also=tuple(on), sort=sort, limit=_LIMIT, offset=offset if parts else 0,
        cursor="" if parts else cursor or "*", facets=_FACETS, facet_size=12, passages=0 if parts else 2, explain=True,
    )  # fmt: skip
    mine = reader(request, here)
    personal = bool(mine) and not neutral and sort == "relevance" and not parts and not cursor
    if personal:
        asked = msgspec.structs.replace(asked, cursor="", offset=offset)
    found: SearchResponse | None = None
    problem: GnomonError | None = None
    wanted = bool(q.strip() or chosen)
    if wanted:
        try:
            found = (
                personal_search(here.engine, asked, here.profiles.read(mine)) if personal else here.engine.search(asked)
            )
        except SearchError as error:
            problem = error
    now = {"q": q, "f": f, "off": off, "on": on, "plain": "true" if plain else "",
           "sort": "" if sort == "relevance" else sort, "neutral": "true" if neutral else ""}  # fmt: skip
    here_now: dict[str, Any] = {**now, "part": parts}
    return templates.TemplateResponse(
        request,
        "search.html",
        {
            "query": q, "found": found, "problem": problem, "examples": _EXAMPLES, "chosen": chosen, "names": _NAMES,
            "works": 0 if wanted else len(here.engine), "marked": marked, "page_of": page_of, "cursor": cursor,
            "sorts": _SORTS, "sort": sort, "kinds": _PARTS, "part": parts, "plain": plain, "offset": offset,
            "limit": _LIMIT, "exports": tuple(EXPORTS), "export": _exporter(asked), "without": off,
            "link": lambda **new: _link(here_now, new), "toggle": lambda name, value: _toggled(here_now, name, value),
            "quiet": lambda concept: _link(here_now, {"off": [*off, concept]}),
            "loud": lambda concept: _link(here_now, {"off": [one for one in off if one != concept]}),
            "wanted": lambda concept: _link(here_now, {"on": [*on, concept]}),
            "about": lambda iri: page_about(iri, here.settings.base), "browsing": _BROWSING,
            "browse": () if wanted else _browse(here.engine),
            "mine": mine, "personal": personal, "neutral": neutral, "window": WINDOW,
            "here": str(request.url.path) + (f"?{request.url.query}" if request.url.query else ""),
        },
        status_code=status_of(problem) if problem else 200,
    )  # fmt: skip


def _browse(engine: SearchEngine) -> tuple[Facet, ...]:
    """What the whole catalogue is about, and who and what stands in it: for the page without a question."""
    return engine.search(SearchRequest(query="", limit=0, facets=_BROWSED, facet_size=12)).facets


def _chosen(pairs: list[str]) -> dict[str, list[str]]:
    """`facet:value` pairs by facet; what names no facet is left out."""
    found: dict[str, list[str]] = {}
    for pair in pairs:
        name, _, value = pair.partition(":")
        facet = facet_of(name)
        if facet is not None and value:
            found.setdefault(facet, []).append(value)
    return found


def _link(now: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """This page with some parameters changed; a change begins at the first page again."""
    return "/?" + urlencode({name: value for name, value in {**now, **new}.items() if value}, doseq=True)


def _toggled(now: Mapping[str, Any], name: str, value: str) -> str:
    pair = f"{name}:{value}"
    pairs = [one for one in now["f"] if one != pair]
    return _link(now, {"f": pairs if len(pairs) < len(now["f"]) else [*pairs, pair]})


def _exporter(asked: SearchRequest) -> Callable[[str], str]:
    """The address of the search as a file, or as SPARQL."""
    same: dict[str, Any] = {"q": asked.query, "filter": asked.filter}
    expand = (
        ["off"]
        if not asked.expand
        else [*(f"-{{{one}}}" for one in asked.without), *(f"{{{one}}}" for one in asked.also)]
    )
    file = {**same, "expand": expand, "sort": asked.sort if asked.sort != "relevance" else ""}

    def address(name: str) -> str:
        if name == "sparql":
            return "/v1/search/sparql?" + urlencode({k: v for k, v in same.items() if v})
        return "/v1/search/export?" + urlencode({k: v for k, v in {"format": name, **file}.items() if v}, doseq=True)

    return address

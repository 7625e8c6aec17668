"""The pages a person looks at: search and work. Rendered here, no script needed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.templating import Jinja2Templates
from markupsafe import Markup, escape

from api.deps import Here, Reader
from api.lookup import entity
from api.problems import status_of
from api.routing import Router
from graph.discovery.fragments import FragmentView, work_fragments
from graph.discovery.related import related
from graph.discovery.works import work_claims, work_view
from graph.search.base import Filters, Highlight, SearchRequest, SearchResponse
from ingest.quality import quality
from ontology.errors import GnomonError, Gone, SearchError

WEB = Path(__file__).resolve().parents[1] / "web"
_LIMIT = 10
_WORDS = re.compile(r"(?<=[a-z])([A-Z])")
_EXAMPLES = ("word sense disambiguation", "neural machine translation", "gene expression", "author:Manning parsing")
templates = Jinja2Templates(WEB / "templates")
router = Router(include_in_schema=False)


@router.get("/")
def search_page(
    request: Request,
    here: Here,
    _: Reader,
    q: Annotated[str, Query(max_length=1000)] = "",
    kind: str = "",
    topic: str = "",
    author: str = "",
    venue: str = "",
    language: str = "",
    source: str = "",
    year: Annotated[int | None, Query(ge=1000, le=2999)] = None,
    without: Annotated[list[str], Query(max_length=50)] = [],  # noqa: B006 - FastAPI copies defaults
    offset: Annotated[int, Query(ge=0, le=9900)] = 0,
) -> Response:
    """The one box and what it found."""
    chosen = {"kind": kind, "topic": topic, "author": author, "venue": venue, "language": language, "source": source}
    filters = Filters(
        kinds=_some(kind), topics=_some(topic), authors=_some(author), venues=_some(venue), languages=_some(language),
        sources=_some(source), year_from=year, year_to=year,
    )  # fmt: skip
    found: SearchResponse | None = None
    problem: GnomonError | None = None
    asked = bool(q.strip() or any(chosen.values()) or year)
    if asked:
        try:
            found = here.engine.search(
                SearchRequest(
                    query=q,
                    filters=filters,
                    without=tuple(without),
                    limit=_LIMIT,
                    offset=offset,
                    facets=("kind", "year", "topic", "author", "venue", "language"),
                    explain=True,
                )
            )
        except SearchError as error:
            problem = error
    now: dict[str, object] = {"q": q, **{k: v for k, v in chosen.items() if v}, "without": list(without)}
    if year:
        now["year"] = year
    total = found.total + found.dense_total if found else 0
    return templates.TemplateResponse(
        request,
        "search.html",
        {
            "query": q, "found": found, "problem": problem, "examples": _EXAMPLES, "offset": offset, "limit": _LIMIT,
            "filtered": any(chosen.values()) or year, "more": offset + _LIMIT < total, "marked": marked,
            "works": 0 if asked else len(here.engine), "page_of": page_of, "link": lambda **new: _link(now, new),
            "narrow": lambda facet, value: _link(now, {facet: value}),
        },
        status_code=status_of(problem) if problem else 200,
    )  # fmt: skip


def _link(now: dict[str, object], new: dict[str, object]) -> str:
    """This page with some parameters changed; `without` adds up, everything else replaces."""
    merged = {**now, **new}
    if "without" in new:
        merged["without"] = [*now["without"], new["without"]]  # type: ignore[misc]
    return "/?" + urlencode({k: v for k, v in merged.items() if v}, doseq=True)


@router.get("/page/quality")
def quality_page(request: Request, here: Here, _: Reader) -> Response:
    """How good the data of each source is."""
    return templates.TemplateResponse(request, "quality.html", {"sources": quality(here.journal)})


@router.get("/page/work/{name}")
def work_page(request: Request, here: Here, _: Reader, name: str) -> Response:
    """A work: metadata, topics with reasons, claims with evidence, the text as a tree."""
    try:
        found = entity(here, "work", name)
    except Gone as gone:
        return templates.TemplateResponse(request, "gone.html", {"gone": gone}, status_code=410)
    if found.moved:
        return RedirectResponse(page_of(found.iri), status_code=301)
    store, iri = here.store, found.iri
    return templates.TemplateResponse(
        request,
        "work.html",
        {
            "name": name, "work": work_view(store, here.settings.base, iri), "claims": work_claims(store, iri, 30),
            "fragments": work_fragments(store, iri), "related": related(store, iri, 5), "page_of": page_of,
            "path_of": lambda part: part.removeprefix(f"{iri}/"), "text_of": text_of,
            "short": lambda predicate: _WORDS.sub(r" \1", predicate.rpartition("#")[2]).lower(),
        },
    )  # fmt: skip


def text_of(part: FragmentView) -> str:
    """The text of a fragment: its own, or that of the sentences it contains."""
    return part.text or " ".join(inner.text for inner in part.parts if inner.kind == "sentence")


def _some(value: str) -> tuple[str, ...]:
    return (value,) if value else ()


def page_of(iri: str) -> str:
    """Path of the page about one of our own things; the IRI itself for what is not ours."""
    _, found, rest = iri.partition("/id/")
    return f"/page/{rest}" if found else iri


def marked(highlight: Highlight) -> Markup:
    """A passage with what matched in <mark>; everything else is escaped."""
    parts: list[Markup] = []
    at = 0
    for begin, end in sorted(highlight.ranges):
        if begin >= at:
            parts += [
                escape(highlight.text[at:begin]),
                Markup("<mark>"),
                escape(highlight.text[begin:end]),
                Markup("</mark>"),
            ]
            at = end
    return Markup("").join([*parts, escape(highlight.text[at:])])

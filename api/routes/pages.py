"""The page of a work, and what pages have in common. Rendered here, no script needed."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup, escape

from api.citing import schema_org, signposts
from api.deps import Here, Reader
from api.explaining import explain
from api.lookup import entity
from api.pages import templates
from api.routing import Router
from api.showing.reading import found_things, reasons, sentences, summary, why_related, words
from api.showing.terms import page_about
from graph.discovery.fragments import FragmentView, work_citations, work_fragments, work_highlights, work_mentions
from graph.discovery.works import work_claims, work_view
from graph.search.base import Highlight
from ingest.quality import quality
from ontology.errors import Gone

router = Router(include_in_schema=False)


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
    work = work_view(store, here.settings.base, iri)
    fragments = work_fragments(store, iri)
    page = templates.TemplateResponse(
        request,
        "work.html",
        {
            "name": name, "work": work, "claims": work_claims(store, iri, 30), "schema_org": schema_org(work),
            "fragments": fragments, "related": here.related(iri, 6), "page_of": page_of,
            "path_of": lambda part: part.removeprefix(f"{iri}/"), "text_of": text_of,
            "short": words, "why_related": why_related, "marked": marked,
            "summary": summary(work_highlights(store, iri)),
            "things": found_things(work_mentions(store, iri), dict(sentences(fragments)), iri),
            "reasons": reasons(work_citations(store, iri)), "about": lambda one: page_about(one, here.settings.base),
        },
    )  # fmt: skip
    page.headers["Link"] = signposts(work, here.settings.base_iri)
    return page


@router.get("/explain")
def explain_page(request: Request, here: Here, _: Reader, iri: Annotated[str, Query(max_length=500)]) -> Response:
    """Why the graph says something: the work is read again, step by step."""
    return templates.TemplateResponse(request, "explained.html", {"found": explain(here, iri)})


def text_of(part: FragmentView) -> str:
    """The text of a fragment: its own, or that of the sentences it contains."""
    return part.text or " ".join(inner.text for inner in part.parts if inner.kind == "sentence")


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

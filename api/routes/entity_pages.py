"""Pages of what works have in common: topics, people, organisations, venues; and how two things hang together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import Query, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from api.deps import Here, Reader
from api.lookup import entity, resolve
from api.pages import templates
from api.problems import status_of
from api.routes.linked import API
from api.routes.pages import marked
from api.routing import Router
from api.showing.charts import by_year
from api.showing.reading import words
from api.showing.terms import page_about
from graph.discovery.claims import claims_about
from graph.discovery.named import NamingWork, named_in
from graph.discovery.paths import Paths, paths
from graph.discovery.people import AgentView, organisation_view, person_view, venue_view
from graph.search.base import Highlight
from graph.stores.base import ReadableStore
from ontology.errors import GnomonError, Gone
from ontology.found import found_type
from ontology.namespaces import Base

router = Router(include_in_schema=False)
_LISTED: Final = 20
_PATHS: Final = 8
_NAMED: Final = 5
_VIEWS: Final[dict[str, Callable[[ReadableStore, str, int], AgentView]]] = {
    "person": person_view, "organisation": organisation_view, "venue": venue_view,
}  # fmt: skip
_FACETS: Final = {"person": "author", "organisation": "organisation", "venue": "venue"}
_PEOPLE: Final = {"person": "Co-authors", "organisation": "People", "venue": "Authors"}
Iri = Annotated[str, Query(description="IRI of the concept.", max_length=2000)]


@router.get("/page/topic")
def topic_page(request: Request, here: Here, _: Reader, iri: Iri) -> Response:
    """A concept with everything gathered under it and all narrower ones; one that was merged leads on."""
    topic = here.topic(iri, _LISTED)
    if topic.concept.deprecated and topic.concept.replaced_by and not topic.works:
        return RedirectResponse(page_about(topic.concept.replaced_by, here.settings.base), status_code=301)
    return templates.TemplateResponse(
        request,
        "topic.html",
        {
            "topic": topic, "concept": topic.concept, "limit": _LISTED, "short": words, "sentence_of": _sentence,
            "named": named_in(here.store, iri, _NAMED), "about": _about(here.settings.base),
            "figure": by_year((one.year, one.works) for one in topic.years),
            "works_about": f"/?f={quote(f'topic:{iri}', safe='')}",
        },
    )  # fmt: skip


@router.get("/page/named")
def named_page(request: Request, here: Here, _: Reader, iri: Iri) -> Response:
    """Something that texts name and no vocabulary has: where, beside what, and what is claimed of it."""
    return templates.TemplateResponse(
        request,
        "named.html",
        {
            "thing": named_in(here.store, iri, _LISTED), "kind": found_type(iri) or "thing", "short": words,
            "claims": claims_about(here.store, [iri], _LISTED), "about": _about(here.settings.base),
            "sentence_of": _sentence,
        },
    )  # fmt: skip


def _sentence(place: NamingWork) -> Markup:
    return marked(Highlight(field="", text=place.text, ranges=((place.begin, place.end),)))


@router.get("/page/person/{name}")
def person_page(request: Request, here: Here, _: Reader, name: str) -> Response:
    """A person: works, topics, co-authors, places."""
    return _agent(request, here, "person", name)


@router.get("/page/organisation/{name}")
def organisation_page(request: Request, here: Here, _: Reader, name: str) -> Response:
    """An organisation: works of its people, topics, partners."""
    return _agent(request, here, "organisation", name)


@router.get("/page/venue/{name}")
def venue_page(request: Request, here: Here, _: Reader, name: str) -> Response:
    """A journal, event or repository: works, topics, authors."""
    return _agent(request, here, "venue", name)


def _agent(request: Request, here: Here, kind: str, name: str) -> Response:
    try:
        found = entity(here, kind, name)
    except Gone as gone:
        return templates.TemplateResponse(request, "gone.html", {"gone": gone}, status_code=410)
    if found.moved:
        return RedirectResponse(f"/page/{kind}/{found.iri.rsplit('/', 1)[-1]}", status_code=301)
    agent = _VIEWS[kind](here.store, found.iri, _LISTED)
    return templates.TemplateResponse(
        request,
        "agent.html",
        {
            "agent": agent, "name": name, "about": _about(here.settings.base), "api": API[kind],
            "people": _PEOPLE[kind], "works_of": f"/?f={quote(f'{_FACETS[kind]}:{found.iri}', safe='')}",
            "figure": by_year((one.year, one.works) for one in agent.years),
        },
    )  # fmt: skip


@router.get("/relations")
def relations_page(
    request: Request,
    here: Here,
    _: Reader,
    start: Annotated[str, Query(alias="from", max_length=500)] = "",
    end: Annotated[str, Query(alias="to", max_length=500)] = "",
    length: Annotated[int, Query(ge=1, le=6)] = 4,
) -> Response:
    """How two things hang together, each step with its evidence."""
    found: Paths | None = None
    problem: GnomonError | None = None
    if start.strip() and end.strip():
        try:
            found = paths(here.store, resolve(here, start), resolve(here, end), length, _PATHS)
        except GnomonError as error:
            problem = error
    return templates.TemplateResponse(
        request,
        "relations.html",
        {
            "start": start, "end": end, "length": length, "found": found, "problem": problem,
            "about": _about(here.settings.base), "short": words,
        },
        status_code=status_of(problem) if problem else 200,
    )  # fmt: skip


def _about(base: Base) -> Callable[[str], str]:
    return lambda iri: page_about(iri, base)

"""The HTTP application: routes, problems, middleware."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Final

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from api import problems
from api.answers import install_schemas
from api.auditing.watching import Audit
from api.middleware import AnswerHeaders, BodyLimit, for_any_origin, packing
from api.pages import WEB, problem_page
from api.routes import (
    audit,
    batches,
    candidate_pages,
    candidates,
    changes,
    changesets,
    collection_pages,
    concepts,
    discovery,
    entities,
    entity_pages,
    exchange,
    experts,
    explaining,
    exports,
    health,
    hypotheses,
    identity,
    linked,
    mapping_pages,
    mappings,
    models,
    networks,
    pages,
    past,
    profile,
    profile_page,
    quality,
    quarantine,
    query_pages,
    reports,
    resources,
    search,
    search_page,
    sign_in,
    source_book,
    source_pages,
    sources,
    sparql,
    topics,
    trends,
    vocabularies,
    vocabulary_pages,
    works,
)
from api.routes.queries import queries_router
from api.routes.sparql_page import sparql_page_route
from api.settings import Settings
from api.wiring import Services

_DESCRIPTION = (
    "Search works, open them down to the sentence, follow topics and relations, ask SPARQL. "
    "Errors are problem+json (RFC 9457) with `code`, `place` and `hint`."
)


_MODULES: Final = (
    search, exports, batches, works, exchange, topics, concepts, candidates, vocabularies, changesets, mappings,
    entities, explaining, discovery, experts, reports, resources, hypotheses, trends, networks, identity, changes, past,
    quarantine, quality, source_book, sources, health, sparql, search_page, query_pages, candidate_pages,
    vocabulary_pages, mapping_pages, collection_pages, source_pages, sign_in, audit, pages, entity_pages, profile,
    profile_page, models,
)  # fmt: skip
"""What answers, in the order in which addresses are looked up."""


def create_app(settings: Settings) -> FastAPI:
    """The application over one data folder. Services start when they are first needed."""
    services = Services(settings)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        warming = threading.Thread(target=services.warm, daemon=True)
        warming.start()
        yield
        warming.join()
        services.close()

    app = FastAPI(
        title="Gnomon", version=version("gnomon"), description=_DESCRIPTION, lifespan=life,
        responses=problems.RESPONSES,
    )  # fmt: skip
    app.state.services = services
    problems.install(app, problem_page)
    for module in _MODULES:
        app.include_router(module.router)
    app.include_router(queries_router(settings.base))
    app.mount("/static", StaticFiles(directory=WEB / "static"), name="static")
    app.include_router(linked.router)  # its pages are for whatever has none of its own: last
    app.router.routes.insert(0, sparql_page_route())
    install_schemas(app)
    app.add_middleware(packing)
    app.add_middleware(for_any_origin)
    app.add_middleware(BodyLimit, limit=settings.max_body_bytes)
    app.add_middleware(Audit, services=services)
    app.add_middleware(AnswerHeaders)
    return app

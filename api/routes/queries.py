"""`/v1/queries`: named queries as an API of their own, and those that analysts save."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import Body, Path, Query, Request, Response

from api.answers import answer, documented
from api.auth import Caller, Role
from api.deps import Analyst, Here
from api.routing import Router
from api.wiring import Services
from ontology.errors import NotAcceptable, NotFound, Unauthenticated
from ontology.namespaces import Base
from sparql.asking import ask
from sparql.binding import MAX_VALUE
from sparql.catalogue import NamedQuery, QueryInfo, QueryList, named_queries, read_query
from sparql.header import RESERVED, Parameter
from sparql.tables import VEGA_LITE, QueryAnswer, answer_of, chart_of

_MEDIA: Final = {
    "json": "application/json", "csv": "text/csv", "tsv": "text/tab-separated-values",
    "sparql-json": "application/sparql-results+json", "vega-lite": VEGA_LITE,
}  # fmt: skip
FormatName = Literal["json", "csv", "tsv", "sparql-json", "vega-lite"]
Format = Annotated[FormatName | None, Query(description="Instead of an Accept header.")]
_NUMBERS: Final[dict[str, tuple[str, type[int] | type[float]]]] = {
    "integer": ("integer", int),
    "decimal": ("number", float),
}


def queries_router(base: Base) -> Router:
    """Routes for every query that comes with Gnomon, each with its own parameters in OpenAPI, and
    for saved ones."""
    router = Router(prefix="/v1/queries", tags=["queries"])
    router.get("", responses=documented(QueryList), operation_id="list_queries")(_list)
    for query in named_queries(base):
        _add(router, query)
    router.get("/{name}", responses=_answers(), operation_id="saved_query")(_saved)
    router.get("/{name}/about", responses=documented(QueryInfo), operation_id="about_query")(_about)
    router.post("/{name}", responses=documented(QueryInfo), operation_id="save_query")(_save)
    router.delete("/{name}", status_code=204, operation_id="remove_query")(_remove)
    return router


def _add(router: Router, query: NamedQuery) -> None:
    def run(request: Request, here: Here, _: Analyst, format: Format = None) -> Response:
        return _run(request, here, query, 0, format)

    run.__doc__ = query.description
    parameters = [_documented(one) for one in query.header.parameters]
    router.get(
        f"/{query.name}", responses=_answers(), summary=query.title, openapi_extra={"parameters": parameters},
        operation_id=f"query_{query.name.replace('-', '_')}",
    )(run)  # fmt: skip


def _documented(parameter: Parameter) -> dict[str, Any]:
    if parameter.type in _NUMBERS:
        kind, read = _NUMBERS[parameter.type]
        bounds = {"minimum": parameter.minimum, "maximum": parameter.maximum}
        schema: dict[str, Any] = {"type": kind, "default": read(parameter.default)}
        schema |= {name: read(value) for name, value in bounds.items() if value is not None}
    else:
        schema = {"type": "string", "maxLength": MAX_VALUE, "default": parameter.default}
    return {"name": parameter.name, "in": "query", "schema": schema, "description": parameter.description}


def _answers() -> dict[int | str, dict[str, Any]]:
    found = documented(QueryAnswer)
    content = found[200]["content"]
    content.update({media: {} for media in _MEDIA.values() if media not in content})
    return found


def _list(request: Request, here: Here, _: Analyst) -> Response:
    """Every named query with its parameters and columns."""
    base = here.settings.base
    own = [_info(query, base) for query in named_queries(base)]
    kept = [
        _info(read_query(one.name, one.text, base), base, one.version, one.owner, one.created)
        for one in here.queries.newest()
    ]
    return answer(request, QueryList(sorted((*own, *kept), key=lambda q: q.name)))


Name = Annotated[str, Path(description="Name of the query.", max_length=64)]
Version = Annotated[int | None, Query(ge=1, le=2**31, description="A version; the newest by default.")]


def _saved(
    request: Request, here: Here, _: Analyst, name: Name, version: Version = None, format: Format = None
) -> Response:  # fmt: skip
    """Ask a query that an analyst saved. Its parameters are parameters of the request."""
    query, saved = here.queries.find(name, version)
    return _run(request, here, query, saved.version, format)


def _about(request: Request, here: Here, _: Analyst, name: Name, version: Version = None) -> Response:
    """What a query asks, with its text."""
    base = here.settings.base
    found = next((query for query in named_queries(base) if query.name == name), None)
    if found is not None:
        if version is not None:
            raise NotFound("queries that come with Gnomon have no versions", place=name)
        return answer(request, _info(found, base, text=found.text))
    query, saved = here.queries.find(name, version)
    return answer(request, _info(query, base, saved.version, saved.owner, saved.created, saved.text))


def _save(
    request: Request, here: Here, caller: Analyst, name: Name,
    text: Annotated[str, Body(media_type="application/sparql-query", description="The query with its header.")],
) -> Response:  # fmt: skip
    """Keep a query under a name; saving it again adds a version. Needs a key, whose name will own it."""
    base = here.settings.base
    saved = here.queries.save(name, text, known(caller))
    query = read_query(name, saved.text, base)
    return answer(request, _info(query, base, saved.version, saved.owner, saved.created, saved.text))


def _remove(here: Here, caller: Analyst, name: Name) -> Response:
    """Forget one's own saved query with all its versions; a curator's key removes anybody's."""
    here.queries.remove(name, known(caller), any_owner=caller.role >= Role.curator)
    return Response(status_code=204)


def known(caller: Caller) -> str:
    """The name of the caller's key, which owns what is saved; Unauthenticated for those without one."""
    if caller.name.startswith("address:"):
        raise Unauthenticated("saved queries belong to a key", hint="send a key in the header X-API-Key")
    return caller.name.removeprefix("key:")


def _info(
    query: NamedQuery, base: Base, version: int = 0, owner: str = "", created: str = "", text: str = ""
) -> QueryInfo:
    header = query.header
    return QueryInfo(
        name=query.name, iri=f"{base.iri}/id/query/{query.name}{f'/{version}' if version else ''}", title=header.title,
        description=header.description, group=header.group, parameters=header.parameters, columns=header.columns,
        chart=header.chart, version=version, owner=owner, created=created, text=text,
    )  # fmt: skip


def _run(request: Request, here: Services, query: NamedQuery, version: int, wanted: FormatName | None) -> Response:
    given = {name: value for name, value in request.query_params.items() if name not in RESERVED}
    text = query.bound(given)
    media = _MEDIA[wanted] if wanted else _negotiated(request.headers.get("accept", ""))
    if media in (_MEDIA["csv"], _MEDIA["tsv"], _MEDIA["sparql-json"]):
        kind, chunks = ask(here.sparql, text, media)
        return Response(b"".join(chunks), media_type=kind, headers={"Vary": "Accept"})
    _, chunks = ask(here.sparql, text, _MEDIA["sparql-json"])
    found = answer_of(query, version, given, b"".join(chunks), here.snapshot().path.name)
    if media != VEGA_LITE:
        return answer(request, found)
    if query.header.chart is None:
        raise NotAcceptable("this query names no chart", place=query.name, hint="ask for JSON or CSV")
    drawn = msgspec.json.encode(chart_of(found, query.header.chart))
    return Response(drawn, media_type=VEGA_LITE, headers={"Vary": "Accept"})


def _negotiated(accept: str) -> str:
    """The first media type of the header that is known here; JSON where it names none."""
    for part in accept.split(","):
        media = part.partition(";")[0].strip().lower()
        if media.startswith("application/vnd.vegalite"):
            return VEGA_LITE
        if media in _MEDIA.values():
            return media
    return _MEDIA["json"]

"""Frozen records as JSON answers, with their schemas in the OpenAPI document, ETags and 304."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi

from api.problems import Problem

_REF = "#/components/schemas/{name}"
_documented: set[type] = set()
_encode = msgspec.json.Encoder().encode


def documented(kind: type, *, moves: bool = False, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """`responses=` for a route that answers with this struct; `moves` where entities can be merged."""
    _documented.add(kind)
    schema = msgspec.json.schema_components((kind,), ref_template=_REF)[0][0]
    found: dict[int | str, dict[str, Any]] = {
        status: {"content": {"application/json": {"schema": schema}}, "description": "The answer."},
        304: {"description": "The caller has exactly this (If-None-Match)."},
    }
    return found | ({308: {"description": "It was merged into another, which is at Location."}} if moves else {})


def answer(request: Request, body: object, media: str = "application/json") -> Response:
    """`body` as JSON, called `media`; 304 where the client already has exactly this."""
    encoded = _encode(body)
    tag = f'"{blake2b(encoded, digest_size=12).hexdigest()}"'
    if tag in {known.strip() for known in request.headers.get("if-none-match", "").split(",")}:
        return Response(status_code=304, headers={"ETag": tag})
    return Response(encoded, media_type=media, headers={"ETag": tag, "Vary": "Accept"})


def install_schemas(app: FastAPI) -> None:
    """Put the documented structs among the components of the OpenAPI document."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            _, components = msgspec.json.schema_components(sorted(_documented, key=str), ref_template=_REF)
            components["Problem"] = Problem.model_json_schema()
            document.setdefault("components", {}).setdefault("schemas", {}).update(components)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]

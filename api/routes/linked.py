"""Linked data: every IRI of ours leads to a page or to data, and the catalogue says what there is.

`/id/…`, `/agent/…` and `/decision/…` name things and answer 303 (a graph answers itself: the graph
store); `/data/…` describes them in RDF, `/page/…` for people. Cool URIs for the Semantic Web (W3C), section 4.2.
"""

from __future__ import annotations

import re
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import Query, Request, Response
from fastapi.responses import FileResponse, RedirectResponse

from api.answers import answer, documented
from api.citing import signposts_back
from api.deps import Here, Reader
from api.dumps import DumpManifest
from api.lookup import entity
from api.negotiation import best
from api.pages import templates, wants_page
from api.routing import Router
from api.wiring import Services
from graph.describe import Description, description
from graph.discovery.concepts import is_concept
from graph.serialise import FORMATS, dumps
from graph.terms import parts
from graph.void import catalogue_lines, void_lines
from ontology.errors import Gone, NotAcceptable, NotFound
from ontology.found import SCHEME, found_type
from ontology.namespaces import PREFIXES

router = Router(tags=["linked data"])
API: Final = {"work": "works", "person": "people", "organisation": "organisations", "venue": "venues"}
_RDF: Final = {form.media: form for form in FORMATS.values()}
_SUFFIXES: Final = {form.suffix: form.media for form in FORMATS.values()}
_HTML, _JSON = "text/html", "application/json"
_CONCEPT: Final = "concept"
"""What texts name (`found`), and concepts of the curators' own vocabulary."""
_CATALOGUE: Final = ("catalogue", "dataset", "service")
_SHOWN: Final = 400
_SHORT: Final = {iri: prefix for prefix, iri in PREFIXES.items()}
_LOCAL: Final = re.compile(r"[\w\-]+")
Iri = Annotated[str, Query(description="IRI of the thing.", max_length=2000)]


@router.get("/id/{kind}/{name}", include_in_schema=False)
@router.get("/id/{kind}/{name}/{part:path}", include_in_schema=False)
def dereference(request: Request, here: Here, kind: str, name: str, part: str = "") -> Response:
    """303 to the page for people and to the data for programs; 301 where the entity was merged."""
    below = _raw(request).removeprefix(f"/id/{kind}/{name}")
    if elsewhere := _elsewhere(kind, name, part, page=wants_page(request.scope)):
        return _see(elsewhere)
    wanted = best(
        request.headers.get("accept", ""), (*((_JSON,) if kind in API or kind == _CONCEPT else ()), *_RDF, _HTML)
    )
    if kind in API:
        try:
            found = entity(here, kind, name)
        except Gone as gone:
            if wanted != _HTML:
                raise
            return templates.TemplateResponse(request, "gone.html", {"gone": gone}, status_code=410)
        if found.moved:
            return RedirectResponse(f"/id/{kind}/{found.iri.rsplit('/', 1)[-1]}{below}", status_code=301)
        if wanted == _JSON or wanted is None:
            return _see(f"/v1/{API[kind]}/{name}{'/fragments' if part and kind == 'work' else ''}")
        if wanted == _HTML and kind == "work" and part:
            return _see(f"/page/work/{name}#{part}")
    if wanted == _JSON:
        iri = quote(f"{here.settings.base_iri}{_raw(request)}", safe="")
        return _see(f"/v1/mentions?of={iri}" if name == SCHEME else f"/v1/concepts/{iri}")
    return _to(_raw(request), wanted)


def _elsewhere(kind: str, name: str, part: str, *, page: bool) -> str:
    """Where a thing is told of that the graph does not describe: a named query (`part` is its version), a
    citation, a claim as a nanopublication."""
    if kind == "query":
        return f"/queries/{name}" if page else f"/v1/queries/{name}/about{f'?version={part}' if part else ''}"
    if kind == "citation":
        return f"{'' if page else '/v1'}/citations/{name}{f'/{part}' if part else ''}"
    if kind == "claim" and part.startswith("np/"):
        return f"/v1/claims/{name}/nanopub/{part.removeprefix('np/')}"
    return ""


def _raw(request: Request) -> str:
    """The path as it was sent: names in IRIs keep their percent-encoding."""
    raw: bytes = request.scope.get("raw_path") or quote(request.url.path).encode()
    return raw.partition(b"?")[0].decode("latin-1")


@router.get("/agent/{rest:path}", include_in_schema=False)
@router.get("/decision/{rest:path}", include_in_schema=False)
def other(request: Request, rest: str) -> Response:
    """Makers and decisions, whose IRIs stand beside `/id/`."""
    return _to(_raw(request), best(request.headers.get("accept", ""), (*_RDF, _HTML)))


def _to(path: str, wanted: str | None) -> Response:
    if wanted == _HTML:
        return _see(f"/page{path.removeprefix('/id')}")
    return _see(f"/data{path}{_RDF[wanted].suffix if wanted else ''}")


def _see(address: str) -> Response:
    return RedirectResponse(address, status_code=303, headers={"Vary": "Accept"})


@router.get("/data", response_class=Response, operation_id="describe")
def describe(request: Request, here: Here, _: Reader, iri: Iri) -> Response:
    """What the graph says of any IRI, in RDF by Accept: its own things, and concepts of vocabularies."""
    return _document(request, here, iri, _accepted(request))


@router.get("/data/{path:path}", include_in_schema=False)
def data(request: Request, here: Here, _: Reader, path: str) -> Response:
    """The description of the thing whose IRI ends like this path; a suffix (`.ttl`, `.jsonld` …) chooses the format."""
    path = _raw(request).removeprefix("/data/")
    stem, dot, suffix = path.rpartition(".")
    media = _SUFFIXES.get(f".{suffix}") if dot else None
    path, media = (stem, media) if media else (path, _accepted(request))
    if path in _CATALOGUE:
        return Response(dumps(sorted(catalogue(here)), media), media_type=media, headers={"Vary": "Accept"})
    return _document(request, here, f"{here.settings.base_iri}/{path}", media)


@router.get("/.well-known/void", include_in_schema=False)
def well_known() -> Response:
    """Where VoID says a description of the dataset is found."""
    return RedirectResponse("/data/dataset", status_code=302)


def catalogue(here: Services) -> list[str]:
    """VoID and DCAT of everything here."""
    base = here.settings.base
    made = next(iter(here.dumps.names()), "")
    manifest = here.dumps.read(made) if made else None
    files = {one.name: (one.bytes, one.sha256) for one in manifest.files} if manifest else {}
    moment = manifest.created if manifest else ""
    return [
        *catalogue_lines(base, here.settings.title, here.settings.license_iri, moment, files),
        *void_lines(here.counts(), f"{base.iri}/data/dataset"),
    ]


def _accepted(request: Request) -> str:
    wanted = best(request.headers.get("accept", ""), tuple(_RDF))
    if wanted is None:
        raise NotAcceptable("descriptions are RDF", place="Accept", hint=f"accept one of {', '.join(_RDF)}")
    return wanted


def _document(request: Request, here: Services, iri: str, media: str) -> Response:
    found = described(here, iri)
    tag = f'W/"{here.snapshot().path.name}-{_RDF[media].name}"'
    headers = {"ETag": tag, "Vary": "Accept", "Link": f'<{quote(iri, safe=":/#%")}>; rel="describes"'}
    if found.limited:
        headers["Completeness"] = "limited"
    work = iri.removeprefix(here.settings.base.entity("work", ""))
    if work != iri and "/" not in work:
        headers["Link"] += f", {signposts_back(here.settings.base_iri, work, 'describes')}"
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(dumps(found.lines, media), media_type=media, headers=headers)


def described(here: Services, iri: str) -> Description:
    """What is said of an IRI; NotFound where nothing is."""
    found = description(here.store, iri)
    if not found.lines:
        raise NotFound("the graph says nothing of this IRI", place=iri, hint="search for it at /v1/search")
    return found


@router.get("/page/thing", include_in_schema=False)
def thing_page(request: Request, here: Here, _: Reader, iri: Iri, facts: bool = False) -> Response:
    """Everything said of one IRI, as a page; concepts have one of their own unless the bare `facts` are asked for."""
    return _page(request, here, iri, facts=facts)


@router.get("/page/{kind}/{rest:path}", include_in_schema=False)
def any_page(request: Request, here: Here, _: Reader, kind: str, rest: str) -> Response:
    """The page of a thing that has none of its own kind."""
    path = _raw(request).removeprefix("/page/")  # `rest` is decoded, IRIs are not
    below = path if kind in ("agent", "decision") else f"id/{path}"
    return _page(request, here, f"{here.settings.base_iri}/{below}")


def _page(request: Request, here: Services, iri: str, *, facts: bool = False) -> Response:
    kind = "" if facts else "named" if found_type(iri) else "topic" if is_concept(here.store, iri) else ""
    if kind:
        return RedirectResponse(f"/page/{kind}?iri={quote(iri, safe='')}", status_code=302)
    found = described(here, iri)
    said = [parts(one) for one in found.lines]
    mine = f"<{iri}>"
    outgoing = [(p, o) for s, p, o, _ in said if s == mine]
    incoming = [(p, s) for s, p, o, _ in said if o == mine and not s.startswith(f"<{iri}/")]
    context = {
        "iri": iri, "name": _name(outgoing) or iri, "outgoing": [_shown(*row) for row in outgoing[:_SHOWN]],
        "incoming": [_shown(*row) for row in incoming[:_SHOWN]], "limited": found.limited or len(said) > 2 * _SHOWN,
        "data": f"/data?iri={quote(iri, safe='')}", "base": here.settings.base_iri,
    }  # fmt: skip
    return templates.TemplateResponse(request, "thing.html", context)


def _name(outgoing: list[tuple[str, str]]) -> str:
    """What people call it: the first label, title or name."""
    for wanted in ("prefLabel>", "title>", "/name>", "label>"):
        for predicate, value in outgoing:
            if predicate.endswith(wanted) and value.startswith('"'):
                return _text(value)
    return ""


def _shown(predicate: str, value: str) -> dict[str, str]:
    """One statement for the page: a short predicate, and a text or a link."""
    link = value[1:-1] if value.startswith("<") else ""
    return {"predicate": short(predicate[1:-1]), "text": short(link) if link else _text(value), "link": link}


def _text(literal: str) -> str:
    body = literal[1 : literal.rfind('"')]
    return body.encode("ascii", "backslashreplace").decode("unicode_escape") if "\\" in body else body


def short(iri: str) -> str:
    """The IRI with a well-known prefix, where it has one."""
    for start, prefix in _SHORT.items():
        if iri.startswith(start) and _LOCAL.fullmatch(iri[len(start) :]):
            return f"{prefix}:{iri[len(start) :]}"
    return iri


@router.get("/dumps", responses=documented(list[DumpManifest]), operation_id="dumps")
def list_dumps(request: Request, here: Here, _: Reader) -> Response:
    """The dumps there are, newest first: files with checksums, licence, and the hash they reload to."""
    return answer(request, [here.dumps.read(name) for name in here.dumps.names()])


@router.get("/dumps/{name}/{file}", include_in_schema=False)
def dump_file(here: Here, _: Reader, name: str, file: str) -> Response:
    """A file of a dump; `latest` is the newest. Ranges are answered."""
    kind = _JSON if file.endswith(".json") else "application/gzip"
    return FileResponse(here.dumps.path(name, file), media_type=kind, filename=file)

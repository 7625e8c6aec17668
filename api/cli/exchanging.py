"""`gnomon annotations`, `export`: what was read and what there is, in the formats others exchange, as a stream."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import urlencode

import msgspec

from api.cli.asking import services_of
from api.exporting import EXPORTS, found, single
from api.lookup import resolve
from api.wiring import Services
from graph.annotations import bioc, web
from graph.annotations.nanopub import nanopublication
from graph.annotations.passages import AnnotatedWork, annotated
from graph.discovery.ask import column
from graph.search.base import SearchRequest
from graph.snapshots import made
from ontology.errors import SettingsError

_WORKS: Final = "SELECT DISTINCT ?x { GRAPH ?g { ?r a gn:Reading ; prov:used ?x } } ORDER BY ?x"


def write_annotations(works: list[str], output: str, **given: object) -> None:
    """One work after the other, so that memory does not grow with their number."""
    if output not in _WRITERS:
        raise SettingsError(f"no format is called {output!r}", place="--format", hint=f"choose {', '.join(_WRITERS)}")
    with services_of(given) as services:
        chosen = [resolve(services, work) for work in works] or column(services.store, _WORKS)
        read = (annotated(services.store, iri) for iri in chosen)
        for piece in _WRITERS[output](services, read):
            sys.stdout.buffer.write(piece)


def write_works(query: str, work: str, form: str, filter: str, limit: int | None, **given: object) -> None:
    """What a search finds, or one work, as a file on standard output."""
    if form not in EXPORTS:
        raise SettingsError(f"no format is called {form!r}", place="--format", hint=f"choose {', '.join(EXPORTS)}")
    asked = SearchRequest(query=query, filter=filter)
    told = {"format": form, "q": query, "filter": filter, "limit": limit}
    address = "/v1/search/export?" + urlencode({name: value for name, value in told.items() if value})
    with services_of(given) as services:
        pieces = (
            single(services, resolve(services, work), form) if work else found(services, asked, form, limit, address)
        )
        for piece in pieces:
            sys.stdout.buffer.write(piece)


def _bioc_xml(services: Services, works: Iterator[AnnotatedWork]) -> Iterator[bytes]:
    yield from bioc.as_xml(_head(services), map(bioc.document, works))


def _bioc_json(services: Services, works: Iterator[AnnotatedWork]) -> Iterator[bytes]:
    """Gathered: a JSON collection is one object."""
    yield bioc.as_json(_head(services), map(bioc.document, works)) + b"\n"


def _web(services: Services, works: Iterator[AnnotatedWork]) -> Iterator[bytes]:
    for work in works:
        for annotation in web.web_annotations(work):
            yield msgspec.json.encode({"@context": web.CONTEXT, **annotation}) + b"\n"


def _nanopubs(services: Services, works: Iterator[AnnotatedWork]) -> Iterator[bytes]:
    """Of every claim that the works support or dispute, each once."""
    seen: set[str] = set()
    for work in works:
        for claim in (relation.claim for passage in work.passages for relation in passage.relations):
            if claim not in seen:
                seen.add(claim)
                _, lines = nanopublication(services.store, claim, services.settings.license_iri)
                yield "".join(f"{line}\n" for line in lines).encode()


def _head(services: Services) -> bioc.Collection:
    return bioc.collection(made(services.snapshot()).isoformat())


_WRITERS: Final[dict[str, Callable[[Services, Iterator[AnnotatedWork]], Iterator[bytes]]]] = {
    "bioc-xml": _bioc_xml, "bioc-json": _bioc_json, "web": _web, "nanopubs": _nanopubs,
}  # fmt: skip

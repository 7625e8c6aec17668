"""`gnomon search`, `sparql`, `status`, `explain`: asked here, shown by `showing`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from api.cli import showing
from api.settings import load_settings
from api.status import status_of
from api.wiring import Services
from graph.search.base import SearchRequest
from graph.stores.hashing import store_hash
from ontology.errors import NotFound, SettingsError
from sparql.asking import ask
from sparql.catalogue import NamedQuery, named_queries

_TABLE: Final = "application/sparql-results+json, text/turtle;q=0.9"
_FORMATS: Final = {"table": _TABLE, "ttl": "turtle", "nt": "ntriples"}
_QUERY_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@contextmanager
def services_of(given: dict[str, object]) -> Iterator[Services]:
    services = Services(load_settings(**given))
    try:
        yield services
    finally:
        services.close()


def search_works(
    query: str, filter: str, limit: int, mode: str, expand: bool, explain: bool, as_json: bool, **given: object
) -> None:
    if mode not in ("hybrid", "lexical", "dense"):
        raise SettingsError(f"no search mode is called {mode!r}", hint="choose hybrid, lexical or dense")
    with services_of(given) as services:
        request = SearchRequest(query=query, filter=filter, limit=limit, mode=mode, expand=expand, explain=explain)  # type: ignore[arg-type]
        found = services.engine.search(request)
    if as_json:
        showing.as_json(found)
    else:
        showing.hits(found)


def ask_sparql(query: str, output: str, parameters: list[str], **given: object) -> None:
    """Answer on standard output; a cut answer ends the command with an error, never silently."""
    with services_of(given) as services:
        text = _query_text(query, dict(_parameter(one) for one in parameters), services)
        media, chunks = ask(services.sparql, text, _FORMATS.get(output, output))
        if output == "table" and media.startswith("application/sparql-results"):
            showing.solutions(msgspec.json.decode(b"".join(chunks)))
            return
        for chunk in chunks:
            sys.stdout.buffer.write(chunk)
        sys.stdout.flush()


def _parameter(given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not equals:
        raise SettingsError(f"{given!r} sets nothing", place="--set", hint="write --set NAME=VALUE")
    return name, value


def _query_text(query: str, parameters: dict[str, str], services: Services) -> str:
    """The query that the argument gives or names."""
    if _QUERY_NAME.fullmatch(query):
        return _named(query, services).bound(parameters)
    if parameters:
        raise SettingsError("only named queries take parameters", place="--set")
    if query == "-":
        return sys.stdin.read()
    if query.startswith("@"):
        try:
            return Path(query[1:]).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise SettingsError(f"the query cannot be read: {reason}", place=query[1:]) from error
    if not query.strip():
        raise SettingsError("no query was given", hint="`gnomon sparql --list` shows those that have a name")
    return query


def _named(name: str, services: Services) -> NamedQuery:
    """A query that comes with Gnomon, or one that was saved here."""
    own = {query.name: query for query in named_queries(services.settings.base)}
    return own[name] if name in own else services.queries.find(name)[0]


def list_queries(**given: object) -> None:
    queries = named_queries(load_settings(**given).base)
    showing.table(("name", "what it asks"), ((query.name, query.description) for query in queries))


def show_status(as_json: bool, verify: bool, **given: object) -> None:
    with services_of(given) as services:
        status = status_of(services)
        hashed = store_hash(services.store) if verify else ""
    if as_json:
        showing.as_json({**msgspec.to_builtins(status), **({"hash": hashed} if hashed else {})})
    else:
        showing.status(status, hashed)


def explain_iri(kind: str, iri: str, as_json: bool, **given: object) -> None:
    from api.explaining import explain

    with services_of(given) as services:
        found = explain(services, iri)
    if kind != found.kind:
        raise NotFound(f"this is a {found.kind}, not a {kind}", place=iri, hint=f"gnomon explain {found.kind} {iri}")
    if as_json:
        showing.as_json(found)
        return
    for step in found.steps:
        showing.line((f"{step.name:>14}  ", "dim"), step.said)
    showing.line(("the same when read again" if found.same else "not the same when read again", "bold"))

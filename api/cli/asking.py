"""`gnomon search`, `sparql`, `topic`, `paths`, `status`, `quarantine`, `settings`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from api.lookup import resolve
from api.settings import load_settings
from api.status import status_of
from api.wiring import Services
from graph.discovery.paths import paths
from graph.discovery.topics import topic_view
from graph.search.base import SearchRequest, SearchResponse
from graph.stores.hashing import store_hash
from ingest.journal.database import Database
from ingest.journal.harvested import Harvested
from ontology.errors import SettingsError
from sparql.asking import ask

_TABLE = "text/tab-separated-values, text/turtle;q=0.9"
_console = Console(highlight=False)


@contextmanager
def _services(given: dict[str, object]) -> Iterator[Services]:
    services = Services(load_settings(**given))
    try:
        yield services
    finally:
        services.close()


def _print_json(body: object) -> None:
    print(msgspec.json.format(msgspec.json.encode(body), indent=2).decode())


def search_works(
    query: str, limit: int, mode: str, expand: bool, explain: bool, as_json: bool, **given: object
) -> None:
    if mode not in ("hybrid", "lexical", "dense"):
        raise SettingsError(f"no search mode is called {mode!r}", hint="choose hybrid, lexical or dense")
    with _services(given) as services:
        request = SearchRequest(query=query, limit=limit, mode=mode, expand=expand, explain=explain)  # type: ignore[arg-type]
        found = services.engine.search(request)
    if as_json:
        _print_json(found)
    else:
        _show_hits(found)


def _show_hits(found: SearchResponse) -> None:
    for note in found.notes:
        _console.print(f"[yellow]• {note}[/]")
    for expansion in found.expansions:
        terms = ", ".join(term.text for term in expansion.terms)
        if terms:
            _console.print(f"[dim]“{expansion.label}” also finds: {terms}[/]", markup=True)
    for number, hit in enumerate(found.hits, 1):
        document = hit.document
        people = ", ".join(document.authors[:3]) + (" and others" if len(document.authors) > 3 else "")
        _console.print(f"[bold]{number:>2}. [/]", document.title, f"({document.year})" if document.year else "", sep="")
        _console.print(f"    [dim]{people}[/]")
        _console.print(f"    {document.iri}  score {hit.score:.3f}", markup=False)
        for part in hit.parts:
            _console.print(f"      {part.name}: {part.value:.4f} (raw {part.raw:.3f}, rank {part.rank})", markup=False)
    more = f", {found.dense_total} more are close in meaning" if found.dense_total else ""
    _console.print(f"{found.total} works match{more}.")


def ask_sparql(query: str, output: str, **given: object) -> None:
    """Answer on standard output; a cut answer ends the command with an error, never silently."""
    text = sys.stdin.read() if query == "-" else Path(query[1:]).read_text("utf-8") if query.startswith("@") else query
    with _services(given) as services:
        media, chunks = ask(services.pool, text, _TABLE if output == "table" else output)
        if output == "table" and media.startswith("text/tab"):
            _show_rows(b"".join(chunks).decode().splitlines())
            return
        for chunk in chunks:
            sys.stdout.buffer.write(chunk)
        sys.stdout.flush()


def _show_rows(lines: list[str]) -> None:
    table = Table(*lines[0].split("\t"), box=None) if lines else Table(box=None)
    for line in lines[1:]:
        table.add_row(*line.split("\t"))
    _console.print(table)
    _console.print(f"{max(0, len(lines) - 1)} rows")


def show_topic(concept: str, as_json: bool, **given: object) -> None:
    with _services(given) as services:
        _print_json(topic_view(services.store, resolve(services, concept)))


def show_paths(start: str, end: str, as_json: bool, **given: object) -> None:
    with _services(given) as services:
        found = paths(services.store, resolve(services, start), resolve(services, end))
    _print_json(found)


def show_status(as_json: bool, verify: bool, **given: object) -> None:
    with _services(given) as services:
        status = status_of(services)
        hashed = store_hash(services.store) if verify else ""
    if as_json:
        _print_json({**msgspec.to_builtins(status), **({"hash": hashed} if hashed else {})})
        return
    _console.print(f"commit {status.sequence}, {status.quads:,} statements{f', hash {hashed}' if hashed else ''}")
    table = Table("", "count", "waiting", box=None)
    for kind in sorted({*status.entities, *status.waiting}):
        table.add_row(kind, f"{status.entities.get(kind, 0):,}", f"{status.waiting.get(kind, 0):,}")
    _console.print(table)
    sources = Table("source", "payloads", "records", "quarantined", box=None)
    for source in status.sources:
        sources.add_row(source.name, f"{source.payloads:,}", f"{source.records:,}", f"{source.quarantined:,}")
    _console.print(sources)
    for vocabulary in status.vocabularies:
        _console.print(f"vocabulary {vocabulary.name}: {vocabulary.concepts:,} concepts, {vocabulary.title}")


def show_quarantine(as_json: bool, **given: object) -> None:
    with Database(load_settings(**given).journal, read_only=True) as journal:
        found = list(Harvested(journal).quarantined())
    if as_json:
        _print_json(found)
        return
    for entry in found:
        name = f"{entry.locator}{f' record {entry.key}' if entry.key else ''}"
        _console.print(f"{entry.source}: {name}\n    {entry.error}: {entry.message} {entry.place}", markup=False)
    _console.print(f"{len(found)} in quarantine")


def show_settings(**given: object) -> None:
    settings = load_settings(**given)
    table = Table("setting", "value", "what it is", box=None)
    for name, field in type(settings).model_fields.items():
        table.add_row(name, str(getattr(settings, name)), field.description or "")
    _console.print(table)

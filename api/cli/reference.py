"""The reference pages of `docs/`, written from the code: `python -m api.cli.reference [FOLDER]`.

Whatever a page says has one source: the command line its own help, settings their descriptions,
errors their docstrings, the API its OpenAPI document, the model `ontology/gnomon.ttl`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import typer
from rdflib import OWL, RDF, RDFS, Graph, URIRef
from rdflib.term import Node

from api.app import create_app
from api.cli import main
from api.cli.reference_doors import client_page, models_page
from api.cli.reference_sources import sources_page
from api.cli.reference_vocabularies import vocabularies_page
from api.cli.search_reference import search_page
from api.cli.showing import short
from api.problems import status_of
from api.settings import Settings, load_settings
from graph.stores.base import STORES
from ingest.formats.detect import FORMATS
from ingest.sources.kinds import KINDS
from nlp.encoders.base import ENCODERS
from nlp.rerankers.base import RERANKERS
from ontology.errors import GnomonError
from ontology.namespaces import PREFIXES, Base
from ontology.reason import own_ontology
from ontology.registry import Registry
from ontology.vocabularies.base import VOCABULARIES
from sparql.catalogue import named_queries

_NOTE: Final = "Written by `make docs` from the code; change it there."
_WIDTH: Final = 100
_BY_MACHINE: Final = {"cores": "all cores of the machine", "source": "none"}
GRAPHS: Final = {
    "": "what everybody asks: works, people, organisations, venues, accepted claims as plain statements, topics,"
    " vocabularies with labels and hierarchy",
    "text": "sections, paragraphs, sentences, figures, tables, reference lists, citations in the text",
    "mentions": "readings, mentions, topic assignments, claims and their evidence",
    "prov": "the records that entities come from, and the software that read them",
    "queries": "the named queries, ready to be asked (`sh:SPARQLSelectExecutable`)",
    "curation": "decisions on which IRIs name one thing, and where the others lead",
}
"""Name → what a graph holds; the default graph has none."""


def pages() -> dict[str, str]:
    """File name → text of every page; the same for the same code, whatever the machine or day."""
    written: dict[str, Callable[[], Iterable[str]]] = {
        "api.md": _api, "cli.md": _cli, "client.md": _client, "errors.md": _errors, "mcp.md": _models,
        "model.md": _model, "plugs.md": _plugs,
        "queries.md": _queries, "search.md": _search, "settings.md": _settings, "sources.md": _sources,
        "vocabularies.md": _vocabularies,
    }  # fmt: skip
    return {name: "\n".join(page()).rstrip() + "\n" for name, page in written.items()}


def _search() -> Iterator[str]:
    yield _head("Search", "One box, and how to say more in it.")
    yield from search_page()


def _client() -> Iterator[str]:
    yield _head("Python client", "A Gnomon server from Python.")
    yield from client_page()


def _models() -> Iterator[str]:
    yield _head("Model Context Protocol", "What language models may ask.")
    yield from models_page()


def _head(title: str, text: str) -> str:
    return f"# {title}\n\n{_NOTE}\n\n{text}\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    for row in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(_cell(str(cell)) for cell in row)} |"
    yield ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _cli() -> Iterator[str]:
    yield _head("The command line", "Every command with its arguments and options.")
    yield "An error ends a command with one sentence on standard error and status 2, Ctrl-C with status 130.\n"
    for path, help_text in _commands(typer.main.get_command(main.app), "gnomon"):
        yield f"## {path}\n\n```text\n{help_text}\n```\n"


def _commands(command: Any, path: str) -> Iterator[tuple[str, str]]:
    context = typer.Context(command, info_name=path, terminal_width=_WIDTH, max_content_width=_WIDTH)
    lines = (line.rstrip() for line in command.get_help(context).splitlines())
    yield path, "\n".join(lines)
    for name, below in getattr(command, "commands", {}).items():
        yield from _commands(below, f"{path} {name}")


def _settings() -> Iterator[str]:
    yield _head(
        "Settings", "From the file `gnomon.toml` (or the one `GNOMON_CONFIG` names), the environment and options."
    )
    yield "Options of a command count most, then the environment, then the file.\n"
    fields = Settings.model_fields.items()
    rows = ((f"`{name}`", f"`GNOMON_{name.upper()}`", _default(name), field.description) for name, field in fields)
    yield from _table(("setting", "environment", "default", "meaning"), rows)


def _default(name: str) -> str:
    default = Settings.model_fields[name].default
    return _BY_MACHINE.get(name) or (f"`{default}`" if default != "" else "none")


def _errors() -> Iterator[str]:
    yield _head(
        "Errors", "Each error has a code, which is the `code` of problem+json and what the command line prints."
    )
    yield (
        "Further codes of the API: `InvalidRequest` (422) for parameters that do not fit, and for requests that match"
        " no route the phrase of their status, such as `NotFound` (404) and `MethodNotAllowed` (405).\n"
    )
    rows = ((f"{'&emsp;' * depth}`{kind.__name__}`", status_of(kind("")), _first(kind)) for depth, kind in _tree())
    yield from _table(("code", "HTTP status", "meaning"), rows)


def _tree(kind: type[GnomonError] = GnomonError, depth: int = 0) -> Iterator[tuple[int, type[GnomonError]]]:
    yield depth, kind
    for below in kind.__subclasses__():
        if below.__module__ == GnomonError.__module__:
            yield from _tree(below, depth + 1)


def _first(documented: object) -> str:
    return (documented.__doc__ or "").strip().split("\n", 1)[0]


def _api() -> Iterator[str]:
    document = create_app(load_settings()).openapi()
    yield _head("The HTTP API", str(document["info"]["description"]))
    yield "The same as OpenAPI: `/openapi.json`, and to try out: `/docs`. SPARQL: `/sparql`.\n"
    yield "Each named query is a route of its own, `/v1/queries/{name}`: see [queries.md](queries.md).\n"
    named = {f"/v1/queries/{query.name}" for query in named_queries(Base())}
    for path, methods in document["paths"].items():
        for method, route in methods.items() if path not in named else ():
            yield f"## {method.upper()} {path}\n\n{' '.join(route['description'].split())}\n"
            parameters = [_parameter(one) for one in route.get("parameters", ())]
            if parameters:
                yield from _table(("parameter", "in", "type", "default", "meaning"), parameters)
            yield f"Answers {_answers(route['responses'])}.\n"
    yield "# What is answered\n"
    for name, schema in sorted(document["components"]["schemas"].items()):
        if "properties" in schema:
            yield f"## {name}\n\n{' '.join(schema.get('description', '').split())}\n"
            fields = ((f"`{field}`", _type(of), _json(of)) for field, of in schema["properties"].items())
            yield from _table(("field", "type", "default"), fields)


def _parameter(one: dict[str, Any]) -> tuple[str, ...]:
    schema = one["schema"]
    default = "required" if one.get("required") else _json(schema)
    return f"`{one['name']}`", one["in"], _type(schema), default, schema.get("description", one.get("description", ""))


def _json(schema: dict[str, Any]) -> str:
    default = schema.get("default")
    return (
        f"`{str(default).lower() if isinstance(default, bool) else default}`" if default not in (None, "", []) else ""
    )


def _answers(responses: dict[str, Any]) -> str:
    """The record, or the media types, of the successful answer; a redirect with its status."""
    status, response = next((status, response) for status, response in responses.items() if status[0] in "23")
    content: dict[str, Any] = response.get("content", {})
    schema = content.get("application/json", {}).get("schema")
    if schema:
        return _type(schema)
    return ", ".join(f"`{kind}`" for kind in content) or f"with a redirect ({status})"


def _type(schema: dict[str, Any]) -> str:
    """A JSON schema in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}" if schema.get("items") else "list"
    low, high = schema.get("minimum"), schema.get("maximum")
    kind = str(schema.get("type", "anything"))
    return f"{kind}, {low} to {high}" if low is not None and high is not None else kind


def _model() -> Iterator[str]:
    ontology = Graph().parse(data=own_ontology(), format="turtle")
    yield _head("The model", "The terms of Gnomon's own ontology; all other terms are those of standard vocabularies.")
    yield "## Classes\n"
    classes = [*_own(ontology, OWL.Class)]
    rows = ((f"`{short(one)}`", *_about(ontology, one), _terms(ontology, one, RDFS.subClassOf)) for one in classes)
    yield from _table(("class", "label", "meaning", "is a"), rows)
    yield "## Properties\n"
    properties = [*_own(ontology, OWL.ObjectProperty), *_own(ontology, OWL.DatatypeProperty)]
    described = (
        (f"`{short(one)}`", *_about(ontology, one), *(_terms(ontology, one, of) for of in (RDFS.domain, RDFS.range)))
        for one in sorted(properties)
    )
    yield from _table(("property", "label", "meaning", "of", "value"), described)
    yield "## States\n"
    states = _own(ontology, OWL.NamedIndividual)
    yield from _table(("state", "label", "meaning"), ((f"`{short(one)}`", *_about(ontology, one)) for one in states))
    yield "## Graphs\n\n`{base}` is the setting `base_iri`.\n"
    graphs = ((f"`{{base}}/graph/{name}`" if name else "default graph", holds) for name, holds in GRAPHS.items())
    yield from _table(("graph", "holds"), graphs)
    yield "## Prefixes\n\nKnown in every query, without being declared.\n"
    yield from _table(("prefix", "namespace"), ((f"`{prefix}:`", f"`{iri}`") for prefix, iri in PREFIXES.items()))


def _queries() -> Iterator[str]:
    yield _head("Named queries", "Questions that come with Gnomon, each with typed parameters and columns.")
    yield (
        "`gnomon sparql NAME`, or `/v1/queries/NAME` with parameters in the address; `format` is `json`, `csv`, `tsv`,"
        " `sparql-json` or, where a chart is named, `vega-lite`. Analysts save their own by `POST /v1/queries/NAME`.\n"
    )
    for query in named_queries(Base()):
        header = query.header
        yield f"## {query.name}\n\n{header.title}. {header.description} Group: {header.group}.\n"
        if header.parameters:
            rows = ((f"`{p.name}`", p.type, f"`{p.default}`", p.description) for p in header.parameters)
            yield from _table(("parameter", "type", "default", "meaning"), rows)
        columns = ((f"`{c.name}`", c.type, c.unit, c.description) for c in header.columns)
        yield from _table(("column", "type", "unit", "meaning"), columns)


def _own(ontology: Graph, kind: Node) -> list[URIRef]:
    found = {one for one in ontology.subjects(RDF.type, kind) if isinstance(one, URIRef)}
    return sorted(one for one in found if one.startswith(PREFIXES["gn"]))


def _about(ontology: Graph, one: URIRef) -> tuple[str, str]:
    return str(ontology.value(one, RDFS.label) or ""), str(ontology.value(one, RDFS.comment) or "")


def _terms(ontology: Graph, one: URIRef, predicate: URIRef) -> str:
    named = (str(term) for term in ontology.objects(one, predicate) if isinstance(term, URIRef))
    return ", ".join(f"`{short(term)}`" for term in sorted(named))


def _plugs() -> Iterator[str]:
    yield _head("Plugs", "What can be read, kept and encoded, by name.")
    yield "A package adds to a family by an entry point in the group `gnomon.<family>`.\n"
    yield "## Sources\n\nGroup `gnomon.source`; their options are in [sources.md](sources.md).\n"
    rows = ((f"`{name}`", f"`{KINDS.target(name).partition(':')[0]}`", KINDS.get(name).says) for name in KINDS)
    yield from _table(("name", "module", "what it is"), rows)
    families: tuple[tuple[str, Registry[Any]], ...] = (
        ("Formats", FORMATS), ("Vocabularies", VOCABULARIES), ("Encoders", ENCODERS), ("Rerankers", RERANKERS),
        ("Stores", STORES),
    )  # fmt: skip
    for title, family in families:
        yield f"## {title}\n\nGroup `gnomon.{family.family}`.\n"
        rows = (_plug(name, family.target(name).partition(":")[0]) for name in family.names())
        yield from _table(("name", "module", "what it is"), rows)


def _sources() -> Iterator[str]:
    yield _head("Sources", "Where the catalogue comes from, and what happens to what is gone.")
    yield from sources_page(_table, _json)


def _vocabularies() -> Iterator[str]:
    yield _head("Vocabularies", "How curators edit vocabularies, what is refused, and what is looked at.")
    yield from vocabularies_page(_table)


def _plug(name: str, module: str) -> tuple[str, str, str]:
    return f"`{name}`", f"`{module}`", _first(import_module(module))


def write(folder: Path) -> None:
    """Write every page into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))

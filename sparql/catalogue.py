"""The named queries that come with Gnomon: `queries/*.rq`.

Each file starts with comment lines `# title: …` and `# description: …`; `{base}` stands for the
base IRI of the installation. Well-known prefixes (`ontology.namespaces.PREFIXES`) are left out.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Final

import msgspec

from ontology.errors import NotFound, QuerySyntaxError
from ontology.namespaces import Base

_FIELDS: Final = frozenset({"title", "description"})


class NamedQuery(msgspec.Struct, frozen=True):
    name: str
    title: str
    description: str
    text: str
    """The query with its comment lines, ready to be asked."""


def named_queries(base: Base) -> tuple[NamedQuery, ...]:
    """All named queries, by name."""
    found = (one for one in (files("sparql") / "queries").iterdir() if one.name.endswith(".rq"))
    return tuple(sorted((_read(one.name[:-3], one.read_text("utf-8"), base) for one in found), key=lambda q: q.name))


def named_query(name: str, base: Base) -> NamedQuery:
    """The query of this name; NotFound lists those there are."""
    queries = {query.name: query for query in named_queries(base)}
    if name not in queries:
        raise NotFound(f"there is no query named {name!r}", place="query", hint="there are " + ", ".join(queries))
    return queries[name]


def _read(name: str, text: str, base: Base) -> NamedQuery:
    header: dict[str, str] = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        field, _, value = line.removeprefix("#").partition(":")
        header[field.strip()] = value.strip()
    if header.keys() != _FIELDS or not all(header.values()):
        raise QuerySyntaxError("a named query starts with a title and a description", place=f"queries/{name}.rq")
    return NamedQuery(name, header["title"], header["description"], text.replace("{base}", base.iri))

"""The named queries that come with Gnomon: `queries/*.rq`, each with a typed header.

`{base}` in a file stands for the base IRI of the installation. Well-known prefixes
(`ontology.namespaces.PREFIXES`) are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

import msgspec

from ontology.namespaces import Base
from sparql.binding import bind
from sparql.header import Chart, Column, Header, Parameter, read_header


class NamedQuery(msgspec.Struct, frozen=True):
    """A query with a name; `text` holds its header and `$name` for each parameter."""

    name: str
    header: Header
    text: str

    @property
    def title(self) -> str:
        return self.header.title

    @property
    def description(self) -> str:
        return self.header.description

    def bound(self, given: Mapping[str, str] | None = None) -> str:
        """The query ready to be asked; see `sparql.binding.bind`."""
        return bind(self.text, self.header, given or {})


class QueryInfo(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A named query: what it asks, what it takes, what its columns mean. `owner` is empty for those
    that come with Gnomon; `iri` leads to exactly this version."""

    name: str
    iri: str
    title: str
    description: str
    group: str
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    chart: Chart | None = None
    version: int = 0
    owner: str = ""
    created: str = ""
    text: str = ""


class QueryList(msgspec.Struct, frozen=True):
    """All named queries, by name."""

    queries: list[QueryInfo]


def read_query(name: str, text: str, base: Base) -> NamedQuery:
    """A query from its text; QuerySyntaxError where the header is not one."""
    return NamedQuery(name, read_header(text, name), text.replace("{base}", base.iri))


@lru_cache(maxsize=4)
def named_queries(base: Base) -> tuple[NamedQuery, ...]:
    """All named queries, by name."""
    found = (one for one in (files("sparql") / "queries").iterdir() if one.name.endswith(".rq"))
    return tuple(sorted((read_query(one.name[:-3], one.read_text("utf-8"), base) for one in found), key=_name))


def _name(query: NamedQuery) -> str:
    return query.name

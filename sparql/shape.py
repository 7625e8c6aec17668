"""What is known of a query's shape: its groups and triple patterns, each with its place in the text."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

import msgspec


class Unreadable(Exception):
    """The text has a shape that is not known here."""


class Sort(StrEnum):
    IRI = "iri"
    VARIABLE = "variable"
    LITERAL = "literal"
    BLANK = "blank"
    LIST = "list"
    OTHER = "other"
    """A blank node with properties, or a triple term."""


class Node(msgspec.Struct, frozen=True):
    """A term as written; `value` is the full IRI, the variable's name, or the text itself."""

    sort: Sort
    text: str
    value: str
    items: tuple[Node, ...] = ()
    """Of a list."""


class Path(msgspec.Struct, frozen=True):
    """`op` is "link" (an IRI), "^", "/", "|", "*", "+", "?", "!" or "variable"."""

    op: str
    text: str
    iri: str = ""
    parts: tuple[Path, ...] = ()


class Triple(msgspec.Struct, frozen=True):
    subject: Node
    path: Path
    object: Node

    def __str__(self) -> str:
        return f"{self.subject.text} {self.path.text} {self.object.text} ."


class Element(msgspec.Struct, frozen=True):
    """One member of a group, from `start` to before `end` in the text. `kind` says which fields count."""

    kind: str
    """triples, filter, bind, values, optional, minus, graph, service, union, select, group."""
    start: int
    end: int
    triples: tuple[Triple, ...] = ()
    groups: tuple[Group, ...] = ()
    term: Node | None = None
    """Of GRAPH and SERVICE."""
    silent: bool = False
    query: Query | None = None
    variables: tuple[str, ...] = ()
    """Of BIND and VALUES: what they bind."""
    whole: bool = True
    """Triples only: nothing stands there but them, so that they may be written anew."""


class Group(msgspec.Struct, frozen=True):
    """From its { to behind its }."""

    start: int
    end: int
    elements: tuple[Element, ...]


class Query(msgspec.Struct, frozen=True):
    """A query or sub-query. It begins at `start`, behind the declarations; `head` is the stretch between
    its form and its group, `tail` what follows the group."""

    start: int
    form: str
    head: tuple[int, int]
    star: bool
    group: Group | None
    tail: tuple[int, int]
    limit: int | None


def groups(query: Query) -> Iterator[Group]:
    """All groups, outer ones first, those of sub-queries included."""
    if query.group is not None:
        yield from inner_groups(query.group)


def inner_groups(group: Group) -> Iterator[Group]:
    """This group and all inside it."""
    yield group
    for element in group.elements:
        for inner in element.groups:
            yield from inner_groups(inner)
        if element.query is not None and element.query.group is not None:
            yield from inner_groups(element.query.group)


def groups_outside_service(group: Group) -> Iterator[Group]:
    """This group and all inside it that are evaluated here."""
    yield group
    for element in group.elements:
        for inner in () if element.kind == "service" else element.groups:
            yield from groups_outside_service(inner)
        if element.query is not None and element.query.group is not None:
            yield from groups_outside_service(element.query.group)

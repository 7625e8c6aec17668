"""From parameters of an address to a search, and from an answer to the fields somebody selected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from inspect import signature
from typing import Any, Final

import msgspec

from graph.search.base import SearchResponse
from graph.search.documents import SearchDocument
from graph.search.narrowing import facet_of, field_of
from graph.search.query.fields import nearest
from ontology.errors import SearchError

_FIELDS: Final = tuple(field.name for field in msgspec.structs.fields(SearchDocument) if field.name != "body")


def expansion_of(values: Iterable[str]) -> tuple[bool, tuple[str, ...], tuple[str, ...]]:
    """`expand=off`, `expand=on`, `expand=-{concept}`, `expand=+{concept}` → whether to expand, what not, what also."""
    expand, without, also = True, list[str](), list[str]()
    for value in (one.strip() for one in values):
        if value.lower() in ("on", "true", "1", ""):
            continue
        if value.lower() in ("off", "false", "0"):
            expand = False
        elif value.startswith("-"):
            without.append(value[1:].removeprefix("{").removesuffix("}"))
        elif value.startswith(("+", "{")):  # a plus in an address is read as a blank
            also.append(value.removeprefix("+").removeprefix("{").removesuffix("}"))
        else:
            raise SearchError(
                f"expand={value} says nothing", place="expand", hint="write on, off, -{concept} or +{concept}"
            )
    return expand, tuple(without), tuple(also)


def known_parameters(given: Iterable[str], route: Callable[..., object]) -> None:
    """Refuse a parameter the route does not have: a filter that does nothing is worse than an error."""
    known = {"q" if name == "query" else name for name in signature(route).parameters}
    for name in given:
        if name not in known:
            close = nearest(name, tuple(sorted(known - {"request", "here", "_"})))
            hint = f"did you mean {close}?" if close else "conditions go into filter=, as in filter=type:dataset"
            raise SearchError(f"there is no parameter {name!r}", place=name, hint=hint)


def filter_of(chosen: Mapping[str, Iterable[str]]) -> str:
    """Values by facet → the text of `filter=`; values of one facet are alternatives."""
    parts = []
    for name, values in chosen.items():
        facet = facet_of(name)
        if facet is not None and (quoted := [f'"{value.replace(chr(34), "")}"' for value in values]):
            bare = [value.strip('"') if facet == "year" else value for value in quoted]
            parts.append(f"{field_of(facet)}:{'|'.join(bare)}")
    return ",".join(parts)


def selected(response: SearchResponse, select: str) -> object:
    """The answer with only these fields of each document; whole where none are named."""
    names = [name.strip() for name in select.split(",") if name.strip()]
    if not names:
        return response
    for name in names:
        if name not in _FIELDS:
            close = nearest(name, _FIELDS)
            meant = f"did you mean {close}? " if close else ""
            raise SearchError(
                f"works have no field {name!r}", place="select", hint=f"{meant}fields are {', '.join(_FIELDS)}"
            )
    body: dict[str, Any] = msgspec.to_builtins(response)
    for hit in body["hits"]:
        hit["document"] = {name: hit["document"][name] for name in names if name in hit["document"]}
    return body

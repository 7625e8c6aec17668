"""`filter=` as OpenAlex users write it → the same tree that the query language yields.

    publication_year:2015-2020,type:dataset|article,language:!en,has_doi:true,cited_by_count:>10

A comma is AND, `|` is OR, `!` before a value is NOT; a quoted value may hold commas. Names are OpenAlex's or
the query language's own.
"""

from __future__ import annotations

import re
from typing import Final

from graph.search.query.fields import BY_FILTER, FEATURES, Field, nearest
from graph.search.query.parse import bound, wrong
from graph.search.query.tree import All, Any, Node, Not, Phrase, Range, Word

MAX_FILTER_CHARACTERS: Final = 8_000
MAX_VALUES: Final = 100

_PART = re.compile(r'(?:[^,"]|"[^"]*")+')
_VALUE = re.compile(r'(?:[^|"]|"[^"]*")+')
_BORDERS: Final = ("from_publication_date", "to_publication_date", "from_year", "to_year")


def parse_filter(text: str) -> Node | None:
    """What the parameter asks for; None where it is empty. SearchSyntaxError says where it goes wrong."""
    if len(text) > MAX_FILTER_CHARACTERS:
        raise wrong(f"the filter has {len(text)} characters", 0, f"use at most {MAX_FILTER_CHARACTERS}")
    if text.count('"') % 2:
        raise wrong("a quotation mark of the filter is not closed", text.rindex('"'), "close it")
    nodes = [_condition(part[0], part.start()) for part in _PART.finditer(text) if part[0].strip()]
    if not nodes:
        return None
    return nodes[0] if len(nodes) == 1 else All(tuple(nodes))


def _condition(part: str, at: int) -> Node:
    name, colon, value = part.partition(":")
    at += len(name) - len(name.lstrip())
    name = name.strip().lower()
    if not colon or not value.strip():
        raise wrong(f"{part.strip()!r} is no filter", at, "write name:value, as in publication_year:2015-2020")
    if name in _BORDERS:
        return _year_border(name, value.strip(), at)
    if name.startswith("has_"):
        return _feature(name.removeprefix("has_"), value, at)
    field = BY_FILTER.get(name)
    if field is None:
        close = nearest(name, tuple(BY_FILTER))
        raise wrong(
            f"there is no filter {name!r}",
            at,
            f"did you mean {close}?" if close else "docs/search.md lists the filters",
        )
    return _alternatives(field, value, at + len(part.lstrip()) - len(value))


def _alternatives(field: Field, value: str, at: int) -> Node:
    barred = value.lstrip().startswith("!")
    found = list(_VALUE.finditer(value.replace("!", " ", 1) if barred else value))
    if len(found) > MAX_VALUES:
        raise wrong(f"{len(found)} values for {field.name}", at, f"use at most {MAX_VALUES}")
    values = [
        _value(field, one[0].strip(), at + one.start() + len(one[0]) - len(one[0].lstrip()))
        for one in found
        if one[0].strip()
    ]
    if not values:
        raise wrong(f"no value for {field.name}", at, f"write one, as in {field.example}")
    node = values[0] if len(values) == 1 else Any(tuple(values))
    return Not(node) if barred else node


def _value(field: Field, text: str, at: int) -> Node:
    bare = text.strip('"')
    leaf = Phrase(bare, at) if text.startswith('"') or " " in bare else Word(bare, at)
    return bound(leaf, field)


def _feature(name: str, value: str, at: int) -> Node:
    if name not in FEATURES:
        raise wrong(f"there is no filter 'has_{name}'", at, f"there are has_{', has_'.join(FEATURES)}")
    if value.strip().lower() not in ("true", "false"):
        raise wrong(f"{value.strip()!r} is neither true nor false", at, f"write has_{name}:true or has_{name}:false")
    leaf = Word(name, at, "has")
    return leaf if value.strip().lower() == "true" else Not(leaf)


def _year_border(name: str, value: str, at: int) -> Node:
    if not re.match(r"\d{4}(-|$)", value):
        raise wrong(f"{value!r} is no date", at, f"write {name}:2015-01-31 or {name}:2015")
    year = int(value[:4])
    return Range("year", year, None) if name.startswith("from") else Range("year", None, year)

"""Values for the parameters of a named query, bound as terms.

A value never becomes text of the query: it is checked against its type, written as one RDF term,
and put where the token `$name` stands. What the value holds can therefore not change what is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from graph.terms import iri, text
from ontology.errors import QueryParameterError
from sparql.header import Header, Parameter
from sparql.lexer import Kind, tokens

MAX_VALUE: Final = 2_000
"""Code points of one value."""
_ABSOLUTE: Final = re.compile(r'[A-Za-z][A-Za-z0-9+.\-]*:[^\x00-\x20<>"{}|^`\\]+')
_LABEL: Final = re.compile(r"(?P<text>.+?)(?:@(?P<language>[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*))?", re.DOTALL)
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]{1,15}(?:\.[0-9]{0,12})?|\.[0-9]{1,12})")


def bind(query: str, header: Header, given: Mapping[str, str]) -> str:
    """The query with every parameter bound: to the value given, else to its default.

    Raises QueryParameterError for a name the query does not have and a value not of its type.
    """
    known = {parameter.name: parameter for parameter in header.parameters}
    for name in given:
        if name not in known:
            hint = "parameters are " + ", ".join(known) if known else "it takes none"
            raise QueryParameterError(f"the query has no parameter {name!r}", place=f"parameter {name}", hint=hint)
    terms = {name: term_of(parameter, given.get(name, parameter.default)) for name, parameter in known.items()}
    parts: list[str] = []
    end = 0
    for token in tokens(query):
        if token.kind is Kind.VARIABLE and token.text[0] == "$" and token.text[1:] in terms:
            parts += query[end : token.offset], terms[token.text[1:]]
            end = token.offset + len(token.text)
    return "".join((*parts, query[end:]))


def term_of(parameter: Parameter, value: str) -> str:
    """The value as a SPARQL term; QueryParameterError where it is not of the parameter's type."""
    if len(value) > MAX_VALUE:
        raise _wrong(parameter, f"the value has more than {MAX_VALUE:,} characters")
    if parameter.type in ("integer", "decimal"):
        return _number(parameter, value.strip())
    if parameter.type == "iri":
        if not _ABSOLUTE.fullmatch(value):
            raise _wrong(parameter, f"{value[:80]!r} is no absolute IRI")
        return iri(value)
    if parameter.type == "label" and (label := _LABEL.fullmatch(value)):
        return text(label["text"], label["language"] or "")
    return text(value)


def _number(parameter: Parameter, value: str) -> str:
    shape = _INTEGER if parameter.type == "integer" else _DECIMAL
    if not shape.fullmatch(value):
        raise _wrong(parameter, f"{value[:80]!r} is no {parameter.type}")
    low, high = parameter.minimum, parameter.maximum
    if (low is not None and float(value) < low) or (high is not None and float(value) > high):
        raise _wrong(parameter, f"{value} is not between {low:g} and {high:g}")
    return str(int(value)) if parameter.type == "integer" else value.lstrip("+")


def _wrong(parameter: Parameter, message: str, hint: str = "") -> QueryParameterError:
    return QueryParameterError(message, place=f"parameter {parameter.name}", hint=hint or parameter.description)

"""SPARQL text as tokens, by the terminals of the specification.

Source: SPARQL 1.1 Query Language, section 19.8, rules [139] to [173], with the language direction
of SPARQL 1.2. One departure: code point escapes (`\\u0041`) are read inside strings and IRIs only,
as SPARQL 1.2 and Oxigraph have it, never as a way to write a keyword.

The lexer knows no grammar. Where `<` could be "less than" or the start of an IRI, it takes the
IRI (the longest token); `sparql.guard` refuses the few texts where the parser could see it otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from functools import cache
from typing import Final, NamedTuple

from ontology.errors import QuerySyntaxError
from sparql.advice import about_sign


class Kind(Enum):
    IRI = "iri"
    NAME = "name"
    """A prefixed name, or a bare prefix with its colon."""
    BLANK = "blank"
    VARIABLE = "variable"
    STRING = "string"
    LANGUAGE = "language"
    NUMBER = "number"
    WORD = "word"
    """A keyword, a function's name, `a`, `true` or `false`."""
    MARK = "mark"
    """One bracket, operator or separator."""


class Token(NamedTuple):
    kind: Kind
    text: str
    offset: int
    """Code points before it."""


def place(text: str, offset: int) -> str:
    """Line and column (both from 1, in code points) as errors name them."""
    line_start = text.rfind("\n", 0, offset) + 1
    return f"line {text.count(chr(10), 0, offset) + 1}, column {offset - line_start + 1}"


_BASE = (
    r"A-Za-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C\u200D\u2070-\u218F"
    r"\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
)
_INNER = rf"{_BASE}_0-9\u00B7\u0300-\u036F\u203F\u2040"
_CHARS = rf"{_INNER}\-"
_LOCAL = rf"(?:[{_CHARS}:]|%[0-9A-Fa-f]{{2}}|\\[_~.\-!$&'()*+,;=/?#@%])"
_SCALAR = r"(?![Dd][89A-Fa-f])[0-9A-Fa-f]{4}"
"""Four hexadecimal digits that are no surrogate: a surrogate is no character, and never an escape."""
_CODE_POINT = rf"\\u{_SCALAR}|\\U(?:0000{_SCALAR}|000[1-9A-Fa-f][0-9A-Fa-f]{{4}}|0010[0-9A-Fa-f]{{4}})"
_ESCAPE = rf"""\\[tbnrf"'\\]|{_CODE_POINT}"""
_TERMINALS: Final = (
    ("space", r"[ \t\r\n]++|\#[^\r\n]*+"),
    ("IRI", rf"""<(?>(?:[^\x00-\x20<>"{{}}|^`\\]++|{_CODE_POINT})*)>"""),
    (
        "STRING",
        rf"""'''(?>(?:'{{0,2}}(?:[^'\\]++|{_ESCAPE}))*)'''|\"\"\"(?>(?:"{{0,2}}(?:[^"\\]++|{_ESCAPE}))*)\"\"\"""",
    ),
    ("short", rf"""(?!''')'(?>(?:[^'\\\r\n]++|{_ESCAPE})*)'|(?!\"\"\")"(?>(?:[^"\\\r\n]++|{_ESCAPE})*)\""""),
    ("BLANK", rf"_:[{_BASE}_0-9][{_CHARS}]*+(?>(?:\.++[{_CHARS}]++)*)"),
    (
        "NAME",
        rf"(?>(?:[{_BASE}][{_CHARS}]*+(?:\.++[{_CHARS}]++)*)?):(?>(?:(?![\-\u00B7\u0300-\u036F\u203F\u2040]){_LOCAL}"
        rf"(?:{_LOCAL})*(?:\.++(?:{_LOCAL})+)*)?)",
    ),
    ("VARIABLE", rf"[?$][{_BASE}_0-9][{_INNER}]*+"),
    ("LANGUAGE", r"@[A-Za-z]++(?>(?:-[A-Za-z0-9]++)*)(?>(?:--[A-Za-z]++)?)"),
    (
        "NUMBER",
        r"[0-9]+\.[0-9]*[eE][+\-]?[0-9]+|\.?[0-9]+[eE][+\-]?[0-9]+|[0-9]*\.[0-9]+|[0-9]+",
    ),
    ("WORD", r"[A-Za-z_][A-Za-z0-9_]*+"),
    ("MARK", r"&&|\|\||\^\^|!=|<=|>=|[{}()\[\].;,|/^?*+\-!=<>~]"),
)
_KINDS: Final = {**{kind.name: kind for kind in Kind}, "short": Kind.STRING}


@cache
def _token() -> re.Pattern[str]:
    """Any one token; thirty milliseconds to compile, which builds and most commands do without."""
    return re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _TERMINALS))


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a query, without white space and comments; QuerySyntaxError at the first
    character that starts none. Linear in the length of the text."""
    position, token = 0, _token()
    while position < len(text):
        match = token.match(text, position)
        if match is None:
            raise _unreadable(text, position)
        group = match.lastgroup or ""
        if group != "space":
            yield Token(_KINDS[group], match.group(), position)
        position = match.end()


def _unreadable(text: str, position: int) -> QuerySyntaxError:
    char = text[position]
    where = place(text, position)
    if char in "'\"":
        quote = char * 3 if text.startswith(char * 3, position) else char
        return QuerySyntaxError(
            "a string is not closed or holds an unknown escape", place=where,
            hint=f"close it with {quote}; short strings end on their line, a backslash is written \\\\",
        )  # fmt: skip
    if char == "\\":
        return QuerySyntaxError(
            "an escape stands outside a string or IRI", place=where, hint="write the character itself"
        )
    return QuerySyntaxError(f"the character {char!r} starts nothing in SPARQL", place=where, hint=about_sign(char))

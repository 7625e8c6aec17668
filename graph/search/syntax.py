"""The query language of the search box: text → tree, or a SearchSyntaxError that says where and why.

words            loose: ranked by how many match, how rare they are and where
"two words"      the phrase, as written
neur*            words that begin so (three letters at least)
a AND b, a OR b, NOT a, -a, ( )       AND binds tighter than OR; words side by side tighter still
author:lovelace  title: abstract: body: keyword: topic: venue: kind: language: source: id:
topic:<IRI>, author:<IRI>, venue:<IRI>
year:2015, year:2015..2020, year:2015.., year:..2020
-{concept}       don't expand this concept (IRI or label)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from graph.search.base import MAX_QUERY_CHARACTERS
from ontology.errors import SearchSyntaxError

MAX_TERMS: Final = 512
MAX_DEPTH: Final = 20
MIN_PREFIX: Final = 3

FIELDS: Final = {
    "author": "author", "title": "title", "abstract": "abstract", "body": "body", "text": "body",
    "keyword": "keyword", "topic": "topic", "venue": "venue", "journal": "venue", "year": "year",
    "kind": "kind", "type": "kind", "language": "language", "lang": "language", "source": "source",
    "id": "id", "doi": "id", "pmid": "id", "pmcid": "id", "arxiv": "id", "acl": "id",
}  # fmt: skip


class Word(msgspec.Struct, frozen=True):
    """A word as typed, in `field` or, where that is empty, anywhere."""

    text: str
    at: int
    field: str = ""
    prefix: bool = False


class Phrase(msgspec.Struct, frozen=True):
    """Words in this order."""

    text: str
    at: int
    field: str = ""


class Years(msgspec.Struct, frozen=True):
    """A range of years, ends included; None is open."""

    first: int | None
    last: int | None


class Not(msgspec.Struct, frozen=True):
    child: Node


class All(msgspec.Struct, frozen=True):
    """Joined by AND: every child must match."""

    children: tuple[Node, ...]


class Any(msgspec.Struct, frozen=True):
    """Joined by OR: one child must match."""

    children: tuple[Node, ...]


class Loose(msgspec.Struct, frozen=True):
    """Side by side: bare words are wanted, everything else is required."""

    children: tuple[Node, ...]


Node = Word | Phrase | Years | Not | All | Any | Loose


class ParsedQuery(msgspec.Struct, frozen=True):
    """`root` is None where nothing is asked for but what the filters say."""

    root: Node | None
    without: tuple[str, ...] = ()


def parse(query: str) -> ParsedQuery:
    """The tree of `query`. SearchSyntaxError's `place` reads "character n" (from 1)."""
    if len(query) > MAX_QUERY_CHARACTERS:
        raise SearchSyntaxError(f"the query has {len(query)} characters", hint=f"use at most {MAX_QUERY_CHARACTERS}")
    tokens = list(_tokens(query))
    without = tuple(token.text for token in tokens if token.kind == "without")
    tokens = [token for token in tokens if token.kind != "without"]
    if sum(token.kind in ("word", "phrase") for token in tokens) > MAX_TERMS:
        raise SearchSyntaxError("the query has too many words", hint=f"use at most {MAX_TERMS}")
    parser = _Parser(tokens, len(query))
    return ParsedQuery(parser.whole() if tokens else None, without)


class _Token(msgspec.Struct, frozen=True):
    kind: str
    text: str
    at: int
    field: str = ""


_TEXT = r"""["“”„](?P<phrase>[^"“”„]*)(?P<end>["“”„]?) | (?P<word>[^\s()"“”„]+)"""
_VALUE = re.compile(_TEXT, re.VERBOSE)
_TOKEN = re.compile(
    rf"""\s+
    | -\{{(?P<without>[^{{}}]*)\}}
    | (?P<open>\() | (?P<close>\))
    | (?P<field>[A-Za-z]+):(?=[^\s/:)])
    | (?P<operator>AND|OR|NOT)(?=[\s()"]|$)
    | -(?=[\w("“„])(?P<minus>)
    | {_TEXT}""",
    re.VERBOSE,
)


def _tokens(query: str) -> Iterator[_Token]:
    at, field = 0, ""
    while at < len(query):
        found = (_VALUE if field else _TOKEN).match(query, at)
        if found is None:
            what = f"nothing follows {field}:" if field else "this cannot be read"
            raise _error(what, at, f'write {field or "title"}:word or {field or "title"}:"two words"')
        begin, at = at, found.end()
        kind = found.lastgroup
        if kind == "end":
            kind = "phrase"
            if not found["end"]:
                raise _error("a quotation mark is not closed", begin, 'write the phrase as "two words"')
        if kind is None:
            continue
        if kind == "field":
            field = _field(found["field"], begin)
        else:
            yield _Token(kind, found[kind], begin, field)
            field = ""


def _field(name: str, at: int) -> str:
    field = FIELDS.get(name.lower())
    if field is None:
        known = ", ".join(dict.fromkeys(FIELDS.values()))
        raise _error(f"there is no field {name!r}", at, f"fields are {known}; to search for the text put it in quotes")
    return field


def _error(what: str, at: int, hint: str) -> SearchSyntaxError:
    return SearchSyntaxError(what, place=f"character {at + 1}", hint=hint)


class _Parser:
    """Recursive descent over the tokens; depth is bounded by `MAX_DEPTH`."""

    def __init__(self, tokens: list[_Token], length: int) -> None:
        self._tokens = tokens
        self._next = 0
        self._length = length

    def whole(self) -> Node:
        node = self._any(0)
        if (token := self._peek()) is not None:
            raise _error("a bracket closes that was never opened", token.at, "remove it or put the text in quotes")
        return node

    def _any(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise _error("brackets are nested too deeply", self._at(), f"use at most {MAX_DEPTH} levels")
        children = [self._all(depth)]
        while self._operator("OR"):
            children.append(self._all(depth))
        return children[0] if len(children) == 1 else Any(tuple(children))

    def _all(self, depth: int) -> Node:
        children = [self._loose(depth)]
        while self._operator("AND"):
            children.append(self._loose(depth))
        return children[0] if len(children) == 1 else All(tuple(children))

    def _loose(self, depth: int) -> Node:
        children: list[Node] = []
        while (node := self._one(depth)) is not None:
            children.extend(node.children if isinstance(node, Loose) else [node])
        if not children:
            raise _error("something is missing here", self._at(), "put a word between operators and inside brackets")
        return children[0] if len(children) == 1 else Loose(tuple(children))

    def _one(self, depth: int) -> Node | None:
        """The next word, phrase, bracket or negation; None before an operator, `)` or the end."""
        token = self._peek()
        if token is None or token.kind == "close" or (token.kind == "operator" and token.text != "NOT"):
            return None
        self._next += 1
        if token.kind in ("operator", "minus"):
            return self._negated(token, depth)
        if token.kind == "open":
            node = self._any(depth + 1)
            if (closing := self._peek()) is None or closing.kind != "close":
                raise _error("a bracket is not closed", token.at, "add ) or put the text in quotes")
            self._next += 1
            return node
        return _leaf(token)

    def _negated(self, token: _Token, depth: int) -> Node:
        if depth >= MAX_DEPTH:
            raise _error("the query is nested too deeply", token.at, f"use at most {MAX_DEPTH} levels")
        node = self._one(depth + 1)
        if node is None:
            raise _error("nothing follows NOT", token.at, "name what must not match")
        return Not(node)

    def _operator(self, text: str) -> bool:
        token = self._peek()
        if token is None or token.kind != "operator" or token.text != text:
            return False
        self._next += 1
        return True

    def _peek(self) -> _Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _at(self) -> int:
        token = self._peek()
        return token.at if token else self._length


def _leaf(token: _Token) -> Node:
    if token.field == "year":
        return _years(token)
    if token.kind == "phrase":
        if not token.text.strip():
            raise _error("the quotation marks hold nothing", token.at, "put words between them")
        return Phrase(token.text, token.at, token.field)
    if token.text.endswith("*") and token.text.strip("*"):
        stem = token.text.rstrip("*")
        if len(stem) < MIN_PREFIX:
            raise _error(f"{token.text} matches too much", token.at, f"write at least {MIN_PREFIX} letters before *")
        return Word(stem, token.at, token.field, prefix=True)
    return Word(token.text, token.at, token.field)


_YEARS = re.compile(r"(?P<first>\d{1,4})?(?P<dots>\.\.\.?|-|–)?(?P<last>\d{1,4})?")


def _years(token: _Token) -> Years:
    found = _YEARS.fullmatch(token.text)
    if found is None or not (found["first"] or found["last"]):
        raise _error(
            f"{token.text!r} is not a year", token.at, "write year:2015, year:2015..2020, year:2015.. or year:..2020"
        )
    first, last = (int(found[name]) if found[name] else None for name in ("first", "last"))
    if not found["dots"]:
        return Years(first, first)
    if first is not None and last is not None and first > last:
        raise _error(f"the range {token.text} is empty", token.at, f"write year:{last}..{first}")
    return Years(first, last)

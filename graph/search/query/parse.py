"""Text → tree, or a SearchSyntaxError that says where, what was expected and what to write instead."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken
from lark.exceptions import VisitError

from graph.search.query.fields import BY_NAME, Field, nearest, value_of
from graph.search.query.tree import All, Any, Loose, Node, Not, Phrase, Range, Word, leaves
from ontology.errors import SearchSyntaxError

MAX_QUERY_CHARACTERS: Final = 4_000
MAX_TERMS: Final = 512
MAX_DEPTH: Final = 20
MIN_PREFIX: Final = 3
MAX_SLOP: Final = 50

_OFF = re.compile(r"-\{([^{}]*)\}")
_PLAIN = re.compile(r"\s*[^\W_]+(?:\s+[^\W_]+)*\s*")
_WORD = re.compile(r"\w+")
_OPERATORS: Final = ("AND", "OR", "NOT")
_NESTING = re.compile(r'["“”„][^"“”„]*["“”„]|(?P<open>\()|(?P<close>\))|(?P<no>\bNOT\b|(?<!\S)-(?=[\w("“„]))')
_QUOTED = re.compile(r'["“”„](?P<inner>.*)["“”„](?:~(?P<slop>\d+))?', re.DOTALL)
_NUMBER = re.compile(r"(?P<first>\d{1,9})?(?P<dots>\.\.\.?|-|–)?(?P<last>\d{1,9})?")
_COMPARED = re.compile(r"(?P<sign>[<>]=?)(?P<number>\d{1,9})")
_EXPECTED: Final = {
    "WORD": "a word", "PREFIX": "a word", "PHRASE": "a phrase", "OPEN": "(", "CLOSE": ")", "FIELD": "a field",
    "NOT": "NOT", "MINUS": "NOT", "AND": "AND", "OR": "OR",
}  # fmt: skip


class ParsedQuery(msgspec.Struct, frozen=True):
    """`root` is None where nothing is asked for but what the filters say; `without` are the concepts
    (IRI or label) written as `-{concept}`, which must not be expanded."""

    root: Node | None
    without: tuple[str, ...] = ()


def parse(query: str) -> ParsedQuery:
    """The tree of `query`. SearchSyntaxError's `place` reads "character n" (from 1)."""
    if len(query) > MAX_QUERY_CHARACTERS:
        raise SearchSyntaxError(f"the query has {len(query)} characters", hint=f"use at most {MAX_QUERY_CHARACTERS}")
    without = tuple(found[1] for found in _OFF.finditer(query))
    # Blanks keep every other character where it was, so that errors point at what was typed.
    text = _OFF.sub(lambda found: " " * len(found[0]), query)
    if not text.strip():
        return ParsedQuery(None, without)
    root = _plain(text) or _read(text)
    if sum(1 for _ in leaves(root)) > MAX_TERMS:
        raise SearchSyntaxError("the query has too many words", hint=f"use at most {MAX_TERMS}")
    return ParsedQuery(root, without)


def _plain(text: str) -> Node | None:
    """Words and nothing else, as most queries are: what the grammar would make of them, in a tenth of the time."""
    if not _PLAIN.fullmatch(text):
        return None
    words = tuple(Word(found[0], found.start()) for found in _WORD.finditer(text))
    if any(word.text in _OPERATORS for word in words):
        return None
    return words[0] if len(words) == 1 else Loose(words)


def _read(text: str) -> Node:
    """The tree by the grammar."""
    _check_nesting(text)
    try:
        root: Node = _parser().parse(text)  # type: ignore[assignment]
    except UnexpectedInput as error:
        raise _unexpected(error, text) from error
    except VisitError as error:
        if isinstance(error.orig_exc, SearchSyntaxError):
            raise error.orig_exc from None
        raise
    return root


@cache
def _parser() -> Lark:
    grammar = (Path(__file__).parent / "grammar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", lexer="contextual", transformer=_Tree())


class _Tree(Transformer[Token, Node]):
    """Called by the parser for each rule it has read, from the leaves up."""

    def start(self, found: list[Node]) -> Node | None:
        return found[0] if found else None

    def any(self, found: list[Node | Token]) -> Node:
        return Any(_nodes(found))

    def all(self, found: list[Node | Token]) -> Node:
        return All(_nodes(found))

    def side(self, found: list[Node | Token]) -> Node:
        children: list[Node] = []
        for node in map(_leaf, found):
            children.extend(node.children if isinstance(node, Loose) else [node])
        return children[0] if len(children) == 1 else Loose(tuple(children))

    def barred(self, found: list[Node | Token]) -> Node:
        return Not(_leaf(found[1]))

    def group(self, found: list[Node | Token]) -> Node:
        return _leaf(found[1])

    def fielded(self, found: list[Node | Token]) -> Node:
        name, value = found
        assert isinstance(name, Token)
        field = _field(name.removesuffix(":"), name.start_pos or 0)
        return _in_field(_leaf(value), field)


def _nodes(found: list[Node | Token]) -> tuple[Node, ...]:
    return tuple(_leaf(one) for one in found if not (isinstance(one, Token) and one.type in ("AND", "OR")))


def _leaf(one: Node | Token) -> Node:
    """A token as a leaf without a field; what is a node already stays."""
    if not isinstance(one, Token):
        return one
    at, text = one.start_pos or 0, str(one)
    if one.type == "PHRASE":
        quoted = _QUOTED.fullmatch(text)
        assert quoted
        inner, distance = quoted["inner"], int(quoted["slop"] or 0)
        if not inner.strip():
            raise wrong("the quotation marks hold nothing", at, "put words between them")
        if distance > MAX_SLOP:
            raise wrong(f"~{distance} is too far", at, f"allow at most {MAX_SLOP} words between")
        return Phrase(inner, at, slop=distance)
    if one.type == "PREFIX":
        stem = text.rstrip("*")
        if len(stem) < MIN_PREFIX:
            raise wrong(f"{text} matches too much", at, f"write at least {MIN_PREFIX} letters before *")
        return Word(stem, at, prefix=True)
    return Word(text, at)


def _field(name: str, at: int) -> Field:
    field = BY_NAME.get(name.lower())
    if field is None:
        close = nearest(name, tuple(BY_NAME))
        meant = f"did you mean {close}:? " if close else ""
        known = ", ".join(dict.fromkeys(field.name for field in BY_NAME.values()))
        raise wrong(f"there is no field {name!r}", at, f"{meant}fields are {known}; to search for the text, quote it")
    return field


def _in_field(node: Node, field: Field) -> Node:
    """The node with its leaves bound to the field."""
    match node:
        case Word() | Phrase() if not node.field:
            return bound(node, field)
        case Not():
            return Not(_in_field(node.child, field))
        case All() | Any() | Loose():
            children = tuple(_in_field(child, field) for child in node.children)
            return All(children) if isinstance(node, Loose) else type(node)(children)
        case _:
            raise wrong(f"a field inside {field.name}:( )", _at(node), "write one field after the other")


def bound(leaf: Word | Phrase, field: Field) -> Node:
    """A leaf in a field, checked against what the field may hold. SearchSyntaxError names the place."""
    if field.kind == "number":
        return _range(leaf, field)
    if field.kind in ("value", "flag"):
        value = value_of(field, leaf.text)
        if value is None:
            close = nearest(leaf.text, field.values)
            meant = f"did you mean {field.name}:{close}? " if close else ""
            raise wrong(
                f"{leaf.text!r} is no {field.name}", leaf.at, f"{meant}{field.name} is one of {', '.join(field.values)}"
            )
        return Word(value, leaf.at, field.name)
    if isinstance(leaf, Word) and leaf.prefix and field.kind not in ("text", "name"):
        raise wrong(f"{field.name}: takes no *", leaf.at, f"write it whole, as in {field.example}")
    return msgspec.structs.replace(leaf, field=field.name)


def _range(leaf: Word | Phrase, field: Field) -> Range:
    name = field.name
    if compared := _COMPARED.fullmatch(leaf.text):
        number, sign = int(compared["number"]), compared["sign"]
        return (
            Range(name, number + (sign == ">"), None) if sign[0] == ">" else Range(name, None, number - (sign == "<"))
        )
    found = _NUMBER.fullmatch(leaf.text)
    if found is None or not (found["first"] or found["last"]):
        ways = f"{name}:2015, {name}:2015..2020, {name}:2015.. or {name}:..2020"
        raise wrong(f"{leaf.text!r} is no number or range for {name}", leaf.at, f"write {ways}")
    first, last = (int(found[end]) if found[end] else None for end in ("first", "last"))
    if not found["dots"]:
        return Range(name, first, first)
    if first is not None and last is not None and first > last:
        raise wrong(f"the range {leaf.text} is empty", leaf.at, f"write {name}:{last}..{first}")
    return Range(name, first, last)


def _check_nesting(text: str) -> None:
    """Refuse what is nested too deeply before anything recursive looks at it."""
    depth = barred = 0
    opened: list[int] = []
    for found in _NESTING.finditer(text):
        if found["open"]:
            opened.append(found.start())
        elif found["close"]:
            if not opened:
                raise wrong("a bracket closes that was never opened", found.start(), "remove it or quote the text")
            opened.pop()
        barred += bool(found["no"])
        depth = max(depth, len(opened))
        if depth > MAX_DEPTH or barred > 4 * MAX_DEPTH:
            raise wrong("the query is nested too deeply", found.start(), f"use at most {MAX_DEPTH} levels")
    if opened:
        raise wrong("a bracket is not closed", opened[-1], "add ) or put the text in quotes")


def _unexpected(error: UnexpectedInput, text: str) -> SearchSyntaxError:
    if isinstance(error, UnexpectedCharacters):
        at = error.pos_in_stream or 0
        if text[at] in '"“”„':
            return wrong("a quotation mark is not closed", at, 'write the phrase as "two words"')
        return wrong(f"{text[at]!r} cannot be read here", at, "put the text in quotes")
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        at = error.token.start_pos or 0
        what = f"{error.token} stands where {_wanted(error.expected)} was expected"
        return wrong(what, at, "put a word between operators and inside brackets, or quote what is meant as text")
    expected = error.expected if isinstance(error, UnexpectedToken | UnexpectedEOF) else ()
    return wrong(
        f"the query ends where {_wanted(expected)} was expected", len(text), "add a word or take the operator away"
    )


def _wanted(expected: object) -> str:
    names = [_EXPECTED[name] for name in _EXPECTED if name in (expected or ())]  # type: ignore[operator]
    return " or ".join(dict.fromkeys(names)) or "something else"


def wrong(what: str, at: int, hint: str) -> SearchSyntaxError:
    """The error for character `at` (from 0)."""
    return SearchSyntaxError(what, place=f"character {at + 1}", hint=hint)


def _at(node: Node) -> int:
    return next((leaf.at for leaf in leaves(node) if isinstance(leaf, Word | Phrase)), 0)

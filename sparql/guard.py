"""What a text asks for, and whether it may be evaluated at all, known before any engine sees it.

Oxigraph's parser has no tokens: it matches keywords without looking at what follows, so that
`trueSERVICE` is a literal and a keyword to it, and goes back and tries again where an IRI does not
hold. Where it could see SERVICE and the lexer does not, the text is refused here. The workers'
jail (`sparql.jail`) is the second door: they cannot open a socket.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

import msgspec

from ontology.errors import QueryForbidden, QuerySyntaxError, QueryTooLarge
from ontology.namespaces import PREFIXES
from sparql.advice import about_prefix, in_select
from sparql.lexer import Kind, Token, place, tokens
from sparql.limits import TextLimits
from sparql.reusing import AGGREGATES


class Form(StrEnum):
    SELECT = "SELECT"
    ASK = "ASK"
    CONSTRUCT = "CONSTRUCT"
    DESCRIBE = "DESCRIBE"


class Question(msgspec.Struct, frozen=True):
    """A query that passed."""

    text: str
    form: Form
    volatile: bool
    """It may answer differently each time (NOW, RAND, UUID …): nothing to be cached."""
    outside: int = 0
    """Groups of SERVICE that were let through."""
    prefixes: tuple[str, ...] = ()
    """Well-known prefixes that it uses and does not declare."""


UPDATES: Final = frozenset({"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"})
_FORMS: Final = frozenset(Form)
_VOLATILE: Final = frozenset({"NOW", "RAND", "UUID", "STRUUID", "BNODE"})
_CLOSING: Final = {"}": "{", ")": "(", "]": "["}
_SIGNS: Final = frozenset("!+-")
_WITH_PATH: Final = re.compile(r"<[A-Za-z][A-Za-z0-9+.\-]*:(?://[^/?#]*[/?#]|[^/])")
_ABSOLUTE: Final = re.compile(r"<[A-Za-z][A-Za-z0-9+.\-]*://")
_HIDING: Final = re.compile(r"['#)]|service", re.IGNORECASE)
_WAY_OUT: Final = "service"


def inspect(text: str, limits: TextLimits | None = None, services: frozenset[str] = frozenset()) -> Question:
    """The query's form, after every check. SERVICE passes where an IRI in < > that `services` lists follows
    it (after SILENT, perhaps): such a group must be replaced before the engine sees the query.

    Raises QueryTooLarge (text, nesting, branches), QuerySyntaxError (characters, brackets, prefixes,
    no query at all) and QueryForbidden (SERVICE, LOAD, any update), all with line and column.
    """
    limits = limits or TextLimits()
    check_size(text, limits.bytes)
    return Guard(text, limits, services).check()


def check_size(text: str, most: int) -> None:
    """QueryTooLarge beyond `most` bytes of UTF-8, QuerySyntaxError where it has none."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise QuerySyntaxError("the query is not Unicode text", place=place(text, error.start)) from error
    if size > most:
        raise QueryTooLarge(f"the query has {size:,} bytes, more than {most:,}", place="query")


class Guard:
    """One walk over the tokens of one text."""

    def __init__(self, text: str, limits: TextLimits, services: frozenset[str] = frozenset()) -> None:
        self.services = services
        self.service: Token | None = None
        self.groups_outside = 0
        self.text = text
        self.limits = limits
        self.open: list[Token] = []
        self.declared: dict[str, str] = {prefix: f"<{iri}>" for prefix, iri in PREFIXES.items()}
        self.own: set[str] = set()
        self.borrowed: set[str] = set()
        self.base = ""
        self.branches = 0
        self.signs = 0
        self.form: Form | None = None
        self.volatile = False
        self.before: Token | None = None
        self.calls: list[tuple[int, bool]] = []
        """Of each bracket behind a word that is open (BIND, FILTER, functions): how many brackets are open outside
        of it, and whether it aggregates."""
        self.columns = False
        """The outermost SELECT has begun and its group has not."""
        self.in_term = False
        """What comes next is the subject of a triple term in an expression."""

    def check(self) -> Question:
        walk = tokens(self.text)
        for token in self._prologue(walk):
            self.see(token)
        self.end()
        if self.form is None:
            raise QuerySyntaxError(
                "there is no query here", place=place(self.text, len(self.text)),
                hint="a query starts with SELECT, ASK, CONSTRUCT or DESCRIBE",
            )  # fmt: skip
        outside = self.groups_outside
        return Question(self.text, self.form, self.volatile or bool(outside), outside, tuple(sorted(self.borrowed)))

    def see(self, token: Token) -> None:
        """Check the next token behind the declarations."""
        if self.service is not None and token.text.upper() != "SILENT":
            if token.kind is not Kind.IRI or token.text[1:-1] not in self.services:
                raise self._way_out(self.service)
            self.service = None
        if self.in_term and (token.kind in (Kind.STRING, Kind.NUMBER, Kind.WORD, Kind.MARK)):
            raise self.syntax(token, "the subject of a triple term is an IRI or a variable here")
        self.in_term = False
        self._one(token)
        self.before = token

    def end(self) -> None:
        """Check that nothing is left open."""
        if self.service is not None:
            raise self._way_out(self.service)
        if self.open:
            raise self.syntax(self.open[-1], f"{self.open[-1].text} is never closed")

    def declare(self, word: str, walk: Iterator[Token]) -> bool:
        """Take a declaration that begins with this word, if one does."""
        if word == "BASE":
            self.base = self._take(walk, Kind.IRI)[0].text
        elif word == "VERSION":
            self._take(walk, Kind.STRING)
        elif word == "PREFIX":
            name, iri = self._take(walk, Kind.NAME, Kind.IRI)
            self._declare(name, iri)
        else:
            return False
        return True

    def _prologue(self, walk: Iterator[Token]) -> Iterator[Token]:
        """Take the declarations, then the query form; what follows is handed on."""
        for token in walk:
            word = token.text.upper()
            if self.declare(word, walk):
                continue
            if token.kind is Kind.WORD and word in _FORMS:
                self.form = Form(word)
                self.columns = self.form is Form.SELECT
                yield token
                yield from walk
            elif token.kind is Kind.WORD and word in UPDATES:
                raise QueryForbidden(
                    f"{word} changes the graph, and this is a query", place=place(self.text, token.offset),
                    hint="send it as an update: parameter update, or application/sparql-update",
                )  # fmt: skip
            else:
                raise self.syntax(token, "a query starts with PREFIX, BASE, SELECT, ASK, CONSTRUCT or DESCRIBE")

    def _take(self, walk: Iterator[Token], *kinds: Kind) -> list[Token]:
        taken = []
        for kind in kinds:
            token = next(walk, None)
            if token is None or token.kind is not kind:
                offset = len(self.text) if token is None else token.offset
                raise QuerySyntaxError(
                    f"a declaration needs {'an IRI in < >' if kind is Kind.IRI else f'a {kind.value}'} here",
                    place=place(self.text, offset), hint="PREFIX ex: <http://example.org/>",
                )  # fmt: skip
            taken.append(token)
        return taken

    def _declare(self, name: Token, iri: Token) -> None:
        prefix, _, rest = name.text.partition(":")
        if rest:
            raise self.syntax(name, "a declared prefix ends with its colon", "PREFIX ex: <http://example.org/>")
        self._refuse_hidden(name, prefix)
        self.declared[prefix] = iri.text
        self.own.add(prefix)

    def _one(self, token: Token) -> None:
        signs = token.kind is Kind.MARK and token.text in _SIGNS
        self.signs = self.signs + 1 if signs else 0
        if self.signs > self.limits.signs:
            raise self._large(token, f"more than {self.limits.signs} signs in a row")
        match token.kind:
            case Kind.MARK:
                self._bracket(token)
            case Kind.WORD:
                self._word(token)
            case Kind.NAME:
                self._name(token)
            case Kind.IRI:
                self._iri(token)
            case Kind.BLANK | Kind.LANGUAGE:
                self._refuse_hidden(token, token.text)

    def _bracket(self, token: Token) -> None:
        if self.columns and token.text in "{,(" and not self.open:
            self._column(token)
        if token.text in "{([":
            if token.text == "(":
                self._opened(token)
            self.open.append(token)
            if len(self.open) > self.limits.depth:
                raise self._large(token, f"more than {self.limits.depth} brackets inside one another")
        elif token.text in _CLOSING:
            if not self.open or self.open[-1].text != _CLOSING[token.text]:
                opened = f"; the last one open is {self.open[-1].text}" if self.open else "; none is open"
                raise self.syntax(token, f"{token.text} closes nothing{opened}")
            self.open.pop()
            if self.calls and self.calls[-1][0] == len(self.open):
                self.calls.pop()

    def _column(self, token: Token) -> None:
        """Check a sign among the columns of the outermost SELECT; its group ends them."""
        self.columns = token.text != "{"
        word = self.before.text if self.before is not None and self.before.kind is Kind.WORD else ""
        if self.columns and (wrong := in_select(word, token.text)) is not None:
            raise self.syntax(token, *wrong)

    def _opened(self, token: Token) -> None:
        """A bracket that may begin an aggregate or a triple term. The engine takes both where they make no sense."""
        outer = [aggregates for depth, aggregates in self.calls if not self._pattern_since(depth)]
        self.in_term = bool(outer) and self.text.startswith("<<(", token.offset - 2)
        if self.before is not None and self.before.kind is Kind.WORD and self.before.text != "a":
            aggregates = self.before.text.upper() in AGGREGATES
            if aggregates and any(outer):
                raise self.syntax(self.before, "an aggregate stands inside another", "aggregate in a sub-query first")
            self.calls.append((len(self.open), aggregates))

    def _pattern_since(self, depth: int) -> bool:
        """Whether a group has been opened inside of the bracket at this depth."""
        return any(one.text == "{" for one in self.open[depth:])

    def _word(self, token: Token) -> None:
        word = token.text.upper()
        if word == "SERVICE" and self.services:
            self.service = token
            self.groups_outside += 1
            return
        if word in ("SERVICE", "LOAD"):
            raise self._way_out(token)
        self._refuse_hidden(token, token.text)
        self.branches += word == "UNION"
        if self.branches > self.limits.branches:
            raise self._large(token, f"more than {self.limits.branches} UNION branches", "use VALUES or a path with |")
        self.volatile = self.volatile or word in _VOLATILE

    def _way_out(self, token: Token) -> QueryForbidden:
        return QueryForbidden(
            f"{token.text.upper()} would reach out over the network, which is closed",
            place=place(self.text, token.offset),
            hint="ask the other endpoint yourself and bring its results in with VALUES",
        )  # fmt: skip

    def _name(self, token: Token) -> None:
        prefix, _, local = token.text.partition(":")
        self._refuse_hidden(token, prefix)
        declared = self.declared.get(prefix)
        if declared is None:
            raise self.syntax(token, f"the prefix {prefix}: is not declared", about_prefix(prefix))
        if prefix in PREFIXES and prefix not in self.own:
            self.borrowed.add(prefix)
        if _WAY_OUT in local.lower() and ("." in local or not _WITH_PATH.match(declared)):
            self._refuse_hidden(token, local)

    def _iri(self, token: Token) -> None:
        """Refuse an IRI that the parser might take for `<`, an operand and something hidden."""
        before = self.before
        if before is None or _ABSOLUTE.match(token.text) or not _HIDING.search(token.text):
            return
        inside = bool(self.open) and self.open[-1].text == "(" and _ends_operand(before)
        if inside or before.text == "<":
            raise self.syntax(token, "this can be read as an IRI or as a comparison", "put a space after <")

    def _refuse_hidden(self, token: Token, text: str) -> None:
        if _WAY_OUT in text.lower():
            raise QueryForbidden(
                "SERVICE would reach out over the network, and a name must not hide it",
                place=place(self.text, token.offset), hint="write the full IRI in < >, or choose another name",
            )  # fmt: skip

    def syntax(self, token: Token, message: str, hint: str = "") -> QuerySyntaxError:
        return QuerySyntaxError(message, place=place(self.text, token.offset), hint=hint)

    def _large(self, token: Token, message: str, hint: str = "split the query") -> QueryTooLarge:
        return QueryTooLarge(message, place=place(self.text, token.offset), hint=hint)


def _ends_operand(token: Token) -> bool:
    """Whether `<` after this token could mean "less than"."""
    if token.kind is Kind.MARK:
        return token.text in ")]}>"
    return token.kind is not Kind.WORD or token.text.lower() in ("true", "false")

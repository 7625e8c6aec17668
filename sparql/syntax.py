"""Reading the shape of a query (`sparql.shape`) from its text.

Grammar: SPARQL 1.1 Query Language, section 19.8, as far as groups and triples go; expressions are
skipped by their brackets. The shape serves rewriting (always by replacing a stretch of text, so that
what is not understood stays as it was written), hints and estimates; it is never what decides whether
a query may run. A text that is read here in a tenth of a millisecond takes rdflib's parser ten.

Raises nothing but Unreadable, which means: leave the query as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from sparql.lexer import Kind, Token, tokens
from sparql.shape import Element, Group, Node, Path, Query, Sort, Triple, Unreadable
from sparql.terms import Names

_CLOSING: Final = {"{": "}", "(": ")", "[": "]"}
_MODIFIERS: Final = {"*", "+", "?"}


def read(text: str, names: Names) -> Query:
    """The shape of a query that has passed the guard; Unreadable."""
    return _Reader(text, list(tokens(text)), names).query_with_prologue()


class _Reader:
    """One pass over the tokens, by recursive descent."""

    def __init__(self, text: str, found: Sequence[Token], names: Names) -> None:
        self.text = text
        self.tokens = found
        self.names = names
        self.at = 0

    def query_with_prologue(self) -> Query:
        while self._word() in ("PREFIX", "BASE", "VERSION"):
            self.at += 3 if self._word() == "PREFIX" else 2
        return self._query()

    def _query(self) -> Query:
        form = self._word()
        begin, start = self._offset(), self._end_of_last(1)
        star = False
        self.at += 1
        if form == "CONSTRUCT" and self._peek() == "{":
            self._skip()  # the template
        while self._peek() not in ("{", ""):
            if self._word() == "WHERE" and self._peek(1) == "{":
                break
            star = star or (self._peek() == "*" and form in ("SELECT", "DESCRIBE"))
            self._skip()
        head = (start, self._offset())
        self.at += self._word() == "WHERE"
        group = self._group() if self._peek() == "{" else None
        tail_start = self._end_of_last(0)
        limit = self._tail()
        return Query(begin, form, head, star, group, (tail_start, self._end_of_last(0)), limit)

    def _tail(self) -> int | None:
        """Skip the solution modifiers; the LIMIT."""
        limit = None
        while self._peek() not in ("}", ""):
            if self._word() == "LIMIT" and self._peek(1).isdigit():
                limit = int(self._peek(1))
            self._skip()
        return limit

    def _group(self) -> Group:
        start = self._offset()
        self._expect("{")
        elements: list[Element] = []
        while self._peek() != "}":
            if self._peek() == ".":
                self.at += 1
            elif self._word() == "SELECT":
                first = self._offset()
                query = self._query()
                elements.append(Element("select", first, self._end_of_last(0), query=query))
            else:
                elements.append(self._element())
        self.at += 1
        return Group(start, self._end_of_last(0), tuple(elements))

    def _element(self) -> Element:
        start = self._offset()
        match self._word():
            case "OPTIONAL" | "MINUS" as word:
                self.at += 1
                inside = (self._group(),)
                return Element(word.lower(), start, self._end_of_last(0), groups=inside)
            case "GRAPH" | "SERVICE" as word:
                self.at += 1
                silent = self._word() == "SILENT"
                self.at += silent
                term = self._node()
                inside = (self._group(),)
                return Element(word.lower(), start, self._end_of_last(0), groups=inside, term=term, silent=silent)
            case "FILTER":
                self.at += 1
                tested = self._constraint()
                return Element("filter", start, self._end_of_last(0), groups=tested)
            case "BIND":
                self.at += 1
                tested = self._expression()
                name = self.tokens[self.at - 2].text[1:]
                return Element("bind", start, self._end_of_last(0), groups=tested, variables=(name,))
            case "VALUES":
                self.at += 1
                names = [token.text[1:] for token in self._skip() if token.kind is Kind.VARIABLE]
                self._skip()
                return Element("values", start, self._end_of_last(0), variables=tuple(names))
        if self._peek() == "{":
            found = [self._group()]
            while self._word() == "UNION":
                self.at += 1
                found.append(self._group())
            kind = "union" if len(found) > 1 else "group"
            return Element(kind, start, self._end_of_last(0), groups=tuple(found))
        return self._block()

    def _constraint(self) -> tuple[Group, ...]:
        """An expression in brackets, a call, or [NOT] EXISTS with a group: the groups of all EXISTS in it."""
        self.at += self._word() == "NOT"
        if self._word() == "EXISTS":
            self.at += 1
            return (self._group(),)
        if self._peek() != "(":
            self.at += 1
        return self._expression()

    def _expression(self) -> tuple[Group, ...]:
        """Pass an expression in brackets: the groups of all EXISTS in it."""
        first, found = self.at, []
        self._skip()
        end, self.at = self.at, first
        while self.at < end:
            exists = self._word() == "EXISTS"
            self.at += 1
            if exists:
                found.append(self._group())
        return tuple(found)

    def _block(self) -> Element:
        """Triples up to what is none."""
        start = self._offset()
        found: list[Triple] = []
        whole = True
        while True:
            subject = self._node()
            if self._peek() in (".", "}") and subject.sort is Sort.OTHER:
                whole = False
            else:
                found += self._properties(subject)
            end = self._end_of_last(0)
            if self._peek() != ".":
                break
            self.at += 1
            end = self._end_of_last(0)
            if not self._starts_triple():
                break
        return Element("triples", start, end, triples=tuple(found), whole=whole)

    def _starts_triple(self) -> bool:
        token = self._token()
        if token is None or token.kind is Kind.WORD:
            return token is not None and token.text.lower() in ("true", "false")
        return token.kind is not Kind.MARK or token.text in "(["

    def _properties(self, subject: Node) -> Iterator[Triple]:
        while True:
            path = self._verb()
            while True:
                yield Triple(subject, path, self._node())
                if self._peek() != ",":
                    break
                self.at += 1
            if self._peek() != ";":
                return
            while self._peek() == ";":
                self.at += 1
            token = self._need()
            if token.text in (".", "}") or (token.kind is Kind.WORD and token.text != "a"):
                return

    def _verb(self) -> Path:
        token = self._need()
        if token.kind is Kind.VARIABLE:
            self.at += 1
            return Path("variable", token.text, token.text[1:])
        return self._alternatives()

    def _alternatives(self) -> Path:
        return self._chain("|", self._sequence)

    def _sequence(self) -> Path:
        return self._chain("/", self._step)

    def _chain(self, sign: str, take: Callable[[], Path]) -> Path:
        """One part, or several with `sign` between them."""
        start = self._offset()
        parts = [take()]
        while self._peek() == sign:
            self.at += 1
            parts.append(take())
        if len(parts) == 1:
            return parts[0]
        return Path(sign, self.text[start : self._end_of_last(0)], parts=tuple(parts))

    def _step(self) -> Path:
        start = self._offset()
        token = self._need()
        if token.text == "^" and token.kind is Kind.MARK:
            self.at += 1
            inner = self._step()
            return Path("^", self.text[start : self._end_of_last(0)], parts=(inner,))
        path = self._primary()
        if self._peek() in _MODIFIERS and self._token_is_mark():
            sign = self._peek()
            self.at += 1
            path = Path(sign, self.text[start : self._end_of_last(0)], parts=(path,))
        return path

    def _primary(self) -> Path:
        start = self._offset()
        token = self._need()
        if token.text == "(" and token.kind is Kind.MARK:
            self.at += 1
            inner = self._alternatives()
            self._expect(")")
            return Path(inner.op, self.text[start : self._end_of_last(0)], inner.iri, inner.parts)
        if token.text == "!" and token.kind is Kind.MARK:
            self.at += 1
            if self._peek() == "(":
                self._skip()
            else:
                self.at += 1 + (self._peek() == "^")
            return Path("!", self.text[start : self._end_of_last(0)])
        if token.kind in (Kind.IRI, Kind.NAME) or token.text == "a":
            self.at += 1
            return Path("link", token.text, self.names.iri(token.text))
        raise Unreadable

    def _node(self) -> Node:
        start = self._offset()
        token = self._need()
        self.at += 1
        match token.kind:
            case Kind.VARIABLE:
                return Node(Sort.VARIABLE, token.text, token.text[1:])
            case Kind.IRI | Kind.NAME:
                return Node(Sort.IRI, token.text, self.names.iri(token.text))
            case Kind.BLANK:
                return Node(Sort.BLANK, token.text, token.text)
            case Kind.STRING:
                return self._string(start)
            case Kind.NUMBER:
                return Node(Sort.LITERAL, token.text, token.text)
            case Kind.WORD if token.text.lower() in ("true", "false"):
                return Node(Sort.LITERAL, token.text, token.text)
            case Kind.MARK if token.text in "+-" and self._need().kind is Kind.NUMBER:
                self.at += 1
                return Node(Sort.LITERAL, self.text[start : self._end_of_last(0)], "")
            case Kind.MARK if token.text in "([":
                self.at -= 1
                return self._bracketed(start)
        raise Unreadable

    def _string(self, start: int) -> Node:
        token = self._token()
        if token is not None and token.kind is Kind.LANGUAGE:
            self.at += 1
        elif token is not None and token.text == "^^":
            self.at += 2
        text = self.text[start : self._end_of_last(0)]
        return Node(Sort.LITERAL, text, text)

    def _bracketed(self, start: int) -> Node:
        """A list of plain terms, or something with brackets that is kept as it is."""
        first = self.at
        inside = self._skip()[1:-1]
        end, text = self.at, self.text[start : self._end_of_last(0)]
        if not inside and text[0] == "[":
            return Node(Sort.BLANK, text, text)
        plain = text[0] == "(" and not any(t.text in "([{<" for t in inside if t.kind is Kind.MARK)
        if not plain:
            return Node(Sort.OTHER, text, text)
        self.at = first + 1
        items = []
        while self.at < end - 1:
            items.append(self._node())
        self.at = end
        return Node(Sort.LIST, text, text, tuple(items))

    def _skip(self) -> Sequence[Token]:
        """Pass one token, or a bracket with all that is in it; what was passed."""
        first = self.at
        opening: list[str] = []
        while True:
            token = self._need()
            self.at += 1
            if token.kind is Kind.MARK and token.text in _CLOSING:
                opening.append(token.text)
            elif opening and token.kind is Kind.MARK and token.text == _CLOSING[opening[-1]]:
                opening.pop()
            if not opening:
                return self.tokens[first : self.at]

    def _token(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def _token_is_mark(self) -> bool:
        token = self._token()
        return token is not None and token.kind is Kind.MARK

    def _need(self) -> Token:
        token = self._token()
        if token is None:
            raise Unreadable
        return token

    def _peek(self, ahead: int = 0) -> str:
        return self.tokens[self.at + ahead].text if self.at + ahead < len(self.tokens) else ""

    def _word(self) -> str:
        token = self._token()
        return token.text.upper() if token is not None and token.kind is Kind.WORD else ""

    def _expect(self, text: str) -> None:
        if self._peek() != text:
            raise Unreadable
        self.at += 1

    def _offset(self) -> int:
        return self._need().offset

    def _end_of_last(self, ahead: int) -> int:
        """Where the last token (or the one `ahead` of it) ends."""
        if not 0 <= self.at - 1 + ahead < len(self.tokens):
            return len(self.text)
        token = self.tokens[self.at - 1 + ahead]
        return token.offset + len(token.text)

"""Names in a query's text as full IRIs: prefixes and the base, as the text declares them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urljoin

from ontology.namespaces import PREFIXES, expand
from sparql.lexer import Kind, Token, tokens

_ESCAPED: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})|\\(.)")


class Names:
    """What prefixes and the base of a text stand for; well-known prefixes need no declaration."""

    def __init__(self, declared: Mapping[str, str], base: str = "") -> None:
        self._declared = declared
        self._base = base

    @classmethod
    def of(cls, text: str, base: str = "") -> Names:
        """As the prologue of a text says."""
        declared = dict(PREFIXES)
        walk = tokens(text)
        for token in walk:
            word = token.text.upper()
            if word == "BASE":
                base = urljoin(base, _inner(walk))
            elif word == "PREFIX":
                prefix = next(walk, Token(Kind.NAME, ":", 0)).text.partition(":")[0]
                declared[prefix] = urljoin(base, _inner(walk)) if base else _inner(walk)
            elif word == "VERSION":
                next(walk, None)
            else:
                break
        return cls(declared, base)

    def iri(self, text: str) -> str:
        """The full IRI of `<…>`, `prefix:local` or `a`; "" for a prefix that is not known."""
        if text == "a":
            return expand("rdf:type")
        if text.startswith("<"):
            iri = plain(text[1:-1])
            return urljoin(self._base, iri) if self._base else iri
        prefix, _, local = text.partition(":")
        space = self._declared.get(prefix)
        return "" if space is None else space + plain(local)


def _inner(walk: Iterator[Token]) -> str:
    token = next(walk, None)
    return plain(token.text[1:-1]) if token is not None and token.kind is Kind.IRI else ""


def plain(text: str) -> str:
    """Escapes resolved."""
    return _ESCAPED.sub(lambda m: chr(int(m[1] or m[2], 16)) if m[1] or m[2] else m[3], text)

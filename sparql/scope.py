"""Which variables a group binds, in the order in which they appear (SPARQL 1.1, section 18.2.1)."""

from __future__ import annotations

from collections.abc import Iterator

from sparql.lexer import Kind, tokens
from sparql.shape import Element, Group, Node, Query, Sort


def visible(group: Group, text: str) -> tuple[str, ...]:
    """Names without `?`, each once."""
    return tuple(dict.fromkeys(name for element in group.elements for name in _bound(element, text)))


def _bound(element: Element, text: str) -> Iterator[str]:
    match element.kind:
        case "triples":
            for triple in element.triples:
                yield from variables(triple.subject)
                if triple.path.op == "variable":
                    yield triple.path.iri
                yield from variables(triple.object)
            if not element.whole:
                yield from _in(text[element.start : element.end])
        case "bind" | "values":
            yield from element.variables
        case "select" if element.query is not None:
            yield from projected(element.query, text)
        case "minus" | "filter":
            return
        case _:
            if element.term is not None:
                yield from variables(element.term)
            for group in element.groups:
                yield from visible(group, text)


def variables(node: Node) -> Iterator[str]:
    """Those in a term."""
    if node.sort is Sort.VARIABLE:
        yield node.value
    elif node.sort in (Sort.LIST, Sort.OTHER):
        yield from _in(node.text)


def projected(query: Query, text: str) -> tuple[str, ...]:
    """The columns of a query's answer."""
    if query.star:
        return visible(query.group, text) if query.group else ()
    found: list[str] = []
    depth = 0
    last = ""
    for token in tokens(text[slice(*query.head)]):
        if token.kind is Kind.MARK and token.text in "()":
            depth += 1 if token.text == "(" else -1
        elif token.kind is Kind.WORD and token.text.upper() == "FROM":
            break
        elif token.kind is Kind.VARIABLE and (depth == 0 or (depth == 1 and last == "AS")):
            found.append(token.text[1:])
        last = token.text.upper()
    return tuple(dict.fromkeys(found))


def _in(text: str) -> Iterator[str]:
    return (token.text[1:] for token in tokens(text) if token.kind is Kind.VARIABLE)

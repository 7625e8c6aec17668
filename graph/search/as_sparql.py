"""A search as a SPARQL query over the graph: what is firm in it as patterns, its words as texts to be contained.

Ranking, stems and meaning have no counterpart there; the query says so in a comment. Values come from
strangers: everything is written as an escaped literal or a checked IRI.
"""

from __future__ import annotations

import re
from itertools import count
from typing import Final

from graph.convert.kinds import TYPES
from graph.search.base import SearchRequest
from graph.search.language import STOPWORDS
from graph.search.query.filters import parse_filter
from graph.search.query.parse import parse
from graph.search.query.tree import All, Any, Loose, Node, Not, Phrase, Range, Word
from ontology.namespaces import PREFIXES

_IRI = re.compile(r'(?:https?://|urn:)[^\s<>"{}|\\^`]+')
_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_LABELLED: Final = {
    "topic": ("dct:subject/skos:broader*", "skos:prefLabel|skos:altLabel"),
    "author": ("^pro:relatesToDocument/pro:isHeldBy", "foaf:name"),
    "venue": ("dct:isPartOf", "dct:title|skos:altLabel"),
    "affiliation": ("^pro:relatesToDocument/pro:relatesToOrganization", "foaf:name|skos:altLabel"),
}  # fmt: skip
_TEXTS: Final = {
    "": "dct:title|dct:abstract|schema:keywords", "title": "dct:title", "abstract": "dct:abstract",
    "keyword": "schema:keywords", "body": "^dct:isPartOf/nif:isString",
}  # fmt: skip
_HAS: Final = {
    "abstract": "dct:abstract", "doi": "prism:doi", "references": "cito:cites", "topics": "dct:subject",
    "keywords": "schema:keywords", "dataset": "gn:dataAt", "citations": "gn:reportedCitations",
    "retraction": "gn:retracted",
}  # fmt: skip


def sparql_of(request: SearchRequest, works: dict[str, str] | None = None) -> str:
    """The query for a request; `works` maps identifiers in it to IRIs of works. Raises SearchSyntaxError."""
    writer = _Writer(works or {})
    patterns = [writer.pattern(node) for node in (parse(request.query).root, parse_filter(request.filter)) if node]
    body = "\n".join(patterns)
    used = {name for name in PREFIXES if f"{name}:" in body} | {"dct", "gn"}
    prefixes = "\n".join(f"PREFIX {name}: <{PREFIXES[name]}>" for name in sorted(used))
    notes = "".join(
        f"# {note}\n" for note in ("Words are looked for as text: no ranking, stems or meaning.", *writer.notes)
    )
    return f"""{prefixes}
{notes}SELECT DISTINCT ?work ?title WHERE {{
  ?work a gn:Work .
{_indented(body)}
  OPTIONAL {{ ?work dct:title ?title }}
}} LIMIT {request.limit or 1}
"""


class _Writer:
    """Patterns with variables of their own."""

    def __init__(self, works: dict[str, str]) -> None:
        self._works = works
        self._numbers = count(1)
        self.notes: list[str] = []

    def pattern(self, node: Node) -> str:
        match node:
            case Word() | Phrase():
                return self._leaf(node)
            case Range():
                return self._range(node)
            case Not():
                return f"FILTER NOT EXISTS {{\n{_indented(self.pattern(node.child))}\n}}"
            case Any():
                return "\nUNION\n".join(f"{{\n{_indented(self.pattern(child))}\n}}" for child in node.children)
            case All() | Loose():
                return "\n".join(self.pattern(child) for child in node.children if not _empty(child))

    def _leaf(self, leaf: Word | Phrase) -> str:
        field, value = leaf.field, leaf.text.strip()
        if field in _TEXTS:
            return self._contains("?work", _TEXTS[field], value)
        if field in _LABELLED:
            path, names = _LABELLED[field]
            if _IRI.fullmatch(value):
                return f"?work {path} <{value}> ."
            thing = self._variable("thing")
            return f"?work {path} {thing} .\n{self._contains(thing, names, value)}"
        return self._firm(field, value)

    def _firm(self, field: str, value: str) -> str:
        match field:
            case "type" if value in TYPES:
                return f"?work a {TYPES[value][1]} ."
            case "language":
                return f"?work dct:language {_literal(value)} ."
            case "open":
                return f"?work schema:isAccessibleForFree {'true' if value == 'yes' else 'false'} ."
            case "id":
                named = self._variable("identifier")
                ends = _literal(value.lower())
                return f"?work dct:identifier {named} . FILTER(STRENDS(LCASE(STR({named})), {ends}))"
            case "has" if value in _HAS:
                return f"?work {_HAS[value]} {self._variable('held')} ."
            case "cites" | "citedby" if iri := self._works.get(value, value if _IRI.fullmatch(value) else ""):
                return f"?work cito:cites <{iri}> ." if field == "cites" else f"<{iri}> cito:cites ?work ."
            case _:
                safe = " ".join(f"{field}:{value}".split())
                self.notes.append(f"{safe} has no counterpart in the graph and is left out.")
                return ""

    def _range(self, node: Range) -> str:
        number = self._variable("number")
        ends = [f"{number} >= {node.first}"] if node.first is not None else []
        ends += [f"{number} <= {node.last}"] if node.last is not None else []
        told = f"?work gn:year {number} ." if node.field == "year" else self._citations(number)
        return f"{told} FILTER({' && '.join(ends)})"

    def _citations(self, number: str) -> str:
        """How often a work is cited, as sources say or as the graph shows, whichever is more."""
        said, here, by = (self._variable(name) for name in ("said", "here", "by"))
        counted = f"SELECT ?work (COUNT(DISTINCT {by}) AS {here}) WHERE {{ {by} cito:cites ?work }} GROUP BY ?work"
        return f"""OPTIONAL {{ ?work gn:reportedCitations {said} }}
OPTIONAL {{ {counted} }}
BIND(IF(COALESCE({here}, 0) > COALESCE({said}, 0), {here}, COALESCE({said}, 0)) AS {number})
"""

    def _contains(self, subject: str, path: str, value: str) -> str:
        text = self._variable("text")
        return f"{subject} {path} {text} . FILTER(CONTAINS(LCASE(STR({text})), {_literal(value.lower())}))"

    def _variable(self, name: str) -> str:
        return f"?{name}{next(self._numbers)}"


def _empty(node: Node) -> bool:
    return isinstance(node, Word) and not node.field and node.text.lower() in STOPWORDS


def _literal(text: str) -> str:
    return f'"{text.translate(_ESCAPES)}"'


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines() if line.strip())

"""Twenty questions that any SPARQL 1.1 client can put, over whatever graph was built."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from ontology.namespaces import PREFIXES

_USED: Final = ("cito", "dct", "fabio", "foaf", "gn", "nif", "oa", "prov", "rdf", "rdfs", "schema", "skos", "xsd")
HEAD: Final = "".join(f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in _USED)


class Question(msgspec.Struct, frozen=True):
    """`inside` is the pattern of a SELECT * that gives the same rows, for those who ask inside SERVICE."""

    name: str
    form: Literal["select", "ask", "construct", "describe"]
    body: str
    inside: str = ""

    @property
    def head(self) -> str:
        return HEAD

    @property
    def text(self) -> str:
        return HEAD + self.body


def _pattern(name: str, pattern: str) -> Question:
    return Question(name, "select", f"SELECT * WHERE {{ {pattern} }}", pattern)


def _select(name: str, query: str) -> Question:
    return Question(name, "select", query, f"{{ {query} }}")


QUERIES: Final = (
    _pattern("titles and years", "?w a gn:Work ; dct:title ?t ; gn:year ?y"),
    _pattern("languages of labels", '?c skos:prefLabel ?l FILTER(LANG(?l) != "")'),
    _pattern("what may be missing", "?w a gn:Work OPTIONAL { ?w dct:abstract ?a } OPTIONAL { ?w gn:retracted ?r }"),
    _pattern("either or", "{ ?w dct:subject ?c } UNION { ?w cito:cites ?c }"),
    _pattern("but not", "?w gn:year ?y MINUS { ?w cito:cites ?other }"),
    _pattern("not exists", "?w a gn:Work FILTER NOT EXISTS { ?w cito:cites ?other }"),
    _pattern("paths", "?w dct:subject/skos:broader* ?c"),
    _pattern("paths backwards", "?c ^dct:subject/gn:year ?y"),
    _pattern("named graphs", "GRAPH ?g { ?r prov:used ?w }"),
    _pattern("numbers computed", "?w gn:year ?y BIND(?y + 0.5 AS ?later) FILTER(?y > 2000)"),
    _pattern("text functions", '?w dct:title ?t BIND(UCASE(SUBSTR(?t, 1, 12)) AS ?s) FILTER(REGEX(?t, "a", "i"))'),
    _pattern("other scripts", '?c skos:prefLabel ?l FILTER(REGEX(?l, "[^\\\\x00-\\\\x7F]"))'),
    _pattern("values given", 'VALUES (?y ?name) { (2019 "a\\"b"@en) (2020 "日本語") (UNDEF "x") } ?w gn:year ?y'),
    _select("counted", "SELECT ?y (COUNT(DISTINCT ?w) AS ?n) WHERE { ?w gn:year ?y } GROUP BY ?y"),
    _select("averages", "SELECT (AVG(?n) AS ?mean) (MAX(?n) AS ?most) WHERE { { SELECT ?w (COUNT(?c) AS ?n) WHERE"
            " { ?w dct:subject ?c } GROUP BY ?w } }"),
    _select("ordered and cut", "SELECT ?w ?t WHERE { ?w a gn:Work ; dct:title ?t } ORDER BY ?t ?w LIMIT 5 OFFSET 2"),
    Question("asked whether", "ask", "ASK { ?w gn:year ?y FILTER(?y > 1900) }"),
    Question("asked in vain", "ask", "ASK { ?w gn:year 1 }"),
    Question("a graph made", "construct", "CONSTRUCT { ?w schema:name ?t ; schema:about ?c } WHERE"
             " { ?w dct:title ?t OPTIONAL { ?w dct:subject ?c } }"),
    Question("a thing described", "describe", "DESCRIBE ?w WHERE { { SELECT ?w WHERE"
             " { ?w a gn:Work } ORDER BY ?w LIMIT 1 } }"),
)  # fmt: skip

"""What people write who know SPARQL from elsewhere, and what to tell them.

Queries are pasted from Wikidata, from DBpedia, from text processors; the engine's complaint about them says where
it stopped, not what is wrong. Here are the few cases that are common and certain.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

from ontology.namespaces import PREFIXES

_WIKIDATA: Final = frozenset(
    ("wd", "wdt", "wds", "wdv", "wdref", "p", "ps", "psv", "psn", "pq", "pqv", "pr", "prv", "wikibase", "bd", "mwapi")
)
_WIKIDATA_PATHS: Final = {"wd": "entity/", "wdt": "prop/direct/", "p": "prop/", "ps": "prop/statement/"}
_ELSEWHERE: Final = {
    "bibo": "http://purl.org/ontology/bibo/",
    "crm": "http://www.cidoc-crm.org/cidoc-crm/",
    "dbo": "http://dbpedia.org/ontology/",
    "dbp": "http://dbpedia.org/property/",
    "dbr": "http://dbpedia.org/resource/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcmitype": "http://purl.org/dc/dcmitype/",
    "dcterms": "http://purl.org/dc/terms/",
    "frbr": "http://purl.org/vocab/frbr/core#",
    "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "geosparql": "http://www.opengis.net/ont/geosparql#",
    "gndo": "https://d-nb.info/standards/elementset/gnd#",
    "schemas": "https://schema.org/",
    "sdo": "https://schema.org/",
    "skosxl": "http://www.w3.org/2008/05/skos-xl#",
    "time": "http://www.w3.org/2006/time#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xml": "http://www.w3.org/XML/1998/namespace",
}
"""Prefixes that many take for granted, by https://prefix.cc."""
_SAME: Final = {iri: prefix for prefix, iri in PREFIXES.items()}
_TYPED: Final = {
    "“": '"',
    "”": '"',
    "„": '"',
    "«": '"',
    "»": '"',
    "‘": "'",
    "’": "'",
    "–": "-",
    "\u00a0": " ",
    "…": "...",
}
"""What text processors make of signs."""
_BEFORE_BRACKETS: Final = frozenset({"SELECT", "DISTINCT", "REDUCED"})


def about_prefix(prefix: str) -> str:
    """What to do about a prefix that is not declared."""
    if prefix in _WIKIDATA:
        path = _WIKIDATA_PATHS.get(prefix)
        declared = f"; PREFIX {prefix}: <http://www.wikidata.org/{path}> declares it" if path else ""
        return (
            "this is a query for https://query.wikidata.org: its terms are not here, and labels are rdfs:label or"
            f" skos:prefLabel, without a service{declared}"
        )
    iri = _ELSEWHERE.get(prefix.lower(), "")
    if known := _SAME.get(iri):
        return f"{known}: stands for <{iri}> here, and needs no declaration"
    if iri:
        return f"add PREFIX {prefix}: <{iri}> at the top"
    near = get_close_matches(prefix, PREFIXES, 1, 0.6)
    meant = f", or is {near[0]}: meant, which needs none?" if near else ""
    return f"add PREFIX {prefix}: <…> at the top{meant}"


def about_sign(sign: str) -> str:
    """What to write instead of a character that starts nothing."""
    meant = _TYPED.get(sign)
    return f"a text processor may have put it there: write {meant}" if meant else ""


def in_select(before: str, sign: str) -> tuple[str, str] | None:
    """What is wrong with a comma or a bracket among the columns of SELECT, and what to write; None where nothing is.
    `before` is the word before it, "" where none is."""
    if sign == ",":
        return "columns of SELECT are separated by spaces", "SELECT ?a ?b, without a comma"
    if sign == "(" and before and before.upper() not in _BEFORE_BRACKETS:
        return "a column that is computed stands in brackets and has a name", f"SELECT ({before.upper()}(…) AS ?name)"
    return None

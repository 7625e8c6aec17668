"""Fragments of a work's text, in the graph `text`.

Every fragment has its type, its place (`gn:begin`, `gn:end`: code points of the work's stored text)
and the work it is part of; `po:contains` leads down the structure. The text itself is stored once,
on sentences, captions and titles (`nif:isString`); for what is said of a sentence it is the NIF
context, so offsets of mentions count from the beginning of their sentence. Rows and cells of tables
are no nodes: each table holds its grid (`graph.convert.tables`). Of a title and an abstract that nobody
has read there are no fragments (`Work.in_parts`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from graph.convert.safe import literal, term, web
from graph.convert.tables import grids, written
from graph.terms import XSD
from ontology.entities import Work
from ontology.namespaces import Base
from ontology.records import Fragment

_A: Final = term("rdf:type")
_BEGIN, _END, _ROLE = term("gn:begin"), term("gn:end"), term("gn:role")
_PART_OF, _CONTAINS, _STRING = term("dct:isPartOf"), term("po:contains"), term("nif:isString")
_LABEL, _TITLE = term("rdfs:label"), term("dct:title")
_URL, _MIME = term("schema:contentUrl"), term("schema:encodingFormat")
_INTEGER: Final = f'"^^<{XSD}integer>'

TYPES: Final = {
    "title": term("doco:Title"), "abstract": term("doco:Abstract"), "section": term("doco:Section"),
    "paragraph": term("doco:Paragraph"), "sentence": term("doco:Sentence"), "figure": term("doco:Figure"),
    "table": term("doco:Table"), "list": term("doco:List"), "formula": term("doco:Formula"),
    "footnote": term("doco:Footnote"), "citation": term("gn:CitationMarker"), "statement": term("gn:Statement"),
    "media": term("schema:MediaObject"),
}  # fmt: skip
_MEDIA: Final = {
    "video": term("schema:VideoObject"), "audio": term("schema:AudioObject"), "image": term("schema:ImageObject"),
}  # fmt: skip
ROLES: Final = {
    "introduction": term("deo:Introduction"), "background": term("deo:Background"),
    "related-work": term("deo:RelatedWork"), "methods": term("deo:Methods"), "materials": term("deo:Materials"),
    "results": term("deo:Results"), "discussion": term("deo:Discussion"), "conclusion": term("deo:Conclusion"),
    "acknowledgements": term("deo:Acknowledgements"), "evaluation": term("deo:Evaluation"),
    "future-work": term("deo:FutureWork"), "motivation": term("deo:Motivation"),
    "author-contributions": term("deo:AuthorContribution"), "appendix": term("doco:Appendix"),
    "data-availability": term("gn:DataAvailabilityStatement"),
}  # fmt: skip
_WITH_TEXT: Final = frozenset({"title", "figure", "table", "formula"})
_IN_GRID: Final = frozenset({"row", "cell"})
_CELLS, _HEADS = term("gn:cells"), term("gn:headerRows")
_LANGUAGE, _NAMES, _AWARD = term("dct:language"), term("dct:references"), term("gn:namesAward")
_JSON: Final = f"^^{term('rdf:JSON')}"
_REGISTRY: Final = "https://identifiers.org/"


def text_lines(work: Work, base: Base) -> Iterator[str]:
    """Quads of the work's fragments and of the sentences its reading found."""
    document = work.in_parts
    if document is None:
        return
    end = f" <{base.graph('text')}> ."
    text = document.text
    paths = {fragment.path for fragment in document.fragments}
    for fragment in document.fragments:
        if fragment.kind in _IN_GRID:
            continue
        yield from _fragment(work.iri, fragment, paths, end)
        if fragment.kind in _WITH_TEXT and fragment.end > fragment.begin:
            yield f"<{work.iri}/{fragment.path}> {_STRING} {literal(text[fragment.begin : fragment.end])}{end}"
    for table, grid, heads in grids(document.fragments, text):
        yield f"<{work.iri}/{table}> {_CELLS} {literal(written(grid))}{_JSON}{end}"
        if heads:
            yield f'<{work.iri}/{table}> {_HEADS} "{heads}{_INTEGER}{end}'
    for sentence in work.reading.sentences if work.reading else ():
        yield from _sentence(work.iri, sentence, text[sentence.begin : sentence.end], end)


def _sentence(work: str, sentence: Fragment, text: str, end: str) -> Iterator[str]:
    iri = f"<{work}/{sentence.path}>"
    yield f"{iri} {_A} {TYPES['sentence']}{end}"
    yield f"{iri} {_STRING} {literal(text)}{end}"
    yield f'{iri} {_BEGIN} "{sentence.begin}{_INTEGER}{end}'
    yield f'{iri} {_END} "{sentence.end}{_INTEGER}{end}'
    yield f"{iri} {_PART_OF} <{work}>{end}"
    yield f"<{work}/{sentence.path.rpartition('/s/')[0]}> {_CONTAINS} {iri}{end}"
    if sentence.language:
        yield f"{iri} {_LANGUAGE} {literal(sentence.language)}{end}"


def _fragment(work: str, fragment: Fragment, paths: set[str], end: str) -> Iterator[str]:
    iri = f"<{work}/{fragment.path}>"
    yield f"{iri} {_A} {_type(fragment)}{end}"
    yield f'{iri} {_BEGIN} "{fragment.begin}{_INTEGER}{end}'
    yield f'{iri} {_END} "{fragment.end}{_INTEGER}{end}'
    yield f"{iri} {_PART_OF} <{work}>{end}"
    parent = _parent(fragment, paths)
    if parent is not None:
        yield f"<{work}{parent and '/'}{parent}> {_CONTAINS} {iri}{end}"
    if fragment.role:
        role = ROLES.get(fragment.role)
        yield f"{iri} {_A} {role}{end}" if role else f"{iri} {_ROLE} {literal(fragment.role)}{end}"
    if fragment.label:
        yield f"{iri} {_LABEL} {literal(fragment.label)}{end}"
    if fragment.title:
        yield f"{iri} {_TITLE} {literal(fragment.title)}{end}"
    if fragment.url and (address := web(fragment.url)):
        yield f"{iri} {_URL} {address}{end}"
    if fragment.mime:
        yield f"{iri} {_MIME} {literal(fragment.mime)}{end}"
    if fragment.language:
        yield f"{iri} {_LANGUAGE} {literal(fragment.language)}{end}"
    for named in fragment.refs if fragment.kind == "statement" else ():
        yield from _named(iri, named, end)


def _named(statement: str, named: str, end: str) -> Iterator[str]:
    """What a statement names: an award number, or something with an address (DOI, accession, page)."""
    scheme, _, value = named.partition(":")
    if scheme == "award":
        yield f"{statement} {_AWARD} {literal(value)}{end}"
        return
    address = {"url": value, "doi": f"https://doi.org/{value}"}.get(scheme, f"{_REGISTRY}{scheme}:{value}")
    if (iri := web(address)) is not None:
        yield f"{statement} {_NAMES} {iri}{end}"


def _type(fragment: Fragment) -> str:
    if fragment.kind == "media":
        return _MEDIA.get(fragment.mime.partition("/")[0], TYPES["media"])
    return TYPES[fragment.kind]


def _parent(fragment: Fragment, paths: set[str]) -> str | None:
    """Path of the fragment that contains this one, "" for the work itself; a citation marker's
    place is its offsets, so it has none unless the reader names one."""
    if fragment.kind == "citation" and "/r/" in fragment.within:
        return None
    if fragment.within:
        return fragment.within if fragment.within in paths else ""
    if fragment.kind == "citation":
        return None
    path = fragment.path
    while path:
        path = path.rpartition("/")[0]
        if path in paths:
            return path
    return ""

"""Things that texts name and no vocabulary has, as concepts; and catalogued datasets and programs as what
such a name means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from graph.convert.safe import literal, ref, term
from graph.terms import number
from ontology.entities import FoundSummary, Work
from ontology.found import SCHEME, found_iri, found_name
from ontology.namespaces import Base

_A: Final = term("rdf:type")
_SUBTITLE: Final = re.compile(r"\s*(?::|\(|\s[-–—]\s).*$", re.S)
_CATALOGUED: Final = ("dataset", "software")


def found_scheme_lines(base: Base) -> Iterator[str]:
    """Quads of the scheme that all found things are in."""
    end = f" <{base.graph('mentions')}> ."
    yield f"<{base.scheme(SCHEME)}> {_A} {term('skos:ConceptScheme')}{end}"
    yield f"<{base.scheme(SCHEME)}> {term('dct:title')} {literal('Found in texts', 'en')}{end}"


def found_lines(thing: FoundSummary, base: Base) -> Iterator[str]:
    """Quads of one thing, in the graph `mentions`; its commonest name is the preferred one."""
    end = f" <{base.graph('mentions')}> ."
    iri = ref(thing.iri)
    yield f"{iri} {_A} {term('skos:Concept')}{end}"
    yield f"{iri} {_A} {term('gn:Found')}{end}"
    yield f"{iri} {term('skos:inScheme')} <{base.scheme(SCHEME)}>{end}"
    yield f"{iri} {term('gn:foundType')} {literal(thing.type)}{end}"
    yield f"{iri} {term('gn:workCount')} {number(thing.works)}{end}"
    for place, name in enumerate(thing.names):
        yield f"{iri} {term('skos:altLabel' if place else 'skos:prefLabel')} {literal(name)}{end}"


def catalogue_lines(work: Work, base: Base) -> Iterator[str]:
    """That a catalogued dataset or program is what texts mean by its name, its DOI or its address."""
    kind = work.record.kind
    if kind not in _CATALOGUED:
        return
    names = {title.text for title in work.record.titles}
    names |= {_SUBTITLE.sub("", name) for name in names}
    names |= {one.value for one in work.record.identifiers if one.scheme == "doi"}
    names |= {link.url for link in work.record.links if link.rel in ("landing", "code", "data")}
    for iri in sorted({found_iri(base, kind, name) for name in names if len(found_name(name)) > 1}):
        yield f"{ref(iri)} {term('gn:catalogueEntry')} <{work.iri}> ."

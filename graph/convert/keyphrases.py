"""Keyphrases of a reading as annotations of the sentence they were found in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from graph.convert.names import keyphrase_iri, reading_iri
from graph.convert.safe import literal, term
from graph.terms import XSD, number
from ontology.entities import Work
from ontology.namespaces import Base
from ontology.reading import Reading

_INTEGER: Final = f'"^^<{XSD}integer>'


def keyphrase_lines(work: Work, reading: Reading, base: Base) -> Iterator[str]:
    """What each phrase is, where it first stands (code points of the sentence), how often, its score and maker."""
    end = f" <{base.graph('mentions')}> ."
    begins = {sentence.path: sentence.begin for sentence in reading.sentences}
    a = term("rdf:type")
    for phrase in reading.keyphrases:
        name = keyphrase_iri(base, work.iri, reading.text_version, phrase.text, reading.maker)
        iri, target, selector = f"<{name}>", f"<{name}/target>", f"<{name}/selector>"
        offset = begins[phrase.sentence]
        yield f"{iri} {a} {term('gn:Keyphrase')}{end}"
        yield f"{iri} {a} {term('oa:Annotation')}{end}"
        yield f"{iri} {term('oa:bodyValue')} {literal(phrase.text)}{end}"
        yield f"{iri} {term('gn:score')} {number(float(phrase.score))}{end}"
        yield f'{iri} {term("gn:occurrences")} "{phrase.count}{_INTEGER}{end}'
        yield f"{iri} {term('prov:wasGeneratedBy')} <{reading_iri(work.iri, reading.maker)}>{end}"
        yield f"{iri} {term('oa:hasTarget')} {target}{end}"
        yield f"{target} {term('oa:hasSource')} <{work.iri}/{phrase.sentence}>{end}"
        yield f"{target} {term('oa:hasSelector')} {selector}{end}"
        yield f"{selector} {a} {term('oa:TextPositionSelector')}{end}"
        yield f'{selector} {term("oa:start")} "{phrase.begin - offset}{_INTEGER}{end}'
        yield f'{selector} {term("oa:end")} "{phrase.end - offset}{_INTEGER}{end}'

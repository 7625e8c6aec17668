"""Where statements come from: payloads, their records and makers (graph `prov`), decisions on identity (graph
`curation`)."""

from __future__ import annotations

from collections.abc import Iterator

from graph.convert.names import maker_iri
from graph.convert.safe import day, literal, term, web
from graph.terms import number
from ontology.entities import IdentityDecision, SourcePayload, SourceRecord
from ontology.namespaces import Base
from ontology.reading import Maker

_A = term("rdf:type")


def source_record_lines(record: SourceRecord, base: Base) -> Iterator[str]:
    end = f" <{base.graph('prov')}> ."
    iri = f"<{record.iri}>"
    yield f"{iri} {_A} {term('gn:SourceRecord')}{end}"
    yield f"{iri} {term('dct:identifier')} {literal(record.key)}{end}"
    yield f"{iri} {term('dct:isPartOf')} <{record.payload}>{end}"


def payload_lines(payload: SourcePayload, base: Base) -> Iterator[str]:
    """What holds for all records of a payload, said once: a file of a thousand records changes with each of them."""
    end = f" <{base.graph('prov')}> ."
    iri = f"<{payload.iri}>"
    yield f"{iri} {_A} {term('gn:Payload')}{end}"
    yield f"{iri} {term('gn:source')} {literal(payload.source)}{end}"
    yield f"{iri} {term('gn:locator')} {literal(payload.locator)}{end}"
    yield f"{iri} {term('gn:sha256')} {literal(payload.sha256)}{end}"
    yield f"{iri} {term('dct:format')} {literal(payload.format)}{end}"
    if payload.datestamp:
        yield f"{iri} {term('gn:datestamp')} {_day(payload.datestamp)}{end}"


def license_of(text: str) -> str:
    """Predicate and object: `dct:license` with an address, else `dct:rights` with what was written."""
    address = web(text)
    return f"{term('dct:license')} {address}" if address else f"{term('dct:rights')} {literal(text)}"


def _day(stamp: str) -> str:
    return day(stamp[:10]) if stamp[10:11] in ("", "T", " ") else literal(stamp)


def maker_lines(maker: Maker, base: Base) -> Iterator[str]:
    end = f" <{base.graph('prov')}> ."
    iri = f"<{maker_iri(base, maker)}>"
    yield f"{iri} {_A} {term('prov:SoftwareAgent')}{end}"
    yield f"{iri} {term('foaf:name')} {literal(maker.name)}{end}"
    yield f"{iri} {term('schema:softwareVersion')} {literal(maker.version)}{end}"
    yield f"{iri} {term('gn:configuration')} {literal(maker.configuration)}{end}"


def decision_lines(decision: IdentityDecision, base: Base) -> Iterator[str]:
    """The decision that the members (records) speak of one thing; IRIs that a curator merged into it lead there."""
    end = f" <{base.graph('curation')}> ."
    iri, survivor = f"<{decision.iri}>", f"<{decision.survivor}>"
    yield f"{iri} {_A} {term('gn:IdentityDecision')}{end}"
    yield f"{iri} {term('gn:survivor')} {survivor}{end}"
    yield f"{iri} {term('gn:method')} {literal(decision.method)}{end}"
    yield f"{iri} {term('gn:score')} {number(float(decision.score))}{end}"
    yield f"{iri} {term('gn:decidedBy')} {literal(decision.decided_by)}{end}"
    yield f"{iri} {term('gn:state')} {term('gn:Active')}{end}"
    for member in decision.members:
        yield f"{iri} {term('gn:member')} <{member}>{end}"
    for other in decision.apart:
        yield f"{iri} {term('gn:apartFrom')} <{other}>{end}"
    for replaced in decision.replaced:
        yield f"<{replaced}> {term('dct:isReplacedBy')} {survivor}{end}"

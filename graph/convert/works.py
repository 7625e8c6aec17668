"""Metadata of a work: the default graph, with the references as printed in `text` and the derivation in `prov`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from graph.convert.agents import identifier_lines
from graph.convert.found import catalogue_lines
from graph.convert.kinds import RELATIONS, ROLES, TYPES
from graph.convert.names import digest, reference_iri
from graph.convert.provenance import license_of
from graph.convert.safe import day, literal, ref, term, web
from graph.terms import boolean, number
from ontology.entities import Authorship, CitedWork, RelatedWork, Work
from ontology.identifiers import Identifier
from ontology.namespaces import Base, segment
from ontology.records import Funding, Record, Reference, Subject

_A: Final = term("rdf:type")
_IDENTIFIER: Final = term("dct:identifier")
_ADDRESSES: Final = {
    "doi": "https://doi.org/", "ror": "https://ror.org/", "arxiv": "https://arxiv.org/abs/",
    "handle": "https://hdl.handle.net/", "openalex": "https://openalex.org/",
    "pmid": "https://pubmed.ncbi.nlm.nih.gov/", "pmcid": "https://www.ncbi.nlm.nih.gov/pmc/articles/",
    "acl": "https://aclanthology.org/", "url": "",
}  # fmt: skip
_ARCHIVES: Final = frozenset({
    "geo", "bioproject", "insdc.sra", "arrayexpress", "px", "dbgap", "ega.study", "ega.dataset", "emdb", "pdb",
    "clinicaltrials", "metabolights", "biostudies", "gca",
})  # fmt: skip
"""Prefixes of identifiers.org that articles name their deposits by."""
_HEADINGS: Final = {"mesh": "http://id.nlm.nih.gov/mesh/"}
"""Vocabularies that sources name by a code, and what stands before the code in the concept's IRI."""


def work_lines(work: Work, base: Base) -> Iterator[str]:
    """Quads of the work itself, its contributors, references, funding, files, subjects and sources."""
    iri = f"<{work.iri}>"
    for kind in TYPES[work.record.kind]:
        yield f"{iri} {_A} {kind} ."
    yield from _description(iri, work.record)
    yield from _publication(iri, work)
    for authorship in work.authorships:
        yield from _authorship(work.iri, authorship)
    for entry in work.cites:
        yield from _reference(work.iri, entry, base)
    for target in dict.fromkeys(entry.work for entry in work.cites if entry.work):
        yield f"{iri} {term('cito:cites')} <{target}> ."
    for related in work.related:
        yield from _related(iri, related)
    for number_, funding in enumerate(work.record.funding, 1):
        yield from _funding(work.iri, number_, funding)
    yield from _links(work)
    yield from _subjects(iri, work)
    yield from catalogue_lines(work, base)
    for source in work.sources:
        yield f"{iri} {term('prov:wasDerivedFrom')} <{source}> <{base.graph('prov')}> ."


def _description(iri: str, record: Record) -> Iterator[str]:
    for title in record.titles:
        yield f"{iri} {term('dct:title')} {literal(title.text, title.language)} ."
    if record.abstract:
        yield f"{iri} {term('dct:abstract')} {literal(record.abstract, record.language)} ."
    for other in record.abstracts:
        yield f"{iri} {term('dct:abstract')} {literal(other.text, other.language)} ."
    if record.language:
        yield f"{iri} {term('dct:language')} {literal(record.language)} ."
    if record.issued:
        yield f"{iri} {term('dct:issued')} {day(record.issued)} ."
    if record.year:
        yield f"{iri} {term('gn:year')} {number(record.year)} ."
    if record.license:
        yield f"{iri} {license_of(record.license)} ."
    if record.retracted:
        yield f"{iri} {term('gn:retracted')} {boolean(True)} ."
    if record.open_access is not None:
        yield f"{iri} {term('schema:isAccessibleForFree')} {boolean(record.open_access)} ."
    if record.citation_count is not None:
        yield f"{iri} {term('gn:reportedCitations')} {number(record.citation_count)} ."


def _publication(iri: str, work: Work) -> Iterator[str]:
    record = work.record
    yield from identifier_lines(iri, record.identifiers)
    for one in record.identifiers:
        if one.scheme == "doi":
            yield f"{iri} {term('prism:doi')} {literal(one.value)} ."
    if work.venue:
        yield f"{iri} {term('dct:isPartOf')} <{work.venue}> ."
    printed = ("prism:volume", record.volume), ("prism:number", record.issue), ("prism:pageRange", record.pages)
    for name, value in (*printed, ("gn:publisherName", record.publisher)):
        if value:
            yield f"{iri} {term(name)} {literal(value)} ."


def _authorship(work: str, authorship: Authorship) -> Iterator[str]:
    iri = f"<{work}/authorship/{authorship.position}>"
    role, link = ROLES.get(authorship.role, ROLES["contributor"])
    yield f"{iri} {_A} {term('gn:Authorship')} ."
    yield f"{iri} {term('pro:relatesToDocument')} <{work}> ."
    yield f"{iri} {term('pro:withRole')} {role} ."
    yield f"{iri} {term('gn:position')} {number(authorship.position)} ."
    yield f"{iri} {term('gn:rawName')} {literal(authorship.name)} ."
    if authorship.person:
        yield f"{iri} {term('pro:isHeldBy')} <{authorship.person}> ."
        yield f"<{work}> {link} <{authorship.person}> ."
    for affiliation in dict.fromkeys(authorship.affiliations):
        yield f"{iri} {term('gn:rawAffiliation')} {literal(affiliation)} ."
    for organisation in authorship.organisations:
        yield f"{iri} {term('pro:relatesToOrganization')} <{organisation}> ."
    if authorship.corresponding:
        yield f"{iri} {term('gn:corresponding')} {boolean(True)} ."


def _reference(work: str, entry: CitedWork, base: Base) -> Iterator[str]:
    """An entry of the reference list as printed; `gn:UnresolvedReference` while nothing here is meant by it."""
    end = f" <{base.graph('text')}> ."
    iri = f"<{reference_iri(work, entry.reference.key)}>"
    yield f"{iri} {_A} {term('biro:BibliographicReference')}{end}"
    yield f"{iri} {term('dct:isPartOf')} <{work}>{end}"
    if said := _citation(entry.reference):
        yield f"{iri} {term('dct:bibliographicCitation')} {literal(said)}{end}"
    if entry.work:
        yield f"{iri} {term('biro:references')} <{entry.work}>{end}"
        return
    yield f"{iri} {_A} {term('gn:UnresolvedReference')}{end}"
    for one in entry.reference.identifiers:
        yield f"{iri} {_IDENTIFIER} {literal(str(one))}{end}"


def _citation(reference: Reference) -> str:
    """The entry as printed, or put together from its parts."""
    year = f"({reference.year})" if reference.year else ""
    parts = (reference.author, year, reference.title, reference.venue, reference.volume, reference.page)
    return reference.raw or " ".join(part for part in parts if part)


def _related(iri: str, related: RelatedWork) -> Iterator[str]:
    target = f"<{related.work}>" if related.work else _address(related.target)
    if target:
        yield f"{iri} {RELATIONS.get(related.kind, term('dct:relation'))} {target} ."


def _address(target: Identifier) -> str | None:
    """Where an identifier leads to; None for one without an address."""
    if target.scheme in _ARCHIVES:
        return web(f"https://identifiers.org/{target.scheme}:{target.value}")
    start = _ADDRESSES.get(target.scheme)
    return None if start is None else web(start + target.value)


def _funding(work: str, position: int, funding: Funding) -> Iterator[str]:
    iri = f"<{work}/funding/{position}>"
    yield f"<{work}> {term('frapo:isFundedBy')} {iri} ."
    yield f"{iri} {_A} {term('frapo:Funding')} ."
    if funding.funder:
        yield f"{iri} {term('gn:funderName')} {literal(funding.funder)} ."
    for one in funding.identifiers:
        if address := _address(one):
            yield f"{iri} {term('frapo:hasFundingAgency')} {address} ."
    for award in funding.awards:
        yield f"{iri} {term('frapo:hasGrantNumber')} {literal(award)} ."


def _links(work: Work) -> Iterator[str]:
    """Landing pages and linked data or code as addresses; what can be fetched as an object of its own."""
    plain = {"landing": "foaf:page", "data": "gn:dataAt", "code": "gn:codeAt"}
    files = {web(link.url): link for link in work.record.links if link.rel not in plain}
    for link in work.record.links:
        if link.rel in plain and (address := web(link.url)):
            yield f"<{work.iri}> {term(plain[link.rel])} {address} ."
    offers, of_kind, at = (
        ("dcat:distribution", "dcat:Distribution", "dcat:downloadURL")
        if work.is_dataset
        else ("schema:encoding", "schema:MediaObject", "schema:contentUrl")
    )
    for address, link in files.items():
        if address is None:
            continue
        iri = f"<{work.iri}/file/{segment(link.rel)}/{digest(address)}>"
        yield f"<{work.iri}> {term(offers)} {iri} ."
        yield f"{iri} {_A} {term(of_kind)} ."
        yield f"{iri} {term(at)} {address} ."
        if link.mime:
            yield f"{iri} {term('schema:encodingFormat')} {literal(link.mime)} ."


def _subjects(iri: str, work: Work) -> Iterator[str]:
    """`dct:subject` for topics and for headings that name a concept; other keywords and keyphrases as text."""
    topics = work.reading.topics if work.reading else ()
    concepts = {topic.concept: None for topic in topics}
    for subject in work.record.subjects:
        if concept := concept_of(subject):
            concepts[concept] = None
        elif subject.label:
            yield f"{iri} {term('schema:keywords')} {literal(subject.label, work.record.language)} ."
    for phrase in work.reading.keyphrases if work.reading else ():
        yield f"{iri} {term('schema:keywords')} {literal(phrase.text, work.reading.language if work.reading else '')} ."
    for concept in concepts:
        yield f"{iri} {term('dct:subject')} {ref(concept)} ."


def concept_of(subject: Subject) -> str:
    """IRI of the concept that a heading names by its code; "" for a mere keyword."""
    if subject.code.startswith(("http://", "https://")):
        return subject.code
    start = _HEADINGS.get(subject.scheme.lower())
    return start + subject.code if start and subject.code else ""

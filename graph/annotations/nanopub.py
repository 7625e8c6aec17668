"""A claim as a nanopublication (nanopub.net guidelines) under a trusty URI.

The assertion is the claim; its provenance is every sentence for and against it, quoted, with its
confidence and who read it; the publication info says who made the whole. The IRI ends in a hash of
the content (Kuhn & Dumontier 2014, "Trusty URIs", module RA): the same claim on the same evidence
has the same IRI on every machine, and whoever holds a copy can check that nobody changed it.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Final

from graph.convert.safe import literal, ref, term
from graph.discovery.ask import chunks, rows, values
from graph.discovery.claims import ClaimView, Evidence, claim_views
from graph.stores.base import ReadableStore
from graph.terms import XSD, iri, line, number, parts
from ontology.errors import NotFound
from ontology.namespaces import PREFIXES

MAX_EVIDENCE: Final = 1_000
"""Sentences that one nanopublication quotes, the most confident first."""
NP: Final = "http://www.nanopub.org/nschema#"
_A: Final = term("rdf:type")
_DATATYPED: Final = re.compile(r'"(.*)"(?:@([A-Za-z0-9-]+)|\^\^<([^>]*)>)?', re.DOTALL)
_ASSERTED: Final = ("accepted", "auto")
"""States of a claim in which it is also said plainly."""


def nanopublication(store: ReadableStore, claim: str, licence: str = "") -> tuple[str, list[str]]:
    """IRI and quads of the nanopublication of the claim with this IRI; NotFound where there is none."""
    view = next(iter(claim_views(store, [claim], MAX_EVIDENCE)), None)
    if view is None:
        raise NotFound(
            "there is no claim with this IRI", place=claim, hint="/v1/works/NAME/claims lists a work's claims"
        )
    stem = f"{claim}/np/"
    lines = sorted(_lines(view, f"{stem} ", _makers(store, view), licence))
    code = artifact_code(lines)
    return stem + code, [text.replace(f"<{stem} ", f"<{stem}{code}") for text in lines]


def artifact_code(lines: Iterable[str]) -> str:
    """The code of a trusty URI: "RA" and the SHA-256, in base64url, of the quads; a space stands in
    them where the code goes."""
    quads = sorted({_sortable(text) for text in lines})
    normal = "".join(
        f"{graph}\n{subject}\n{predicate}\n{_normal(value)}\n" for graph, subject, predicate, *value in quads
    )
    return "RA" + urlsafe_b64encode(sha256(normal.encode()).digest()).decode().rstrip("=")


def _sortable(text: str) -> tuple[str, ...]:
    """Graph, subject, predicate, then the object: IRIs before literals, these by value, datatype, language."""
    subject, predicate, value, graph = parts(text)
    plain = (graph[1:-1], subject[1:-1], predicate[1:-1])
    found = _DATATYPED.fullmatch(value)
    if found is None:
        return (*plain, "", value[1:-1], "", "")
    words, language, datatype = found.groups()
    kind = "" if language else datatype or f"{XSD}string"
    return (*plain, "literal", _unescaped(words), kind, (language or "").lower())


def _normal(value: Sequence[str]) -> str:
    sort, words, datatype, language = value
    if not sort:
        return words
    escaped = words.replace("\\", "\\\\").replace("\n", "\\n")
    return f"@{language} {escaped}" if language else f"^{datatype} {escaped}"


_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_PLAIN: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def _unescaped(words: str) -> str:
    def plain(match: re.Match[str]) -> str:
        code = match[1] or match[2]
        return chr(int(code, 16)) if code else _PLAIN.get(match[3], match[3])

    return _ESCAPE.sub(plain, words)


def _lines(view: ClaimView, own: str, makers: dict[str, tuple[str, str]], licence: str) -> Iterator[str]:
    """`own` is the IRI of the nanopublication, with a space for the code."""
    this, head, assertion, provenance, info = (
        f"<{own}{part}>" for part in ("", "#Head", "#assertion", "#provenance", "#pubinfo")
    )
    yield line(this, _A, f"<{NP}Nanopublication>", head)
    yield line(this, f"<{NP}hasAssertion>", assertion, head)
    yield line(this, f"<{NP}hasProvenance>", provenance, head)
    yield line(this, f"<{NP}hasPublicationInfo>", info, head)
    yield from _claimed(view, assertion)
    for evidence in view.evidence:
        yield from _proof(evidence, view.iri, assertion, makers.get(evidence.iri), provenance)
    for maker in sorted({made[1] for made in makers.values()}):
        yield line(assertion, term("prov:wasAttributedTo"), iri(maker), provenance)
        yield line(this, term("dct:creator"), iri(maker), info)
    yield line(
        this, term("rdfs:label"), literal(f"{view.subject.name} – {_name(view.predicate)} – {view.object.name}"), info
    )
    yield line(this, term("prov:wasDerivedFrom"), ref(view.iri), info)
    if licence:
        yield line(this, term("dct:license"), iri(licence), info)


def _claimed(view: ClaimView, graph: str) -> Iterator[str]:
    claim = ref(view.iri)
    if view.state in _ASSERTED:
        yield line(ref(view.subject.iri), ref(view.predicate), ref(view.object.iri), graph)
    yield line(claim, _A, term("gn:Claim"), graph)
    yield line(claim, term("rdf:subject"), ref(view.subject.iri), graph)
    yield line(claim, term("rdf:predicate"), ref(view.predicate), graph)
    yield line(claim, term("rdf:object"), ref(view.object.iri), graph)
    yield line(claim, term("gn:state"), term(f"gn:{view.state.capitalize()}"), graph)
    yield line(claim, term("gn:supportCount"), number(view.support), graph)
    yield line(claim, term("gn:disputeCount"), number(view.dispute), graph)
    yield line(claim, term("gn:probability"), number(view.probability), graph)


def _proof(evidence: Evidence, claim: str, assertion: str, made: tuple[str, str] | None, graph: str) -> Iterator[str]:
    proof, sentence = ref(evidence.iri), ref(evidence.sentence)
    yield line(assertion, term("prov:wasDerivedFrom"), proof, graph)
    yield line(proof, _A, term("gn:Evidence"), graph)
    yield line(proof, term(f"gn:{evidence.polarity}"), ref(claim), graph)
    yield line(proof, term("gn:confidence"), number(evidence.confidence), graph)
    yield line(proof, term("gn:sentence"), sentence, graph)
    yield line(sentence, term("nif:isString"), literal(evidence.text), graph)
    yield line(sentence, term("dct:isPartOf"), ref(evidence.work.iri), graph)
    yield line(ref(evidence.work.iri), term("dct:title"), literal(evidence.work.name), graph)
    if made:
        yield line(proof, term("prov:wasGeneratedBy"), ref(made[0]), graph)
        yield line(ref(made[0]), term("prov:wasAssociatedWith"), ref(made[1]), graph)


def _makers(store: ReadableStore, view: ClaimView) -> dict[str, tuple[str, str]]:
    """Evidence → the reading that found it and the software that read."""
    found: dict[str, tuple[str, str]] = {}
    for chunk in chunks(evidence.iri for evidence in view.evidence):
        query = f"""SELECT * {{ VALUES ?e {{ {values(chunk)} }}
            GRAPH ?g {{ ?e prov:wasGeneratedBy ?r . ?r prov:wasAssociatedWith ?maker }} }}"""
        found.update((row["e"], (row["r"], row["maker"])) for row in rows(store, query))
    return found


def _name(predicate: str) -> str:
    return predicate.removeprefix(PREFIXES["gn"])

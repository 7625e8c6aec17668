"""Claims over all works: a node in the graph `mentions`, a plain triple in the default graph once accepted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from graph.convert.names import claim_iri
from graph.convert.safe import ref, term
from graph.terms import number
from ontology.entities import ClaimSummary
from ontology.namespaces import Base

ACCEPTED_FROM: Final = 0.75
"""A claim is taken into the default graph from this probability on, unless as many works dispute it
as support it. Probabilities are calibrated (`api.believing`)."""

_A: Final = term("rdf:type")
_CLAIM, _STATEMENT = term("gn:Claim"), term("rdf:Statement")
_SUBJECT, _PREDICATE, _OBJECT = term("rdf:subject"), term("rdf:predicate"), term("rdf:object")
_SUPPORT, _DISPUTE, _PROBABILITY = term("gn:supportCount"), term("gn:disputeCount"), term("gn:probability")
_STATE: Final = term("gn:state")


def claim_lines(claim: ClaimSummary, base: Base) -> Iterator[str]:
    """Quads of one claim. States: `gn:Disputed` where at least as many works dispute it as support it,
    else `gn:Accepted` from ACCEPTED_FROM on, else `gn:Auto`."""
    end = f" <{base.graph('mentions')}> ."
    iri = f"<{claim_iri(base, claim.subject, claim.predicate, claim.object)}>"
    subject, predicate, object_ = ref(claim.subject), ref(claim.predicate), ref(claim.object)
    state = _state(claim)
    yield f"{iri} {_A} {_CLAIM}{end}"
    yield f"{iri} {_A} {_STATEMENT}{end}"
    yield f"{iri} {_SUBJECT} {subject}{end}"
    yield f"{iri} {_PREDICATE} {predicate}{end}"
    yield f"{iri} {_OBJECT} {object_}{end}"
    yield f"{iri} {_SUPPORT} {number(claim.support)}{end}"
    yield f"{iri} {_DISPUTE} {number(claim.dispute)}{end}"
    yield f"{iri} {_PROBABILITY} {number(float(claim.probability))}{end}"
    yield f"{iri} {_STATE} {term(f'gn:{state}')}{end}"
    if state == "Accepted":
        yield f"{subject} {predicate} {object_} ."


def _state(claim: ClaimSummary) -> str:
    if claim.dispute and claim.dispute >= claim.support:
        return "Disputed"
    return "Accepted" if claim.probability >= ACCEPTED_FROM else "Auto"

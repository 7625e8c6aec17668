"""Formats of answers, and which of them a client gets.

Sources: RFC 9110, section 12.5.1 (Accept); SPARQL 1.1 Protocol, section 2.1.5; the media types of
SPARQL 1.1 Query Results JSON, XML, CSV and TSV, Turtle, N-Triples, RDF/XML and JSON-LD.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from ontology.errors import NotAcceptable
from sparql.guard import Form

_SUFFIXES: Final = {"turtle": ".ttl", "ntriples": ".nt", "rdfxml": ".rdf", "nquads": ".nq"}


class Format(msgspec.Struct, frozen=True):
    """`engine` is the name of pyoxigraph's constant; the first media type is the one we send."""

    key: str
    engine: str
    media: tuple[str, ...]

    @property
    def content_type(self) -> str:
        text = self.media[0].startswith("text/")
        return f"{self.media[0]}; charset=utf-8" if text else self.media[0]

    @property
    def suffix(self) -> str:
        """Of a file in this format."""
        return _SUFFIXES.get(self.key, f".{self.key}")


SOLUTIONS: Final = (
    Format("json", "JSON", ("application/sparql-results+json", "application/json")),
    Format("xml", "XML", ("application/sparql-results+xml", "application/xml", "text/xml")),
    Format("csv", "CSV", ("text/csv",)),
    Format("tsv", "TSV", ("text/tab-separated-values",)),
)
"""For SELECT and ASK, in our order of preference."""
GRAPHS: Final = (
    Format("turtle", "TURTLE", ("text/turtle", "application/x-turtle")),
    Format("ntriples", "N_TRIPLES", ("application/n-triples", "text/plain")),
    Format("rdfxml", "RDF_XML", ("application/rdf+xml", "application/xml", "text/xml")),
    Format("jsonld", "JSON_LD", ("application/ld+json", "application/json")),
    Format("trig", "TRIG", ("application/trig", "application/x-trig")),
    Format("nquads", "N_QUADS", ("application/n-quads", "text/x-nquads")),
)
"""For CONSTRUCT and DESCRIBE."""
FORMATS: Final = {one.key: one for one in (*SOLUTIONS, *GRAPHS)}


def negotiate(accept: str, form: Form) -> Format:
    """The best format for an Accept header, or for one of our short names (`csv`, `turtle`).

    The client's weights decide, our order breaks ties; an empty header takes anything.
    Raises NotAcceptable where nothing fits.
    """
    offered = SOLUTIONS if form in (Form.SELECT, Form.ASK) else GRAPHS
    if accept.strip().lower() in FORMATS:
        accept = next((one.media[0] for one in offered if one.key == accept.strip().lower()), "none/none")
    wanted = _ranges(accept) or [("*/*", 1.0)]
    best = max(offered, key=lambda one: _weight(one.media, wanted))
    if _weight(best.media, wanted) <= 0:
        raise NotAcceptable(
            f"{form} has no answer in the format asked for", place="Accept",
            hint="take one of " + ", ".join(one.media[0] for one in offered),
        )  # fmt: skip
    return best


def _ranges(accept: str) -> list[tuple[str, float]]:
    """(media range, weight 0-1) of each entry; a weight that is no number counts as 0."""
    found = []
    for entry in accept.lower().split(",")[:64]:
        name, *parameters = (part.strip() for part in entry.split(";"))
        if name:
            found.append((name, _quality(parameters)))
    return found


def _quality(parameters: Iterable[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


def _weight(media: tuple[str, ...], wanted: list[tuple[str, float]]) -> float:
    """Highest weight among a format's media types; each is judged by its most specific range.
    An alias counts a hair less than the type proper."""
    best = 0.0
    for number, name in enumerate(media):
        for pattern in (name, name.partition("/")[0] + "/*", "*/*"):
            weights = [weight for given, weight in wanted if given == pattern]
            if weights:
                best = max(best, max(weights) * (1 - 1e-6 * number))
                break
    return best

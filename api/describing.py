"""Works as entities of an RO-Crate, and the files that tell of a single one: metadata, text, statements with the
sentences that are their evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final
from urllib.parse import quote

import msgspec

from api.citing import TYPES, schema_org
from api.crates import File, Node
from graph.discovery.claims import ClaimView
from graph.discovery.fragments import work_fragments
from graph.discovery.works import WorkView, work_claims, work_view
from graph.search.documents import SearchDocument
from graph.stores.base import ReadableStore
from ontology.namespaces import Base

MOST: Final = 1_000
"""Statements of one work in its crate."""
_JSON: Final = "application/json"


def work_files(store: ReadableStore, base: Base, iri: str) -> Iterator[File]:
    """What the API says of a work, as files. NotFound."""
    view = work_view(store, base, iri)
    for name, said, told in (
        ("work.json", "Metadata, people, topics, references and the records it was made of.", view),
        ("text.json", "The text as a tree of parts, down to the sentence.", work_fragments(store, iri)),
        (
            "claims.json",
            "Statements read from the text, each with its sentences.",
            work_claims(store, iri, MOST),
        ),
    ):
        yield File(name, _JSON, said, [msgspec.json.format(msgspec.json.encode(told))])


def work_nodes(store: ReadableStore, base: Base, iri: str) -> Iterator[Node]:
    """A work, its licence, its parts, the records it comes from, and what it is evidence for. NotFound."""
    view = work_view(store, base, iri)
    claims = work_claims(store, iri, MOST)
    parts = work_fragments(store, iri)
    node = {name: value for name, value in schema_org(view).items() if name not in ("@context", "isAccessibleForFree")}
    if view.license.startswith("http"):
        node["license"] = {"@id": view.license}
        yield {"@id": view.license, "@type": "CreativeWork", "name": "Licence of the work"}
    node["author"] = [
        {"@id": one.person or _unnamed(one.name), "@type": "Person", "name": one.name,
         "affiliation": [{"@id": org.iri, "@type": "Organization", "name": org.name} for org in one.organisations]
         or [{"@type": "Organization", "name": name} for name in one.affiliations]}
        for one in view.authors if one.role == "author"
    ]  # fmt: skip
    node["citation"] = [
        {"@id": cited.iri, "@type": "CreativeWork", "name": cited.name or cited.iri} for cited in view.cites
    ]
    node["about"] = [{"@id": topic.iri, "@type": "DefinedTerm", "name": topic.name} for topic in view.topics]
    node["hasPart"] = [
        {"@id": part.iri, "@type": "CreativeWork", "name": part.title or part.label or part.kind} for part in parts
    ]
    node["isBasedOn"] = [
        {"@id": one.iri, "@type": "CreativeWork", "name": f"{one.source}: {one.locator}", "encodingFormat": one.format}
        for one in view.sources
    ]
    node["subjectOf"] = [{"@id": claim.iri} for claim in claims]
    yield node
    for claim in claims:
        yield _claim(claim, view)


def _claim(claim: ClaimView, view: WorkView) -> Node:
    said = f"{claim.subject.name} {re.split('[#/]', claim.predicate)[-1]} {claim.object.name}"
    return {
        "@id": claim.iri, "@type": "Claim", "name": said, "creativeWorkStatus": claim.state,
        "about": [{"@id": end.iri, "@type": "Thing", "name": end.name or end.iri}
                  for end in (claim.subject, claim.object)],
        "appearance": [
            {"@id": one.sentence, "@type": "Quotation", "name": one.text[:100], "text": one.text,
             "description": f"{one.polarity}, confidence {one.confidence:.2f}", "isPartOf": {"@id": view.iri}}
            for one in claim.evidence
        ],
    }  # fmt: skip


def listed_nodes(works: Iterable[SearchDocument]) -> Iterator[Node]:
    """Works with their people and venues, as far as a list of results knows them."""
    for work in works:
        iris = work.author_iris or ("",) * len(work.authors)
        venue = {"@id": work.venue_iri or _unnamed(work.venue), "@type": "CreativeWork", "name": work.venue}
        node: dict[str, Any] = {
            "@id": work.iri, "@type": TYPES.get(work.kind, "ScholarlyArticle"), "name": work.title or work.iri,
            "datePublished": work.issued or (str(work.year) if work.year else ""),
            "author": [
                {"@id": iri or _unnamed(name), "@type": "Person", "name": name}
                for name, iri in zip(work.authors, iris, strict=False) if name
            ],
            "isPartOf": venue if work.venue else None, "inLanguage": work.language,
            "identifier": list(work.identifiers), "keywords": ", ".join(work.keywords), "url": work.iri,
        }  # fmt: skip
        yield node


def _unnamed(name: str) -> str:
    """An identifier within the crate, of who has none."""
    return f"#{quote(name, safe='')}"

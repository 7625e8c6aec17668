"""From what people write to what it names: IRIs, opaque names, DOIs and other identifiers, labels.

Merged entities lead to their survivor; deleted ones raise Gone.
"""

from __future__ import annotations

import msgspec

from api.wiring import Services
from graph.search.base import SearchRequest
from ingest.identity.text import number_of
from ontology.errors import Gone, NotFound
from ontology.identifiers import normalise, opaque

_KINDS = ("work", "person", "organisation", "venue")
_PREFIXES = {"w": "work", "p": "person", "o": "organisation", "v": "venue"}
_IDENTIFIERS = {
    "w": ("doi", "pmid", "pmcid", "arxiv", "acl", "openalex"),
    "p": ("orcid", "openalex"),
    "o": ("ror",),
    "v": ("issn",),
}


class Found(msgspec.Struct, frozen=True):
    """`iri` is where a name leads; `moved` says that another one was asked for."""

    iri: str
    moved: bool = False


def entity(services: Services, kind: str, name: str) -> Found:
    """The entity with the opaque name `name`. NotFound where there never was one, Gone where nothing
    speaks of it any longer."""
    row = services.journal.rows(
        "SELECT e.seq, coalesce(s.name, e.name), e.survivor FROM entity e LEFT JOIN entity s ON s.seq = e.survivor"
        " WHERE e.kind = ? AND e.name = ?",
        (kind, name),
    ).fetchone()
    if row is None:
        raise NotFound(f"no {kind} has this name", place=name, hint="search for it at /v1/search")
    number, living, survivor = row
    if not services.journal.one("SELECT 1 FROM said WHERE entity = ? LIMIT 1", (survivor or number,)):
        raise _gone(services, kind, name, survivor or number)
    return Found(services.settings.base.entity(kind, living), survivor is not None)


_REASONS = {
    "deleted": "its source has deleted it", "withdrawn": "its source no longer has it",
    "unreadable": "what its source has of it can no longer be read",
}  # fmt: skip


def _gone(services: Services, kind: str, name: str, number: int) -> Gone:
    """Nothing speaks of it any longer: with its tombstone, where a record was taken back."""
    iri = services.settings.base.entity(kind, name)
    row = services.journal.rows(
        "SELECT reason, source, locator, key, datestamp FROM tombstone WHERE entity = ?", (number,)
    ).fetchone()
    if row is None:
        return Gone(f"no source speaks of this {kind} any longer", place=name, tombstone={"iri": iri, "kind": kind})
    known = dict(zip(("reason", "source", "locator", "key", "datestamp"), row, strict=True))
    return Gone(
        f"this {kind} is gone: {_REASONS[known['reason']]}", place=name,
        hint=f"it came from {known['source']}, {known['locator']}",
        tombstone={"iri": iri, "kind": kind, **known},
    )  # fmt: skip


def identified(services: Services, text: str) -> Found | None:
    """What an IRI of ours or an identifier names; None for other IRIs and words. NotFound, Gone."""
    local = services.settings.base.local(text)
    if local is not None:
        parts = local.strip("/").split("/")
        known = len(parts) >= 3 and parts[0] == "id" and parts[1] in _KINDS
        return entity(services, parts[1], parts[2]) if known else None
    return _by_identifier(services, text)


def resolve(services: Services, text: str) -> str:
    """The IRI that `text` names: an IRI, an identifier, a concept's label, a work's title, or the name of a person,
    organisation or venue. NotFound, Gone."""
    text = text.strip()
    found = identified(services, text)
    if found:
        return found.iri
    if "://" in text:
        return text
    concept = services.understanding.find(text)
    if concept is not None:
        return concept.iri
    named = _by_name(services, text)
    if named:
        return named
    raise NotFound("nothing here has this name", place=text, hint="give an IRI, a DOI, a concept's label or a name")


def _by_identifier(services: Services, text: str) -> Found | None:
    """What has an identifier, or had it: the IRI made from one leads to where its thing went, or raises Gone."""
    scheme, colon, rest = text.partition(":")
    past: tuple[str, str] | None = None
    for prefix, schemes in _IDENTIFIERS.items():
        for name in schemes:
            value = normalise(name, rest if colon and scheme == name else text)
            if value is None:
                continue
            seed, kind = f"{prefix}:{name}:{value}", _PREFIXES[prefix]
            row = services.journal.rows(
                "SELECT e.kind, e.name FROM alias a JOIN said s ON s.node = a.node JOIN entity e ON e.seq = s.entity"
                " WHERE a.key = ? ORDER BY e.seq LIMIT 1",
                (number_of(seed),),
            ).fetchone()
            if row:
                return Found(services.settings.base.entity(*row))
            made = opaque(kind, seed)
            if past is None and services.journal.one("SELECT 1 FROM entity WHERE name = ?", (made,)):
                past = kind, made
    return entity(services, *past) if past else None


def _by_name(services: Services, text: str) -> str:
    """The best work whose title, or else person, organisation or venue whose name, is this text."""
    wanted = text.casefold()
    for field in ("title", "author"):
        quoted = text.replace('"', " ")
        found = services.engine.search(
            SearchRequest(query=f'{field}:"{quoted}"', mode="lexical", expand=False, limit=5)
        )
        for hit in found.hits:
            document = hit.document
            if field == "title" and document.title.casefold() == wanted:
                return document.iri
            for name, iri in zip(document.authors, document.author_iris, strict=False):
                if field == "author" and name.casefold() == wanted and iri:
                    return iri
    begun = (hit for hit in services.engine.suggest(text) if hit.label.casefold() == wanted)
    return next((hit.iri for hit in begun), "")

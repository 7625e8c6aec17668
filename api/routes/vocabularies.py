"""`/v1/vocabularies`: concepts, edited with the version they are meant for, their history, what is wrong with them."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from fastapi import Body, Header, Path, Query, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse
from pydantic import BaseModel, Field

from api.answers import answer, documented
from api.curation.curator import Applied
from api.curation.importing import Comparison
from api.curation.previewing import MOST_READ, Preview
from api.curation.reading_edits import edits_of
from api.curation.reasoning import Judgement, Reasoner
from api.curation.reporting import QualityReport
from api.curation.showing import Collections, CollectionView, ConceptView, History, Vocabularies
from api.deps import Curator, Here, Reader
from api.paging import following
from api.routing import Router, asks_only
from ontology.curation.edits import MAX_EDITS, Edit
from ontology.errors import EditRefused, VersionMissing
from ontology.scheme import Concept
from ontology.vocabularies.columns import columns_said

router = Router(prefix="/v1/vocabularies", tags=["vocabularies"])

Scheme = Annotated[str, Path(description="The vocabulary's short name.", pattern="^[a-z0-9_-]{1,64}$")]
ConceptIri = Annotated[str, Path(description="The concept's IRI, percent-encoded.", max_length=500)]
CollectionIri = Annotated[str, Path(description="The collection's IRI, percent-encoded.", max_length=500)]
AsOf = Annotated[int | None, Query(description="As of this version; 0 is the file as loaded.", ge=0, le=10**9)]
IfMatch = Annotated[str, Header(description="The ETag of the concept as you saw it.", max_length=200)]
Wait = Annotated[bool, Query(description="Answer when graph and index have it, not before.")]
Message = Annotated[str, Query(description="Why, for those who look at it later.", max_length=1000)]


class Edits(BaseModel):
    """Edits: objects with a field `edit` that names the kind (create, add-label, remove-label, change-label, set-note,
    set-notation, link, unlink, map, unmap, deprecate, revive, merge, split, delete, revise, create-collection,
    add-member, remove-member, order-members, revise-collection)."""

    edits: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MAX_EDITS)]
    message: Annotated[str, Field(max_length=1000)] = ""

    def read(self) -> tuple[Edit, ...]:
        """EditRefused where one is no edit."""
        return edits_of(self.edits)


@router.get("", responses=documented(Vocabularies), operation_id="vocabularies")
def vocabularies(request: Request, here: Here, _: Reader) -> Response:
    """The loaded vocabularies: edition, curators' version, the version that graph and index have."""
    return answer(request, here.curator.vocabularies())


@router.get("/{scheme}/history", responses=documented(History), operation_id="vocabulary_history")
def history(
    request: Request, here: Here, _: Reader, scheme: Scheme,
    concept: Annotated[str, Query(description="Only what was done to this concept (IRI).", max_length=500)] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    before: Annotated[int | None, Query(description="Versions older than this.", ge=1, le=10**9)] = None,
) -> Response:  # fmt: skip
    """Versions, the newest first, with the facts that went and came."""
    page = here.curator.history(scheme, concept, limit, before)
    older = page.versions[-1].version.number if len(page.versions) == limit and not concept else None
    return following(request, answer(request, page), before=older if older and older > 1 else None)


@router.get("/{scheme}/quality", responses=documented(QualityReport), operation_id="vocabulary_quality")
def quality(request: Request, here: Here, _: Reader, scheme: Scheme, version: AsOf = None) -> Response:
    """What is wrong, or worth a look, by kind of fault."""
    return answer(request, here.curator.quality(scheme, version))


@router.get("/{scheme}/reasoning", responses=documented(Judgement), operation_id="vocabulary_reasoning")
def reasoning(
    request: Request, here: Here, _: Reader, scheme: Scheme, version: AsOf = None,
    reasoner: Annotated[
        Reasoner, Query(description="rules explain what they find; hermit finds all of OWL 2 DL (needs Java).")
    ] = "rules",
) -> Response:  # fmt: skip
    """Whether an OWL ontology is consistent and each class can have members; the axioms that clash where not."""
    return answer(request, here.curator.judged(scheme, version, reasoner))


@router.get("/{scheme}/export", response_class=PlainTextResponse, operation_id="export_vocabulary",
            responses={200: {"content": {"text/turtle": {}}, "description": "SKOS in Turtle."}})  # fmt: skip
def export(here: Here, _: Reader, scheme: Scheme, version: AsOf = None) -> Response:
    """The vocabulary in Turtle, with an ontology's axioms, sorted: the same version gives the same bytes."""
    return Response(here.curator.export(scheme, version), media_type="text/turtle; charset=utf-8")


@router.post("/{scheme}/compare", responses=documented(Comparison), operation_id="compare_vocabulary")
@asks_only
def compare(
    request: Request, here: Here, _: Curator, scheme: Scheme,
    body: Annotated[bytes, Body(media_type="application/octet-stream", description="A vocabulary file.")],
    limit: Annotated[int, Query(description="Most concepts listed.", ge=0, le=1000)] = 100,
    column: Annotated[
        list[str],
        Query(max_length=100, description="What a table's column is: HEADER=ROLE or HEADER=ROLE@LANGUAGE; any number. "
              "Without any, as was said when the vocabulary was loaded."),
    ] = [],  # noqa: B006
    separator: Annotated[str, Query(description="What divides several values in a cell of it.", max_length=10)] = "|",
) -> Response:  # fmt: skip
    """What loading this file would change, and where curators changed the same: nothing is loaded. Turtle, RDF/XML,
    JSON-LD, OBO graphs, tables and whatever else `gnomon build --vocabulary` reads. Needs the role curator."""
    said = columns_said(column, separator) if column else None
    return answer(request, here.curator.compare(scheme, body, limit, columns=said))


@router.post("/{scheme}/preview", responses=documented(Preview), operation_id="preview_edits")
@asks_only
def preview(
    request: Request, here: Here, _: Curator, scheme: Scheme, wanted: Edits,
    limit: Annotated[int, Query(description="Most works read; 0 only counts them.", ge=0, le=5000)] = MOST_READ,
) -> Response:  # fmt: skip
    """What edits will change in works: counted, then read. Nothing is kept. Needs the role curator."""
    return answer(request, here.curator.preview(scheme, wanted.read(), limit))


@router.post("/{scheme}/edits", responses=documented(Applied), operation_id="edit_vocabulary")
def edit(request: Request, here: Here, caller: Curator, scheme: Scheme, wanted: Edits, wait: Wait = False) -> Response:
    """Make edits at once, together or not at all: 409 names what stands in the way. Needs the role curator."""
    version, changes = here.curator.desk.write(scheme, wanted.read(), caller.author, wanted.message)
    return answer(request, here.curator.applied(scheme, version.number, changes, wait=wait))


@router.post("/{scheme}/versions/{number}/undo", responses=documented(Applied), operation_id="undo_version")
def undo(
    request: Request, here: Here, caller: Curator, scheme: Scheme,
    number: Annotated[int, Path(ge=1, le=10**9)],
    concept: Annotated[str, Query(description="Only of this concept (IRI).", max_length=500)] = "",
    message: Message = "", wait: Wait = False,
) -> Response:  # fmt: skip
    """Take a version back, keeping what came later: an unmerge, an undo. 409 shows what stands in the way. Needs the
    role curator."""
    version, changes = here.curator.desk.undo(scheme, number, caller.author, message, concept)
    return answer(request, here.curator.applied(scheme, version.number, changes, wait=wait))


@router.get("/{scheme}/collections", responses=documented(Collections), operation_id="vocabulary_collections")
def collections(request: Request, here: Here, _: Reader, scheme: Scheme, version: AsOf = None) -> Response:
    """The vocabulary's collections (SKOS), by name. They are made with the edit `create-collection`."""
    return answer(request, here.curator.collections(scheme, version))


@router.get(
    "/{scheme}/collections/{id:path}", responses=documented(CollectionView), operation_id="vocabulary_collection"
)
def collection(
    request: Request, here: Here, _: Reader, scheme: Scheme, id: CollectionIri, version: AsOf = None
) -> Response:
    """A collection and its members, in order where it is ordered. Its ETag is what If-Match takes."""
    found = here.curator.collection(scheme, id, version)
    reply = answer(request, found)
    reply.headers["ETag"] = f'"{found.tag}"'
    return reply


@router.patch("/{scheme}/collections/{id:path}", responses=documented(Applied), operation_id="edit_collection")
def patch_collection(
    request: Request, here: Here, caller: Curator, scheme: Scheme, id: CollectionIri, wanted: Edits,
    if_match: IfMatch = "", wait: Wait = False,
) -> Response:  # fmt: skip
    """Edits for whoever saw the collection in the version named by If-Match (428 without, 412 for an older one). Needs
    the role curator."""
    return patch(request, here, caller, scheme, id, wanted, if_match, wait)


@router.get(
    "/{scheme}/concepts/{id:path}", responses=documented(ConceptView, moves=True), operation_id="vocabulary_concept"
)
def concept(
    request: Request, here: Here, _: Reader, scheme: Scheme, id: ConceptIri, version: AsOf = None,
    redirect: Annotated[bool, Query(description="Follow merges (308); false shows what is left of it.")] = True,
) -> Response:  # fmt: skip
    """A concept as curators see it. Its ETag is what If-Match takes."""
    found = here.curator.concept(scheme, id, version)
    if redirect and version is None and found.concept.deprecated and found.concept.replaced_by:
        return RedirectResponse(address(scheme, found.concept.replaced_by), status_code=308)
    reply = answer(request, found)
    reply.headers["ETag"] = f'"{found.tag}"'
    return reply


@router.put("/{scheme}/concepts/{id:path}", responses=documented(Applied), operation_id="replace_concept")
def replace(
    request: Request, here: Here, caller: Curator, scheme: Scheme, id: ConceptIri,
    body: Annotated[dict[str, Any], Body(description="The whole concept, as GET shows it under `concept`.")],
    if_match: IfMatch = "", message: Message = "", wait: Wait = False,
) -> Response:  # fmt: skip
    """Put a concept in the place of the version named by If-Match (428 without), or make a new one (If-Match empty).
    412 shows what differs on both sides. Needs the role curator."""
    try:
        after = msgspec.convert({**body, "iri": id}, Concept)
    except msgspec.ValidationError as error:
        raise EditRefused(f"this is no concept: {error}", place=id) from error
    version, _ = here.curator.desk.replace(scheme, id, tag(if_match), after, caller.author, message)
    return answer(request, here.curator.applied_to(scheme, version, wait=wait))


@router.patch("/{scheme}/concepts/{id:path}", responses=documented(Applied), operation_id="edit_concept")
def patch(
    request: Request, here: Here, caller: Curator, scheme: Scheme, id: ConceptIri, wanted: Edits,
    if_match: IfMatch = "", wait: Wait = False,
) -> Response:  # fmt: skip
    """Edits for whoever saw the concept in the version named by If-Match (428 without, 412 for an older one). Needs the
    role curator."""
    seen = tag(if_match)
    if not seen:
        raise VersionMissing("say which version of the concept you saw", place="If-Match")
    version, changes = here.curator.desk.edit(scheme, id, seen, wanted.read(), caller.author, wanted.message)
    return answer(request, here.curator.applied(scheme, version.number, changes, wait=wait))


@router.delete("/{scheme}/concepts/{id:path}", responses=documented(Applied), operation_id="delete_concept")
def delete(
    request: Request, here: Here, caller: Curator, scheme: Scheme, id: ConceptIri, if_match: IfMatch = "",
    message: Message = "", wait: Wait = False,
) -> Response:  # fmt: skip
    """Delete what nothing refers to: 409 counts what does. Needs the role curator."""
    version, _ = here.curator.desk.replace(scheme, id, tag(if_match), None, caller.author, message)
    return answer(request, here.curator.applied_to(scheme, version, wait=wait))


def tag(header: str) -> str:
    """The version an If-Match header names."""
    return header.strip().removeprefix("W/").strip('"')


def address(scheme: str, iri: str) -> str:
    """Where a concept is."""
    return f"/v1/vocabularies/{scheme}/concepts/{quote(iri, safe='')}"

"""Pages of collections: their members, with forms to fill and order them. What they change in works is nothing, so that
an edit is made at once; its version can be taken back on the same page."""

from __future__ import annotations

from typing import Annotated, Final, Literal
from urllib.parse import quote

from fastapi import Form, Request, Response
from fastapi.responses import RedirectResponse

from api.curation.editing_forms import LANGUAGES
from api.deps import Curator, Here, Reader
from api.pages import templates
from api.routes.vocabularies import Scheme
from api.routes.vocabulary_pages import Iri, Words, collection_page, concept_page
from api.routing import Router
from ontology.curation import edits as ask
from ontology.errors import CurationError, EditRefused, GnomonError, HierarchyCycle
from ontology.scheme import Collection

router = Router(include_in_schema=False)
Do = Literal["add", "remove", "up", "down", "label", "remove-label", "note", "delete"]
_STEPS: Final = {"up": -1, "down": 1}


@router.get("/vocabularies/{scheme}/collection")
def collection(request: Request, here: Here, _: Reader, scheme: Scheme, iri: Iri) -> Response:
    """A collection as curators see it, with forms to edit it and its history with undo."""
    return _collection(request, here, scheme, iri)


def _collection(request: Request, here: Here, scheme: str, iri: str, problem: GnomonError | None = None) -> Response:
    held = here.curator.desk.vocabulary(scheme).collections
    context = {
        "view": here.curator.collection(scheme, iri), "scheme": scheme, "problem": problem, "languages": LANGUAGES,
        "history": here.curator.history(scheme, iri, limit=20).versions,
        "page": lambda one: collection_page(scheme, one) if one in held else concept_page(scheme, one),
    }  # fmt: skip
    return templates.TemplateResponse(request, "collection.html", context, status_code=409 if problem else 200)


@router.post("/vocabularies/{scheme}/collections")
def create(
    here: Here, caller: Curator, scheme: Scheme, text: Words, language: Words = "en", ordered: bool = Form(False)
) -> Response:
    """A new collection, empty."""
    made = ask.CreateCollection(
        concept=here.curator.desk.mint(scheme), label=text, language=language.strip(), ordered=ordered
    )
    version, changes = here.curator.desk.write(scheme, [made], caller.author, "")
    here.curator.applied(scheme, version.number, changes, wait=False)
    return RedirectResponse(collection_page(scheme, made.concept), status_code=303)


@router.post("/vocabularies/{scheme}/collection")
def edit(
    request: Request, here: Here, caller: Curator, scheme: Scheme, concept: Words, do: Annotated[Do, Form()],
    seen: Words = "", text: Words = "", language: Words = "en", member: Words = "",
) -> Response:  # fmt: skip
    """Make one edit of a collection, for whoever saw the version `seen`."""
    curator = here.curator
    try:
        found = curator.desk.collection(scheme, concept)
        edit_ = _edit(do, found, curator.find(scheme, member) if do == "add" else member, text, language.strip())
        version, changes = curator.desk.edit(scheme, concept, seen, [edit_], caller.author, "")
    except (CurationError, HierarchyCycle) as error:
        return _collection(request, here, scheme, concept, error)
    curator.applied(scheme, version.number, changes, wait=False)
    there = f"/vocabularies/{quote(scheme)}" if do == "delete" else collection_page(scheme, concept)
    return RedirectResponse(there, status_code=303)


def _edit(do: Do, found: Collection, member: str, text: str, language: str) -> ask.Edit:
    iri = found.iri
    if do == "add":
        return ask.AddMember(concept=iri, member=member)
    if do == "remove":
        return ask.RemoveMember(concept=iri, member=member)
    if do == "label":
        return ask.AddLabel(concept=iri, text=text, language=language)
    if do == "note":
        return ask.SetNote(concept=iri, text=text, language=language, kind="scopeNote")
    if do == "remove-label":
        label = next((one for one in found.labels if (one.text, one.language) == (text, language)), None)
        return ask.RemoveLabel(concept=iri, text=text, language=language, kind=label.kind if label else "alt")  # type: ignore[arg-type]
    if do == "delete":
        return ask.Delete(concept=iri)
    return ask.OrderMembers(concept=iri, members=_moved(found, member, do))


def _moved(found: Collection, member: str, do: str) -> tuple[str, ...]:
    if member not in found.members:
        raise EditRefused("it is no member", place=f"{found.iri} {member}")
    members = list(found.members)
    at = members.index(member)
    members.insert(max(0, at + _STEPS[do]), members.pop(at))
    return tuple(members)

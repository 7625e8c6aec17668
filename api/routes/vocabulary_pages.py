"""Pages for curators: vocabularies, a concept with forms to edit it, what an edit will change, change sets, history.

Everybody may look; editing needs a curator's key. No script is needed: a form leads to the page that shows what the
edit will change, and from there it is made, proposed or dropped.
"""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import quote, urlencode

import msgspec
from fastapi import Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.curation.editing_forms import LANGUAGES, EditForm, edit_of
from api.curation.previewing import Preview
from api.curation.reading_edits import edits_of
from api.curation.showing import change_views
from api.deps import Curator, Here, Reader
from api.pages import templates
from api.routes.vocabularies import Scheme
from api.routing import Router, asks_only
from api.showing.terms import page_about
from ontology.curation.edits import Edit, told
from ontology.curation.facts import tag_of
from ontology.errors import CurationError, GnomonError, HierarchyCycle

router = Router(include_in_schema=False)
Iri = Annotated[str, Query(max_length=500)]
Words = Annotated[str, Form(max_length=20_000)]
Number = Annotated[int, Path(ge=1, le=10**9)]
_PAGE: Final = 50
_READ: Final = 30
"""Works read for the preview on a page."""


@router.get("/vocabularies")
def vocabularies(request: Request, here: Here, _: Reader) -> Response:
    """All vocabularies and the newest change sets."""
    found = here.curator.vocabularies()
    context = {
        "found": found.vocabularies,
        "pending": found.pending,
        "changesets": here.curator.changesets(limit=20).changesets,
    }
    return templates.TemplateResponse(request, "vocabularies.html", context)


@router.get("/vocabularies/{scheme}")
def vocabulary(
    request: Request, here: Here, _: Reader, scheme: Scheme, q: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """One vocabulary: its concepts by name, and what was done to it."""
    now = here.curator.desk.as_of(scheme)
    found = here.curator.vocabularies()
    info = next((one for one in found.vocabularies if one.name == scheme), None)
    wanted = q.casefold().strip()
    if wanted:
        hits = [c for c in now if any(wanted in label.text.casefold() for label in c.labels) or c.iri == q.strip()]
    else:
        hits = [c for c in now if not c.broader and not c.deprecated]
    hits.sort(key=lambda c: (c.name().casefold() != wanted, c.name().casefold()))
    context = {
        "info": info, "pending": found.pending, "scheme": scheme, "title": now.title, "q": q,
        "hits": hits[:_PAGE], "more": max(0, len(hits) - _PAGE), "concept_page": lambda iri: concept_page(scheme, iri),
        "history": here.curator.history(scheme, limit=10).versions,
        "collections": here.curator.collections(scheme).collections,
        "collection_page": lambda iri: collection_page(scheme, iri),
    }  # fmt: skip
    return templates.TemplateResponse(request, "vocabulary.html", context)


@router.get("/concept")
def edited(here: Here, _: Reader, iri: Iri) -> Response:
    """Where a concept is edited, whichever vocabulary has it."""
    return RedirectResponse(concept_page(here.curator.home(iri), iri), status_code=303)


@router.get("/vocabularies/{scheme}/quality")
def quality(request: Request, here: Here, _: Reader, scheme: Scheme) -> Response:
    """What is wrong with a vocabulary, or worth a look."""
    context = {
        "report": here.curator.quality(scheme), "scheme": scheme, "judgement": here.curator.judged(scheme),
        "name": lambda iri: here.curator.name(scheme, iri), "concept_page": lambda iri: concept_page(scheme, iri),
    }  # fmt: skip
    return templates.TemplateResponse(request, "vocabulary_quality.html", context)


@router.get("/vocabularies/{scheme}/concept")
def concept(request: Request, here: Here, _: Reader, scheme: Scheme, iri: Iri) -> Response:
    """A concept as curators see it, with forms to edit it and its history with undo."""
    return _concept(request, here, scheme, iri)


def _concept(request: Request, here: Here, scheme: str, iri: str, problem: GnomonError | None = None) -> Response:
    view = here.curator.concept(scheme, iri)
    context = {
        "view": view, "concept": view.concept, "scheme": scheme, "problem": problem, "languages": LANGUAGES,
        "history": here.curator.history(scheme, iri, limit=20).versions,
        "concept_page": lambda one: concept_page(scheme, one), "about": lambda one: page_about(one, here.settings.base),
        "use": here.curator.use(iri),
    }  # fmt: skip
    status = 409 if problem else 200
    return templates.TemplateResponse(request, "concept.html", context, status_code=status)


@router.post("/vocabularies/{scheme}/edit")
@asks_only
def edit(request: Request, here: Here, _: Curator, scheme: Scheme, form: Annotated[EditForm, Form()]) -> Response:
    """What an edit will change: the works it reaches are read with the edited vocabulary."""
    try:
        edits = (edit_of(form, lambda said: here.curator.find(scheme, said)),)
        changes = here.curator.desk.tried(scheme, edits)
        preview = here.curator.preview(scheme, edits, _READ)
    except (CurationError, HierarchyCycle) as error:
        return _concept(request, here, scheme, form.concept, error)
    return _previewed(request, here, scheme, edits, changes=change_views(changes), preview=preview, form=form)


def _previewed(
    request: Request,
    here: Here,
    scheme: str,
    edits: tuple[Edit, ...],
    *,
    changes: object,
    preview: Preview,
    form: EditForm,
) -> Response:
    context = {
        "scheme": scheme, "edits": edits, "told": [told(one) for one in edits], "changes": changes, "preview": preview,
        "said": msgspec.json.encode(edits).decode(), "concept": form.concept, "seen": form.seen,
        "name": here.curator.name(scheme, form.concept), "back": concept_page(scheme, form.concept),
        "about": lambda one: page_about(one, here.settings.base),
    }  # fmt: skip
    return templates.TemplateResponse(request, "edit_preview.html", context)


@router.post("/vocabularies/{scheme}/make")
def make(
    request: Request, here: Here, caller: Curator, scheme: Scheme, edits: Words, concept: Words, seen: Words = "",
    message: Words = "", do: Words = "apply",
) -> Response:  # fmt: skip
    """Make the edits that were previewed, or propose them to others."""
    wanted = edits_of(msgspec.json.decode(edits.encode()))
    desk = here.curator.desk
    try:
        if do == "propose":
            made = desk.propose(scheme, wanted, caller.name, message)
            return RedirectResponse(f"/changesets/{made.id}", status_code=303)
        version, changes = desk.edit(scheme, concept, seen or tag_of(None), wanted, caller.author, message)
    except (CurationError, HierarchyCycle) as error:
        return _concept(request, here, scheme, concept, error)
    here.curator.applied(scheme, version.number, changes, wait=True, soon=True)
    after = next((one.after for one in changes if one.iri == concept), None)
    there = concept if after is not None or concept in desk.vocabulary(scheme).concepts else ""
    return RedirectResponse(concept_page(scheme, there) if there else f"/vocabularies/{scheme}", status_code=303)


@router.post("/vocabularies/{scheme}/undo")
def undo(
    request: Request, here: Here, caller: Curator, scheme: Scheme, number: Annotated[int, Form(ge=1)],
    concept: Words = "", only: Words = "",
) -> Response:  # fmt: skip
    """Take a version back, of one concept (`only`) or all, and keep what came later."""
    try:
        version, changes = here.curator.desk.undo(scheme, number, caller.author, "", only)
    except (CurationError, HierarchyCycle) as error:
        return _concept(request, here, scheme, concept, error)
    here.curator.applied(scheme, version.number, changes, wait=True, soon=True)
    now = here.curator.desk.vocabulary(scheme)
    if concept in now.collections:
        return RedirectResponse(collection_page(scheme, concept), status_code=303)
    there = concept in now.concepts
    return RedirectResponse(concept_page(scheme, concept) if there else f"/vocabularies/{scheme}", status_code=303)


@router.get("/changesets/{number}")
def changeset(request: Request, here: Here, _: Reader, number: Number, preview: bool = False) -> Response:
    """A change set: what it changes in the vocabulary and, when asked, in works; what was said; the decision."""
    return _changeset(request, here, number, preview=preview)


def _changeset(
    request: Request, here: Here, number: int, *, preview: bool = False, problem: GnomonError | None = None
) -> Response:
    found = here.curator.changeset(number)
    seen = (
        here.curator.preview_changeset(number, _READ) if preview and not found.refused and not found.version else None
    )
    context = {
        "found": found, "preview": seen, "problem": problem,
        "concept_page": lambda iri: concept_page(found.scheme, iri),
        "name": lambda iri: here.curator.name(found.scheme, iri),
        "about": lambda one: page_about(one, here.settings.base),
    }  # fmt: skip
    return templates.TemplateResponse(request, "changeset.html", context, status_code=409 if problem else 200)


@router.post("/changesets/{number}/decide")
def decide(request: Request, here: Here, caller: Curator, number: Number, do: Words, text: Words = "") -> Response:
    """Say something, approve, reject, withdraw or apply."""
    desk = here.curator.desk
    states = {"approve": "approved", "reject": "rejected", "withdraw": "withdrawn"}
    try:
        if text.strip():
            desk.say(number, caller.name, text.strip())
        if do in states:
            desk.decide(number, states[do], caller.author)  # type: ignore[arg-type] # one of its states
        elif do == "apply":
            found, changes = desk.apply(number, caller.author)
            here.curator.applied(found.scheme, found.version or 0, changes, wait=True, soon=True)
    except (CurationError, HierarchyCycle) as error:
        return _changeset(request, here, number, problem=error)
    return RedirectResponse(f"/changesets/{number}", status_code=303)


def concept_page(scheme: str, iri: str) -> str:
    """Where a concept is edited."""
    return f"/vocabularies/{quote(scheme)}/concept?{urlencode({'iri': iri})}"


def collection_page(scheme: str, iri: str) -> str:
    """Where a collection is edited."""
    return f"/vocabularies/{quote(scheme)}/collection?{urlencode({'iri': iri})}"

"""An edit from the fields of a form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field

from ontology.curation import edits as ask

LANGUAGES: Final = ("en", "de", "fr", "es", "it", "zh", "ja", "ru", "ar", "pt", "nl", "la")
"""Offered in forms; any other can be typed."""
Kind = Literal[
    "label", "change-label", "remove-label", "note", "notation", "link", "unlink", "map", "unmap", "narrower",
    "deprecate", "revive", "merge", "split", "delete",
]  # fmt: skip
Text = Annotated[str, Field(max_length=20_000)]
Find = Callable[[str], str]
"""What somebody typed (an IRI or a label) → the IRI of a concept; EditRefused."""


class EditForm(BaseModel):
    """All fields that a form may have; `chosen` is "kind|language|text" of something the concept has."""

    kind: Kind
    concept: Annotated[str, Field(max_length=500)]
    seen: Text = ""
    text: Text = ""
    language: Annotated[str, Field(max_length=80)] = "en"
    label: Literal["pref", "alt", "hidden"] = "alt"
    chosen: Text = ""
    other: Text = ""
    relation: Literal["", "broader", "narrower", "related", "exact", "close", "broad", "narrow"] = ""
    note: ask.NoteKind = "definition"
    narrower: Literal["", "lift", "replacement"] = ""

    @property
    def parts(self) -> tuple[str, str, str]:
        kind, _, rest = self.chosen.partition("|")
        language, _, text = rest.partition("|")
        return kind, language, text


def edit_of(form: EditForm, find: Find) -> ask.Edit:
    """The edit that a form asks for; EditRefused where a field says nothing usable."""
    return _MAKERS[form.kind](form, find)


def _label(form: EditForm, _: Find) -> ask.Edit:
    one, text, (kind, language, chosen) = form.concept, form.text.strip(), form.parts
    if form.kind == "label":
        return ask.AddLabel(concept=one, text=text, language=form.language.strip(), kind=form.label)
    if form.kind == "remove-label":
        return ask.RemoveLabel(concept=one, text=chosen, language=language, kind=kind)  # type: ignore[arg-type]
    return ask.ChangeLabel(concept=one, was=chosen, text=text or chosen, language=language, kind=form.label)


def _note(form: EditForm, _: Find) -> ask.Edit:
    kind, language, chosen = form.parts
    if form.kind == "notation":
        return ask.SetNotation(concept=form.concept, text=form.text, was=chosen)
    return ask.SetNote(
        concept=form.concept, text=form.text, was=chosen, language=language if chosen else form.language.strip(),
        kind=kind or form.note,  # type: ignore[arg-type] # `tried` refuses others
    )  # fmt: skip


def _link(form: EditForm, find: Find) -> ask.Edit:
    relation: Any = form.relation
    if form.kind in ("map", "unmap"):
        mapped = ask.Map if form.kind == "map" else ask.Unmap
        return mapped(concept=form.concept, other=form.other.strip(), relation=relation)
    linked = ask.Link if form.kind == "link" else ask.Unlink
    return linked(concept=form.concept, other=find(form.other), relation=relation)


def _narrower(form: EditForm, _: Find) -> ask.Edit:
    return ask.Create(concept="", label=form.text, language=form.language.strip(), broader=(form.concept,))


def _deprecate(form: EditForm, find: Find) -> ask.Edit:
    instead = find(form.other) if form.other.strip() else ""
    return ask.Deprecate(concept=form.concept, replaced_by=instead, without=not instead, narrower=form.narrower)


def _split(form: EditForm, _: Find) -> ask.Edit:
    labels = tuple(line.strip() for line in form.other.splitlines() if line.strip())
    part = ask.Part(label=form.text, language=form.language.strip(), labels=labels)
    return ask.Split(concept=form.concept, parts=(part,))


_MAKERS: Final[dict[str, Callable[[EditForm, Find], ask.Edit]]] = {
    "label": _label, "change-label": _label, "remove-label": _label, "note": _note, "notation": _note,
    "link": _link, "unlink": _link, "map": _link, "unmap": _link, "narrower": _narrower, "deprecate": _deprecate,
    "revive": lambda form, _: ask.Revive(concept=form.concept),
    "merge": lambda form, find: ask.Merge(concept=form.concept, into=find(form.other)), "split": _split,
    "delete": lambda form, _: ask.Delete(concept=form.concept),
}  # fmt: skip

"""What a curator may ask for: small frozen records, JSON with a field `edit` that names the kind."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from ontology.scheme import Collection, Concept

LabelKind = Literal["pref", "alt", "hidden"]
Relation = Literal["broader", "narrower", "related"]
MatchKind = Literal["exact", "close", "broad", "narrow", "related"]
NoteKind = Literal["definition", "scopeNote", "example", "historyNote", "editorialNote", "changeNote", "note"]
MAX_EDITS: Final = 2000
"""Most edits of one change set."""


class _Edit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="edit"):
    concept: str


class Create(_Edit, frozen=True, kw_only=True, tag="create"):
    """A new concept with a preferred label; its IRI is made where `concept` is empty."""

    label: str
    concept: str = ""
    language: str = "en"
    broader: tuple[str, ...] = ()
    definition: str = ""
    notation: str = ""


class AddLabel(_Edit, frozen=True, kw_only=True, tag="add-label"):
    """One more label, in any language (BCP 47)."""

    text: str
    language: str = "en"
    kind: LabelKind = "alt"


class RemoveLabel(_Edit, frozen=True, kw_only=True, tag="remove-label"):
    """A label less."""

    text: str
    language: str = "en"
    kind: LabelKind = "alt"


class ChangeLabel(_Edit, frozen=True, kw_only=True, tag="change-label"):
    """Another wording for a label, or another kind (`kind`; "" leaves it). Where a label becomes preferred, the one
    that was is kept as an alternative."""

    was: str
    text: str
    language: str = "en"
    kind: LabelKind | Literal[""] = ""


class SetNote(_Edit, frozen=True, kw_only=True, tag="set-note"):
    """A definition or note in a language, in place of `was`; an empty `text` takes it away."""

    text: str
    was: str = ""
    language: str = ""
    kind: NoteKind = "definition"


class SetNotation(_Edit, frozen=True, kw_only=True, tag="set-notation"):
    """The code of the concept, in place of `was`."""

    text: str
    was: str = ""


class Link(_Edit, frozen=True, kw_only=True, tag="link"):
    """The other concept becomes broader, narrower or related."""

    other: str
    relation: Relation = "broader"


class Unlink(_Edit, frozen=True, kw_only=True, tag="unlink"):
    """It is so no longer."""

    other: str
    relation: Relation = "broader"


class Map(_Edit, frozen=True, kw_only=True, tag="map"):
    """A concept of another vocabulary that is the same, nearly the same, broader …"""

    other: str
    relation: MatchKind = "exact"


class Unmap(_Edit, frozen=True, kw_only=True, tag="unmap"):
    """It is so no longer."""

    other: str
    relation: MatchKind = "exact"


class Deprecate(_Edit, frozen=True, kw_only=True, tag="deprecate"):
    """No longer to be used. Either `replaced_by` names what to use instead, or `without` says that there is nothing.
    Concepts below it go to the replacement ("replacement") or to its broader concepts ("lift")."""

    replaced_by: str = ""
    without: bool = False
    narrower: Literal["", "lift", "replacement"] = ""


class Revive(_Edit, frozen=True, kw_only=True, tag="revive"):
    """To be used again."""


class Merge(_Edit, frozen=True, kw_only=True, tag="merge"):
    """The concept becomes part of `into`: its labels, narrower concepts, relations and mappings go there, and whoever
    asks for it is led there."""

    into: str


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is taken out of a concept: a new concept called `label`, with some of the old one's labels (texts) and
    narrower concepts (IRIs)."""

    label: str
    concept: str = ""
    language: str = "en"
    labels: tuple[str, ...] = ()
    narrower: tuple[str, ...] = ()


class Split(_Edit, frozen=True, kw_only=True, tag="split"):
    """Parts of a concept become concepts of their own beside it; what no part takes stays with it."""

    parts: tuple[Part, ...]


class Delete(_Edit, frozen=True, kw_only=True, tag="delete"):
    """The concept goes for good. Only what nothing refers to can be deleted; all else is deprecated or merged."""


class Revise(_Edit, frozen=True, kw_only=True, tag="revise"):
    """The concept as it was seen, and as it is to be: what is different is changed, what others changed meanwhile
    stays. None for one that is not there."""

    before: Concept | None
    after: Concept | None


class CreateCollection(_Edit, frozen=True, kw_only=True, tag="create-collection"):
    """A new collection of concepts and collections, `ordered` or not; its IRI is made where `concept` is empty."""

    label: str
    concept: str = ""
    language: str = "en"
    ordered: bool = False
    members: tuple[str, ...] = ()


class AddMember(_Edit, frozen=True, kw_only=True, tag="add-member"):
    """One more member of the collection `concept`; in an ordered one at place `at` (from 0), else at its end."""

    member: str
    at: int | None = None


class RemoveMember(_Edit, frozen=True, kw_only=True, tag="remove-member"):
    """A member less."""

    member: str


class OrderMembers(_Edit, frozen=True, kw_only=True, tag="order-members"):
    """All its members in this order; the collection becomes ordered."""

    members: tuple[str, ...]


class ReviseCollection(_Edit, frozen=True, kw_only=True, tag="revise-collection"):
    """As `revise`, of a collection."""

    before: Collection | None
    after: Collection | None


Gathering = CreateCollection | AddMember | RemoveMember | OrderMembers | ReviseCollection
"""Edits of collections."""
Edit = (
    Create | AddLabel | RemoveLabel | ChangeLabel | SetNote | SetNotation | Link | Unlink | Map | Unmap | Deprecate
    | Revive | Merge | Split | Delete | Revise | CreateCollection | AddMember | RemoveMember | OrderMembers
    | ReviseCollection
)  # fmt: skip


def told(edit: Edit) -> str:
    """An edit in a few words, without the concept's name."""
    match edit:
        case Create():
            return f"new concept “{edit.label}”@{edit.language}"
        case ChangeLabel():
            return f"label “{edit.was}” → “{edit.text}”@{edit.language}{f' ({edit.kind})' if edit.kind else ''}"
        case SetNote() | SetNotation():
            what = edit.kind if isinstance(edit, SetNote) else "notation"
            return f"{what} → “{edit.text}”" if edit.text else f"− {what}"
        case Deprecate():
            return f"deprecated, use {edit.replaced_by}" if edit.replaced_by else "deprecated"
        case Split():
            return f"split: {', '.join(part.label for part in edit.parts)}"
        case Merge():
            return f"merged into {edit.into}"
        case CreateCollection():
            return f"new {'ordered ' if edit.ordered else ''}collection “{edit.label}”@{edit.language}"
        case AddMember() | RemoveMember():
            return f"{'+' if isinstance(edit, AddMember) else '−'} member {edit.member}"
        case OrderMembers():
            return f"{len(edit.members)} members in another order"
        case Revise() | ReviseCollection():
            return "revised" if edit.before and edit.after else ("brought back" if edit.after else "taken away")
        case Revive() | Delete():
            return "in use again" if isinstance(edit, Revive) else "deleted"
    return _told_fact(edit)


def _told_fact(edit: AddLabel | RemoveLabel | Link | Unlink | Map | Unmap) -> str:
    sign = "+" if isinstance(edit, AddLabel | Link | Map) else "−"
    if isinstance(edit, AddLabel | RemoveLabel):
        return f"{sign} {edit.kind} label “{edit.text}”@{edit.language}"
    return f"{sign} {edit.relation}{'Match' if isinstance(edit, Map | Unmap) else ''} {edit.other}"

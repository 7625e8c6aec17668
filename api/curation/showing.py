"""Vocabularies, concepts and change sets as the doors show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from ontology.curation.book import ChangeSet, Remark, Version
from ontology.curation.comparing import Change
from ontology.curation.desk import Desk
from ontology.curation.edits import Edit, told
from ontology.curation.facts import Fact, tag_of
from ontology.errors import NotFound
from ontology.scheme import Collection, Concept, Scheme


class VocabularyInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A vocabulary: `version` counts curators' changes to its edition, `linked` is the version that graph and index
    have, `waiting` the change sets that are not decided on or not applied."""

    name: str
    iri: str
    title: str
    edition: str
    concepts: int
    languages: tuple[str, ...]
    version: int
    linked: int
    waiting: int
    license: str = ""
    collections: int = 0


class Vocabularies(msgspec.Struct, frozen=True):
    """All that are loaded. `pending` works are still to be read again: where concepts were merged, they say what was
    said of the one of the other already, with the confidence that it had before."""

    vocabularies: tuple[VocabularyInfo, ...]
    pending: int = 0


class Named(msgspec.Struct, frozen=True):
    """A concept with its name."""

    iri: str
    name: str


class ConceptView(msgspec.Struct, frozen=True, kw_only=True):
    """A concept as it stands in a vocabulary; `tag` is what If-Match takes, `names` the concepts that it names."""

    scheme: str
    version: int
    tag: str
    concept: Concept
    narrower: tuple[Named, ...]
    names: dict[str, str]


class CollectionInfo(msgspec.Struct, frozen=True):
    """A collection in a list; `members` is how many it has."""

    iri: str
    name: str
    ordered: bool
    members: int


class Collections(msgspec.Struct, frozen=True):
    """The collections of a vocabulary, by name."""

    scheme: str
    version: int
    collections: tuple[CollectionInfo, ...]


class CollectionView(msgspec.Struct, frozen=True, kw_only=True):
    """A collection as it stands in a vocabulary; `tag` is what If-Match takes, `members` names its members in order,
    `within` the collections that hold it."""

    scheme: str
    version: int
    tag: str
    collection: Collection
    members: tuple[Named, ...]
    within: tuple[Named, ...]


class ChangeView(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one concept: the facts that went and came. `kind` is new, gone or changed."""

    iri: str
    name: str
    kind: str
    removed: tuple[Fact, ...]
    added: tuple[Fact, ...]


class VersionView(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a vocabulary's history with what it changed."""

    version: Version
    changes: tuple[ChangeView, ...]


class History(msgspec.Struct, frozen=True):
    """Versions, the newest first."""

    versions: tuple[VersionView, ...]


class ChangeSetView(msgspec.Struct, frozen=True, kw_only=True):
    """A change set: its edits in words, and what they would change (or changed, once applied). `refused` says why they
    cannot be made as the vocabulary is now."""

    id: int
    scheme: str
    state: str
    title: str
    author: str
    at: str
    base: int
    edits: tuple[Edit, ...]
    told: tuple[str, ...]
    changes: tuple[ChangeView, ...] = ()
    refused: str = ""
    decided_by: str = ""
    decided_at: str = ""
    version: int | None = None
    remarks: tuple[Remark, ...] = ()


class ChangeSets(msgspec.Struct, frozen=True):
    """Change sets, the newest first, without what they change."""

    changesets: tuple[ChangeSetView, ...]


def info(scheme: Scheme, version: int, linked: int, waiting: int) -> VocabularyInfo:
    languages = {label.language for concept in scheme for label in concept.labels if label.language}
    return VocabularyInfo(
        name=scheme.name, iri=scheme.iri, title=scheme.title, edition=scheme.version, concepts=len(scheme),
        languages=tuple(sorted(languages)), version=version, linked=linked, waiting=waiting, license=scheme.license,
        collections=len(scheme.collections),
    )  # fmt: skip


def concept_view(desk: Desk, scheme: str, iri: str, version: int | None = None) -> ConceptView:
    """NotFound where the vocabulary has no such concept."""
    concept = desk.concept(scheme, iri, version)
    vocabulary = desk.vocabulary(scheme)

    def name(one: str) -> str:
        found = vocabulary.concepts.get(one)
        return found.name() if found else one

    children = [one for one in vocabulary.pointing(iri) if iri in vocabulary.concepts[one].broader]
    links = (*concept.broader, *concept.related, *((concept.replaced_by,) if concept.replaced_by else ()))
    return ConceptView(
        scheme=scheme, version=vocabulary.number if version is None else version, tag=tag_of(concept), concept=concept,
        narrower=tuple(sorted((Named(one, name(one)) for one in children), key=lambda one: one.name)),
        names={one: name(one) for one in links},
    )  # fmt: skip


def collections_view(scheme: Scheme, version: int) -> Collections:
    found = sorted(scheme.collections.values(), key=lambda one: (one.name().casefold(), one.iri))
    listed = (CollectionInfo(one.iri, one.name(), one.ordered, len(one.members)) for one in found)
    return Collections(scheme.name, version, tuple(listed))


def collection_view(scheme: Scheme, iri: str, version: int) -> CollectionView:
    """NotFound where the vocabulary has no such collection."""
    found = scheme.collections.get(iri)
    if found is None:
        raise NotFound("the vocabulary has no such collection", place=iri)

    def named(one: str) -> Named:
        entry = scheme.concepts.get(one) or scheme.collections.get(one)
        return Named(one, entry.name() if entry else one)

    members = map(named, found.members)
    return CollectionView(
        scheme=scheme.name, version=version, tag=tag_of(found), collection=found,
        members=tuple(members) if found.ordered else tuple(sorted(members, key=lambda one: (one.name, one.iri))),
        within=tuple(named(one.iri) for one in scheme.collections.values() if iri in one.members),
    )  # fmt: skip


def change_views(changes: Iterable[Change]) -> tuple[ChangeView, ...]:
    return tuple(
        ChangeView(
            iri=one.iri, name=(one.after or one.before or Concept(iri=one.iri, labels=())).name(),
            kind="changed" if one.before and one.after else ("new" if one.after else "gone"),
            removed=one.removed, added=one.added,
        )
        for one in changes
    )  # fmt: skip


def changeset_view(one: ChangeSet, changes: Sequence[Change] = (), refused: str = "") -> ChangeSetView:
    return ChangeSetView(
        id=one.id, scheme=one.scheme, state=one.state, title=one.title, author=one.author, at=one.at, base=one.base,
        edits=one.edits, told=tuple(map(told, one.edits)), changes=change_views(changes), refused=refused,
        decided_by=one.decided_by, decided_at=one.decided_at, version=one.version, remarks=one.remarks,
    )  # fmt: skip

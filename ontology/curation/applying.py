"""Edits put into a draft. Each either does what it says or raises EditRefused, saying why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from ontology.curation import edits as ask
from ontology.curation.comparing import Change, merged
from ontology.curation.drafting import Draft
from ontology.curation.facts import MATCHES, Fact, concept_of, entry_of, facts_of
from ontology.errors import ConceptInUse, EditConflict, EditRefused
from ontology.scheme import Collection, Concept, Entry, Label

_HAS: Final = "the concept has no such {what}"


def named(edits: Iterable[ask.Edit], mint: Callable[[], str]) -> tuple[ask.Edit, ...]:
    """The edits with IRIs for their new concepts; `mint` makes one."""
    return tuple(_named(edit, mint) for edit in edits)


def _named(edit: ask.Edit, mint: Callable[[], str]) -> ask.Edit:
    if isinstance(edit, ask.Create | ask.CreateCollection) and not edit.concept:
        return replace(edit, concept=mint())
    if isinstance(edit, ask.Split):
        parts = (part if part.concept else replace(part, concept=mint()) for part in edit.parts)
        return replace(edit, parts=tuple(parts))
    return edit


def apply(draft: Draft, edit: ask.Edit) -> None:
    """Put an edit into the draft. Language tags are kept in lower case: case means nothing in them (RFC 5646, 2.1.1).
    EditRefused, ConceptInUse, EditConflict."""
    if isinstance(edit, ask.Gathering):
        gather(draft, edit)
    else:
        _apply(draft, edit)


def _apply(draft: Draft, edit: ask.Edit) -> None:
    if isinstance(edit, ask.Create | ask.AddLabel | ask.RemoveLabel | ask.ChangeLabel | ask.SetNote):
        edit = replace(edit, language=edit.language.lower())
    match edit:
        case ask.Create() | ask.Revise():
            _create(draft, edit) if isinstance(edit, ask.Create) else _revise(draft, edit)
        case ask.AddLabel() | ask.RemoveLabel() | ask.ChangeLabel():
            _label(draft, edit)
        case ask.SetNote() | ask.SetNotation():
            _say(draft, edit)
        case ask.Link() | ask.Unlink():
            _link(draft, edit)
        case ask.Map() | ask.Unmap():
            _there(draft, edit.concept)
            fact = Fact(MATCHES[edit.relation], edit.other)
            _swap(draft, edit.concept, [] if isinstance(edit, ask.Map) else [fact], [fact], isinstance(edit, ask.Unmap))
        case ask.Deprecate():
            _deprecate(draft, edit)
        case ask.Revive():
            draft.put(replace(_there(draft, edit.concept), deprecated=False, replaced_by=""))
        case ask.Merge():
            _merge(draft, edit)
        case ask.Split():
            _split(draft, edit)
        case ask.Delete():
            _delete(draft, edit.concept)


def _there(draft: Draft, iri: str) -> Concept:
    found = draft.get(iri)
    if found is None:
        raise EditRefused("the vocabulary has no such concept", place=iri)
    return found


def _entry(draft: Draft, iri: str) -> Entry:
    """A concept or a collection."""
    return draft.entry(iri) or _there(draft, iri)


def _swap(draft: Draft, iri: str, old: Sequence[Fact], new: Sequence[Fact], dropping: bool = False) -> None:
    """Facts in the place of others; `dropping` only takes away."""
    concept = _entry(draft, iri)
    facts = facts_of(concept)
    for fact in old:
        if fact not in facts:
            raise EditRefused(
                _HAS.format(what=fact.property), place=f"{iri} {fact.value}@{fact.language}".rstrip("@"),
                hint="somebody may have changed it: look at the concept as it is now",
            )  # fmt: skip
    if not dropping and old == [] and new and new[0] in facts:
        raise EditRefused(f"the concept has this {new[0].property} already", place=f"{iri} {new[0].value}")
    draft.put(entry_of(iri, (facts - set(old)) | (set() if dropping else set(new)), concept))


def _create(draft: Draft, edit: ask.Create) -> None:
    if not edit.concept or draft.entry(edit.concept) is not None:
        raise EditRefused("there is a concept with this IRI already", place=edit.concept)
    for parent in edit.broader:
        _there(draft, parent)
    draft.put(
        Concept(
            iri=edit.concept, labels=(Label(tidy(edit.label), edit.language),), broader=edit.broader,
            definition=edit.definition.strip(), notation=edit.notation.strip(),
        )
    )  # fmt: skip


def _revise(draft: Draft, edit: ask.Revise) -> None:
    revise(draft, Change(edit.concept, edit.before, edit.after))


def revise(draft: Draft, change: Change) -> None:
    """A three-way merge with what the concept or collection has become."""
    outcome, conflicts = merged(change, draft.entry(change.iri))
    if conflicts:
        raise EditConflict(
            "somebody else changed the same thing meanwhile", place=change.iri,
            hint="look at the concept as it is now, and decide", details=conflicts,
        )  # fmt: skip
    if outcome is None:
        _delete(draft, change.iri)
    else:
        draft.put(outcome)


def _label(draft: Draft, edit: ask.AddLabel | ask.RemoveLabel | ask.ChangeLabel) -> None:
    concept = _entry(draft, edit.concept)
    text = tidy(edit.text)
    if isinstance(edit, ask.RemoveLabel):
        gone = [label for label in concept.labels if (label.text, label.language) == (edit.text, edit.language)]
        if not any(label.kind == edit.kind for label in gone):
            raise EditRefused(
                _HAS.format(what=f"{edit.kind} label"), place=f"{edit.concept} {edit.text}@{edit.language}"
            )
        draft.put(
            replace(concept, labels=tuple(one for one in concept.labels if one not in gone or one.kind != edit.kind))
        )
        return
    kept = list(concept.labels)
    kind: str = edit.kind
    if isinstance(edit, ask.ChangeLabel):
        old = next((one for one in kept if (one.text, one.language) == (edit.was, edit.language)), None)
        if old is None:
            raise EditRefused(_HAS.format(what="label"), place=f"{edit.concept} {edit.was}@{edit.language}")
        kept.remove(old)
        kind = edit.kind or old.kind
    new = Label(text, edit.language, kind)
    if any((one.text, one.language) == (text, edit.language) for one in kept):
        raise EditRefused("the concept has this label already", place=f"{edit.concept} {text}@{edit.language}")
    if kind == "pref":
        kept = [
            Label(o.text, o.language, "alt") if (o.kind, o.language) == ("pref", edit.language) else o for o in kept
        ]
    draft.put(replace(concept, labels=tuple(sorted([*kept, new], key=lambda one: _RANK[one.kind]))))


_RANK: Final = {"pref": 0, "alt": 1, "hidden": 2}


def _say(draft: Draft, edit: ask.SetNote | ask.SetNotation) -> None:
    what, language = (edit.kind, edit.language) if isinstance(edit, ask.SetNote) else ("notation", "")
    old = [Fact(what, edit.was, language)] if edit.was else []
    new = [Fact(what, edit.text.strip(), language)] if edit.text.strip() else []
    place = (new or old or [Fact(what, "", language)])[0].once()
    there = [fact for fact in facts_of(_entry(draft, edit.concept)) if place and fact.once() == place]
    if not old and there:
        raise EditRefused(
            f"the concept has a {what} already", place=f"{edit.concept} {there[0].value}", hint="name it in `was`"
        )
    _swap(draft, edit.concept, old, new, dropping=not new)


def _link(draft: Draft, edit: ask.Link | ask.Unlink) -> None:
    one, other = (edit.other, edit.concept) if edit.relation == "narrower" else (edit.concept, edit.other)
    relation = "related" if edit.relation == "related" else "broader"
    dropping = isinstance(edit, ask.Unlink)
    if not dropping:
        _there(draft, other)
    fact = Fact(relation, other)
    if relation == "broader":
        _swap(draft, one, [fact] if dropping else [], [fact], dropping)
        return
    # Related is symmetrical: it stands with both, though files may state it once.
    sides = [(one, other), *([(other, one)] if draft.get(other) else [])]
    if not any((Fact("related", b) in facts_of(draft.get(a))) == dropping for a, b in sides):
        raise EditRefused(f"they are {'not ' if dropping else ''}related", place=f"{one} {other}")
    for a, b in sides:
        concept = _there(draft, a)
        facts = facts_of(concept)
        draft.put(concept_of(a, facts - {Fact("related", b)} if dropping else facts | {Fact("related", b)}, concept))


def _deprecate(draft: Draft, edit: ask.Deprecate) -> None:
    concept = _there(draft, edit.concept)
    if bool(edit.replaced_by) == edit.without:
        raise EditRefused(
            "say what is to be used instead, or that there is nothing", place=edit.concept,
            hint="`replaced_by` or `without`",
        )  # fmt: skip
    if edit.replaced_by and _there(draft, edit.replaced_by).deprecated:
        raise EditRefused("the replacement is deprecated itself", place=edit.replaced_by)
    below = [child for child in draft.narrower(edit.concept) if not child.deprecated]
    if below and not edit.narrower:
        raise EditRefused(
            f"{len(below)} concepts lie below it: say where they go", place=edit.concept,
            hint='`narrower` is "lift" or "replacement"', details={"narrower": len(below)},
        )  # fmt: skip
    above = concept.broader if edit.narrower == "lift" else (edit.replaced_by,) if edit.replaced_by else ()
    for child in below:
        _move(draft, child, edit.concept, tuple(up for up in above if up != child.iri))
    for other in draft.pointing(edit.concept):
        if other.replaced_by == edit.concept:
            draft.put(replace(other, replaced_by=edit.replaced_by))
    draft.put(replace(_there(draft, edit.concept), deprecated=True, replaced_by=edit.replaced_by))


def _move(draft: Draft, child: Concept, old: str, new: Sequence[str]) -> None:
    """Other broader concepts in the place of one."""
    up = dict.fromkeys(one for here in child.broader for one in ([*new] if here == old else [here]))
    draft.put(replace(child, broader=tuple(up)))


def _merge(draft: Draft, edit: ask.Merge) -> None:
    gone, kept = _there(draft, edit.concept), _there(draft, edit.into)
    if gone.iri == kept.iri or kept.deprecated:
        raise EditRefused("a concept is merged into another one that is in use", place=edit.into)
    for other in draft.pointing(gone.iri):
        if other.iri not in (gone.iri, kept.iri):
            draft.put(_pointing_to(other, gone.iri, kept.iri))
    for collection in draft.holding(gone.iri):
        led = (kept.iri if member == gone.iri else member for member in collection.members)
        draft.put(replace(collection, members=tuple(dict.fromkeys(led))))
    labels = list(kept.labels)
    for label in gone.labels:
        if any((one.text, one.language) == (label.text, label.language) for one in labels):
            continue
        taken = label.kind == "pref" and any((o.kind, o.language) == ("pref", label.language) for o in labels)
        labels.append(Label(label.text, label.language, "alt" if taken else label.kind))
    labelled = replace(kept, labels=tuple(sorted(labels, key=lambda one: _RANK[one.kind])))
    moved = {fact for fact in facts_of(gone) if fact.property == "related" or fact.property in MATCHES.values()}
    themselves = {Fact(link, iri) for link in ("broader", "related") for iri in (gone.iri, kept.iri)}
    facts: set[Fact] = {*facts_of(labelled), *moved} - themselves
    if not any(fact.property == "broader" for fact in facts):
        facts |= {Fact("broader", up) for up in gone.broader if up != kept.iri}
    draft.put(concept_of(kept.iri, facts, labelled))
    draft.put(replace(gone, deprecated=True, replaced_by=kept.iri, broader=(), related=()))


def _pointing_to(concept: Concept, old: str, new: str) -> Concept:
    """The concept with every link to one concept led to another."""

    def led(links: Sequence[str]) -> tuple[str, ...]:
        return tuple(one for one in dict.fromkeys(new if here == old else here for here in links) if one != concept.iri)

    return replace(
        concept, broader=led(concept.broader), related=led(concept.related),
        replaced_by=new if concept.replaced_by == old else concept.replaced_by,
    )  # fmt: skip


def _split(draft: Draft, edit: ask.Split) -> None:
    for part in edit.parts:
        concept = _there(draft, edit.concept)
        taken = [label for label in concept.labels if label.text in part.labels]
        if missing := set(part.labels) - {label.text for label in taken}:
            raise EditRefused(_HAS.format(what="label"), place=f"{edit.concept} {min(missing)}")
        own = [label for label in taken if (label.text, label.language) != (part.label, part.language)]
        labels = (Label(tidy(part.label), part.language.lower()), *(replace(one, kind="alt") for one in own))
        if draft.get(part.concept) is not None:
            raise EditRefused("there is a concept with this IRI already", place=part.concept)
        draft.put(Concept(iri=part.concept, labels=labels, broader=concept.broader))
        draft.put(replace(concept, labels=tuple(label for label in concept.labels if label not in taken)))
        for iri in part.narrower:
            child = _there(draft, iri)
            if edit.concept not in child.broader:
                raise EditRefused("this does not lie below the concept that is split", place=iri)
            _move(draft, child, edit.concept, (part.concept,))


def _delete(draft: Draft, iri: str) -> None:
    _entry(draft, iri)
    users = [concept for concept in draft.pointing(iri) if concept.iri != iri]
    held = len(draft.holding(iri))
    if users or held:
        below = sum(iri in user.broader for user in users)
        raise ConceptInUse(
            f"{len(users)} concepts and {held} collections refer to it", place=iri,
            hint="deprecate it, or merge it into another",
            details={"narrower": below, "other": len(users) - below, "collections": held},
        )  # fmt: skip
    draft.drop(iri)


def tidy(text: str) -> str:
    return " ".join(text.split())


def gather(draft: Draft, edit: ask.Gathering) -> None:
    """Put an edit of a collection into the draft."""
    if isinstance(edit, ask.CreateCollection):
        if not edit.concept or draft.entry(edit.concept) is not None:
            raise EditRefused("there is a concept or collection with this IRI already", place=edit.concept)
        label = Label(tidy(edit.label), edit.language.lower())
        draft.put(Collection(iri=edit.concept, labels=(label,), members=edit.members, ordered=edit.ordered))
        return
    if isinstance(edit, ask.ReviseCollection):
        revise(draft, Change(edit.concept, edit.before, edit.after))
        return
    found = draft.entry(edit.concept)
    if not isinstance(found, Collection):
        raise EditRefused("the vocabulary has no such collection", place=edit.concept)
    draft.put(_gathered(found, edit))


def _gathered(found: Collection, edit: ask.AddMember | ask.RemoveMember | ask.OrderMembers) -> Collection:
    members = list(found.members)
    if isinstance(edit, ask.OrderMembers):
        if sorted(edit.members) != sorted(members):
            raise EditRefused(
                "an order names each member once", place=edit.concept,
                hint="somebody may have changed it: look at the collection as it is now",
            )  # fmt: skip
        return replace(found, members=edit.members, ordered=True)
    if (edit.member in members) == isinstance(edit, ask.AddMember):
        raise EditRefused(
            "it is a member already" if isinstance(edit, ask.AddMember) else "it is no member",
            place=f"{edit.concept} {edit.member}",
        )
    if isinstance(edit, ask.AddMember):
        members.insert(len(members) if edit.at is None or not found.ordered else max(0, edit.at), edit.member)
    else:
        members.remove(edit.member)
    return replace(found, members=tuple(members))

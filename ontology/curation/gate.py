"""An OWL ontology stays consistent, and each of its classes can have members: asked before an edit is saved.

Only classes that an edit gives another place are looked at, and what lies below them; a clash that was there before
stops nobody. What was merged into another class is that class, so that two disjoint ones cannot be merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from ontology.axiom import Axiom
from ontology.clashes import Clash, clashes
from ontology.curation.drafting import Draft
from ontology.errors import OntologyClash
from ontology.scheme import Collection, Concept


def require_sound(draft: Draft) -> None:
    """Raise OntologyClash, with every new clash and the axioms that clash, where the draft would make one."""
    if not draft.vocabulary.axioms:
        return
    touched = dict.fromkeys(_moved(draft))
    if not touched:
        return
    touched |= dict.fromkeys(_restricted(draft, set(touched)))
    found = list(clashes_in(draft, touched))
    if not found:
        return
    before = Draft(draft.vocabulary)
    known = {clash.what for clash in clashes_in(before, touched)}
    if new := tuple(clash for clash in found if clash.what not in known):
        first = new[0]
        name = draft.get(first.what)
        raise OntologyClash(
            f"{name.name() if name else first.what} could have no member ({first.rule})"
            if first.kind == "unsatisfiable" else f"{first.what} would contradict the ontology ({first.rule})",
            place="; ".join(first.axioms), details=new,
            hint=f"take one of these axioms away{f'; {len(new) - 1} more clash' if len(new) > 1 else ''}",
        )  # fmt: skip


def clashes_in(draft: Draft, classes: Iterable[str]) -> Iterator[Clash]:
    """What clashes among these classes of a draft and the individuals of the ontology."""

    def above(iri: str) -> tuple[str, ...]:
        found = draft.get(iri)
        return found.broader if found else ()

    return clashes(_as_merged(draft), above, [iri for iri in classes if draft.get(iri) is not None])


def _as_merged(draft: Draft) -> Iterator[Axiom]:
    """The axioms with what stands in the place of classes that were merged."""
    merged: dict[str, str] = {}

    def now(iri: str) -> str:
        if iri not in merged:
            found, seen = draft.get(iri), {iri}
            while found is not None and found.deprecated and found.replaced_by and found.replaced_by not in seen:
                seen.add(found.replaced_by)
                found = draft.get(found.replaced_by)
            merged[iri] = found.iri if found is not None else iri
        return merged[iri]

    for axiom in draft.vocabulary.axioms:
        names = tuple(map(now, axiom.names))
        yield axiom if names == axiom.names else msgspec.structs.replace(axiom, names=names)


def _moved(draft: Draft) -> Iterator[str]:
    """Classes that have others above them than before, those they were merged into, and all below."""
    for change in draft.changes():
        before, after = change.before, change.after
        if not isinstance(after, Concept) or isinstance(before, Collection):
            continue
        if before is not None and set(after.broader) <= set(before.broader) and after.deprecated == before.deprecated:
            continue
        for iri in (change.iri, after.replaced_by) if after.deprecated else (change.iri,):
            if iri:
                yield iri
                yield from (concept.iri for concept in draft.below(iri))


def _restricted(draft: Draft, moved: set[str]) -> Iterator[str]:
    """Classes whose restrictions speak of what was moved, and all below."""
    axioms = list(_as_merged(draft))
    wide = any(a.kind in ("ObjectPropertyDomain", "ObjectPropertyRange") and a.names[1] in moved for a in axioms)
    left = [axiom for axiom in axioms if axiom.kind in ("Some", "Only")]
    more = True
    while more:
        more = False
        for axiom in tuple(left):
            if axiom.names[2] in moved or (wide and axiom.kind == "Some"):
                left.remove(axiom)
                new = {axiom.names[0], *(concept.iri for concept in draft.below(axiom.names[0]))} - moved
                moved |= new
                more = True
                yield from sorted(new)

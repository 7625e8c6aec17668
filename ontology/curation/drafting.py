"""A vocabulary in hand, and a draft of changes to it: every edit is tried out here before it counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ontology.curation.comparing import Change
from ontology.scheme import Collection, Concept, Entry, Scheme


class Vocabulary:
    """The newest version of a vocabulary, kept with what an edit has to look up. `number` is its version: how many
    times curators changed it, 0 for the file as it was loaded."""

    def __init__(self, scheme: Scheme, number: int = 0) -> None:
        self.iri, self.name, self.title = scheme.iri, scheme.name, scheme.title
        self.edition, self.license = scheme.version, scheme.license
        self.axioms = scheme.axioms
        self.number = number
        self.concepts: dict[str, Concept] = dict(scheme.concepts)
        self.collections: dict[str, Collection] = dict(scheme.collections)
        self._pointing: dict[str, dict[str, None]] = {}
        self._holding: dict[str, dict[str, None]] = {}
        for entry in (*scheme, *scheme.collections.values()):
            self._point(entry)

    def entry(self, iri: str) -> Entry | None:
        """The concept or collection with this IRI."""
        return self.concepts.get(iri) or self.collections.get(iri)

    def _point(self, entry: Entry) -> None:
        for link in _links(entry):
            self._table(entry).setdefault(link, {})[entry.iri] = None

    def _table(self, entry: Entry) -> dict[str, dict[str, None]]:
        return self._holding if isinstance(entry, Collection) else self._pointing

    def holding(self, iri: str) -> Iterable[str]:
        """Collections that have this member."""
        return self._holding.get(iri, ())

    def pointing(self, iri: str) -> Iterable[str]:
        """Concepts that name this one as broader, related or replacement."""
        return self._pointing.get(iri, ())

    def take(self, changes: Iterable[Change], number: int) -> None:
        """Become the next version."""
        for change in changes:
            if change.before is not None:
                for link in _links(change.before):
                    self._table(change.before).get(link, {}).pop(change.iri, None)
            self.concepts.pop(change.iri, None) if change.after is None else None
            self.collections.pop(change.iri, None)
            if isinstance(change.after, Collection):
                self.collections[change.iri] = change.after
            elif change.after is not None:
                self.concepts[change.iri] = change.after
            if change.after is not None:
                self._point(change.after)
        self.number = number

    def scheme(self) -> Scheme:
        return Scheme(
            self.iri,
            self.name,
            self.concepts.values(),
            title=self.title,
            version=self.edition,
            license=self.license,
            axioms=self.axioms,
            collections=self.collections.values(),
        )


class Draft:
    """Changes on top of a vocabulary, which stays as it is."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._after: dict[str, Entry | None] = {}

    def entry(self, iri: str) -> Entry | None:
        """The concept or collection with this IRI."""
        return self._after[iri] if iri in self._after else self.vocabulary.entry(iri)

    def get(self, iri: str) -> Concept | None:
        """The concept with this IRI."""
        found = self.entry(iri)
        return found if isinstance(found, Concept) else None

    def put(self, entry: Entry) -> None:
        self._after[entry.iri] = entry

    def holding(self, iri: str) -> list[Collection]:
        """Collections that have this member."""
        names = dict.fromkeys([*self.vocabulary.holding(iri), *self._after])
        found = (self.entry(name) for name in names)
        return [one for one in found if isinstance(one, Collection) and iri in one.members]

    def drop(self, iri: str) -> None:
        self._after[iri] = None

    def pointing(self, iri: str) -> list[Concept]:
        """Concepts that name this one as broader, related or replacement."""
        names = dict.fromkeys([*self.vocabulary.pointing(iri), *self._after])
        found = (self.get(name) for name in names)
        return [concept for concept in found if concept is not None and iri in _links(concept)]

    def narrower(self, iri: str) -> list[Concept]:
        return [concept for concept in self.pointing(iri) if iri in concept.broader]

    def above(self, iri: str) -> set[str]:
        """IRIs of every concept above this one."""
        found: set[str] = set()
        frontier = [iri]
        while frontier:
            concept = self.get(frontier.pop())
            new = [up for up in concept.broader if up not in found] if concept else []
            found.update(new)
            frontier += new
        return found

    def below(self, iri: str) -> Iterator[Concept]:
        """Every concept below this one, once."""
        seen, frontier = {iri}, [iri]
        while frontier:
            for child in self.narrower(frontier.pop()):
                if child.iri not in seen:
                    seen.add(child.iri)
                    frontier.append(child.iri)
                    yield child

    def changes(self) -> tuple[Change, ...]:
        """What is different, by IRI."""
        found = (Change(iri, self.vocabulary.entry(iri), self._after[iri]) for iri in sorted(self._after))
        return tuple(change for change in found if change.before != change.after)

    def path_up(self, start: str, end: str) -> tuple[str, ...]:
        """The shortest way from a concept upwards to another, both included; empty where there is none."""
        came: dict[str, str] = {start: ""}
        frontier = [start]
        while frontier:
            following: list[str] = []
            for here in frontier:
                concept = self.get(here)
                for up in concept.broader if concept else ():
                    if up == end:
                        return tuple(reversed([up, *_back(here, came)]))
                    if up not in came:
                        came[up] = here
                        following.append(up)
            frontier = following
        return ()


def _back(here: str, came: Mapping[str, str]) -> Iterator[str]:
    while here:
        yield here
        here = came[here]


def _links(entry: Entry) -> tuple[str, ...]:
    if isinstance(entry, Collection):
        return entry.members
    links = (*entry.broader, *entry.related)
    return (*links, entry.replaced_by) if entry.replaced_by else links

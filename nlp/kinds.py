"""What kind of thing a concept is, and which kinds cannot stand at an end of a relation.

A person improves on nothing, and no gene is treated. Kinds of concepts come from the topmost concepts above them
(`data/concept_kinds.tsv` names those of MeSH; concepts of other vocabularies have none), those of things that no
vocabulary has from their type. `data/claim_ends.tsv` says what cannot be; what is not known may be anything.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Final

from nlp.lexicon import rows
from nlp.matcher import Matcher
from ontology.reading import Mention

Kinds = frozenset[str]
_DEEPEST: Final = 40
_OTHER: Final = "other"
"""Of what the table does not name: refused nowhere."""
_NATURES: Final = frozenset({"anatomy", "chemical", "discipline", "disease", "organism", "person", "place", "process"})
_PERSON: Final = "person"
"""A profession is in MeSH a part of health care, too; it remains one of people."""


class Judge:
    """Says of the mentions of one matcher's concepts what they may do."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._kinds = lru_cache(1 << 16)(self._of)

    def plausible(self, predicate: str, subject: Mention, object_: Mention) -> bool:
        """Whether concepts of these kinds can be so related, and the vocabulary does not say otherwise.

        `predicate` is the IRI of a property of claims.
        """
        predicate = predicate.rpartition("#")[2]
        for end, mention in (("subject", subject), ("object", object_)):
            kinds = self.kinds(mention)
            if kinds and kinds <= _refused().get((predicate, end), frozenset()):
                return False
        if predicate != "isA":
            return True
        special, general = (_of_nature(self.kinds(mention)) for mention in (subject, object_))
        if special and general and not special & general:
            return False
        return self._may_be_a(subject.concept, object_.concept)

    def kinds(self, mention: Mention) -> Kinds:
        """Of a concept those that its vocabulary tells, else its type; none where nothing is known."""
        number = self._matcher.number_of.get(mention.concept)
        known = self._kinds(number) if number is not None else frozenset((_OTHER,))
        if known != {_OTHER}:
            return known
        return frozenset((mention.type,)) if mention.type else frozenset()

    def _may_be_a(self, special: str, general: str) -> bool:
        """No concept is a kind of one below it or beside it in its vocabulary."""
        numbers = self._matcher.number_of
        if special not in numbers or general not in numbers:
            return True
        one, other = numbers[special], numbers[general]
        if other in self._ancestors(one):
            return True
        parents = self._matcher.hierarchy.parents
        return one not in self._ancestors(other) and not set(parents(one)) & set(parents(other))

    def _of(self, concept: int) -> Kinds:
        parents, names, tops = self._matcher.hierarchy.parents, self._matcher.names, _kinds_of_tops()
        above = {concept, *self._ancestors(concept)}
        found = frozenset(tops.get(names[number], _OTHER) for number in above if not parents(number))
        return found - {_OTHER} if _PERSON in found else found

    def _ancestors(self, concept: int) -> set[int]:
        found: set[int] = set()
        frontier = [concept]
        for _ in range(_DEEPEST):
            frontier = [up for here in frontier for up in self._matcher.hierarchy.parents(here) if up not in found]
            if not frontier:
                break
            found.update(frontier)
        return found


def _of_nature(kinds: Kinds) -> Kinds:
    """The kinds, where they are such that nothing of one is a kind of another; else none."""
    same = frozenset("chemical" if kind == "gene" else kind for kind in kinds)
    return same if same <= _NATURES else frozenset()


@cache
def _kinds_of_tops() -> dict[str, str]:
    return {label: kind for kind, label in rows("concept_kinds.tsv")}


@cache
def _refused() -> dict[tuple[str, str], Kinds]:
    return {(predicate, end): frozenset(kinds.split()) for predicate, end, kinds in rows("claim_ends.tsv")}

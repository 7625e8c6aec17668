"""Classes that can have no member, individuals that cannot be: found by rules, each with the axioms that clash.

The rules are those of OWL 2 RL that end in false (W3C, OWL 2 Profiles, 4.3: cax-dw, cls-nothing2, prp-irp, prp-asyp,
prp-pdw, eq-diff1 …) and what leads to them; beside them existential restrictions, whose fillers no individual stands
for: with domains, ranges, universal restrictions and functional properties. Everything found follows from the ontology;
what only a reasoner for all of OWL 2 DL finds (cardinalities, unions, case distinctions) is not (`ontology.reason`).
An explanation is *minimal*: without any one of its axioms the clash is gone (Kalyanpur et al., ISWC 2007).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from ontology.axiom import Axiom

NOTHING: Final = "http://www.w3.org/2002/07/owl#Nothing"
_DEEPEST: Final = 4
"""Steps from a class to what fills its restrictions, and on to what fills theirs."""
_MOST_TRANSITIVE: Final = 10_000
Why = tuple[Axiom, ...]
Above = Callable[[str], Iterable[str]]
"""A class → the classes directly above it in the vocabulary's hierarchy."""


class Clash(msgspec.Struct, frozen=True):
    """A class that can have no member ("unsatisfiable"), or an individual that cannot be ("inconsistent"): by which
    rule, and the axioms that clash in functional-style syntax, none of which can be left out."""

    what: str
    kind: str
    rule: str
    axioms: tuple[str, ...]


class _Found(msgspec.Struct, frozen=True):
    rule: str
    why: Why


def clashes(axioms: Iterable[Axiom], above: Above, classes: Iterable[str], individuals: bool = True) -> Iterator[Clash]:
    """Which of these classes can have no member, and (with `individuals`) which individuals cannot be."""
    logic = _Logic(axioms, above)
    for one in classes:
        if found := logic.unsatisfiable(one):
            yield Clash(one, "unsatisfiable", found.rule, _shown(_minimal(found.why, one, "class")))
    for iri, found in logic.impossible() if individuals else ():
        yield Clash(iri, "inconsistent", found.rule, _shown(_minimal(found.why, iri, "individual")))


def _shown(why: Why) -> tuple[str, ...]:
    return tuple(str(axiom) for axiom in why)


def _minimal(why: Why, what: str, kind: str) -> Why:
    """The axioms without those that are not needed for the clash, taken away one by one."""
    kept = list(dict.fromkeys(why))
    for axiom in tuple(kept):
        fewer = [one for one in kept if one != axiom]
        logic = _Logic(fewer, lambda _: ())
        if logic.unsatisfiable(what) if kind == "class" else what in dict(logic.impossible()):
            kept = fewer
    return tuple(kept)


class _Logic:
    """Axioms, by what they are looked up for."""

    def __init__(self, axioms: Iterable[Axiom], above: Above) -> None:
        self._hierarchy = above
        self._by_kind: dict[str, list[Axiom]] = defaultdict(list)
        self._up: dict[str, list[tuple[str, Axiom]]] = defaultdict(list)
        self._disjoint: dict[str, list[tuple[str, Axiom]]] = defaultdict(list)
        self._properties: dict[str, list[tuple[str, bool, Axiom]]] = defaultdict(list)
        self._of: dict[tuple[str, str], list[Axiom]] = defaultdict(list)
        """(kind, first name) → axioms."""
        self._supers: dict[str, dict[str, Why]] = {}
        for axiom in axioms:
            self._take(axiom)

    def _take(self, axiom: Axiom) -> None:
        kind, names = axiom.kind, axiom.names
        self._by_kind[kind].append(axiom)
        self._of[kind, names[0]].append(axiom)
        if kind in ("SubClassOf", "EquivalentClasses"):
            self._up[names[0]].append((names[1], axiom))
            if kind == "EquivalentClasses":
                self._up[names[1]].append((names[0], axiom))
        elif kind in ("DisjointClasses", "Not"):
            for one in names:
                # A class stated to be disjoint with itself (two that were merged) has no member.
                others = list(names)
                others.remove(one)
                pairs = ((other, axiom if len(names) == 2 else Axiom(kind, (one, other))) for other in others)
                self._disjoint[one] += pairs
        elif kind in ("SubObjectPropertyOf", "EquivalentObjectProperties", "InverseObjectProperties"):
            turned = kind == "InverseObjectProperties"
            self._properties[names[0]].append((names[1], turned, axiom))
            if kind != "SubObjectPropertyOf":
                self._properties[names[1]].append((names[0], turned, axiom))
        elif kind == "SymmetricObjectProperty":
            self._properties[names[0]].append((names[0], True, axiom))

    def properties(self, link: str) -> dict[tuple[str, bool], Why]:
        """(property, whether from object to subject) that hold where this one does, itself among them."""
        found: dict[tuple[str, bool], Why] = {(link, False): ()}
        frontier = [(link, False)]
        while frontier:
            here, turned = frontier.pop(0)
            for other, turns, axiom in self._properties[here]:
                key = other, turned != turns
                if key not in found:
                    found[key] = (*found[here, turned], axiom)
                    frontier.append(key)
        return found

    def ends(self, link: str, *, subject: bool) -> Iterator[tuple[str, Why]]:
        """Classes that the subject (or object) of a property has by domains and ranges."""
        for (other, turned), why in self.properties(link).items():
            kind = "ObjectPropertyDomain" if subject != turned else "ObjectPropertyRange"
            for axiom in self._of[kind, other]:
                yield axiom.names[1], (*why, axiom)

    def supers(self, one: str) -> dict[str, Why]:
        """Every class above this one, itself included, with why; by the shortest way."""
        if one in self._supers:
            return self._supers[one]
        found: dict[str, Why] = {one: ()}
        frontier = [one]
        while frontier:
            following = []
            for here in frontier:
                for up, why in self._directly_above(here):
                    if up not in found:
                        found[up] = (*found[here], *why)
                        following.append(up)
            frontier = following
        self._supers[one] = found
        return found

    def _directly_above(self, here: str) -> Iterator[tuple[str, Why]]:
        for up in self._hierarchy(here):
            yield up, (Axiom("SubClassOf", (here, up)),)
        for up, axiom in self._up.get(here, ()):
            yield up, (axiom,)
        for axiom in self._of.get(("Some", here), ()):
            for up, why in self.ends(axiom.names[1], subject=True):
                yield up, (axiom, *why)

    def _clash(self, types: Mapping[str, Why]) -> _Found | None:
        """Two of an individual's classes that have nothing in common."""
        if NOTHING in types:
            return _Found("cls-nothing2", types[NOTHING])
        for one, why in types.items():
            for other, axiom in self._disjoint.get(one, ()):
                if other in types:
                    rule = "cls-com" if axiom.kind == "Not" else "cax-dw"
                    return _Found(rule, (*why, *types[other], axiom))
        return None

    def all_of(self, types: Mapping[str, Why]) -> dict[str, Why]:
        """The classes and all above them."""
        found: dict[str, Why] = {}
        for one, why in types.items():
            for up, more in self.supers(one).items():
                found.setdefault(up, (*why, *more))
        return found

    def unsatisfiable(self, one: str, depth: int = _DEEPEST) -> _Found | None:
        """Why the class can have no member, as far as the rules see."""
        return self._unsatisfied(self.supers(one), depth)

    def _unsatisfied(self, types: Mapping[str, Why], depth: int) -> _Found | None:
        if found := self._clash(types):
            return found
        some = [(axiom, why) for one, why in types.items() for axiom in self._of.get(("Some", one), ())]
        only = [(axiom, why) for one, why in types.items() for axiom in self._of.get(("Only", one), ())]
        if not some or not depth:
            return None
        fillers = [(axiom.names[1], self._filler(axiom, why, only)) for axiom, why in some]
        for filler in [*(filler for _, filler in fillers), *self._together(fillers)]:
            if found := self._unsatisfied(filler, depth - 1):
                rule = found.rule if found.rule.startswith("some") else f"some values, {found.rule}"
                return _Found(rule, found.why)
        return None

    def _filler(self, some: Axiom, why: Why, only: Sequence[tuple[Axiom, Why]]) -> dict[str, Why]:
        """Classes of what fills an existential restriction."""
        _, link, filler = some.names
        here = (*why, some)
        types: dict[str, Why] = {filler: here}
        for type_, more in self.ends(link, subject=False):
            types.setdefault(type_, (*here, *more))
        wider = self.properties(link)
        for axiom, because in only:
            if (axiom.names[1], False) in wider:
                types.setdefault(axiom.names[2], (*here, *because, *wider[axiom.names[1], False], axiom))
        return self.all_of(types)

    def _together(self, fillers: Sequence[tuple[str, Mapping[str, Why]]]) -> Iterator[dict[str, Why]]:
        """Fillers that are one, as their property is functional."""
        by_property: dict[Axiom, list[tuple[Why, Mapping[str, Why]]]] = defaultdict(list)
        for link, types in fillers:
            for (wider, turned), why in self.properties(link).items():
                kind = "InverseFunctionalObjectProperty" if turned else "FunctionalObjectProperty"
                for axiom in self._of.get((kind, wider), ()):
                    by_property[axiom].append((why, types))
        for axiom, some in by_property.items():
            if len(some) > 1:
                joined: dict[str, Why] = {}
                for why, types in some:
                    for type_, more in types.items():
                        joined.setdefault(type_, (*more, *why, axiom))
                yield joined

    def impossible(self) -> Iterator[tuple[str, _Found]]:
        """Individuals that cannot be, with why."""
        facts = self._facts()
        yield from self._by_property(facts)
        same = self._same(facts)
        yield from self._different(same)
        types: dict[str, dict[str, Why]] = defaultdict(dict)
        for axiom in self._by_kind["ClassAssertion"]:
            types[axiom.names[1]].setdefault(axiom.names[0], (axiom,))
        for axiom in self._by_kind["ObjectPropertyAssertion"]:
            link, one, other = axiom.names
            for subject, at in ((True, one), (False, other)):
                for type_, why in self.ends(link, subject=subject):
                    types[at].setdefault(type_, (axiom, *why))
        for one in sorted({*types, *same}):
            joined = dict(types.get(one, {}))
            for other, why in same.get(one, {}).items():
                for type_, more in types.get(other, {}).items():
                    joined.setdefault(type_, (*more, *why))
            if found := self._unsatisfied(self.all_of(joined), _DEEPEST):
                yield one, found

    def _facts(self) -> dict[tuple[str, str, str], Why]:
        """Every fact between individuals that follows."""
        found: dict[tuple[str, str, str], Why] = {}
        for axiom in self._by_kind["ObjectPropertyAssertion"]:
            link, one, other = axiom.names
            for (wider, turned), why in self.properties(link).items():
                found.setdefault((wider, other, one) if turned else (wider, one, other), (axiom, *why))
        for axiom in self._by_kind["TransitiveObjectProperty"]:
            steps: dict[str, list[tuple[str, Why]]] = defaultdict(list)
            frontier = [(one, other, why) for (link, one, other), why in found.items() if link == axiom.names[0]]
            for one, other, why in frontier:
                steps[one].append((other, why))
            while frontier and len(found) < _MOST_TRANSITIVE:
                one, here, why = frontier.pop()
                for other, more in steps.get(here, ()):
                    if (axiom.names[0], one, other) not in found:
                        found[axiom.names[0], one, other] = (*why, *more, axiom)
                        frontier.append((one, other, found[axiom.names[0], one, other]))
        return found

    def _by_property(self, facts: Mapping[tuple[str, str, str], Why]) -> Iterator[tuple[str, _Found]]:
        """Facts that a characteristic of their property forbids."""
        for (link, one, other), why in facts.items():
            if one == other:
                for axiom in self._of.get(("IrreflexiveObjectProperty", link), ()):
                    yield one, _Found("prp-irp", (*why, axiom))
            for axiom in self._of.get(("AsymmetricObjectProperty", link), ()):
                if (back := facts.get((link, other, one))) is not None:
                    yield one, _Found("prp-asyp", (*why, *back, axiom))
        for axiom in self._by_kind["DisjointObjectProperties"]:
            for (link, one, other), why in facts.items():
                for second in axiom.names if link in axiom.names else ():
                    if second != link and (second, one, other) in facts:
                        yield one, _Found("prp-pdw", (*why, *facts[second, one, other], axiom))

    def _same(self, facts: Mapping[tuple[str, str, str], Why]) -> dict[str, dict[str, Why]]:
        """Individual → others that are the same one."""
        near: dict[str, list[tuple[str, Why]]] = defaultdict(list)

        def join(one: str, other: str, why: Why) -> None:
            if one != other:
                near[one].append((other, why))
                near[other].append((one, why))

        for axiom in self._by_kind["SameIndividual"]:
            join(axiom.names[0], axiom.names[1], (axiom,))
        for kind, at in (("FunctionalObjectProperty", 1), ("InverseFunctionalObjectProperty", 2)):
            for axiom in self._by_kind[kind]:
                first: dict[str, tuple[str, Why]] = {}
                for fact, why in facts.items():
                    if fact[0] == axiom.names[0]:
                        known = first.setdefault(fact[at], (fact[3 - at], why))
                        join(known[0], fact[3 - at], (*known[1], *why, axiom))
        found: dict[str, dict[str, Why]] = {}
        for start in near:
            reached: dict[str, Why] = {start: ()}
            frontier = [start]
            while frontier:
                here = frontier.pop(0)
                for other, why in near[here]:
                    if other not in reached:
                        reached[other] = (*reached[here], *why)
                        frontier.append(other)
            found[start] = {other: why for other, why in reached.items() if other != start}
        return found

    def _different(self, same: Mapping[str, Mapping[str, Why]]) -> Iterator[tuple[str, _Found]]:
        for axiom in self._by_kind["DifferentIndividuals"]:
            for one in axiom.names:
                for other in axiom.names:
                    if other in same.get(one, {}):
                        yield one, _Found("eq-diff1", (*same[one][other], axiom))

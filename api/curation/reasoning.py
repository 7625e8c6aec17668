"""A whole ontology judged: by rules, which explain what they find, or by HermiT, which finds everything."""

from __future__ import annotations

import time
from typing import Final, Literal

import msgspec

from ontology.clashes import Clash, clashes
from ontology.errors import SettingsError, VocabularyError
from ontology.scheme import Scheme

Reasoner = Literal["rules", "hermit"]
_SHOWN: Final = 100


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an ontology is consistent and each of its classes can have members. `clashes` are explained, the first
    hundred of `count`; `unexplained` are classes without possible members that only HermiT found. `reasoner` is who
    judged, `notes` say what could not be asked."""

    scheme: str
    version: int
    reasoner: Reasoner
    classes: int
    axioms: int
    sound: bool
    count: int
    clashes: tuple[Clash, ...]
    unexplained: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0


def judged(scheme: Scheme, version: int, reasoner: Reasoner = "rules") -> Judgement:
    """Ask the rules, and HermiT if wanted and there (it needs Java)."""
    began = time.perf_counter()
    concepts = scheme.concepts
    live = [iri for iri in sorted(concepts) if not concepts[iri].deprecated]
    found = list(clashes(scheme.axioms, lambda iri: concepts[iri].broader if iri in concepts else (), live))
    notes, used, unexplained, consistent = list[str](), reasoner, tuple[str, ...](), True
    if not scheme.axioms:
        notes.append("nothing beside its hierarchy is known of this vocabulary, so that nothing can clash")
    if reasoner == "hermit" and scheme.axioms:
        try:
            from ontology.reason import check  # brings owlready2, which rules do without
            from ontology.vocabularies.owl import ontology_of

            verdict = check(ontology_of(scheme))
        except (SettingsError, VocabularyError) as error:
            used = "rules"
            notes.append(f"HermiT was not asked: {error.message}; the rules do not see everything")
        else:
            consistent = verdict.consistent
            unexplained = tuple(sorted(set(verdict.unsatisfiable) - {clash.what for clash in found}))
            if not consistent and not any(clash.kind == "inconsistent" for clash in found):
                notes.append("HermiT finds the ontology inconsistent, by more than the rules see: no explanation")
    return Judgement(
        scheme=scheme.name, version=version, reasoner=used, classes=len(live), axioms=len(scheme.axioms),
        sound=consistent and not found and not unexplained, count=len(found), clashes=tuple(found[:_SHOWN]),
        unexplained=unexplained, notes=tuple(notes), seconds=round(time.perf_counter() - began, 3),
    )  # fmt: skip

"""Concepts of two vocabularies that may be the same, and how sure that is."""

from __future__ import annotations

from nlp.aligning import Labels, alignments, best
from ontology.scheme import Concept, Label, Scheme


def concept(name: str, *labels: str, broader: tuple[str, ...] = (), deprecated: bool = False) -> Concept:
    kinds = ("pref", *("alt" for _ in labels))
    found = tuple(Label(text, "en", kind) for text, kind in zip(labels, kinds, strict=False))
    return Concept(iri=name, labels=found, broader=broader, deprecated=deprecated)


def labels(*concepts: Concept) -> Labels:
    return Labels(Scheme("urn:x", "x", concepts))


def test_what_speaks_for_a_pair_and_against_it() -> None:
    mine = labels(
        concept("a:liver", "Liver abscesses"),
        concept("a:lung", "Lungs", "Pulmonary organ"),
        concept("a:organ", "Organs"),
        concept("a:lobe", "Lobe of lung", broader=("a:lung",)),
        concept("a:cd", "CD"),
        concept("a:old", "Spleen", deprecated=True),
        concept("a:play", "Match"),
        concept("a:fire", "Match"),
    )
    theirs = labels(
        concept("b:1", "Abscess, Liver"),
        concept("b:2", "Breathing organ", "Lung", "pulmonary organs"),
        concept("b:3", "Lobe of Lungs", broader=("b:2",)),
        concept("b:4", "Compact disc", "CD"),
        concept("b:5", "Spleen"),
        concept("b:6", "Match"),
        concept("b:7", "ORGAN"),
    )
    found = {(one.subject, one.object): one for one in alignments(mine, theirs)}
    assert ("a:old", "b:5") not in found, "a deprecated concept is nobody's counterpart"
    liver, lung, lobe = found["a:liver", "b:1"], found["a:lung", "b:2"], found["a:lobe", "b:3"]
    assert liver.confidence > 0.95 and liver.labels[0].object == "Abscess, Liver"
    assert (lung.beside, len(lung.labels)) == (1, 2) and lobe.beside == 1
    play, short = found["a:play", "b:6"], found["a:cd", "b:4"]
    assert play.rivals == 1 and play.confidence < found["a:organ", "b:7"].confidence
    assert short.confidence < 0.7 < lung.confidence
    ranked = alignments(mine, theirs)
    assert [one.confidence for one in ranked] == sorted((one.confidence for one in ranked), reverse=True)
    assert sum(one.object == "b:6" for one in best(ranked)) == 1


def test_labels_that_everybody_has_say_nothing() -> None:
    many = labels(*(concept(f"a:{number}", "Other") for number in range(20)))
    assert alignments(many, labels(concept("b:1", "Other"))) == []

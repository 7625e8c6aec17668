from __future__ import annotations

import pytest

from nlp.coordination import coordinated
from nlp.matcher import Matcher
from nlp.trained_labels import NOTHING, LabelCount, TrainedLabels
from ontology.scheme import Concept, Label, Scheme

BASE = "http://example.org/d/"


def _matcher(*names: str) -> Matcher:
    concepts = [Concept(iri=BASE + name.replace(" ", "-"), labels=(Label(name),)) for name in names]
    return Matcher.build([Scheme(BASE, "d", concepts)], NOTHING)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Genes of breast and ovarian cancer.", {"breast": "breast-cancer"}),
        ("In breast, lung and ovarian cancers.", {"breast": "breast-cancer", "lung": "lung-cancer"}),
        ("We saw the breast. Lung cancer came.", {}),
        ("A cat and ovarian cancer.", {}),
    ],
)
def test_a_shared_head_counts_for_each_part(text: str, found: dict[str, str]) -> None:
    matcher = _matcher("breast cancer", "lung cancer", "ovarian cancer")
    more = list(coordinated(text, matcher.find(text), matcher.find))
    names = {text[h.begin : h.end]: matcher.concepts[h.candidates[0].concept].removeprefix(BASE) for h in more}
    assert names == found


def test_curators_wordings_become_labels_and_missing_concepts_a_scheme_of_their_own() -> None:
    scheme = Scheme(BASE, "d", [Concept(iri=BASE + "ataxia", labels=(Label("Ataxia"),))])
    counts = {
        ("shaky", "gait"): LabelCount("shaky gait", 4, 3, {BASE + "ataxia": 3}),
        ("rare", "palsy"): LabelCount("rare palsy", 2, 2, {BASE + "palsy": 2}),
    }
    trained = TrainedLabels(counts)
    supplement = trained.supplement(scheme.concepts)
    assert [c.iri for c in supplement] == [BASE + "palsy"]
    matcher = Matcher.build([scheme, supplement], trained)
    first, second = matcher.find("A shaky gait is no rare palsy.")
    assert (first.candidates[0].counted.seen, first.candidates[0].counted.named) == (4, 3)
    assert matcher.names[second.candidates[0].concept] == "rare palsy"
    assert list(matcher.trained) == [1, 1]

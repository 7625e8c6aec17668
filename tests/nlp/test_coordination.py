from __future__ import annotations

import pytest

from nlp.composition import composed
from nlp.coordination import coordinated
from nlp.matcher import Hit, Matcher, Way
from nlp.normalise import fold_label
from nlp.trained_labels import NOTHING, LabelCount, TrainedLabels, known_wordings
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
        ("In breast, clear lung, and ovarian cancers.", {"breast": "breast-cancer", "lung": "lung-cancer"}),
        ("Ovarian cancer and lung tumours.", {}),
        ("Ovarian cancer or cyst.", {"cyst": "ovarian-cyst"}),
        ("We saw the breast. Lung cancer came.", {}),
        ("A cat and ovarian cancer.", {}),
    ],
)
def test_a_shared_head_counts_for_each_part(text: str, found: dict[str, str]) -> None:
    matcher = _matcher("breast cancer", "lung cancer", "ovarian cancer", "ovarian cyst")
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


def _taught(*names: str, wordings: dict[str, tuple[str, ...]] | None = None) -> Matcher:
    """Of the concepts only those whose names begin with a small letter were annotated."""
    concepts = [Concept(iri=BASE + name.replace(" ", "-"), labels=(Label(name),)) for name in names]
    counts = {
        fold_label(name): LabelCount(name, 2, 2, {BASE + name.replace(" ", "-"): 2})
        for name in names
        if name[0].islower()
    }
    return Matcher.build([Scheme(BASE, "d", concepts)], TrainedLabels(counts, (), wordings))


def _named(text: str, hits: list[Hit], matcher: Matcher) -> dict[str, str]:
    return {text[h.begin : h.end]: matcher.concepts[h.candidates[0].concept].removeprefix(BASE) for h in hits}


def test_what_is_annotated_is_found_inside_longer_names_of_others() -> None:
    matcher = _taught("dengue", "Dengue Vaccines", "Vaccines")
    text = "A dengue vaccine against dengue."
    hits = matcher.find(text)
    assert [(text[h.begin : h.end], h.way) for h in hits] == [
        ("dengue", Way.INSIDE), ("dengue vaccine", Way.LABEL), ("dengue", Way.LABEL),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Renal toxicity was seen.", {"Renal toxicity": "renal-disease"}),
        ("Hepatic and renal anomalies.", {"Hepatic": "hepatic-disorder", "renal anomalies": "renal-disease"}),
        ("Lung metastases grew.", {"Lung metastases": "lung-neoplasm"}),
        ("Toxicity was high.", {"Toxicity": "toxicity"}),
        ("The Chess damage.", {}),
    ],
)
def test_findings_are_composed_of_organ_and_trouble(text: str, found: dict[str, str]) -> None:
    matcher = _taught("renal disease", "hepatic disorder", "lung neoplasm", "toxicity", "Chess disease")
    hits = composed(text, matcher.find(text), matcher, matcher.find)
    assert _named(text, hits, matcher) == found


def test_wordings_written_by_hand_are_labels_of_concepts_that_are_there() -> None:
    matcher = _taught("insomnia", wordings={BASE + "insomnia": ("sleeplessness",), BASE + "absent": ("nothing",)})
    (hit,) = matcher.find("Sleeplessness and nothing.")
    assert matcher.concepts[hit.candidates[0].concept] == BASE + "insomnia"
    assert all(iri.startswith("http://id.nlm.nih.gov/mesh/D") for iri in known_wordings())

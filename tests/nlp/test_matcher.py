from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.labels import Case, case_fits, case_rule, forms
from nlp.matcher import Matcher
from nlp.normalise import fold, words
from ontology.errors import VocabularyError
from ontology.scheme import Concept, Label, Scheme


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Tumours", "tumor"),
        ("labelling", "labeling"),
        ("organisations", "organization"),
        ("Anaemia", "anemia"),
        ("viruses", "virus"),
        ("houses", "house"),
        ("studies", "study"),
        ("matrices", "matrix"),
        ("Alzheimer’s", "Alzheimer"),
        ("γ", "gamma"),
        ("naïve", "naive"),
    ],
)
def test_spellings_of_one_word_fold_to_one_key(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("analysis", "analyst"), ("gas", "ga"), ("virus", "viral")])
def test_different_words_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text(max_size=60))
def test_words_are_exact_and_in_order(text: str) -> None:
    last = 0
    for word, begin, end in words(text):
        assert last <= begin < end
        assert not word or (text[begin:end] == word and fold(word))
        last = end


def test_an_inverted_label_is_also_searched_the_right_way_round() -> None:
    keys = [form.key for form in forms(Label("Houses, Slaughter"))]
    assert keys == [("house", "slaughter"), ("slaughter", "house")]


@pytest.mark.parametrize("text", ["", "role", "methods", "the", "7", "x" * 200, "a b c d e f g h i j k"])
def test_labels_not_worth_searching_have_no_form(text: str) -> None:
    assert list(forms(Label(text))) == []


@pytest.mark.parametrize(
    ("label", "text", "fits"),
    [
        ("AIDS", "AIDS", True),
        ("AIDS", "aids", False),
        ("svm", "SVM", True),
        ("svm", "SVMs", True),
        ("svm", "svm", False),
        ("Cat", "cats", True),
        ("Cat", "CAT", False),
        ("wiki", "wiki", True),
        ("Insulin", "INSULIN", True),
    ],
)
def test_short_labels_mind_capitals(label: str, text: str, fits: bool) -> None:
    assert case_fits(case_rule(label, 1), label, text) is fits


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Two cases of Hers disease.", ["Hers disease"]),
        ("Hers disease is rare.", []),
        ("She died of her disease.", []),
        ("We asked her. Her disease was mild.", []),
        ("She told us of Her disease.", ["Her disease"]),
        ("The bundle of His and his bundle.", ["bundle of His"]),
        ("Know your customer! Know Your Customer.", ["Know your customer", "Know Your Customer"]),
        ("The her-2 protein is a HER 2 protein.", ["her-2 protein", "HER 2 protein"]),
    ],
)
def test_a_possessive_is_no_eponym(text: str, names: list[str]) -> None:
    labels = (Label("Hers Disease"), Label("Her Disease"), Label("Bundle of His"), Label("His Bundle"))
    more = Label("know your customer"), Label("HER-2 Protein")
    concepts = [Concept(iri=f"urn:{n}", labels=(label,)) for n, label in enumerate((*labels, *more))]
    assert [name for name, _ in found(Matcher.build([Scheme("urn:s", "s", concepts)]), text)] == names


def test_long_labels_do_not_mind_capitals() -> None:
    assert case_rule("Neural Networks", 2) is Case.ANY


def found(matcher: Matcher, text: str, language: str = "en") -> list[tuple[str, list[str]]]:
    return [
        (text[hit.begin : hit.end], sorted(matcher.names[c.concept] for c in hit.candidates))
        for hit in matcher.find(text, language)
    ]


def test_labels_are_found_whatever_their_inflection_and_hyphens(small_matcher: Matcher) -> None:
    text = "Slaughter houses; Cooccurrences, co-occurrence and Co occurrence. Sequence Labeling; IFN: interferon–γ"
    assert found(small_matcher, text) == [
        ("Slaughter houses", ["Abattoirs"]),
        ("Cooccurrences", ["co-occurrence"]),
        ("co-occurrence", ["co-occurrence"]),
        ("Co occurrence", ["co-occurrence"]),
        ("Sequence Labeling", ["sequence labelling"]),
        ("interferon–γ", ["Interferon-gamma"]),
    ]


def test_the_longer_label_wins(small_matcher: Matcher) -> None:
    assert found(small_matcher, "type 2 diabetes mellitus") == [
        ("type 2 diabetes mellitus", ["Diabetes Mellitus, Type 2"])
    ]


def test_labels_reach_across_no_punctuation(small_matcher: Matcher) -> None:
    assert found(small_matcher, "the machine. Translation\nneural, network") == []
    assert found(small_matcher, "machine\ntranslation") == []


def test_an_ambiguous_label_keeps_all_its_concepts(small_matcher: Matcher) -> None:
    assert found(small_matcher, "a Transformer's core") == [("Transformer", ["Power Supplies", "transformer"])]


def test_idioms_swallow_their_words(small_matcher: Matcher) -> None:
    assert found(small_matcher, "we compare head to head") == []
    assert found(small_matcher, "an injury of the head") == [("head", ["Head"])]


def test_labels_of_another_language_are_not_found(small_matcher: Matcher) -> None:
    assert found(small_matcher, "Kunst", "de") == [("Kunst", ["Kunst"])]
    assert found(small_matcher, "Kunst", "en") == []
    assert [text for text, _ in found(small_matcher, "关于糖尿病的研究", "zh")] == ["糖尿病"]


def test_deprecated_concepts_are_not_found(small_matcher: Matcher) -> None:
    assert found(small_matcher, "phlogiston") == []


def test_saved_and_loaded_it_is_the_same(small_matcher: Matcher, tmp_path: Path) -> None:
    small_matcher.save(tmp_path / "matcher")
    loaded = Matcher.load(tmp_path / "matcher")
    text = "Support vector machines (SVMs) for machine translation."
    assert loaded.find(text) == small_matcher.find(text)
    assert loaded.configuration == small_matcher.configuration
    assert [p.name for p in tmp_path.iterdir()] == ["matcher"]


def test_a_damaged_file_is_a_typed_error(tmp_path: Path) -> None:
    (tmp_path / "matcher").write_bytes(b"\x93no")
    with pytest.raises(VocabularyError) as raised:
        Matcher.load(tmp_path / "matcher")
    assert str(tmp_path) in raised.value.place


def test_the_configuration_follows_the_content(small_schemes: tuple[Scheme, Scheme], small_matcher: Matcher) -> None:
    assert Matcher.build(small_schemes).configuration == small_matcher.configuration
    assert Matcher.build(small_schemes[:1]).configuration != small_matcher.configuration


def test_without_vocabularies_nothing_is_found() -> None:
    assert Matcher.build([]).find("machine translation") == []


@given(st.text(alphabet=st.sampled_from("machine trnslo2-,.\nαSVM糖尿病"), max_size=80))
def test_hits_are_exact_sorted_and_apart(small_matcher: Matcher, text: str) -> None:
    hits = small_matcher.find(text)
    assert all(0 <= hit.begin < hit.end <= len(text) for hit in hits)
    assert all(one.end <= other.begin for one, other in pairwise(hits))


def test_labels_of_two_vocabularies_for_one_concept_are_all_found() -> None:
    concept = "http://example.org/hp/1"
    english = Scheme("http://example.org/hp", "hp", [Concept(iri=concept, labels=(Label("Short stature"),))])
    chinese = Scheme("http://example.org/zh", "hp-zh", [Concept(iri=concept, labels=(Label("身材矮小", "zh"),))])
    for order in ([english, chinese], [chinese, english]):
        matcher = Matcher.build(order)
        for text, language in (("Short stature is common.", "en"), ("身材矮小", "zh")):
            (hit,) = matcher.find(text, language)
            assert [matcher.concepts[one.concept] for one in hit.candidates] == [concept]

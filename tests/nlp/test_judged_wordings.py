"""What is known of wordings of diseases beside the gold standards: the tables are whole, and what was judged counts."""

from __future__ import annotations

import re
from collections import Counter

from bench.training.linking import judged_by_hand, with_judged
from nlp.normalise import fold_label
from nlp.trained_labels import LabelCount, concept_iri, known_wordings

_SOURCE = re.compile(r"(bc5cdr|pmid|doi|pmc|pmcid):\S+")


def test_every_judgement_names_its_abstract_and_a_descriptor_or_says_no() -> None:
    judged = list(judged_by_hand())
    assert len(judged) > 2_000
    for one in judged:
        assert _SOURCE.fullmatch(one.abstract)
        assert one.times > 0
        assert fold_label(one.wording)
        assert re.fullmatch(r"D\d{6,9}|C\d{6,9}|OMIM:\d{6}|-|part", one.name), one


def test_no_abstract_judges_a_wording_in_two_ways() -> None:
    times = Counter((one.abstract, one.wording) for one in judged_by_hand() if one.name not in {"-", "part"})
    assert max(times.values()) == 1


def test_what_was_judged_is_added_to_the_counts() -> None:
    key = fold_label("bradycardia")
    iri = concept_iri("D001919")
    before = {key: LabelCount("bradycardia", 2, 1, {iri: 1})}
    after = with_judged(before)[key]
    more = [one for one in judged_by_hand() if fold_label(one.wording) == key]
    assert after.seen == 2 + sum(one.times for one in more) > 10
    assert after.annotated == 1 + sum(one.times for one in more if one.name != "-")
    assert after.named[iri] == 1 + sum(one.times for one in more if one.name == "D001919")


def test_a_wording_written_by_hand_stands_once_with_its_concept() -> None:
    for iri, wordings in known_wordings().items():
        assert len(set(wordings)) == len(wordings), iri
        assert all(fold_label(one) for one in wordings), iri

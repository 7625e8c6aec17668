from __future__ import annotations

import pytest

from nlp.citations import CLASSES, DEFAULTS, cues, intent, marked
from nlp.intent_training import Lessons, fresh, lessons, packed
from nlp.intents import BITS, MARK, features, grouped, signed

CITO = {
    "agreesWith", "citesAsEvidence", "citesAsRelated", "citesForInformation", "confirms", "critiques", "disagreesWith",
    "discusses", "extends", "obtainsBackgroundFrom", "usesDataFrom", "usesMethodIn",
}  # fmt: skip
"""Properties of CiTO 2.8.1 that the table may use (http://purl.org/spar/cito)."""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We used the Stanford parser [1] for this.", "usesMethodIn"),
        ("DNA was extracted as previously described [1].", "usesMethodIn"),
        ("We evaluate our model on the SQuAD dataset [1].", "usesDataFrom"),
        ("Our results are consistent with earlier findings [1].", "agreesWith"),
        ("In contrast to earlier reports [1], we saw none.", "disagreesWith"),
        ("We extend the model of Kim [1] to graphs.", "extends"),
        ("For a review, see [1].", "citesForInformation"),
        ("It has been shown that cells divide [1].", "citesAsEvidence"),
        ("Cells divide [1].", ""),
    ],
)
def test_cues_alone_tell_the_intent_where_no_model_reads_the_language(text: str, expected: str) -> None:
    name, confidence = intent(text, _marker(text), language="de")
    assert name == expected
    assert (confidence > 0.5) is bool(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sections were stained using the method of Smith as previously described [1].", "usesMethodIn"),
        ("We evaluate our model on the SQuAD dataset [1].", "usesDataFrom"),
        ("Our results are consistent with the findings of earlier studies in mice [1].", "agreesWith"),
        ("Neonatal deaths are a growing proportion of deaths worldwide [1].", "obtainsBackgroundFrom"),
    ],
)
def test_the_model_decides_the_class_and_cues_the_property(text: str, expected: str) -> None:
    name, confidence = intent(text, _marker(text))
    assert name == expected
    assert 0.34 < confidence < 1


def test_markers_are_no_words() -> None:
    text = "As in [1], not [2]."
    assert marked(text, [(15, 18), (6, 9)]) == f"As in {MARK}, not {MARK}."


def test_only_terms_of_cito() -> None:
    assert {cue.intent for cue in cues()} | set(DEFAULTS.values()) <= CITO
    assert set(CLASSES) <= {cue.intent for cue in cues()}


def _marker(text: str) -> tuple[int, int]:
    begin = text.index("[1]")
    return begin, begin + 3


def test_kinds_of_words_and_their_places_tell() -> None:
    names = set(features(f"We used the protocol of {MARK}."))
    assert {"kind use", "kind method", "kinds use method", "markers 1", "last True", "away use before 1"} <= names
    assert "kind use" not in set(features(f"Rivers are known to meander {MARK}."))
    assert not any(name.startswith("away") for name in features("We used it."))
    assert len(list(features("used " * 5_000))) < 10_000


def test_citations_as_text_and_series_become_one_sign() -> None:
    assert grouped(signed("As Lee et al. (2004) and others [1, 2] say.")) == f"As {MARK} and others {MARK} say."


def test_a_series_of_markers_spells_like_one() -> None:
    def pieces(text: str) -> set[str]:
        return {name for name in features(text) if name.startswith("c ")}

    assert pieces(f"As shown [{MARK}, {MARK}].") == pieces(f"As shown [{MARK}].")
    assert pieces(f"As shown (Lee, {MARK}).") == pieces(f"As shown {MARK}.") == pieces("As shown (Lee, 2004).")


def test_lessons_are_those_of_this_code() -> None:
    hand = lessons()
    assert fresh(), "features have changed: run python -m bench.training intents"
    assert set(hand.labels) == {"background", "method", "result"}
    assert len(hand.rows) == len(hand.labels) > 3_000
    again = Lessons(hand.rows[:50], hand.labels[:50])
    assert len(packed(again)) == len(packed(Lessons([*again.rows], [*again.labels])))
    assert all(int(one[0]) >= 0 and int(one[-1]) < 1 << BITS and bool((one[1:] > one[:-1]).all()) for one in hand.rows)

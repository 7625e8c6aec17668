from __future__ import annotations

import pytest

from nlp.citations import cues, intent

CITO = {
    "agreesWith", "citesAsEvidence", "citesAsRelated", "citesForInformation", "confirms", "critiques", "disagreesWith",
    "discusses", "extends", "usesDataFrom", "usesMethodIn",
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
def test_cues_tell_the_intent(text: str, expected: str) -> None:
    begin = text.index("[1]")
    name, confidence = intent(text, begin, begin + 3)
    assert name == expected
    assert (confidence > 0.5) is bool(expected)


def test_only_terms_of_cito() -> None:
    assert {cue.intent for cue in cues()} <= CITO

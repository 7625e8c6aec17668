"""A claim's probability: works count most, then how they say it."""

from __future__ import annotations

import pytest

from api.believing import JUDGED, share, summary, way
from ingest.journal.ledger import Evidence
from ontology.namespaces import expand
from ontology.reading import CLASSIFIER

USES = expand("gn:uses")


def _said(cue: str = "uses", *, supports: tuple[float, ...] = (0.62,), disputes: tuple[float, ...] = ()) -> Evidence:
    return Evidence("urn:s", USES, "urn:o", supports, disputes, (cue,) * len(supports))


@pytest.mark.parametrize("cue", ["uses", "using", CLASSIFIER])
def test_what_one_work_says_is_as_likely_as_judges_found(cue: str) -> None:
    right, judged = JUDGED[way(USES, cue)]
    assert summary([_said(cue)]).probability == pytest.approx(right / judged, abs=0.1)


def test_the_way_of_saying_is_told_by_relation_and_cue() -> None:
    isa = expand("gn:isA")
    assert [way(USES, cue) for cue in ("Using", "based", "used", CLASSIFIER)] == [
        "uses, by a participle", "uses, by a participle", "uses", CLASSIFIER,
    ]  # fmt: skip
    assert [way(isa, cue) for cue in ("such as", "including")] == ["isA", "isA, in passing"]
    assert share("never judged") == pytest.approx(0.8)


def test_works_raise_and_lower_it() -> None:
    likely = [summary([_said(CLASSIFIER)] * works).probability for works in (1, 2, 5, 10)]
    assert likely == sorted(likely) and likely[-1] > 0.85
    against = _said(supports=(), disputes=(0.7,))
    assert summary([_said(), against]).probability < summary([_said()]).probability
    assert (summary([against]).support, summary([against]).dispute, summary([against]).probability) == (0, 1, 0.01)


def test_more_sentences_of_one_work_are_not_more_works() -> None:
    assert summary([_said(supports=(0.62, 0.62))]).probability == summary([_said()]).probability

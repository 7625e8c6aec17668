"""A claim's probability: works count most, then how they say it."""

from __future__ import annotations

import pytest

from api.believing import summary
from ingest.journal.ledger import Evidence


def _said(*, told: bool = True, supports: tuple[float, ...] = (0.62,), disputes: tuple[float, ...] = ()) -> Evidence:
    return Evidence("urn:s", "urn:p", "urn:o", supports, disputes, told)


def test_what_one_work_says_is_as_likely_as_judges_found() -> None:
    assert summary([_said()]).probability == pytest.approx(0.79, abs=0.01)
    assert summary([_said(told=False)]).probability == pytest.approx(0.35, abs=0.02)


def test_works_raise_and_lower_it() -> None:
    likely = [summary([_said(told=False)] * works).probability for works in (1, 2, 5, 10)]
    assert likely == sorted(likely) and likely[-1] == pytest.approx(0.87, abs=0.02)
    against = _said(supports=(), disputes=(0.7,))
    assert summary([_said(), against]).probability < summary([_said()]).probability
    assert (summary([against]).support, summary([against]).dispute, summary([against]).probability) == (0, 1, 0.01)


def test_more_sentences_of_one_work_are_not_more_works() -> None:
    assert summary([_said(supports=(0.62, 0.62))]).probability == summary([_said()]).probability

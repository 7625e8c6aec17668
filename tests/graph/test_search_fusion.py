"""Scores made comparable, added up and smoothed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from graph.search.fusion import Ranking, fuse
from graph.search.neighbours import ALIKE, ENTITLED, smoothed

A, B, C, D = (0, 1), (0, 2), (1, 0), (1, 1)


def test_a_share_is_what_a_score_is_above_the_least_in_standard_deviations() -> None:
    results = fuse([Ranking("words", 2.0, [(A, 5.0), (B, 3.0), (C, 1.0)])])
    spread = np.std([5.0, 3.0, 1.0])
    assert results.keys == [A, B, C]
    assert results.scores == pytest.approx([8 / spread, 4 / spread, 0.0])


def test_a_match_that_few_have_weighs_more() -> None:
    few = fuse([Ranking("words", 1.0, [(A, 5.0)], 200)])
    many = fuse([Ranking("words", 1.0, [(A, 5.0), *(((0, n), 4.0) for n in range(10, 209))], 200)])
    assert few.scores[0] > 10
    assert few.scores[0] > many.scores[0] > 5


def test_ties_go_by_place_and_shares_sum() -> None:
    results = fuse([Ranking("words", 1.0, [(C, 2.0), (A, 1.0)]), Ranking("meaning", 1.0, [(A, 2.0), (C, 1.0)])])
    assert results.keys == [A, C]
    for one in results.page(0, 2):
        assert sum(share.value for share in one.shares) == pytest.approx(one.score)
        assert {share.name for share in one.shares} == {"words", "meaning"}


def _view(vectors: dict[tuple[int, int], list[float]]) -> Any:
    def gathered(places: list[tuple[int, int]]) -> tuple[Any, Any]:
        known = np.array([place in vectors for place in places])
        return known, np.array([vectors[place] for place in places if place in vectors], dtype=np.float32)

    return SimpleNamespace(vectors=gathered)


def test_what_is_like_a_good_result_gains() -> None:
    results = fuse([Ranking("words", 1.0, [(A, 9.0), (B, 4.0), (C, 4.1), (D, 0.0)])])
    view = _view({A: [1, 0], B: [0.9, 0.1], C: [0, 1], D: [-1, 0]})
    moved = smoothed(results, view)
    assert results.keys.index(C) < results.keys.index(B)
    assert moved.keys.index(B) < moved.keys.index(C)
    for one in moved.page(0, 4):
        assert sum(share.value for share in one.shares) == pytest.approx(one.score)
        assert one.shares[-1].name == ALIKE


def test_a_work_entitled_to_its_place_is_not_lowered() -> None:
    results = fuse([Ranking("words", 1.0, [(A, 9.0), (C, 8.5), (B, 7.0), (D, 1.0)])])
    view = _view({A: [1, 0.1, 0], B: [1, 0, 0.1], C: [0, 1, 0], D: [0, 0.9, 0.1]})
    plain, kept = smoothed(results, view), smoothed(results, view, {C})
    assert plain.keys.index(B) < plain.keys.index(C)
    assert kept.keys.index(C) < kept.keys.index(B)
    shares = {share.name: share.value for one in kept.page(0, 4) if one.key == C for share in one.shares}
    assert shares[ENTITLED] > 0
    assert sum(shares.values()) == pytest.approx(results.scores[results.keys.index(C)])


def test_works_without_vectors_stay_and_are_counted() -> None:
    results = fuse([Ranking("words", 1.0, [(A, 9.0), (B, 4.0), (C, 3.0), (D, 1.0)])])
    moved = smoothed(results, _view({}))
    assert moved.keys == results.keys
    assert np.isfinite(moved.scores).all()

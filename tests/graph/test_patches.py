"""Patches: text and back, and several in a row as one."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.patches import Patch, read, together, write
from ontology.errors import StoreError

LINES = st.frozensets(st.sampled_from([f"<a:{n}> <p:x> <o:y> ." for n in range(6)]))


def applied(state: frozenset[str], patch: Patch) -> frozenset[str]:
    return (state - patch.removed) | patch.added


@given(st.lists(LINES, min_size=2, max_size=7))
def test_several_lead_where_each_in_turn_leads(states: list[frozenset[str]]) -> None:
    patches = [
        Patch(number, number - 1, before - after, after - before)
        for number, (before, after) in enumerate(pairwise(states), 1)
    ]
    one = together(patches)
    assert applied(states[0], one) == states[-1]
    assert (one.previous, one.sequence) == (0, len(states) - 1)
    assert not one.removed & one.added
    assert read(write(one)) == one


def test_what_comes_and_goes_again_leaves_nothing() -> None:
    line = "<a:1> <p:x> <o:y> ."
    one = together([Patch(1, 0, frozenset(), frozenset({line})), Patch(2, 1, frozenset({line}), frozenset())])
    assert one == Patch(2, 0, frozenset(), frozenset())


def test_gaps_and_broken_patches_are_found_out() -> None:
    nothing: frozenset[str] = frozenset()
    with pytest.raises(StoreError, match="after 1 is missing"):
        together([Patch(1, 0, nothing, nothing), Patch(3, 2, nothing, nothing)])
    with pytest.raises(StoreError, match="not whole"):
        read(list(write(Patch(1, 0, nothing, nothing)))[:-1])
    with pytest.raises(StoreError, match="no line of a patch"):
        read(["X y"])
    with pytest.raises(StoreError, match="no changes"):
        together([])

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.abbreviations import definitions


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("We use support vector machines (SVMs).", "SVMs", "support vector machines"),
        ("the long short-term memory (LSTM) network", "LSTM", "long short-term memory"),
        ("heat shock transcription factor (HSF; see below)", "HSF", "heat shock transcription factor"),
        ("glucose-6-phosphate dehydrogenase (G6PD)", "G6PD", "glucose-6-phosphate dehydrogenase"),
        ("NLP (natural language processing) is", "NLP", "natural language processing"),
        ("the Gcn5-related N-acetyltransferase [GNAT] family", "GNAT", "Gcn5-related N-acetyltransferase"),
    ],
)
def test_definitions_are_found(text: str, short: str, long: str) -> None:
    found = definitions(text)
    assert found[short].long == long
    assert text[found[short].begin : found[short].end] == long


@pytest.mark.parametrize("text", ["results (Kim 2014)", "a test (A)", "see (12)", "it (see Methods)", "x (XYZ)"])
def test_what_defines_nothing(text: str) -> None:
    assert definitions(text) == {}


@given(st.text(alphabet="abAB() []-;\n", max_size=120))
def test_definitions_are_exact(text: str) -> None:
    for definition in definitions(text).values():
        assert text[definition.begin : definition.end] == definition.long

"""The text at the place an error names."""

from __future__ import annotations

import pytest

from ingest.formats.excerpt import excerpt

JSON = b'{"title": ["A"], "author": [{"name": "Ada"}, {"name": 7}]}'
LINES = "\n".join(f"row {number}" for number in range(1, 10)).encode()


@pytest.mark.parametrize(
    ("body", "place", "line", "text"),
    [
        (LINES, "line 4", 4, "row 2\nrow 3\nrow 4\nrow 5\nrow 6"),
        (LINES, "record 3, line 1, column 2", 1, "row 1\nrow 2\nrow 3"),
        (LINES, "line 9, <title>", 9, "row 7\nrow 8\nrow 9"),
        (JSON, "$.author[1].name", 0, "7"),
        (JSON, "$.author[1].given", 0, '{"name": 7}'),
        (JSON, "end of payload", 0, JSON.decode()),
        ("é".encode() + b"\xff", "line 1, column 2", 1, "é\ufffd"),
        (LINES.decode().encode("utf-16"), "line 1", 1, "row 1\nrow 2\nrow 3"),
    ],
)
def test_the_place_is_found(body: bytes, place: str, line: int, text: str) -> None:
    found = excerpt(body, place)
    assert (found.text, found.line, found.found) == (text, line, True)


def test_a_long_line_is_cut_around_the_column() -> None:
    found = excerpt(b"x" * 5000 + b"HERE" + b"y" * 5000, "line 1, column 5001")
    assert "HERE" in found.text
    assert len(found.text) <= 400


@pytest.mark.parametrize("place", ["", "line 700", "$.nothing", "$[3", "somewhere else", "line 99999999999999999999"])
def test_a_place_that_is_not_there_shows_the_beginning(place: str) -> None:
    found = excerpt(LINES, place)
    assert not found.found
    assert found.text.startswith("row 1")

from __future__ import annotations

from bench.reading import invented


def test_made_names_are_the_same_every_time() -> None:
    words = ["soil", "river", "wind", "rain"]
    first, again = ([c.labels[0].text for c in invented(words, 20)] for _ in range(2))
    assert first == again
    assert all(2 <= len(text.split()) <= 4 for text in first)

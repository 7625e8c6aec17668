"""Fixtures for the tests of ingest."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest

from ontology.records import Document

FLAT = ("fig/", "tab/", "eq/", "fn/", "cit/", "media/", "stmt/")
BLOCKS = {"title", "paragraph", "figure", "table", "row", "formula", "footnote", "media"}


def _check(document: Document) -> None:
    """What holds for every document, whatever it was made from."""
    text = document.text
    assert unicodedata.is_normalized("NFC", text)
    by_path = {fragment.path: fragment for fragment in document.fragments}
    assert len(by_path) == len(document.fragments), "paths are unique"
    for fragment in document.fragments:
        assert 0 <= fragment.begin <= fragment.end <= len(text), fragment
        path = fragment.path
        while "/" in path:
            path = path.rpartition("/")[0]
            if (parent := by_path.get(path)) is not None and parent.kind != "table":
                assert parent.begin <= fragment.begin <= fragment.end <= parent.end, (fragment, parent)
        if fragment.within and not fragment.within.startswith(FLAT):
            assert fragment.within in by_path, fragment
    _check_blocks(document)


def _check_blocks(document: Document) -> None:
    """Blocks are the lines of the text: each once, none inside another (so no caption in a paragraph)."""
    blocks = sorted((f.begin, f.end) for f in document.fragments if f.kind in BLOCKS and f.begin < f.end)
    lines = []
    at = 0
    for line in document.text.split("\n"):
        lines.append((at, at + len(line)))
        assert line == line.strip()
        assert line
        at += len(line) + 1
    assert blocks == (lines if document.text else [])
    begins = dict(blocks)
    for fragment in document.fragments:
        if fragment.kind in ("citation", "cell"):
            holder = max((b for b in begins if b <= fragment.begin), default=0)
            assert fragment.end <= begins[holder], fragment


@pytest.fixture(scope="session")
def check_document() -> Callable[[Document], None]:
    """Asserts the invariants of documents."""
    return _check

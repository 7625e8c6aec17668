"""Test collections are read as their makers lay them out."""

from __future__ import annotations

from pathlib import Path

from bench.retrieval import beir


def test_a_collection_in_beirs_layout(tmp_path: Path) -> None:
    (tmp_path / "corpus.jsonl").write_text(
        '{"_id": "a1", "title": "On  foxes", "text": "They run."}\n\n{"_id": "b2", "text": "Hens sit."}\n'
    )
    (tmp_path / "queries.jsonl").write_text(
        '{"_id": "q7", "text": "who runs"}\n{"_id": "q8", "text": "unjudged"}\n{"_id": "q9", "text": "who sits"}\n'
    )
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq7\ta1\t2\nq7\tb2\t0\nq9\tb2\t1\n")
    found = beir(tmp_path)
    assert [(one.iri, one.title, one.abstract) for one in found.documents] == [
        ("urn:doc:a1", "On foxes", "They run."),
        ("urn:doc:b2", "", "Hens sit."),
    ]
    assert found.queries == {1: "who runs", 3: "who sits"}
    assert found.relevant == {1: frozenset({"urn:doc:a1"}), 3: frozenset({"urn:doc:b2"})}

"""Commits of the search index: idempotent, atomic, healed after a kill, seen by other processes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import numpy as np
import pytest

from graph.search.base import SearchRequest
from graph.search.codes import Codes
from graph.search.dense import VectorFile
from graph.search.documents import SearchDocument, Vector
from graph.search.engine import SearchEngine
from ontology.errors import SearchError

DIMENSIONS = 8
BATCH = 20


def vector_of(number: int, edition: int) -> Vector:
    vector = np.random.default_rng((number, edition)).normal(size=DIMENSIONS).astype(np.float32)
    return vector / np.linalg.norm(vector)  # type: ignore[no-any-return]


def batch_of(sequence: int) -> list[tuple[SearchDocument, Vector]]:
    """Commit `sequence` writes twenty works, half of them anew over the commit before."""
    first = sequence * BATCH // 2
    return [
        (SearchDocument(iri=f"urn:w:{n}", title=f"Work {n} edition {sequence}", year=sequence), vector_of(n, sequence))
        for n in range(first, first + BATCH)
    ]


def _open(folder: Path, *, read_only: bool = False) -> SearchEngine:
    return SearchEngine.open(folder, "toy", DIMENSIONS, read_only=read_only)


def _check(engine: SearchEngine) -> None:
    """Every work is there in the edition of the last commit that wrote it, with that edition's vector."""
    sequence = engine.sequence
    last = {document.iri: (document, vector) for s in range(1, sequence + 1) for document, vector in batch_of(s)}
    assert len(engine) == len(last)
    for iri, (document, vector) in last.items():
        found = engine.vector(iri)
        assert found is not None
        np.testing.assert_allclose(found, vector, atol=1e-6)
        assert engine.search(SearchRequest(query=f'"{document.title}"', highlight=False)).total == 1


def test_the_same_update_again_changes_nothing(tmp_path: Path) -> None:
    engine = _open(tmp_path)
    for sequence in (1, 2, 2, 3, 3):
        engine.update(batch_of(sequence), [], sequence)
    _check(engine)
    before, size = engine.checksum(), (tmp_path / "vectors").stat()
    engine.update(batch_of(3), [], 3)
    assert engine.checksum() == before
    assert (tmp_path / "vectors").stat().st_size == size.st_size
    engine.close()


def test_no_commit_empties_a_segment(tmp_path: Path) -> None:
    """Tantivy begins to merge just before segments that have become empty go: a merge with one comes to nothing."""
    engine = _open(tmp_path)
    engine.update(batch_of(1), [], 1)
    before: set[str] = set()
    for sequence in range(2, 6):
        engine.update([], [], sequence)
        segments = json.loads((tmp_path / "works" / "meta.json").read_text())["segments"]
        assert before < {one["segment_id"] for one in segments}
        before = {one["segment_id"] for one in segments}
    assert (engine.sequence, len(engine)) == (5, BATCH)
    assert engine.search(SearchRequest(query="edition", highlight=False)).total == BATCH
    assert engine.search(SearchRequest(query="", highlight=False)).total == BATCH
    engine.close()


def test_the_checksum_names_the_content_not_the_way_there(tmp_path: Path) -> None:
    works = [document for document, _ in batch_of(1)]
    one, other = _open(tmp_path / "one"), _open(tmp_path / "other")
    one.update([(work, None) for work in works], [], 1)
    for sequence, work in enumerate(reversed(works)):
        other.update([(work, vector_of(1, 1))], ["urn:w:nothing"], sequence)
    assert one.checksum() == other.checksum()
    other.update([], [works[0].iri], 99)
    assert one.checksum() != other.checksum()
    assert other.sequence == 99
    one.close()
    other.close()


def test_a_document_counts_over_its_own_deletion(tmp_path: Path) -> None:
    engine = _open(tmp_path)
    engine.update(batch_of(1), [], 1)
    iris = [document.iri for document, _ in batch_of(1)]
    engine.update(batch_of(1), iris, 2)
    assert len(engine) == BATCH
    engine.update([], iris, 3)
    assert len(engine) == 0
    engine.close()


def test_rows_of_deleted_works_are_used_again(tmp_path: Path) -> None:
    engine = _open(tmp_path)
    for sequence in range(1, 30):
        batch = batch_of(1)
        engine.update([(work, vector_of(n, sequence)) for n, (work, _) in enumerate(batch)], [], sequence)
    [file] = (tmp_path / "vectors").glob("*.f32")
    assert file.stat().st_size <= 3 * BATCH * 4 * DIMENSIONS
    for n, (work, _) in enumerate(batch):
        np.testing.assert_allclose(engine.vector(work.iri), vector_of(n, 29), atol=1e-6)
    engine.close()


def test_another_encoder_starts_anew_and_no_encoder_leaves_vectors_alone(tmp_path: Path) -> None:
    first = _open(tmp_path)
    first.update(batch_of(1), [], 1)
    first.close()
    without = SearchEngine.open(tmp_path)
    without.update([], [], 2)
    without.close()
    _open(tmp_path).close()
    assert _open(tmp_path).vector("urn:w:10") is not None
    other = SearchEngine.open(tmp_path, "other", 4)
    assert other.vector("urn:w:10") is None
    half = np.full(4, 0.5, dtype=np.float32)
    other.update([(work, half) for work, _ in batch_of(1)], [], 3)
    other.close()
    again = SearchEngine.open(tmp_path, "other", 4)
    again.update([], [], 4)
    assert len(list((tmp_path / "vectors").glob("*.f32"))) == 1
    np.testing.assert_allclose(again.vector("urn:w:10"), half)
    again.close()


def test_a_vector_of_another_shape_is_refused_and_nothing_is_lost(tmp_path: Path) -> None:
    engine = _open(tmp_path)
    engine.update(batch_of(1), [], 1)
    with pytest.raises(SearchError):
        engine.update([(batch_of(2)[0][0], np.zeros(3, dtype=np.float32))], [], 2)
    assert (engine.sequence, len(engine)) == (1, BATCH)
    engine.update(batch_of(2), [], 2)
    _check(engine)
    engine.close()


WRITER = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from test_search_commits import _open, batch_of
engine = _open(Path(sys.argv[2]))
print("ready", flush=True)
for sequence in range(engine.sequence + 1, 10_000):
    engine.update(batch_of(sequence), [], sequence)
"""


def _writer(folder: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(Path(__file__).parent), str(folder)], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


@pytest.mark.slow
def test_a_kill_at_any_moment_leaves_a_whole_commit_and_no_lock(tmp_path: Path) -> None:
    random = Random(5)
    for _ in range(5):
        process = _writer(tmp_path)
        time.sleep(random.uniform(0.05, 0.6))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()  # type: ignore[union-attr]
        engine = _open(tmp_path)
        _check(engine)
        engine.update(batch_of(engine.sequence + 1), [], engine.sequence + 1)
        _check(engine)
        engine.close()
    assert engine.sequence > 5


def test_a_reader_elsewhere_sees_commits_within_a_second(tmp_path: Path) -> None:
    reader = _open(tmp_path, read_only=True)
    assert reader.sequence == 0
    assert reader.search(SearchRequest(query="work")).notes
    process = _writer(tmp_path)
    try:
        seen = set()
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline and len(seen) < 5:
            seen.add(reader.sequence)
            time.sleep(0.05)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()  # type: ignore[union-attr]
    assert len(seen) >= 3
    _check(reader)


def test_the_compressed_copy_finds_what_exact_search_finds(tmp_path: Path) -> None:
    vectors = np.random.default_rng(1).normal(size=(3_000, 64)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rows = np.arange(3_000)
    codes = Codes(64)
    codes.follow(rows[:500], rows[:500] + 1, vectors)
    codes.follow(rows, rows + 1, vectors)
    found = 0
    for query in vectors[:50] + 0.3 * vectors[50:100]:
        best = set(np.argsort(-(vectors @ query))[:10].tolist())
        found += len(best & set(codes.nearest(query, 40, rows).tolist()))
        assert set(codes.nearest(query, 40, rows[100:200]).tolist()) <= set(range(100, 200))
    assert found / 500 >= 0.99
    changed = -vectors
    codes.follow(rows, rows + 10_000, changed)
    assert int(codes.nearest(changed[7], 1, rows)[0]) == 7


def test_an_unfinished_row_does_not_count(tmp_path: Path) -> None:
    file = VectorFile(tmp_path, "toy", DIMENSIONS)
    file.write([(0, vector_of(0, 0).tobytes()), (2, vector_of(2, 2).tobytes())])
    with file.path.open("ab") as handle:
        handle.write(b"\0" * 7)
    assert file.rows() == 3
    np.testing.assert_array_equal(file.view()[2], vector_of(2, 2))

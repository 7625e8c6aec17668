"""Files, folders, compressed files and JSON lines: what comes out, under which name, in which order."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.sources.archives import payloads, printable
from ingest.sources.base import Broken, Past
from ingest.sources.files import FilesSource
from ingest.sources.streams import FileLimits
from ontology.errors import ArchiveLimit, PayloadTooLarge, SourceError
from ontology.records import Payload

MIB = 1 << 20


def harvested(*paths: Path, **limits: int) -> list[Payload | Broken]:
    return list(FilesSource("test", paths, FileLimits(**limits)).harvest())


def bodies(found: list[Payload | Broken]) -> dict[str, bytes]:
    return {item.locator: item.body for item in found if isinstance(item, Payload)}


def faults(found: list[Payload | Broken]) -> dict[str, SourceError]:
    return {item.locator: item.error for item in found if isinstance(item, Broken)}


def test_a_data_folder_below_is_passed_over(tmp_path: Path) -> None:
    for name in ("a.xml", "data/journal.sqlite", "data/journal.lock", "data/index/meta.json", "notes/journal.sqlite"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    assert [p.locator for p in harvested(tmp_path) if isinstance(p, Payload)] == ["a.xml", "notes/journal.sqlite"]


def test_a_folder_is_read_in_order_of_names_and_hidden_files_are_passed_over(tmp_path: Path) -> None:
    for name in ("b.xml", "a/z.json", "a/README", ".DS_Store", ".git/config", "c.MD", "a/.x.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)

    found = harvested(tmp_path)

    assert [(p.locator, p.media, p.datestamp) for p in found if isinstance(p, Payload)] == [
        ("a/README", "", ""),
        ("a/z.json", ".json", ""),
        ("b.xml", ".xml", ""),
        ("c.MD", ".md", ""),
    ]
    assert bodies(found)["a/z.json"] == b"a/z.json"
    assert not faults(found)
    assert harvested(tmp_path) == found


def test_a_single_file_goes_by_its_name_and_since_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "x.bib").write_text("@book{a}")
    found = list(FilesSource("test", [tmp_path / "x.bib"]).harvest(Past(notes={"reached": "2999-01-01"})))
    assert found == [Payload(source="test", locator="x.bib", body=b"@book{a}", media=".bib")]


def test_equal_names_below_several_roots_are_kept_apart_and_each_file_comes_once(tmp_path: Path) -> None:
    for folder in ("one", "two", "three"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.xml").write_text(folder)
    paths = [tmp_path / "one", tmp_path / "two", tmp_path / "one", tmp_path / "three" / "x.xml"]
    assert bodies(harvested(*paths)) == {"x.xml": b"one", "two/x.xml": b"two", "three/x.xml": b"three"}


def test_a_path_that_is_not_there_stops_the_source_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("a")
    with pytest.raises(SourceError, match="nowhere"):
        next(FilesSource("test", [tmp_path / "a.xml", tmp_path / "nowhere"]).harvest())


def test_links_stay_inside_their_root(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (tmp_path / "secret.xml").write_text("secret")
    (root / "sub" / "real.xml").write_text("real")
    (root / "inward.xml").symlink_to(root / "sub" / "real.xml")
    (root / "outward.xml").symlink_to(tmp_path / "secret.xml")
    (root / "outfolder").symlink_to(tmp_path)
    (root / "loop").symlink_to(root)
    (root / "self").symlink_to(root / "self")
    (root / "dangling").symlink_to(root / "gone")

    found = harvested(root)

    assert bodies(found) == {"inward.xml": b"real", "sub/real.xml": b"real"}
    assert sorted(faults(found)) == ["dangling", "outfolder", "outward.xml", "self"]


def test_pipes_and_unreadable_folders_are_broken_and_the_next_file_goes_on(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.fifo")
    (tmp_path / "b.xml").write_text("b")
    found = harvested(tmp_path)
    assert list(faults(found)) == ["a.fifo"]
    assert bodies(found) == {"b.xml": b"b"}


def test_a_tree_deeper_than_the_stack_is_read(tmp_path: Path) -> None:
    deepest = tmp_path / "/".join("d" * 1200)
    subprocess.run(["mkdir", "-p", str(deepest)], check=True)
    (deepest / "x").write_text("deep")
    try:
        assert list(bodies(harvested(tmp_path)).values()) == [b"deep"]
    finally:  # shutil.rmtree, with which pytest tidies up, would run out of stack
        subprocess.run(["rm", "-rf", str(tmp_path / "d")], check=True)


@pytest.mark.parametrize("pack, suffix", [(gzip.compress, ".gz"), (lzma.compress, ".xz"), (bz2.compress, ".bz2")])
def test_compression_is_taken_off_and_the_inner_suffix_counts(tmp_path: Path, pack: object, suffix: str) -> None:
    (tmp_path / f"x.JSON{suffix}").write_bytes(pack(b'{"a": 1}'))  # type: ignore[operator]
    (found,) = harvested(tmp_path)
    assert found == Payload(source="test", locator=f"x.JSON{suffix}", body=b'{"a": 1}', media=".json")


def test_several_gzip_members_in_one_file_are_one_payload(tmp_path: Path) -> None:
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(b"a,b\n", mtime=0) + gzip.compress(b"1,2\n"))
    assert bodies(harvested(tmp_path)) == {"x.csv.gz": b"a,b\n1,2\n"}


@pytest.mark.parametrize("pack, suffix", [(gzip.compress, ".gz"), (lzma.compress, ".xz"), (bz2.compress, ".bz2")])
def test_truncated_and_corrupt_compression_is_broken_and_the_next_file_goes_on(
    tmp_path: Path, pack: object, suffix: str
) -> None:
    packed: bytes = pack(os.urandom(50_000))  # type: ignore[operator]
    (tmp_path / f"a.xml{suffix}").write_bytes(packed[:-2000])
    (tmp_path / f"b.xml{suffix}").write_bytes(packed[:20_000] + b"\0" * 1000 + packed[21_000:])
    (tmp_path / f"c.xml{suffix}").write_bytes(b"not packed at all")
    (tmp_path / "d.xml").write_text("fine")
    found = harvested(tmp_path)
    assert sorted(faults(found)) == [f"a.xml{suffix}", f"b.xml{suffix}", f"c.xml{suffix}"]
    assert all(type(error) is SourceError for error in faults(found).values())
    assert bodies(found) == {"d.xml": b"fine"}


def test_a_bomb_of_one_stream_is_stopped_by_its_ratio(tmp_path: Path) -> None:
    (tmp_path / "a.xml.xz").write_bytes(lzma.compress(b"\0" * (40 * MIB)))
    (tmp_path / "b.xml.gz").write_bytes(gzip.compress(b"\0" * (40 * MIB)))
    (tmp_path / "c.xml").write_text("fine")
    found = harvested(tmp_path)
    assert [type(error) for error in faults(found).values()] == [ArchiveLimit, ArchiveLimit]
    assert faults(found)["a.xml.xz"].place == "a.xml.xz"
    assert "200 times" in faults(found)["a.xml.xz"].message
    assert bodies(found) == {"c.xml": b"fine"}


def test_small_files_may_be_as_compressible_as_they_like(tmp_path: Path) -> None:
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(b"0" * 900_000))
    assert len(bodies(harvested(tmp_path))["x.csv.gz"]) == 900_000


def test_compressed_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.xml.gz.gz").write_bytes(gzip.compress(gzip.compress(b"x", mtime=0)))
    assert isinstance(faults(harvested(tmp_path))["x.xml.gz.gz"], ArchiveLimit)


def test_a_payload_beyond_the_limit_is_broken(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"x" * 1001)
    (tmp_path / "b.csv").write_bytes(b"x" * 1000)
    found = harvested(tmp_path, payload_bytes=1000)
    assert isinstance(faults(found)["a.csv"], PayloadTooLarge)
    assert list(bodies(found)) == ["b.csv"]


def test_lines_are_numbered_as_they_stand_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_bytes(b'{"a":1}\r\n\n  \n{"b":2}\n{"c":3}')
    assert bodies(harvested(tmp_path)) == {
        "x.jsonl#L1": b'{"a":1}',
        "x.jsonl#L4": b'{"b":2}',
        "x.jsonl#L5": b'{"c":3}',
    }
    assert {p.media for p in harvested(tmp_path) if isinstance(p, Payload)} == {".json"}


def test_lines_before_a_cut_in_a_compressed_file_are_kept(tmp_path: Path) -> None:
    rows = "".join(json.dumps({"n": n, "x": os.urandom(40).hex()}) + "\n" for n in range(20_000)).encode()
    packed = gzip.compress(rows)
    (tmp_path / "x.ndjson.gz").write_bytes(packed[: len(packed) // 2])
    found = harvested(tmp_path)
    assert len(found) > 5_000
    assert isinstance(found[-1], Broken)
    assert all(json.loads(p.body)["n"] == n for n, p in enumerate(found[:-1]) if isinstance(p, Payload))


def test_a_line_of_200_mb_is_passed_over_without_being_held(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    with path.open("wb") as file:
        file.write(b'{"first":1}\n{"long":"')
        for _ in range(200):
            file.write(b"x" * MIB)
        file.write(b'"}\n{"last":1}\n')

    tracemalloc.start()
    found = harvested(tmp_path, line_bytes=2 * MIB)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert bodies(found) == {"x.jsonl#L1": b'{"first":1}', "x.jsonl#L3": b'{"last":1}'}
    assert isinstance(faults(found)["x.jsonl#L2"], PayloadTooLarge)
    assert "line 2" in faults(found)["x.jsonl#L2"].place
    assert peak < 12 * MIB


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"")), max_size=8), st.integers(1, 25))
def test_no_line_is_lost_or_invented(rows: list[bytes], limit: int) -> None:
    stream = io.BytesIO(b"\n".join(rows))
    found = list(payloads("t", stream, "x.jsonl", "x", FileLimits(line_bytes=limit)))
    blank = b" \t\r"
    assert [p.locator for p in found] == [
        f"x#L{n}" for n, row in enumerate(rows, 1) if row.strip(blank) or len(row) > limit
    ]
    assert [p.body for p in found if isinstance(p, Payload)] == [
        r.strip(blank) for r in rows if len(r) <= limit and r.strip(blank)
    ]


@pytest.mark.parametrize(
    "sent, expected",
    [
        (b"<article/>", {"-": b"<article/>"}),
        (gzip.compress(b"<article/>", mtime=0), {"-": b"<article/>"}),
        (b'{"a":1}\n{"b":2}\n', {"-#L1": b'{"a":1}', "-#L2": b'{"b":2}'}),
        (b'{"a":1}\n', {"-": b'{"a":1}\n'}),
    ],
)
def test_standard_input_is_told_by_its_first_bytes(sent: bytes, expected: dict[str, bytes]) -> None:
    program = (
        "from pathlib import Path; from ingest.sources.files import FilesSource\n"
        "print({p.locator: p.body for p in FilesSource('t', [Path('-')]).harvest()})"
    )
    answer = subprocess.run([sys.executable, "-c", program], input=sent, capture_output=True, check=True)
    assert answer.stdout.decode().strip() == str(expected)


def test_names_that_cannot_be_printed_are_escaped(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9\n.xml")).write_text("x")
    (found,) = harvested(tmp_path)
    assert found.locator == "caf\\xdce9\\x0a.xml"
    assert printable("文献 é.xml") == "文献 é.xml"


@pytest.mark.shared
def test_every_shared_jats_and_acl_file_comes_through(shared: Path) -> None:
    found = harvested(shared / "jats" / "plos", shared / "acl_anthology" / "xml")
    assert not faults(found)
    assert len(found) == sum(1 for f in (shared / "jats" / "plos").rglob("*") if f.is_file()) + sum(
        1 for f in (shared / "acl_anthology" / "xml").rglob("*") if f.is_file()
    )
    assert all(b"<" in p.body[:100] for p in found if isinstance(p, Payload) and p.media == ".xml")

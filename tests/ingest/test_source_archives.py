"""Archives: members in order, bombs stopped, tricks harmless."""

from __future__ import annotations

import gzip
import io
import os
import struct
import tarfile
import zipfile
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.sources.archives import payloads
from ingest.sources.base import Broken
from ingest.sources.files import FilesSource
from ingest.sources.streams import FileLimits
from ontology.errors import ArchiveLimit, PayloadTooLarge, SourceError
from ontology.records import Payload

MIB = 1 << 20
Members = list[tuple[str, bytes]]


def zipped(members: Members) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members:
            archive.writestr(zipfile.ZipInfo(name), body, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def tarred(members: Members, mode: str = "w") -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:  # type: ignore[call-overload]
        for name, body in members:
            header = tarfile.TarInfo(name)
            header.size = len(body)
            archive.addfile(header, io.BytesIO(body))
    return file.getvalue()


PACKERS: list[tuple[Callable[[Members], bytes], str]] = [
    (zipped, ".zip"),
    (tarred, ".tar"),
    (lambda members: tarred(members, "w:gz"), ".tar.gz"),
    (lambda members: tarred(members, "w:gz"), ".tgz"),
    (lambda members: tarred(members, "w:xz"), ".tar.xz"),
    (lambda members: tarred(members, "w:bz2"), ".tar.bz2"),
]
every_archive = pytest.mark.parametrize("pack, suffix", PACKERS, ids=[suffix for _, suffix in PACKERS])


def read(body: bytes, name: str, **limits: int) -> list[Payload | Broken]:
    return list(payloads("test", io.BytesIO(body), name, name, FileLimits(**limits)))


def bodies(found: list[Payload | Broken]) -> dict[str, bytes]:
    return {item.locator: item.body for item in found if isinstance(item, Payload)}


def faults(found: list[Payload | Broken]) -> dict[str, SourceError]:
    return {item.locator: item.error for item in found if isinstance(item, Broken)}


@every_archive
def test_members_come_in_the_archives_order_without_hidden_ones(pack: Callable[[Members], bytes], suffix: str) -> None:
    members = [("z.xml", b"z"), ("sub/a.json.gz", gzip.compress(b"a")), ("./b.jsonl", b"{}\n[]\n"),
               ("__MACOSX/._z.xml", b"junk"), (".hidden/x", b"junk"), ("empty.xml", b"")]  # fmt: skip
    found = read(pack(members), f"x{suffix}")
    assert [(p.locator, p.body, p.media) for p in found if isinstance(p, Payload)] == [
        (f"x{suffix}!z.xml", b"z", ".xml"),
        (f"x{suffix}!sub/a.json.gz", b"a", ".json"),
        (f"x{suffix}!./b.jsonl#L1", b"{}", ".json"),
        (f"x{suffix}!./b.jsonl#L2", b"[]", ".json"),
        (f"x{suffix}!empty.xml", b"", ".xml"),
    ]
    assert not faults(found)


@every_archive
@pytest.mark.parametrize("inner", [".zip", ".tar", ".tar.gz"])
def test_an_archive_in_an_archive_is_read_and_no_third(
    pack: Callable[[Members], bytes], suffix: str, inner: str
) -> None:
    second = next(p for p, s in PACKERS if s == inner)
    third = second([("x.xml", b"deep"), ("y.zip", zipped([("z.xml", b"too deep")]))])
    found = read(pack([(f"in{inner}", third), ("after.xml", b"after")]), f"x{suffix}")
    assert bodies(found) == {f"x{suffix}!in{inner}!x.xml": b"deep", f"x{suffix}!after.xml": b"after"}
    (fault,) = faults(found).items()
    assert fault[0] == f"x{suffix}!in{inner}!y.zip"
    assert isinstance(fault[1], ArchiveLimit)


@every_archive
def test_names_that_point_elsewhere_stay_names(
    pack: Callable[[Members], bytes], suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "deep" / "er")
    before = sorted(tmp_path.rglob("*"))
    names = ["../../up.xml", str(tmp_path / "absolute.xml"), "a\nb.xml", "文.xml", "w\\..\\w.xml", "C:x.xml"]
    found = read(pack([(name, b"x") for name in names]), f"x{suffix}")
    assert [p.locator.partition("!")[2] for p in found] == [
        "../../up.xml", str(tmp_path / "absolute.xml"), "a\\x0ab.xml", "文.xml", "w\\..\\w.xml", "C:x.xml",
    ]  # fmt: skip
    assert sorted(tmp_path.rglob("*")) == before


def test_a_zip_member_whose_name_goes_on_behind_a_nul_is_read_under_what_stands_before_it() -> None:
    found = read(zipped([("abcXdef.xml", b"x")]).replace(b"abcXdef", b"abc\0def"), "x.zip")
    assert [p.locator for p in found] == ["x.zip!abc"]


@every_archive
def test_members_of_one_name_are_told_apart(pack: Callable[[Members], bytes], suffix: str) -> None:
    with pytest.warns(UserWarning, match="Duplicate") if suffix == ".zip" else nullcontext():
        body = pack([("a.xml", b"1"), ("a.xml", b"2"), ("a.xml", b"3")])
    assert bodies(read(body, "x" + suffix)) == {
        f"x{suffix}!a.xml": b"1", f"x{suffix}!a.xml#2": b"2", f"x{suffix}!a.xml#3": b"3",
    }  # fmt: skip


@every_archive
def test_too_many_members_end_the_archive(pack: Callable[[Members], bytes], suffix: str) -> None:
    found = read(pack([(f"{n}.xml", b"x") for n in range(20)]), "x" + suffix, members=5)
    assert len(bodies(found)) == 5
    (error,) = faults(found).values()
    assert isinstance(error, ArchiveLimit)
    assert error.place == "x" + suffix
    assert "5 members" in error.message


@every_archive
def test_too_many_bytes_in_all_end_the_archive(pack: Callable[[Members], bytes], suffix: str) -> None:
    members = [(f"{n}.xml", os.urandom(300_000)) for n in range(10)]
    found = read(pack(members), "x" + suffix, unpacked_bytes=MIB)
    if suffix == ".tar":  # nothing is unpacked: a plain tar cannot grow
        assert len(bodies(found)) == 10
        return
    assert 0 < len(bodies(found)) < 4
    assert 1 <= len(faults(found)) <= 2
    assert all(isinstance(error, ArchiveLimit) and error.place == "x" + suffix for error in faults(found).values())


@every_archive
def test_a_member_beyond_the_payload_limit_is_broken_and_the_next_goes_on(
    pack: Callable[[Members], bytes], suffix: str
) -> None:
    found = read(pack([("big.xml", os.urandom(5000)), ("small.xml", b"x")]), "x" + suffix, payload_bytes=1000)
    assert isinstance(faults(found)[f"x{suffix}!big.xml"], PayloadTooLarge)
    assert bodies(found) == {f"x{suffix}!small.xml": b"x"}


def test_a_zip_bomb_is_stopped_and_named_and_the_next_file_goes_on(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped([("bomb.xml", b"\0" * (50 * MIB)), ("fine.xml", b"fine")]))
    (tmp_path / "b.xml").write_text("fine")
    found = list(FilesSource("test", [tmp_path]).harvest())
    assert bodies(found) == {"a.zip!fine.xml": b"fine", "b.xml": b"fine"}
    (error,) = faults(found).values()
    assert isinstance(error, ArchiveLimit)
    assert error.place == "a.zip!bomb.xml"
    assert "200 times" in error.message


def test_a_bomb_in_a_tar_gz_ends_that_archive(tmp_path: Path) -> None:
    (tmp_path / "a.tar.gz").write_bytes(tarred([("ok.xml", b"ok"), ("bomb.xml", b"\0" * (50 * MIB))], "w:gz"))
    (tmp_path / "b.xml").write_text("fine")
    found = list(FilesSource("test", [tmp_path]).harvest())
    assert bodies(found) == {"a.tar.gz!ok.xml": b"ok", "b.xml": b"fine"}
    assert all(isinstance(error, ArchiveLimit) for error in faults(found).values())


def test_a_bomb_in_a_zip_in_a_zip_is_stopped_before_it_is_laid_down() -> None:
    bomb = zipped([("x.xml", b"\0" * (30 * MIB))])
    nested = zipped([("in.zip", zipped([("a.bin", os.urandom(3000)), ("x", b"")]) + bomb)])
    assert all(isinstance(error, ArchiveLimit) for error in faults(read(nested, "x.zip")).values())
    assert isinstance(faults(read(zipped([("in.zip", os.urandom(3000))]), "x.zip", nested_bytes=2000))["x.zip!in.zip"],
                      ArchiveLimit)  # fmt: skip


def test_a_zip_that_lies_about_a_members_size_yields_no_wrong_bytes() -> None:
    body = bytearray(zipped([("a.xml", b"x" * 5000)]))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<L", body, body.index(signature) + offset, 10)
    found = read(bytes(body), "x.zip")
    assert not bodies(found)
    assert list(faults(found)) == ["x.zip!a.xml"]


def test_a_zip_with_a_giant_directory_is_refused_before_it_is_read() -> None:
    body = bytearray(zipped([("a.xml", b"x")]))
    struct.pack_into("<L", body, body.rindex(b"PK\x05\x06") + 12, 1 << 31)
    assert isinstance(faults(read(bytes(body), "x.zip"))["x.zip"], ArchiveLimit)


def test_an_encrypted_member_is_broken_and_says_so() -> None:
    body = bytearray(zipped([("a.xml", b"secret"), ("b.xml", b"open")]))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        struct.pack_into("<H", body, body.index(signature) + offset, 1)
    found = read(bytes(body), "x.zip")
    assert "encrypted" in faults(found)["x.zip!a.xml"].message
    assert bodies(found) == {"x.zip!b.xml": b"open"}


def test_a_corrupt_member_is_broken_and_the_next_goes_on() -> None:
    body = bytearray(zipped([("a.xml", os.urandom(500)), ("b.xml", b"fine")]))
    body[100:120] = b"\0" * 20
    found = read(bytes(body), "x.zip")
    assert type(faults(found)["x.zip!a.xml"]) is SourceError
    assert bodies(found) == {"x.zip!b.xml": b"fine"}


@every_archive
def test_truncated_archives_keep_what_was_whole(pack: Callable[[Members], bytes], suffix: str) -> None:
    body = pack([("a.xml", b"whole" * 4), ("b.xml", os.urandom(60_000))])
    found = read(body[:30_000], "x" + suffix)
    assert all(type(error) is SourceError for error in faults(found).values())
    assert faults(found)
    assert set(bodies(found)) <= {f"x{suffix}!a.xml"}
    if suffix != ".tar.bz2" and suffix != ".zip":
        assert bodies(found) == {f"x{suffix}!a.xml": b"whole" * 4}


def test_what_is_no_archive_at_all_is_broken() -> None:
    for name in ("x.zip", "x.tar", "x.tar.gz"):
        assert type(faults(read(b"plain text, not an archive" * 100, name))[name]) is SourceError
    assert faults(read(b"", "x.zip"))


def test_links_devices_and_holes_in_a_tar_are_broken() -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for kind, name in ((tarfile.SYMTYPE, "sym"), (tarfile.LNKTYPE, "hard"), (tarfile.CHRTYPE, "dev"),
                           (tarfile.FIFOTYPE, "fifo"), (tarfile.DIRTYPE, "folder")):  # fmt: skip
            header = tarfile.TarInfo(name)
            header.type, header.linkname = kind, "/etc/passwd"
            archive.addfile(header)
        header = tarfile.TarInfo("a.xml")
        header.size = 1
        archive.addfile(header, io.BytesIO(b"a"))
    found = read(file.getvalue(), "x.tar")
    assert list(faults(found)) == ["x.tar!sym", "x.tar!hard", "x.tar!dev", "x.tar!fifo"]
    assert bodies(found) == {"x.tar!a.xml": b"a"}


def test_a_tar_header_too_large_for_memory_is_refused() -> None:
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 5 * MIB
    found = read(header.tobuf(tarfile.GNU_FORMAT) + b"n" * (5 * MIB), "x.tar")
    assert isinstance(faults(found)["x.tar"], ArchiveLimit)


def test_a_tar_member_of_negative_size_ends_the_archive() -> None:
    header = bytearray(tarfile.TarInfo("a.xml").tobuf(tarfile.GNU_FORMAT))
    header[124:136] = b"\xff" * 11 + b"\x00"
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    found = read(bytes(header) + b"\0" * 1024, "x.tar")
    assert list(faults(found)) == ["x.tar"]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PACKERS), st.integers(0, 400), st.binary(min_size=1, max_size=40))
def test_damage_anywhere_never_escapes_as_another_error(
    packer: tuple[Callable[[Members], bytes], str], at: int, damage: bytes
) -> None:
    pack, suffix = packer
    body = bytearray(pack([("a.xml", b"a" * 50), ("b.jsonl", b"{}\n{}\n"), ("c.zip", zipped([("d.xml", b"d")]))]))
    at = at * len(body) // 400
    body[at : at + len(damage)] = damage
    for item in read(bytes(body), "x" + suffix):
        assert item.locator.encode()
        assert isinstance(item, Payload) or isinstance(item.error, SourceError)

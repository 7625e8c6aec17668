"""Wheels fetched by pip from a folder of our own: no registry is needed to see what happens."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path

import pytest

from ontology.errors import ArchiveLimit, RegistryUnavailable, SourceError
from ontology.packages import ExtractLimits, Package, extract, fetch_package, fetch_packages, file_sha256


def wheel(folder: Path, name: str, members: dict[str, bytes], version: str = "1.0") -> Package:
    """A small valid wheel that wants a package nobody has, so that installing or resolving would fail."""
    info = f"{name}-{version}.dist-info"
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, body in members.items():
            archive.writestr(member, body)
        archive.writestr(
            f"{info}/METADATA",
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
            "Requires-Dist: nobody-has-this\nRequires-Python: >=99\n",
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return Package(name, version, file_sha256(path))


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "shelf"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def fetch(package: Package, folder: Path) -> Path:
    return fetch_package(package.name, package.version, package.sha256, folder)


def test_a_wheel_is_fetched_once_and_then_found_at_once(shelf: Path, tmp_path: Path) -> None:
    package = wheel(shelf, "gnomon_a", {"a/x.txt": b"x"})
    found = fetch(package, tmp_path / "cache")
    assert file_sha256(found) == package.sha256
    assert found.name == "gnomon_a-1.0-py3-none-any.whl"

    shutil.rmtree(shelf)
    assert fetch(package, tmp_path / "cache") == found
    assert {path.name for path in (tmp_path / "cache").iterdir()} == {package.sha256}


def test_a_damaged_copy_is_fetched_anew(shelf: Path, tmp_path: Path) -> None:
    package = wheel(shelf, "gnomon_b", {"b/x.txt": b"x"})
    found = fetch(package, tmp_path / "cache")
    found.write_bytes(found.read_bytes()[:-1] + b"!")
    os.utime(found, (1, 1))
    assert file_sha256(fetch(package, tmp_path / "cache")) == package.sha256
    os.utime(found, (2, 2))
    shutil.rmtree(shelf)
    assert fetch(package, tmp_path / "cache") == found  # touched but whole: hashed again, not fetched


def test_another_hash_is_refused_and_nothing_is_kept(shelf: Path, tmp_path: Path) -> None:
    wheel(shelf, "gnomon_c", {"c/x.txt": b"x"})
    with pytest.raises(RegistryUnavailable, match="another hash") as caught:
        fetch(Package("gnomon_c", "1.0", "0" * 64), tmp_path / "cache")
    assert caught.value.hint
    assert not list((tmp_path / "cache").rglob("*.whl"))


def test_a_package_nobody_has_is_unavailable_and_says_which(shelf: Path, tmp_path: Path) -> None:
    with pytest.raises(RegistryUnavailable, match="gnomon_nowhere 1"):
        fetch(Package("gnomon_nowhere", "1.0", "0" * 64), tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_several_are_fetched_together_and_progress_is_told(shelf: Path, tmp_path: Path) -> None:
    packages = [wheel(shelf, f"gnomon_{letter}", {"x.txt": letter.encode()}) for letter in "de"]
    told: list[tuple[str, int, int]] = []
    found = fetch_packages(packages, tmp_path / "cache", lambda *step: told.append(step))
    assert list(found) == ["gnomon_d", "gnomon_e"]
    assert sorted((name, total) for name, _, total in told) == [("gnomon_d 1.0", 2), ("gnomon_e 1.0", 2)]
    assert [done for _, done, _ in told] == [1, 2]
    with pytest.raises(RegistryUnavailable):
        fetch_packages([packages[0], Package("gnomon_nowhere", "1", "0" * 64)], tmp_path / "other")
    assert len(list((tmp_path / "other").rglob("*.whl"))) == 1


def test_only_wanted_members_are_unpacked_and_only_once(shelf: Path, tmp_path: Path) -> None:
    wheel(shelf, "gnomon_f", {"f/data/1.xml": b"1", "f/data/deep/2.xml": b"2", "f/code.py": b"raise"})
    path = next(shelf.glob("*.whl"))
    found = extract(path, ["f/data/*.xml"], tmp_path / "out")
    assert [file.relative_to(tmp_path / "out").as_posix() for file in found] == ["f/data/1.xml", "f/data/deep/2.xml"]
    assert sorted(p.name for p in (tmp_path / "out").rglob("*") if p.is_file()) == ["1.xml", "2.xml"]

    before = found[0].stat().st_mtime_ns
    found[1].write_bytes(b"!")  # same size, other content
    assert extract(path, ["f/data/*.xml"], tmp_path / "out") == found
    assert found[0].stat().st_mtime_ns == before
    assert found[1].read_bytes() == b"2"


@pytest.mark.parametrize("name", ["../up.xml", "/absolute.xml", "a/../../up.xml", "a\\..\\up.xml", "C:/up.xml"])
def test_a_name_that_leads_out_stops_everything_before_a_byte_is_written(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "x.whl", "w") as archive:
        archive.writestr("a.xml", "fine")
        archive.writestr(name, "bad")
    with pytest.raises(SourceError, match="leads out"):
        extract(tmp_path / "x.whl", ["*.xml"], tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "up.xml").exists()


def test_limits_missing_members_and_broken_wheels(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.whl", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.bin", b"\0" * 100_000)
        archive.writestr("b.bin", b"b")
    with pytest.raises(ArchiveLimit):
        extract(tmp_path / "x.whl", ["*.bin"], tmp_path / "out", ExtractLimits(bytes=50_000))
    with pytest.raises(ArchiveLimit):
        extract(tmp_path / "x.whl", ["*.bin"], tmp_path / "out", ExtractLimits(members=1))
    with pytest.raises(SourceError, match=r"no member '\*\.txt'"):
        extract(tmp_path / "x.whl", ["*.bin", "*.txt"], tmp_path / "out")
    (tmp_path / "y.whl").write_bytes((tmp_path / "x.whl").read_bytes()[:60])
    with pytest.raises(SourceError, match="unpacked"):
        extract(tmp_path / "y.whl", ["*"], tmp_path / "out")
    assert not (tmp_path / "out").exists()

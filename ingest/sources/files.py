"""Files and folders on this machine, and what is piped in."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from ingest.sources.archives import payloads, printable
from ingest.sources.base import NOTHING, Broken, Complete, Entry, Past
from ingest.sources.streams import FAULTS, FileLimits, source_error
from ontology.errors import SourceError
from ontology.records import Payload

STDIN = Path("-")


_WILD = frozenset("*?[")
_OWN = frozenset(["journal.sqlite", "journal.lock"])
"""Files by which a data folder of Gnomon is known."""


class FilesSource:
    """Everything in `paths`: files, folders with all that is below them, globs, `-` for standard input.

    Compressed files, archives and JSON lines are opened (`ingest.sources.archives` says how); all
    other files are handed over whole, whatever their suffix: formats decide what they can read.
    Hidden files and folders are passed over, and so is a data folder of Gnomon: opening a journal here and
    closing it would drop the locks that this process holds on it (POSIX fcntl). Links to files are followed
    where they stay inside their root; a link that leads out is Broken. In a glob `*`, `?` and `[…]` stand for
    parts of one name and `**` for any folders; it selects files, and its root is the folder before the first
    wildcard.

    A locator is the path below its root (the bare name for a file); where two roots hold the same
    one, that of the later root begins with the root's name. Files of a folder come in order of
    their names, roots in the order given. No datestamp is claimed: a file's time is not its content's.

    With `complete`, `paths` are all there is of this source: what is no longer there is gone. That
    is only said where every folder could be listed; a root that is missing is an error.
    """

    def __init__(
        self, name: str, paths: Sequence[Path], limits: FileLimits | None = None, *, complete: bool = False
    ) -> None:
        self.name = name
        self._paths = tuple(paths)
        self._limits = limits or FileLimits()
        self._complete = complete

    def harvest(self, past: Past = NOTHING) -> Iterator[Entry]:
        """All payloads, whatever is known. Raises SourceError if one of the paths does not exist."""
        roots = [_rooted(path) for path in self._paths]
        for root, _ in roots:
            if root != STDIN and not root.exists():
                raise SourceError("no such file or folder", place=str(root))
        locators = _Locators(several=len(roots) > 1)
        listed = True
        for root, pattern in roots:
            if root == STDIN:
                yield from payloads(self.name, sys.stdin.buffer, "", locators.of(root, root), self._limits)
            elif root.is_dir():
                listed &= yield from self._folder(root, pattern, locators)
            elif not locators.already(root):
                yield from self._file(root, locators.of(root, root))
        if self._complete and listed:
            yield Complete()

    def _folder(self, root: Path, pattern: tuple[str, ...], locators: _Locators) -> Generator[Entry, None, bool]:
        """What is below a folder; returns whether the folder itself could be listed."""
        listed = True
        for found in _walk(root):
            path = found if isinstance(found, Path) else Path(os.fsdecode(found.filename or root))
            try:
                if isinstance(found, OSError):
                    listed &= path != root
                    raise found
                wanted = _selected(path.relative_to(root).parts, pattern) and _wanted(path, root)
                wanted = wanted and not locators.already(path)
            except (SourceError, *FAULTS) as error:
                yield self._broken(locators.of(root, path), error)
                continue
            if wanted:
                yield from self._file(path, locators.of(root, path))
        return listed

    def _file(self, path: Path, locator: str) -> Iterator[Payload | Broken]:
        try:
            stream = path.open("rb")
        except OSError as error:
            yield self._broken(locator, error)
            return
        with stream:
            yield from payloads(self.name, stream, path.name, locator, self._limits)

    def _broken(self, locator: str, error: Exception) -> Broken:
        return Broken(self.name, locator, source_error(error, locator))


class _Locators:
    """Names of files below their roots, each file and each name once."""

    def __init__(self, *, several: bool) -> None:
        self._several = several
        self._files: set[tuple[int, int]] = set()
        self._names: set[str] = set()

    def already(self, path: Path) -> bool:
        """Whether the file was met before below another root; remembered only where there are several."""
        if not self._several:
            return False
        status = path.stat()
        key = (status.st_dev, status.st_ino)
        if key in self._files:
            return True
        self._files.add(key)
        return False

    def of(self, root: Path, path: Path) -> str:
        """The locator of a file below `root`, or of `root` itself where that is the file."""
        top, below = (
            (root, path.relative_to(root)) if path != root else (path.absolute().parent, Path(path.name or "-"))
        )
        names = below.as_posix(), f"{top.name}/{below.as_posix()}", path.absolute().as_posix()
        if not self._several:
            return printable(names[0])
        name = next((name for name in names if name not in self._names), names[-1])
        self._names.add(name)
        return printable(name)


def _rooted(path: Path) -> tuple[Path, tuple[str, ...]]:
    """A path, or the folder before the first wildcard of a glob and the parts of the pattern after it."""
    if path.exists() or _WILD.isdisjoint(str(path)):
        return path, ("**",)
    at = next(number for number, part in enumerate(path.parts) if not _WILD.isdisjoint(part))
    return Path(*path.parts[:at]), path.parts[at:]


def _selected(parts: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    """Whether the parts of a path below its root match those of a pattern."""
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return len(pattern) == 1 or any(_selected(parts[at:], pattern[1:]) for at in range(len(parts)))
    return bool(parts) and fnmatchcase(parts[0], pattern[0]) and _selected(parts[1:], pattern[1:])


def _wanted(path: Path, root: Path) -> bool:
    """Whether there is a file to read; SourceError where there is something else of its name."""
    if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
        raise SourceError("a link that leads out of its folder", place=str(path), hint="name its target as well")
    if path.is_dir():
        return False
    if not path.is_file():
        raise SourceError("not a regular file", place=str(path))
    return True


def _walk(root: Path) -> Iterator[Path | OSError]:
    """All that is not hidden below a folder nor a data folder's, links but not what lies behind links to folders."""
    waiting = [(root.name, root, True)]
    while waiting:
        _, path, folder = waiting.pop()
        if not folder:
            yield path
            continue
        try:
            with os.scandir(path) as scan:
                found = [(e.name, path / e.name, e.is_dir(follow_symlinks=False)) for e in scan if e.name[0] != "."]
        except OSError as error:
            yield error
        else:
            if not {name for name, _, _ in found} >= _OWN:
                waiting.extend(sorted(found, reverse=True))

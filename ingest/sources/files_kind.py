"""Files, folders and globs as a named source: what is no longer there is gone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from ingest.sources.base import Source
from ingest.sources.files import STDIN, FilesSource
from ingest.sources.kinds import Kind
from ontology.errors import SettingsError


class FilesOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of a source of files."""

    complete: Annotated[
        bool, Meta(description="Whether the files are all there is: what is no longer among them is deleted.")
    ] = True


def _make(name: str, address: tuple[str, ...], options: FilesOptions) -> Source:
    if str(STDIN) in address:
        raise SettingsError("standard input can be read once only", place=name, hint="use `gnomon build -`")
    return FilesSource(name, [Path(path) for path in address], complete=options.complete)


KIND: Final = Kind(
    says="Files, folders with all below them, globs; archives, compressed files and JSON lines are opened.",
    options=FilesOptions,
    make=_make,
)

"""A tantivy index in a folder: one writer, any number of readers, each reading one commit at a time.

The writer's lock is the operating system's: it dies with the process.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from tantivy import Document, Index, IndexWriter, Schema, Searcher

from graph.search.language import analysers
from ontology.errors import DiskFull, SearchError, WriterBusy

WRITER_BYTES: Final = 64_000_000
_MARK: Final = "layout"

Deletion = tuple[str, str]
"""A field and the term whose documents go."""


class TextIndex:
    """The index in one folder, made there if it is missing and not `read_only`; one of another `layout` gives
    way to a new one. Raises SearchError or DiskFull."""

    def __init__(self, folder: Path, schema: Schema, layout: int, *, read_only: bool) -> None:
        self._folder = folder
        self._schema = schema
        self._layout = str(layout)
        self._read_only = read_only
        self._writer: IndexWriter | None = None
        self._searcher: tuple[tuple[int, int], Searcher] | None = None
        if not read_only:
            self._prepare()
        self._index = self._open() if self._exists() else None

    def searcher(self) -> Searcher | None:
        """The newest commit, the same object until there is a newer one; None before the first."""
        if self._index is None:
            if not self._exists():
                return None
            self._index = self._open()
        status = (self._folder / "meta.json").stat()
        state = status.st_ino, status.st_mtime_ns
        if self._searcher is None or self._searcher[0] != state:
            self._index.reload()
            self._searcher = state, self._index.searcher()
        return self._searcher[1]

    def write(self, deletions: Iterable[Deletion], documents: Iterable[Document]) -> None:
        """Take out, put in and commit, all or nothing. DiskFull or SearchError leaves the last commit standing."""
        writer = self._open_writer()
        try:
            for field, term in deletions:
                writer.delete_documents_by_term(field, term)
            for document in documents:
                writer.add_document(document)
            writer.commit()
        except (ValueError, OSError) as error:
            self._writer = None
            raise _failure(error, self._folder) from error

    def close(self) -> None:
        """Let running merges end and give the writer's lock back."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.wait_merging_threads()

    def _open_writer(self) -> IndexWriter:
        if self._read_only or self._index is None:
            raise SearchError("this search index was opened for reading", place=str(self._folder))
        if self._writer is None:
            try:
                self._writer = self._index.writer(WRITER_BYTES, 1)
            except ValueError as error:
                if "lock" in str(error).lower():
                    raise WriterBusy(
                        "another process writes this search index", place=str(self._folder), hint="wait until it ends"
                    ) from error
                raise _failure(error, self._folder) from error
        return self._writer

    def _prepare(self) -> None:
        folder = self._folder
        try:
            if folder.exists() and not self._of_this_layout():
                shutil.rmtree(folder)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / _MARK).write_text(self._layout)
            if not self._exists():
                Index(self._schema, str(folder))
        except (OSError, ValueError) as error:
            raise _failure(error, folder) from error

    def _exists(self) -> bool:
        return (self._folder / "meta.json").is_file()

    def _of_this_layout(self) -> bool:
        mark = self._folder / _MARK
        return mark.is_file() and mark.read_text() == self._layout

    def _open(self) -> Index:
        folder = self._folder
        if not self._of_this_layout():
            raise SearchError(
                "the search index was made by another version", place=str(folder),
                hint="run gnomon index rebuild to make it anew",
            )  # fmt: skip
        try:
            index = Index.open(str(folder))
        except (OSError, ValueError) as error:
            raise SearchError(
                f"the search index cannot be opened: {error}", place=str(folder), hint="run gnomon index rebuild"
            ) from error
        for name, analyser in analysers().items():
            index.register_tokenizer(name, analyser)
        return index


def _failure(error: Exception, folder: Path) -> DiskFull | SearchError:
    if "No space left" in str(error):
        return DiskFull("no space left for the search index", place=str(folder), hint="free some space and run again")
    return SearchError(f"the search index cannot be written: {error}", place=str(folder))

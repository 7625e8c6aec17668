"""Generations of the index: a new one is made beside the one that serves, then one rename switches.

folder/current        name of the generation that serves
folder/<name>/        an index, in `encoder` the name of the encoder its vectors are from, in `parts` the number of
                      parts of each work that have one
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from ontology.errors import SearchError
from ontology.files import write_whole

_POINTER: Final = "current"
_ENCODER: Final = "encoder"
_PARTS: Final = "parts"


class Generations:
    """The index folders below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def current(self) -> Path | None:
        """The generation that serves; None where there is none yet."""
        try:
            name = (self.folder / _POINTER).read_text("utf-8").strip()
        except FileNotFoundError:
            return None
        found = self.folder / Path(name).name
        return found if found.is_dir() else None

    def encoder(self, generation: Path) -> str:
        """The name of the encoder (as settings name it) whose vectors a generation holds; "none" without."""
        try:
            return (generation / _ENCODER).read_text("utf-8").strip() or "none"
        except FileNotFoundError:
            return "none"

    def parts(self, generation: Path) -> int:
        """So many parts of each work have vectors of their own, at most."""
        try:
            return int((generation / _PARTS).read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            return 0

    def create(self, encoder: str, parts: int = 0) -> Path:
        """An empty generation that does not serve yet; what an earlier attempt left of it is gone."""
        now = self.current()
        number = int(now.name.rpartition("-")[2]) + 1 if now is not None else 1
        fresh = self.folder / f"generation-{number}"
        try:
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir(parents=True)
            (fresh / _ENCODER).write_text(encoder, "utf-8")
            (fresh / _PARTS).write_text(str(parts), "utf-8")
        except OSError as error:
            raise SearchError(f"a new index cannot be made: {error}", place=str(fresh)) from error
        return fresh

    def name_encoder(self, generation: Path, encoder: str) -> None:
        """Say whose vectors a generation holds."""
        write_whole(generation / _ENCODER, encoder.encode())

    def switch(self, generation: Path) -> None:
        """Let it serve from now on. All but this one and the one before are removed: readers that still have older
        files open keep them."""
        before = self.current()
        write_whole(self.folder / _POINTER, generation.name.encode())
        for other in self.folder.iterdir():
            if other.is_dir() and other not in (generation, before):
                shutil.rmtree(other, ignore_errors=True)

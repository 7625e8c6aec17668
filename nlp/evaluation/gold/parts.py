"""Which files of a gold standard are its training, development and test part.

Gold standards are published as `train.json` beside `dev.json`, as folders `Training` and
`Validation`, or as a single file. A single file is whatever part is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from ontology.errors import SettingsError

_NAMES: Final = {"train": re.compile("train"), "dev": re.compile("dev|val"), "test": re.compile("test")}


def is_part(name: str, part: str) -> bool:
    """Whether a path inside a gold standard ("Training/1.abstr") belongs to a part."""
    return _NAMES[part].search(name.lower()) is not None


def files_of(place: Path, part: str, suffixes: Iterable[str] = ()) -> list[Path]:
    """The files of `part` at `place`, sorted by name.

    SettingsError where there are none; `suffixes` (".txt") leaves out others.
    """
    if place.is_file():
        return [place]
    wanted = tuple(suffixes)
    files = sorted(p for p in place.rglob("*") if p.is_file() and (not wanted or p.name.lower().endswith(wanted)))
    if any(is_part(str(p.relative_to(place)), one) for p in files for one in _NAMES):
        files = [p for p in files if is_part(str(p.relative_to(place)), part)]
    if not files:
        raise SettingsError(f"the gold standard has no {part} part", place=str(place), hint="choose another --part")
    return files

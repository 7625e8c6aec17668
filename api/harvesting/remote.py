"""What sources may be named over HTTP, where whoever asks is no user of this machine.

A source of files could read anything the server can, an option `env:NAME` any variable of its
environment, and a new address would be sent the secrets that belong to the old one. So files must
lie in the folders of the setting `source_folders`, the environment is not named from afar, and
hidden secrets are kept only as long as the address stays the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from api.settings import Settings
from ingest.sources.kinds import HIDDEN, SourceDefinition, names_environment, shown
from ontology.errors import DefinitionError, Forbidden


def from_afar(wanted: SourceDefinition, settings: Settings, before: SourceDefinition | None = None) -> SourceDefinition:
    """`wanted` as it may be written down; with `before`, what was shown hidden (`***`) is what it was.

    Raises DefinitionError, and Forbidden for files outside of `source_folders`.
    """
    known = before.options if before is not None else {}
    address = _addresses(wanted, before)
    moved = before is None or (wanted.kind, address) != (before.kind, before.address)
    options = {name: _option(name, value, known, moved=moved) for name, value in wanted.options.items()}
    if wanted.kind == "files":
        for path in address:
            _within(path, settings.source_folders)
    return msgspec.structs.replace(wanted, address=address, options=options)


def _addresses(wanted: SourceDefinition, before: SourceDefinition | None) -> tuple[str, ...]:
    """Addresses with the passwords they had, where they were shown without."""
    if before is None:
        return wanted.address
    whole = dict(zip(shown(before).address, before.address, strict=True))
    return tuple(whole.get(one, one) for one in wanted.address)


def _option(name: str, value: Any, known: Mapping[str, Any], *, moved: bool) -> Any:
    if value == HIDDEN or (names_environment(value) and known.get(name) == value):
        if moved or name not in known:
            raise DefinitionError(
                f"the option {name!r} has to be said again", place="options",
                hint="secrets belong to the address they were given for",
            )  # fmt: skip
        return known[name]
    if names_environment(value):
        raise DefinitionError(
            f"the option {name!r} names a variable of the server's environment", place="options",
            hint="that can be said by `gnomon source add` or in the settings file only",
        )  # fmt: skip
    return value


def _within(path: str, folders: tuple[Path, ...]) -> None:
    """Forbidden where a path, links and dots followed, lies in none of the folders."""
    place = Path(path)
    if not place.is_absolute() or not any(place.resolve().is_relative_to(folder.resolve()) for folder in folders):
        raise Forbidden(
            "files can be named over HTTP only where the setting source_folders allows it", place=path[:200],
            hint="name an absolute path in one of these folders, or use `gnomon source add`",
        )  # fmt: skip

"""The sources of a catalogue by name: those of `gnomon.toml` and those added by command.

`[[source]]` tables of the settings file belong to whoever writes that file and are never changed
here; what is added by command or over HTTP is written to `sources.json` in the data folder, which only
its owner may read. A name is in one of the two places only.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from api.settings import Settings
from ingest.journal.runs import now
from ingest.sources.base import Source
from ingest.sources.kinds import KINDS, NAME, SourceDefinition, source_of
from ontology.errors import DefinitionError, NameTaken, NotFound, SettingsError

_decode = msgspec.json.Decoder(list[SourceDefinition]).decode


class SourceBook:
    """All named sources. Raises SettingsError for a definition that does not fit."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._file = settings.data / "sources.json"

    def all(self) -> list[SourceDefinition]:
        """Every source by name, in order of names."""
        found = {one.name: one for one in self._configured()}
        for one in self._added():
            if one.name in found:
                raise SettingsError(
                    f"the source {one.name!r} is named twice", place=f"{self._file} and the settings file",
                    hint="take it out of one of them",
                )  # fmt: skip
            found[one.name] = one
        return sorted(found.values(), key=lambda one: one.name)

    def get(self, name: str) -> SourceDefinition:
        """The source called `name`; NotFound lists the ones there are."""
        known = self.all()
        for one in known:
            if one.name == name:
                return one
        raise NotFound(
            f"no source is called {name!r}", place=name[:100],
            hint=f"there are: {', '.join(one.name for one in known) or 'none yet (gnomon source add)'}",
        )  # fmt: skip

    def source(self, name: str) -> Source:
        """The source itself, ready to be harvested."""
        return source_of(self.get(name), self._settings.contact)

    def add(self, definition: SourceDefinition) -> SourceDefinition:
        """Write a source down; DefinitionError where it does not fit, NameTaken where there is one of its name."""
        checked = self._fitting(msgspec.structs.replace(definition, added=now()))
        with self._alone():
            if any(one.name == checked.name for one in self.all()):
                raise NameTaken(f"there is a source called {checked.name!r} already", hint="remove it first")
            self._write([*self._added(), checked])
        return checked

    def replace(self, definition: SourceDefinition) -> SourceDefinition:
        """Write a source down anew under its name. Raises as `add` and `remove`."""
        with self._alone():
            before = self._changeable(definition.name)
            checked = self._fitting(msgspec.structs.replace(definition, added=before.added))
            self._write([checked if one.name == checked.name else one for one in self._added()])
        return checked

    def remove(self, name: str) -> SourceDefinition:
        """Strike a source out. What was harvested from it is not touched. Raises NotFound, and
        DefinitionError for one of the settings file."""
        with self._alone():
            definition = self._changeable(name)
            self._write([one for one in self._added() if one.name != name])
        return definition

    def _changeable(self, name: str) -> SourceDefinition:
        definition = self.get(name)
        if not definition.added:
            raise DefinitionError(
                f"the source {name!r} is written in the settings file", hint="change its [[source]] table there"
            )
        return definition

    def _fitting(self, definition: SourceDefinition) -> SourceDefinition:
        """A definition of which a source can be made; DefinitionError says what does not fit."""
        try:
            checked = _checked(msgspec.to_builtins(definition))
            source_of(checked, self._settings.contact)
        except SettingsError as error:
            raise DefinitionError(error.message, place=error.place, hint=error.hint) from error
        return checked

    def _configured(self) -> list[SourceDefinition]:
        return [msgspec.structs.replace(_checked(one), added="") for one in self._settings.source]

    def _added(self) -> list[SourceDefinition]:
        if not self._file.exists():
            return []
        try:
            return _decode(self._file.read_bytes())
        except msgspec.DecodeError as error:
            raise SettingsError(f"the list of sources cannot be read: {error}", place=str(self._file)) from error

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else writes in the list between reading and writing it."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.with_suffix(".lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _write(self, definitions: list[SourceDefinition]) -> None:
        partial = self._file.with_suffix(".partial")
        partial.unlink(missing_ok=True)
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(definitions), indent=1))
        Path(partial).replace(self._file)


def _checked(written: object) -> SourceDefinition:
    """A definition from plain values; SettingsError for unknown keys, kinds and schedules."""
    if isinstance(written, dict) and isinstance(written.get("address"), str):
        written = {**written, "address": [written["address"]]}
    name = str(written.get("name", "?")) if isinstance(written, dict) else "?"
    if not NAME.fullmatch(name):
        raise SettingsError(
            f"a source cannot be called {name[:90]!r}", place="name",
            hint="use letters, digits and . : _ -, at most 80 of them",
        )  # fmt: skip
    try:
        found = msgspec.convert(written, SourceDefinition)
    except msgspec.ValidationError as error:
        raise SettingsError(f"the source {name!r} does not fit: {error}", place="source") from error
    KINDS.target(found.kind)
    if found.schedule:
        from api.harvesting.schedule import check_schedule

        check_schedule(found.schedule)
    return found

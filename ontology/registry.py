"""Plugs by name: a family maps a name to a factory that is imported only when asked for.

Outside packages join a family by an entry point in the group `gnomon.<family>`.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import entry_points
from typing import Generic, TypeVar

from ontology.errors import SettingsError

T = TypeVar("T")


class Registry(Generic[T]):
    """A family of plugs. `targets` maps a name to `module:attribute`.

    >>> Registry("encoder", {"onnx": "nlp.encoders.onnx:OnnxEncoder"})  # doctest: +SKIP
    """

    def __init__(self, family: str, targets: dict[str, str]) -> None:
        self.family = family
        self._targets = dict(targets)
        self._scanned = False

    def names(self) -> list[str]:
        self._scan()
        return sorted(self._targets)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def target(self, name: str) -> str:
        """`module:attribute` of the plug called `name`; SettingsError names the ones there are."""
        if name not in self._targets:
            self._scan()
        if name not in self._targets:
            raise SettingsError(f"no {self.family} is called {name!r}", hint=f"choose one of {', '.join(self.names())}")
        return self._targets[name]

    def get(self, name: str) -> T:
        """The plug called `name`; SettingsError names the ones there are."""
        module, _, attribute = self.target(name).partition(":")
        try:
            loaded: T = getattr(import_module(module), attribute)
        except ImportError as error:
            raise SettingsError(
                f"{self.family} {name!r} needs a package that is not installed: {error.name}",
                hint=f"pip install {error.name}",
            ) from error
        return loaded

    def _scan(self) -> None:
        if not self._scanned:
            self._scanned = True
            for point in entry_points(group=f"gnomon.{self.family}"):
                self._targets.setdefault(point.name, point.value)

"""Rows counted in the serialised answer as it passes.

The engine writes SELECT answers itself, several times faster than Python could, and tells no one
how many rows it has written. Each format has a mark that stands once for each row and never
inside a value; a meter finds it across the borders of chunks.
"""

from __future__ import annotations

from typing import Final, Protocol


class Meter(Protocol):
    @property
    def rows(self) -> int: ...

    def add(self, data: bytes) -> None: ...


class OwnMeter:
    """For answers whose rows, if any, are counted where they are made."""

    def __init__(self) -> None:
        self.rows = 0

    def add(self, data: bytes) -> None:
        """The bytes tell nothing."""


class XmlMeter:
    """`<result>`: `<` is escaped in values."""

    _MARK: Final = b"<result>"

    def __init__(self) -> None:
        self.rows = 0
        self._tail = b""

    def add(self, data: bytes) -> None:
        window = self._tail + data
        self.rows += window.count(self._MARK)
        self._tail = window[-len(self._MARK) + 1 :]


class TsvMeter:
    """Line ends after the header's: they are escaped in values."""

    def __init__(self) -> None:
        self._lines = 0

    @property
    def rows(self) -> int:
        return max(self._lines - 1, 0)

    def add(self, data: bytes) -> None:
        self._lines += data.count(b"\n")


class CsvMeter(TsvMeter):
    """Line ends outside quotes, after the header's. A doubled quote closes and opens again."""

    def __init__(self) -> None:
        super().__init__()
        self._quoted = False

    def add(self, data: bytes) -> None:
        parts = data.split(b'"')
        self._lines += sum(part.count(b"\n") for part in parts[self._quoted :: 2])
        self._quoted ^= len(parts) % 2 == 0


class JsonMeter:
    """Objects in the list of bindings, strings left out of account."""

    _BREAK: Final = b"},{"
    _BEGIN: Final = b"[{"

    def __init__(self) -> None:
        self._breaks = 0
        self._any = False
        self._quoted = False
        self._held = b""
        """Backslashes at the end: what follows them is still to come."""
        self._tail = b""

    @property
    def rows(self) -> int:
        return self._breaks + self._any

    def add(self, data: bytes) -> None:
        text = self._held + data
        whole = text.rstrip(b"\\")
        self._held = text[len(whole) :]
        if b"\\" in whole:
            whole = whole.replace(b"\\\\", b"").replace(b'\\"', b"")
        parts = whole.split(b'"')
        window = self._tail + b'"'.join(parts[self._quoted :: 2])
        if self._quoted and len(parts) == 1:
            return
        self._breaks += window.count(self._BREAK)
        self._any = self._any or self._BEGIN in window
        self._quoted ^= len(parts) % 2 == 0
        self._tail = b"" if self._quoted else window[-2:]


METERS: Final[dict[str, type[Meter]]] = {
    "json": JsonMeter,
    "xml": XmlMeter,
    "csv": CsvMeter,
    "tsv": TsvMeter,
}

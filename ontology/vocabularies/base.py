"""The plug of the vocabulary family: a file in, a `Scheme` out.

`load_vocabulary` is the door. The format is told by content, never by the file's suffix. A reader
gives concepts as the file states them; `ontology.vocabularies.assemble` makes the scheme of them
and names what is broken.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from pathlib import Path
from typing import Final, Protocol

import msgspec

from ontology.errors import VocabularyError
from ontology.namespaces import Base
from ontology.registry import Registry
from ontology.scheme import Scheme
from ontology.vocabularies.columns import Columns

MAX_BYTES: Final = 512 * 1024 * 1024
"""Largest vocabulary file read, in bytes."""

MAX_CONCEPTS: Final = 5_000_000
"""Most concepts a vocabulary may hold."""

HEAD_BYTES: Final = 8192
"""How much of a file a reader sees to recognise it."""


class VocabularyFile(msgspec.Struct, frozen=True, kw_only=True):
    """A vocabulary before anybody read it. `name` is empty where the caller leaves it to the
    reader; `place` is what errors call the file. `columns` are those of a table, where somebody has said them."""

    body: bytes
    place: str
    base: Base
    name: str = ""
    columns: Columns | None = None

    def named(self, usual: str = "") -> str:
        """The caller's name, else the vocabulary's `usual` one, else the file's name without version
        and suffixes; fit for IRIs."""
        file = re.sub(r"[_-]v?\d+(?:\.\d+)*(?=\.|$)", "", self.place.rsplit("/", 1)[-1])
        chosen = self.name or usual or file.split(".", 1)[0]
        return re.sub(r"[^a-z0-9_-]+", "-", chosen.lower()).strip("-")[:64] or "vocabulary"

    def version(self, stated: str = "") -> str:
        """The edition the file states, made fit for IRIs; else 12 hex digits of the content's hash."""
        return (re.sub(r"[^A-Za-z0-9._-]+", "-", stated).strip("-.") or blake2b(self.body, digest_size=6).hexdigest())[
            :64
        ]

    def text(self) -> str:
        """The content as text; VocabularyError names the first byte that is not UTF-8."""
        try:
            return self.body.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise VocabularyError(
                "the vocabulary is not UTF-8 text",
                place=f"{self.place} byte {error.start}",
                hint="save it as UTF-8 and load it again",
            ) from error

    def error(self, message: str, *, line: int = 0, hint: str = "") -> VocabularyError:
        """A VocabularyError at this file, and at `line` (from 1) where it is known."""
        return VocabularyError(message, place=f"{self.place} line {line}" if line else self.place, hint=hint)


class DescribedFile(msgspec.Struct, frozen=True):
    """A table on disk, and what its columns are."""

    path: Path
    columns: Columns


class VocabularyReader(Protocol):
    """How one kind of vocabulary file is read."""

    def recognises(self, head: bytes) -> bool:
        """Whether a file that begins with `head` is of this kind. Must not raise."""
        ...

    def read(self, file: VocabularyFile) -> Scheme:
        """The scheme; VocabularyError for a file that is broken as a whole."""
        ...


VOCABULARIES: Final[Registry[VocabularyReader]] = Registry(
    "vocabulary",
    {
        "cso": "ontology.vocabularies.cso:READER",
        "jskos": "ontology.vocabularies.jskos:READER",
        "mesh": "ontology.vocabularies.mesh:READER",
        "mesh-xml": "ontology.vocabularies.mesh_xml:READER",
        "obo": "ontology.vocabularies.obo:READER",
        "obograph": "ontology.vocabularies.obograph:READER",
        "skos": "ontology.vocabularies.skos:READER",
        "table": "ontology.vocabularies.tables:READER",
    },
)


def load_vocabulary(path: Path, base: Base, name: str = "", columns: Columns | None = None) -> Scheme:
    """Read the vocabulary at `path`; `name` overrules the short name that the reader would give, `columns` are those
    of a table.

    Raises VocabularyError for a file that is missing, too large, of an unknown format or broken.
    """
    place = str(path)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise VocabularyError(f"the vocabulary has {size} bytes, more than {MAX_BYTES}", place=place)
        body = path.read_bytes()
    except OSError as error:
        raise VocabularyError(f"the vocabulary cannot be read: {error.strerror}", place=place) from error
    return read_vocabulary(VocabularyFile(body=body, place=place, base=base, name=name, columns=columns))


def recognised(head: bytes) -> bool:
    """Whether a reader knows what begins so without being told."""
    return any(VOCABULARIES.get(kind).recognises(head) for kind in VOCABULARIES)


def read_vocabulary(file: VocabularyFile) -> Scheme:
    """Read a vocabulary that is already in memory (an upload); otherwise as `load_vocabulary`."""
    if not file.body.strip():
        raise file.error("the vocabulary file is empty")
    head = file.body[:HEAD_BYTES]
    for kind in VOCABULARIES if file.columns is None else ("table",):
        reader = VOCABULARIES.get(kind)
        if file.columns is not None or reader.recognises(head):
            scheme = reader.read(file)
            if not len(scheme):
                raise file.error("the vocabulary holds no concept", hint="is it the right file?")
            return scheme
    hint = f"known are {', '.join(VOCABULARIES)}; of another table say what its columns are (--column)"
    raise file.error("no vocabulary reader knows this format", hint=hint)

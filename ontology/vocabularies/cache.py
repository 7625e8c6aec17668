"""A scheme as one MessagePack file, so that workers and restarts need not read the vocabulary again."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from ontology import errors
from ontology.axiom import Axiom
from ontology.errors import VocabularyError
from ontology.files import write_whole
from ontology.scheme import Collection, Concept, Scheme

LAYOUT: Final = 1
"""Changes whenever files written before can no longer be read."""


class _Fault(msgspec.Struct, frozen=True, array_like=True):
    code: str
    message: str
    place: str
    hint: str


class _Saved(msgspec.Struct, frozen=True):
    layout: int
    iri: str
    name: str
    title: str
    version: str
    license: str
    concepts: list[Concept]
    faults: list[_Fault]
    axioms: list[Axiom] = []
    collections: list[Collection] = []


def save_scheme(scheme: Scheme, path: Path) -> None:
    """Write `scheme` to `path`; a reader never sees half a file."""
    saved = _Saved(
        layout=LAYOUT,
        iri=scheme.iri,
        name=scheme.name,
        title=scheme.title,
        version=scheme.version,
        license=scheme.license,
        concepts=list(scheme),
        faults=[_Fault(fault.code, fault.message, fault.place, fault.hint) for fault in scheme.faults],
        axioms=list(scheme.axioms),
        collections=list(scheme.collections.values()),
    )
    write_whole(path, msgspec.msgpack.encode(saved))


def load_scheme(path: Path) -> Scheme:
    """The scheme that `save_scheme` wrote; VocabularyError where the file is missing or unfit."""
    try:
        saved = msgspec.msgpack.decode(path.read_bytes(), type=_Saved)
    except (OSError, msgspec.DecodeError) as error:
        raise VocabularyError(f"the saved scheme cannot be read: {error}", place=str(path)) from error
    if saved.layout != LAYOUT:
        raise VocabularyError("the saved scheme has another layout", place=str(path), hint="load the vocabulary again")
    return Scheme(
        saved.iri,
        saved.name,
        saved.concepts,
        title=saved.title,
        version=saved.version,
        license=saved.license,
        faults=[_fault(fault) for fault in saved.faults],
        axioms=saved.axioms,
        collections=saved.collections,
    )


def _fault(fault: _Fault) -> VocabularyError:
    kind = getattr(errors, fault.code, VocabularyError)
    if not (isinstance(kind, type) and issubclass(kind, VocabularyError)):
        kind = VocabularyError
    return kind(fault.message, place=fault.place, hint=fault.hint)

"""One axiom of an OWL ontology."""

from __future__ import annotations

from typing import Final

import msgspec


class Axiom(msgspec.Struct, frozen=True, array_like=True):
    """`kind` as in the functional-style syntax, or "Some", "Only" and "Not" for SubClassOf with a restriction or a
    complement; `names` are IRIs in the order of that syntax."""

    kind: str
    names: tuple[str, ...]

    def __str__(self) -> str:
        names = [f"<{name}>" for name in self.names]
        if self.kind in _RESTRICTED:
            return f"SubClassOf({names[0]} {_RESTRICTED[self.kind]}({' '.join(names[1:])}))"
        return f"{self.kind}({' '.join(names)})"


_RESTRICTED: Final = {"Some": "ObjectSomeValuesFrom", "Only": "ObjectAllValuesFrom", "Not": "ObjectComplementOf"}

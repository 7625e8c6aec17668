"""Which version of a reader read a payload: a fingerprint of the code that reads.

A reader's version follows from the source of its module and of all it imports from
`ingest.formats` and `ontology`, so nobody has to remember to raise a number. It also holds which
readers are asked before it: where another one steps in front, payloads may be its own now.
Nothing is executed to find out; modules are looked up and their text is read.
"""

from __future__ import annotations

import re
from functools import cache
from hashlib import blake2b
from importlib.util import find_spec
from typing import Final

from ingest.formats.detect import FORMATS, order

_IMPORT: Final = re.compile(r"^\s*(?:from|import) ([\w.]+)", re.MULTILINE)
_FOLLOWED: Final = ("ingest.formats.", "ontology.")
_WITHOUT_INFLUENCE: Final = frozenset({"ontology.errors", "ontology.registry", "ingest.formats.base"})


@cache
def reader_version(name: str) -> str:
    """16 hex digits for the format called `name`; empty where none is registered under it."""
    if name not in FORMATS:
        return ""
    module = FORMATS.target(name).partition(":")[0]
    asked = order()
    return _digest([*asked[: asked.index(name)], *(_source(part) for part in sorted(_closure(module)))])


@cache
def readers_version() -> str:
    """16 hex digits for all readers together: of a payload that none of them could read."""
    return _digest([reader_version(name) for name in order()])


def _closure(module: str) -> set[str]:
    """A module and all it imports of ours, however far."""
    own = (*_FOLLOWED, f"{module.partition('.')[0]}.") if not module.startswith(_FOLLOWED) else _FOLLOWED
    found: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [n for n in _imported(name) if n.startswith(own) and n not in _WITHOUT_INFLUENCE]
    return found


@cache
def _imported(module: str) -> tuple[str, ...]:
    return tuple(_IMPORT.findall(_source(module)))


@cache
def _source(module: str) -> str:
    spec = find_spec(module)
    loader = spec.loader if spec else None
    text = getattr(loader, "get_source", lambda _: None)(module)
    return text or ""


def _digest(parts: list[str]) -> str:
    return blake2b("\x1f".join(parts).encode(), digest_size=8).hexdigest()

"""Which version of the rules identified the records of a journal: a fingerprint of the code that does."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from importlib.resources import files
from typing import Final

_WITHOUT_INFLUENCE: Final = frozenset({"explaining.py", "curating.py"})


@cache
def identity_version() -> str:
    """16 hex digits: other ones wherever a rule of identity, a word list or an identifier's spelling changes."""
    package = files("ingest.identity")
    parts = [*package.iterdir(), *package.joinpath("data").iterdir(), files("ontology").joinpath("identifiers.py")]
    texts = sorted(
        f"{part.name}\x1f{part.read_text('utf-8')}"
        for part in parts
        if part.name.endswith((".py", ".txt")) and part.name not in _WITHOUT_INFLUENCE
    )
    return blake2b("\x1f".join(texts).encode(), digest_size=8).hexdigest()

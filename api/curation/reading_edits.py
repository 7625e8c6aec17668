"""Edits as callers send them."""

from __future__ import annotations

import msgspec

from ontology.curation.edits import Edit
from ontology.errors import EditRefused


def edits_of(found: object) -> tuple[Edit, ...]:
    """Edits from decoded JSON; EditRefused says which field is wrong."""
    try:
        return msgspec.convert(found, tuple[Edit, ...])
    except msgspec.ValidationError as error:
        raise EditRefused(f"this is no edit: {error}", hint="docs/vocabularies.md lists the kinds of edits") from error

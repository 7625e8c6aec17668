"""Which concepts others have taken the place of: verdicts on topics and headings of sources that name one of them speak
of the other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from ingest.journal.database import Database

_LEADS: Final = "leads"


def leads(database: Database) -> dict[str, str]:
    """IRI of a concept that is no longer to be used → the one in its place."""
    found: dict[str, str] = json.loads(database.meta(_LEADS, "{}"))
    return found


def set_leads(database: Database, found: Mapping[str, str]) -> None:
    """To be called inside `database.transaction()`."""
    database.set_meta(_LEADS, json.dumps(found, sort_keys=True))

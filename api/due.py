"""What a build has to catch up with first: too much to be done while somebody waits for an answer."""

from __future__ import annotations

from api.indexing import serves
from api.library import Library
from api.settings import Settings
from ingest import identifying, rereading
from ingest.journal.database import Database
from ingest.journal.ledger import Ledger
from ontology.errors import BuildDue

MADE_WITH = "made-with"


def made_with(library: Library, settings: Settings) -> str:
    """Who reads here: where another one wrote the graph, all of it has to be written again."""
    return f"{library.maker.key if settings.read else ''}|{settings.read}"


def require_little(settings: Settings, database: Database, library: Library, most: int) -> None:
    """Raise BuildDue where a build would write more than `most` works, or everything since the software changed."""
    ledger = Ledger(database)
    upgraded = (
        database.meta(MADE_WITH) != made_with(library, settings)
        or bool(rereading.outdated(database))
        or identifying.outdated(database)
        or not serves(settings, ledger.sequence)
    )
    if upgraded:
        raise BuildDue(
            "this folder was built by another version and is brought up to date first",
            place=str(settings.data), hint="`gnomon build` or the next harvest does it",
        )  # fmt: skip
    if (waiting := ledger.count_dirty(("work",))) > most:
        raise BuildDue(
            f"{waiting:,} works are to be written", place=str(settings.data),
            hint="`gnomon build` or the next harvest writes them",
        )  # fmt: skip

"""`gnomon index rebuild`, `gnomon index reencode`, `gnomon index check`."""

from __future__ import annotations

import os

from api.cli import showing
from api.cli.building import watching
from api.encoding import encoder_of
from api.indexing import check, rebuild
from api.library import Library
from api.reencoding import reencode
from api.settings import load_settings
from api.watch import Run
from ingest.journal.database import Database
from ontology.errors import EncoderError, SearchError


def rebuild_index(encoder: str, as_json: bool, **given: object) -> None:
    """Make the index anew from the journal; a server goes on with the old one until the switch."""
    settings = load_settings(**given)
    name = encoder or settings.encoder
    with watching(as_json) as watch, Database(settings.journal) as database:
        run = Run(watch)
        library = Library(settings.data, settings.base)
        with run.stage("text encoder"):
            made = encoder_of(settings.model_copy(update={"encoder": name}), run.note)
        if made is None and name != "none":
            raise EncoderError(f"the encoder {name} cannot be had", hint="name another one, or --encoder none")
        with run.stage("search index made anew") as stage:

            def advance(done: int, total: int) -> None:
                stage.total = total
                run.advance(stage, done - stage.done)

            works = rebuild(settings, database, library, made, name, advance)
    if as_json:
        showing.as_json({"works": works, "encoder": name})
    else:
        showing.line(f"{works:,} works indexed; the new index serves.")


def reencode_index(as_json: bool, **given: object) -> None:
    """Vectors of the settings' encoder for all works, made in this process at low priority."""
    os.nice(10)
    settings = load_settings(**given)
    with watching(as_json) as watch:
        run = Run(watch)
        with run.stage(f"vectors of {settings.encoder}") as stage:

            def advance(done: int, total: int) -> None:
                stage.total = total
                run.advance(stage, done - stage.done)

            works = reencode(settings, advance)
    if as_json:
        showing.as_json({"works": works, "encoder": settings.encoder})
    else:
        showing.line(f"{works:,} works have vectors of {settings.encoder}; the new index serves.")


def check_index(as_json: bool, **given: object) -> None:
    """Hold the index against the journal. SearchError where they differ."""
    settings = load_settings(**given)
    with Database(settings.journal, read_only=True) as database:
        found = check(settings, database, Library(settings.data, settings.base))
    if as_json:
        showing.as_json(found)
    else:
        showing.line(
            f"{found.indexed:,} works indexed of {found.expected:,}, commit {found.sequence} of {found.settled}."
        )
    if not found.consistent:
        raise SearchError("the index and the journal differ", hint="run gnomon build, or gnomon index rebuild")
    if not as_json:
        showing.line(f"They agree: {found.hash}")

"""`gnomon train extractor`: an extractor of things for this data folder, from annotated abstracts that lie here."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from api.cli import showing
from api.library import EXTRACTOR
from api.settings import load_settings
from nlp.evaluation.gold.annotated import annotated
from nlp.evaluation.gold.scierc import scierc
from nlp.joint.base import learners, preparation
from nlp.joint.extractor_training import make
from ontology.errors import SettingsError


def train_extractor(gold: Path, encoder: bool, large: bool, anthology: Path | None, **given: object) -> None:
    """Progress on standard error, what came of it on standard output."""
    if not gold.exists():
        raise SettingsError("no annotated abstracts here", place=str(gold), hint="name a folder that holds train.json")
    settings = load_settings(**given)

    def progress(text: str) -> None:
        print(text, file=sys.stderr)

    texts = list(scierc(gold, "train"))
    more = list(annotated(anthology)) if anthology else []
    tuned = learners(preparation(settings.data / "models", progress), large=large) if encoder or large else []
    aside = settings.data / "models" / "parts"
    card = make(texts, settings.data / EXTRACTOR, tuned, progress, more, aside)
    shutil.rmtree(aside, ignore_errors=True)
    showing.line(
        f"An extractor trained on {card.texts} texts lies in {settings.data / EXTRACTOR}; its key is {card.key}."
    )
    showing.line("The next `gnomon build` reads with it. Delete the folder to read without.")

"""`gnomon topics …`, `gnomon train …`: curators' word on topics of works, and learning from it."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from api.cli.options import AtMost, Data, Json

app = typer.Typer(no_args_is_help=True, help="Curators' yes and no to topics of works.")
training = typer.Typer(no_args_is_help=True, help="Models that learn from this catalogue.")

By = Annotated[str, typer.Option(help="Who decides (default: your login name).")]


@app.command("decide")
def decide(
    work: Annotated[str, typer.Argument(metavar="WORK", help="IRI or opaque name of a work.")],
    concept: Annotated[str, typer.Argument(metavar="CONCEPT", help="IRI of a concept.")],
    verdict: Annotated[str, typer.Argument(metavar="VERDICT", help="confirmed or rejected.")],
    note: Annotated[str, typer.Option(help="Why, for those who look at it later.")] = "",
    by: By = "",
    most: AtMost = 0,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Say that a work is about a concept, or that it is not, for ever. The latest word counts."""
    from api.cli import showing
    from api.cli.building import watching
    from api.settings import load_settings
    from api.topics.deciding import ANSWERS
    from api.topics.deciding import decide as decided
    from ontology.errors import SettingsError

    if verdict not in ANSWERS:
        raise SettingsError(f"no verdict is called {verdict!r}", hint=f"choose {' or '.join(ANSWERS)}")
    with watching(as_json) as watch:
        said = decided(load_settings(data=data), by or getpass.getuser(), work, concept, verdict, note, watch, most)  # type: ignore[arg-type] # checked above
    showing.as_json(said) if as_json else showing.line(f"{said.work}: {said.concept} {said.verdict}")


@training.command("topics")
def train_topics(
    forget: Annotated[bool, typer.Option("--forget", help="Do without the model again.")] = False,
    by: By = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Learn topics from works that carry subjects and from curators' verdicts; then read every work again."""
    from api.cli import showing
    from api.cli.building import show, watching
    from api.settings import load_settings
    from api.topics import teaching

    settings, who = load_settings(data=data), by or getpass.getuser()
    with watching(as_json) as watch:
        if forget:
            show(teaching.forget(settings, who, watch), as_json)
            return
        found = teaching.teach(settings, who, watch)
    if as_json:
        showing.as_json(found)
        return
    told = found.figures
    showing.line(
        f"Learned from {told.works:,} works ({found.language}) with {told.terms:,} concepts, version {found.version}; "
        f"five-fold: F1 of at most five topics {told.f1:.3f}, nDCG of ten {told.ndcg:.3f}"
    )
    show(found.build, as_json)

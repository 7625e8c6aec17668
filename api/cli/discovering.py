"""`gnomon topic`, `paths`, `network`, `experts`, `report`, `resources`, `trends`, `hypotheses`: what hangs together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from api.cli.options import Data, Json
from graph.networks import FileFormat, Kind
from ontology.found import ResourceKind

app = typer.Typer()
"""Commands of `gnomon` itself: it has no name of its own."""


@app.command()
def topic(
    concept: Annotated[str, typer.Argument(help="IRI or label of a concept.")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """A topic: its works, trend, people, venues and neighbours."""
    from api.cli.exploring import show_topic

    show_topic(concept, as_json, data=data)


@app.command("export")
def export(
    query: Annotated[str, typer.Argument(help="What to look for; without it, all works.")] = "",
    work: Annotated[str, typer.Option(help="One work instead: IRI, DOI or title.")] = "",
    form: Annotated[
        str, typer.Option("--format", help="bibtex, ris, csl, csv, jsonl, nquads, jsonld or rocrate (a ZIP file).")
    ] = "bibtex",
    filter: Annotated[str, typer.Option(help="Conditions: publication_year:2015-2020,type:dataset.")] = "",
    limit: Annotated[
        Optional[int], typer.Option(help="Most works (1,000, or as many as the format takes).", min=1)  # noqa: UP045
    ] = None,
    data: Data = None,
) -> None:
    """Write works as a file to standard output: references, what the graph states of them, or an RO-Crate."""
    from api.cli.exchanging import write_works

    write_works(query, work, form, filter, limit, data=data)


@app.command()
def paths(
    start: Annotated[str, typer.Argument(metavar="FROM", help="IRI, DOI, concept label or name.")],
    end: Annotated[str, typer.Argument(metavar="TO", help="IRI, DOI, concept label or name.")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """How two things are related, each step with its evidence."""
    from api.cli.exploring import show_paths

    show_paths(start, end, as_json, data=data)


@app.command()
def network(
    kind: Annotated[Kind, typer.Argument(help="Who or what is joined.")] = "people",
    of: Annotated[str, typer.Option(help="In the works of a concept, person, venue or work; else of all.")] = "",
    query: Annotated[str, typer.Option("--search", help="Or in the works that a search finds.")] = "",
    limit: Annotated[int, typer.Option(help="The largest nodes that are shown.", min=2, max=300)] = 30,
    form: Annotated[FileFormat | None, typer.Option("--format", help="Write a file for another tool instead.")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Who and what stands together in works, with communities."""
    from api.cli.exploring import show_network

    show_network(kind, of, query, limit, form, as_json, data=data)


@app.command()
def experts(
    topic: Annotated[str, typer.Argument(help="IRI or label of a concept; or a venue, organisation or work.")] = "",
    query: Annotated[str, typer.Option("--search", help="Or what a search finds.")] = "",
    within: Annotated[str, typer.Option(help="Only people of this organisation or a part of it.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100)] = 10,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Who knows a topic, with the works that show it."""
    from api.cli.exploring import show_experts

    show_experts(topic, query, within, limit, as_json, data=data)


@app.command()
def report(
    of: Annotated[str, typer.Argument(help="An organisation or a person: IRI, ROR, ORCID or name.")],
    parts: Annotated[bool, typer.Option("--parts", help="Also works of the organisation's parts.")] = False,
    first: Annotated[int, typer.Option("--from", help="First year.", min=0, max=9999)] = 0,
    last: Annotated[int, typer.Option("--to", help="Last year.", min=0, max=9999)] = 0,
    limit: Annotated[int, typer.Option(help="Lines of each part.", min=1, max=1_000)] = 10,
    archive: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--zip", help="Write a ZIP with a CSV file for each part instead."),
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """What an organisation or a person published, counted, with how much is not known."""
    from api.cli.reporting import show_report

    show_report(of, parts, first, last, limit, archive, as_json, data=data)


@app.command()
def resources(
    words: Annotated[str, typer.Argument(help="Words of the name.")] = "",
    kind: Annotated[Optional[ResourceKind], typer.Option(help="Only datasets, or only software.")] = None,  # noqa: UP045
    topic: Annotated[str, typer.Option(help="Of the entry or of works that use it.")] = "",
    organisation: Annotated[str, typer.Option(help="Of the entry or of works that use it.")] = "",
    licence: Annotated[str, typer.Option(help="As the source states it.")] = "",
    catalogued: Annotated[bool, typer.Option("--catalogued", help="Only those with an entry.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 20,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Datasets and software, the most used first, with the works that use them."""
    from api.cli.reporting import show_resources

    show_resources(words, kind, topic, organisation, licence, catalogued, limit, as_json, data=data)


@app.command()
def hypotheses(
    thing: Annotated[str, typer.Argument(help="IRI or label of a concept; without, the scoreboard.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=50)] = 10,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """What may soon be spoken of together with a thing, or how well the last years could have been foretold."""
    from api.cli.exploring import show_hypotheses

    show_hypotheses(thing, limit, as_json, data=data)


@app.command()
def trends(
    of: Annotated[
        str, typer.Option(help="In the works of a concept, person, organisation or venue; else of all.")
    ] = "",
    query: Annotated[str, typer.Option("--search", help="Or in the works that a search finds.")] = "",
    years: Annotated[int, typer.Option(help="How many years are the last ones.", min=1, max=20)] = 3,
    until: Annotated[int, typer.Option(help="As seen at the end of this year.", min=0)] = 0,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 8,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Topics that emerge, fade, or are in a burst."""
    from api.cli.exploring import show_trends

    show_trends(of, query, years, until, limit, as_json, data=data)

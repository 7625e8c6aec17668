"""`gnomon`: the command line. Heavy imports happen inside commands, so that `--help` answers at once."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Annotated, Optional

import typer
from typer.main import get_group

from api.auditing.commands import audited
from api.cli import (
    candidates,
    collections,
    discovering,
    identity,
    index,
    keys,
    mapping,
    quarantine,
    snapshots,
    sources,
    topics,
    vocabulary,
)
from api.cli.narrowing import narrowed
from api.cli.options import ColumnsSaid, Data, Json, Separator
from ontology.errors import GnomonError

app = typer.Typer(
    name="gnomon", no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False,
    help="Knowledge graph and semantic discovery platform for research libraries.",
)  # fmt: skip
app.add_typer(discovering.app)
app.add_typer(keys.app, name="key")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(identity.app, name="identity")
app.add_typer(candidates.app, name="candidates")
vocabulary.app.command("collections")(collections.collections)
vocabulary.app.command("reason")(collections.reason)
app.add_typer(vocabulary.app, name="vocabulary")
app.add_typer(vocabulary.changesets, name="changeset")
app.add_typer(mapping.app, name="mapping")
app.add_typer(topics.app, name="topics")
app.add_typer(topics.training, name="train")
app.add_typer(sources.app, name="source")
app.add_typer(index.app, name="index")
app.add_typer(snapshots.app, name="snapshot")

GOLD = Path("../shared/data/gold")
LARGE = "Tune all-mpnet-base-v2 beside MiniLM, too: 40 minutes of a core, and it reads four times as slowly."


@app.command()
def build(
    paths: Annotated[list[str], typer.Argument(help="Files, folders, archives, or - for standard input.")],
    vocabulary: Annotated[Optional[list[Path]], typer.Option(help="Vocabulary file; may be repeated.")] = None,  # noqa: UP045
    column: ColumnsSaid = None,
    separator: Separator = "|",
    source: Annotated[str, typer.Option(help="Name of the source these files belong to.")] = "files",
    cores: Annotated[Optional[int], typer.Option(help="Processes that read.")] = None,  # noqa: UP045
    encoder: Annotated[Optional[str], typer.Option(help="e5-small, minilm or none.")] = None,  # noqa: UP045
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Read files into the knowledge graph; run it again to go on or to take in changes."""
    from api.cli.building import build_files, described

    vocabularies = described(vocabulary or [], column or [], separator)
    build_files(paths, vocabularies, source, as_json, data=data, cores=cores, encoder=encoder)


@app.command()
def harvest(
    url: Annotated[str, typer.Argument(help="Address of an OAI-PMH server.")] = "",
    everything: sources.All = False,
    prefix: Annotated[str, typer.Option(help="Metadata prefix (default oai_dc).")] = "",
    sets: Annotated[Optional[list[str]], typer.Option("--set", help="OAI set; may be repeated.")] = None,  # noqa: UP045
    source: Annotated[str, typer.Option(help="Name of the source (default: the host).")] = "",
    full: sources.Full = False,
    allow_shrink: sources.Shrink = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Name an OAI-PMH server as a source, if it is not yet, and run it; with --all run every named source."""
    from api.cli.harvesting import harvest_address, run_named

    if url and not everything:
        harvest_address(url, prefix, tuple(sets or ()), source, full, allow_shrink, as_json, data=data)
    else:
        run_named([url] if url else [], everything, full, allow_shrink, "", as_json, data=data)


@app.command()
def schedule(
    once: Annotated[bool, typer.Option("--once", help="Run what is due now, and end.")] = False,
    data: Data = None,
) -> None:
    """Run named sources when their schedules say so, until stopped."""
    from api.cli.harvesting import schedule as run_schedule

    run_schedule(once, data=data)


@app.command()
def explain(
    kind: Annotated[str, typer.Argument(help="mention, evidence, claim or topic.")],
    iri: Annotated[str, typer.Argument(help="IRI of it.")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Read a work again and show each step that leads to a mention, a claim or a topic."""
    from api.cli.asking import explain_iri

    explain_iri(kind, iri, as_json, data=data)


@app.command()
def sample(
    name: Annotated[str, typer.Argument(help="Name of the sample.")] = "demo",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Fetch a sample corpus with its vocabularies and build it."""
    from api.cli.building import build_sample

    build_sample(name, as_json, data=data)


@app.command()
def demo(
    serve_it: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve the graph after building it.")] = True,
    port: Annotated[Optional[int], typer.Option(help="Port to listen on.")] = None,  # noqa: UP045
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Build the demo knowledge graph from real papers and serve it."""
    from api.cli.building import build_sample
    from api.cli.serving import run_server

    build_sample("demo", as_json, data=data)
    if serve_it:
        run_server(data=data, port=port)


@app.command()
def serve(
    host: Annotated[Optional[str], typer.Option(help="Address to listen on.")] = None,  # noqa: UP045
    port: Annotated[Optional[int], typer.Option(help="Port to listen on.")] = None,  # noqa: UP045
    data: Data = None,
) -> None:
    """Serve the graph: pages, API, SPARQL."""
    from api.cli.serving import run_server

    run_server(data=data, host=host, port=port)


@app.command()
def mcp(
    url: Annotated[str, typer.Option(help="A Gnomon server to ask, instead of a data folder.")] = "",
    key: Annotated[str, typer.Option(help="API key for it.", envvar="GNOMON_KEY")] = "",
    data: Data = None,
) -> None:
    """Speak the Model Context Protocol on standard input and output, for language models; nothing can be changed."""
    from api.cli.conversing import serve_models

    serve_models(url, key, data=data)


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="What to look for; docs/search.md has the language.")],
    filter: Annotated[str, typer.Option(help="Conditions: publication_year:2015-2020,type:dataset.")] = "",
    limit: Annotated[int, typer.Option(help="Number of results.")] = 10,
    mode: Annotated[str, typer.Option(help="hybrid, lexical or dense.")] = "hybrid",
    expand: Annotated[bool, typer.Option(help="Add synonyms and narrower terms.")] = True,
    explain: Annotated[bool, typer.Option(help="Show what each score is made of.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Search the works."""
    from api.cli.asking import search_works

    search_works(query, filter, limit, mode, expand, explain, as_json, data=data)


@app.command()
def sparql(
    query: Annotated[
        str, typer.Argument(help="A SPARQL query, @FILE, the name of a named query, or - for standard input.")
    ] = "",
    output: Annotated[
        str,
        typer.Option("--format", help="table, json, csv, tsv or xml; for graphs turtle, ntriples, rdfxml or jsonld."),
    ] = "table",
    listed: Annotated[bool, typer.Option("--list", help="List the named queries.")] = False,
    parameters: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--set", metavar="NAME=VALUE", help="A parameter of a named query; may be repeated."),
    ] = None,
    data: Data = None,
) -> None:
    """Ask the graph a SPARQL question."""
    from api.cli.asking import ask_sparql, list_queries

    if listed:
        list_queries(data=data)
    else:
        ask_sparql(query, output, parameters or [], data=data)


@app.command()
def status(
    data: Data = None,
    as_json: Json = False,
    verify: Annotated[bool, typer.Option(help="Also compute the canonical hash of the store.")] = False,
) -> None:
    """What the data folder holds and what is left to do."""
    from api.cli.asking import show_status

    show_status(as_json, verify, data=data)


@app.command()
def alerts(data: Data = None, as_json: Json = False) -> None:
    """Ask saved searches again and send what is new by e-mail."""
    from api.cli.alerting import send_alerts

    send_alerts(as_json, data=data)


@app.command()
def dump(
    check: Annotated[bool, typer.Option(help="Load the newest dump into an empty store and compare.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Write the graph as N-Quads, one file a graph, with checksums."""
    from api.cli.dumping import dump_graph

    dump_graph(check, as_json, data=data)


@app.command("annotations")
def what_was_read(
    works: Annotated[Optional[list[str]], typer.Argument(help="IRIs, DOIs or titles; without any, all works.")] = None,  # noqa: UP045
    output: Annotated[
        str, typer.Option("--format", help="bioc-xml, bioc-json, web (JSON lines) or nanopubs (N-Quads).")
    ] = "bioc-xml",
    data: Data = None,
) -> None:
    """Write what was read in works, in a format others exchange, to standard output."""
    from api.cli.exchanging import write_annotations

    write_annotations(works or [], output, data=data)


@app.command()
def settings(data: Data = None) -> None:
    """All settings with their values."""
    from api.cli.configuring import show_settings

    show_settings(data=data)


@app.command()
def evaluate(
    tasks: Annotated[Optional[list[str]], typer.Argument(help="Tasks (default: all; --list names them).")] = None,  # noqa: UP045
    gold: Annotated[Path, typer.Option(help="Folder of gold standards, or one task's own folder or file.")] = GOLD,
    vocabularies: Annotated[Optional[Path], typer.Option(help="Folder of vocabularies (default: beside gold).")] = None,  # noqa: UP045
    part: Annotated[str, typer.Option(help="train, dev or test.")] = "dev",
    peers: Annotated[bool, typer.Option(help="Measure the tools people use today in the same run.")] = False,
    large: Annotated[bool, typer.Option(help=LARGE)] = False,
    listed: Annotated[bool, typer.Option("--list", help="List the tasks.")] = False,
    as_json: Json = False,
    dqv: Annotated[bool, typer.Option("--dqv", help="Print quality measurements (W3C DQV) as Turtle.")] = False,
) -> None:
    """Measure the reading against gold standards."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy's threads wait busily: a multiple of the processor time
    from api.cli.evaluating import list_tasks, run_tasks

    if listed:
        list_tasks()
    else:
        run_tasks(tuple(tasks or ()), gold, vocabularies, part, peers, large, as_json=as_json, dqv=dqv)


@topics.training.command("extractor")
def train_extractor(
    gold: Annotated[Path, typer.Argument(help="A folder with train.json, or a file, in SciERC's form.")],
    encoder: Annotated[
        bool, typer.Option(help="Tune an encoder too: better, and half an hour of a core instead of minutes.")
    ] = True,
    large: Annotated[bool, typer.Option(help=LARGE)] = False,
    anthology: Annotated[
        Path | None,
        typer.Option(help="A copy of the ACL Anthology's XML: learn from its abstracts annotated for Gnomon, too."),
    ] = None,
    data: Data = None,
) -> None:
    """Train what finds tasks, methods, metrics and materials in abstracts; builds use it from then on."""
    from api.cli import training

    training.train_extractor(gold, encoder, large, anthology, data=data)


@app.command()
def quality(
    source: Annotated[str, typer.Argument(help="Name of a source (default: all).")] = "",
    data: Data = None,
    as_json: Json = False,
    dqv: Annotated[bool, typer.Option("--dqv", help="Print quality measurements (W3C DQV) as Turtle.")] = False,
) -> None:
    """How good the data of each source is: completeness, duplicates, references, identifiers, freshness."""
    from api.cli.quality import show_quality

    show_quality(source, as_json, dqv, data=data)


@app.command()
def audit(
    who: Annotated[str, typer.Option(help="Whose calls: a key, a person, a user of this machine.")] = "",
    since: Annotated[str, typer.Option(help="From this moment on: a date, or ISO 8601 (UTC).")] = "",
    operation: Annotated[str, typer.Option(help="An operation's id, a page's path, or a command.")] = "",
    refused: Annotated[
        Optional[bool], typer.Option("--refused/--let-through", help="Only what was refused, or only what was not.")  # noqa: UP045
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Lines, the newest first.")] = 50,
    cursor: Annotated[str, typer.Option(help="Where an earlier list left off.")] = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Who changed what, and who was refused."""
    from api.cli.auditing import show_audit

    show_audit(who, since, operation, refused, limit, cursor, as_json, data=data)


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(help="A folder that does not exist yet.")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Copy all that cannot be rebuilt, while servers read and a build may be writing."""
    from api.cli.building import write_backup

    write_backup(folder, as_json, data=data)


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(help="A folder that `gnomon backup` wrote.")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Make a data folder of a backup: journal, vocabularies, keys, and the graph and index anew."""
    from api.cli.building import restore_backup

    restore_backup(folder, as_json, data=data)


audited(app)
_YOUNG = 50_000
"""New objects after which garbage is looked for: by default every 700, which while modules load finds none."""


def main() -> None:
    """Run the command line: a GnomonError ends it with one clear sentence and status 2."""
    gc.set_threshold(_YOUNG)
    try:
        get_group(narrowed(app, sys.argv[1:]))()
    except GnomonError as error:
        print(f"gnomon: {error.code}: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        print("gnomon: stopped; run the same command again to go on", file=sys.stderr)
        raise SystemExit(130) from None
    finally:
        gc.freeze()  # all goes with the process: no search for cycles among modules, a tenth of a second


if __name__ == "__main__":
    main()

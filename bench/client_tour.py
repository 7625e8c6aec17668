"""`python -m bench.client_tour --data FOLDER`: the tour of the Python client (docs/client-tour.md), as Markdown.

Starts a server over the folder, runs each line as a reader would type it, and prints it with what it gives.
"""

from __future__ import annotations

import argparse
import io
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from api.client import Client
from bench.w3c.server import serving
from ontology.errors import GnomonError

STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "Search, with the words that concepts bring along, and everything that a filter finds, page by page.",
        (
            "found = gnomon.search('word sense disambiguation', limit=2)",
            "for hit in found.hits: print(hit.document.year, hit.document.title)",
            "[term.text for one in found.expansions for term in one.terms][:4]",
            "sum(1 for _ in gnomon.works(filter='publication_year:2010-2015'))",
            "[(one.label, one.count) for one in gnomon.group_by('kind')][:4]",
        ),
    ),
    (
        "A topic, who knows it, and how it hangs together with another, by the sentence that says so.",
        (
            "topic = gnomon.concept('sentiment analysis')",
            "topic.works, topic.works_direct, [one.name for one in topic.neighbours[:3]]",
            "[one.name for one in gnomon.experts('Bibliometrics', limit=3).found.experts]",
            "path = gnomon.paths('sentiment analysis', 'machine translation', limit=1).paths[0]",
            "[node.name for node in path.nodes]",
            "path.hops[0].evidence[0].text[:90]",
        ),
    ),
    (
        "What a text is about, and why.",
        (
            "told = gnomon.topics_of('We parse sentences with a neural network trained on the Penn Treebank.')",
            "for one in told.topics[:3]: print(f'{one.score:.2f}', one.name, [why.label for why in one.reasons][:2])",
        ),
    ),
    (
        "The report of an organisation, each part with the query that counts it again.",
        (
            "iri = gnomon.search('Leiden University', limit=0).entities[0].iri",
            "report = gnomon.report(iri, first=2000)",
            "report.works, report.impact.h_index, report.coverage",
            "venues = report.part('venues')",
            "[(one.name, one.count) for one in venues.lines[:2]]",
            "rows = gnomon.sparql(venues.sparql).rows",
            "[int(row['works']) for row in rows[:2]]",
        ),
    ),
    (
        "Mistakes are the server's own errors.",
        (
            "gnomon.search('title:(')",
            "gnomon.sparql('SELECT * { SERVICE <http://127.0.0.1/> { } }')",
        ),
    ),
)  # fmt: skip


def typed(line: str, names: dict[str, Any]) -> str:
    """The line, and what Python shows after it."""
    shown = io.StringIO()
    try:
        with redirect_stdout(shown):
            exec(compile(f"{line}\n", "tour", "single"), names)
    except GnomonError as error:
        shown.write(f"{type(error).__name__}: {error}\n")
    return f">>> {line}\n{shown.getvalue()}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(".gnomon"))
    print("# The Python client at work\n\nPrinted by `python -m bench.client_tour` over the demo.\n")
    with serving(parser.parse_args().data, encoder="e5-small") as address, Client(address, timeout=120) as gnomon:
        names: dict[str, Any] = {"gnomon": gnomon}
        for introduction, lines in STEPS:
            print(f"{introduction}\n\n```")
            print("".join(typed(line, names) for line in lines) + "```\n")


if __name__ == "__main__":
    main()

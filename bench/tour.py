"""`python -m bench.tour --data FOLDER`: the tour of the README, from the demo corpus, as Markdown.

Runs each command and prints it with its output, so that the README shows what a reader will see.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
from pathlib import Path

SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "**Search.** Words and meaning together; concepts of the query bring their synonyms, in any language of the"
        " vocabularies.",
        (
            'gnomon search "word sense disambiguation" --limit 2 --explain',
            'gnomon search "how to measure research collaboration" --limit 3',
            'gnomon search "malaria vaccine" --limit 2',
            'gnomon search "author:Manning parsing" --limit 1',
            'gnomon search "Krebs Immuntherapie" --limit 1',
        ),
    ),
    (
        "**Topics.** Everything gathered under a concept, with all narrower ones.",
        (
            "gnomon topic Bibliometrics | head -n 25",
            "gnomon topic 'sentiment analysis' | sed -n '/^Claims/,$p' | head -n 7",
        ),
    ),
    (
        "**Relations.** The shortest telling ways between two things, through whatever the graph knows.",
        (
            'gnomon paths "word sense disambiguation" wordnet | head -n 9',
            'gnomon paths Malaria Vaccines | head -n 8',
            'gnomon network people --of Bibliometrics --limit 40 | head -n 8',
        ),
    ),
    (
        "**Experts, trends, hypotheses.** Who knows a topic, by the works that show it; what comes and goes; and how"
        " well it could have been foretold which things come together (`gnomon hypotheses THING` foretells).",
        ('gnomon experts Bibliometrics --limit 2', 'gnomon trends --limit 3', 'gnomon hypotheses'),
    ),
    (
        "**Reports, resources.** What an institution published, each figure with the search and the query that count it"
        " again (`--json`, CSV and a page that prints); data sets and programs by the works that use them.",
        ('gnomon report "Leiden University" | head -n 16', "gnomon resources --limit 3"),
    ),
    (
        "**Curation.** What an edit of a vocabulary changes in works is seen before it counts; `gnomon changeset"
        " propose`, `approve` and `apply` make it count, `gnomon vocabulary undo` takes it back.",
        (
            "gnomon vocabulary preview cso --edits '{\"edit\": \"add-label\", \"concept\":"
            " \"https://cso.kmi.open.ac.uk/topics/sentiment_analysis\", \"text\": \"humor recognition\"}'",
            "gnomon mapping offer cso mesh --limit 2",
        ),
    ),
    (
        "**SPARQL.** Any question; known prefixes may be left out, and named queries come with it.",
        (
            'gnomon sparql "SELECT ?topic (count(?w) AS ?works) { ?w dct:subject ?c . ?c skos:prefLabel ?topic }'
            ' GROUP BY ?topic ORDER BY DESC(?works) LIMIT 5"',
            "gnomon sparql most-cited --format csv | head -n 5",
            'gnomon sparql "SELECT ?thing ?kind ?works { GRAPH ?g { ?c rdf:subject ?a ; rdf:predicate gn:isA ;'
            ' rdf:object ?b ; gn:supportCount ?works } ?a skos:prefLabel ?thing . ?b skos:prefLabel ?kind }'
            ' ORDER BY DESC(?works) ?thing LIMIT 3"',
        ),
    ),
)  # fmt: skip


def shown(command: str, data: Path) -> str:
    """The command as a reader types it, and what it prints."""
    environment = {**os.environ, "GNOMON_DATA": str(data), "COLUMNS": "110", "NO_COLOR": "1", "TERM": "dumb"}
    program = f"{shlex.quote(sys.executable)} -m api.cli.main "
    done = subprocess.run(
        ["/bin/bash", "-c", command.replace("gnomon ", program, 1)],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    output = "\n".join(line.rstrip() for line in done.stdout.splitlines())
    if not output.strip():
        raise SystemExit(f"{command} printed nothing: {done.stderr.strip()}")
    return f"```\n$ {command}\n{output.strip(chr(10))}\n```"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(".gnomon"))
    given = parser.parse_args()
    for introduction, commands in SECTIONS:
        print(introduction, end="\n\n")
        for command in commands:
            print(shown(command, given.data), end="\n\n")


if __name__ == "__main__":
    main()

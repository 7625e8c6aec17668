"""`python -m bench.organisations [PATH…] [--journal FILE]`: which organisation an affiliation line names.

Takes in the shared works and registries (or the given paths). Labelled lines are affiliations that
carry identifiers (ROR, OpenAlex, GRID, ISNI) and have several parts; each is asked for without them,
against the organisations as all *other* lines and records know them. Recall is over lines whose
organisation is known otherwise, by an identifier in common; precision over all answers. Prints JSON.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from ingest.harvest import harvest
from ingest.identifying import identify
from ingest.identity import affiliations, organisations
from ingest.identity.nodes import Nodes, kind_of
from ingest.identity.organisations import OrganisationSays
from ingest.identity.text import fold, number_of
from ingest.journal.database import Database
from ingest.journal.harvested import Harvested
from ingest.sources.files import FilesSource
from ontology.identifiers import Identifier

PATHS = (
    "openalex/works.jsonl", "openalex/entities", "openalex_biblium", "ror_orcid", "crossref/works.jsonl", "jats",
    "pubmed_xml", "crossref_deposit", "datacite",
)  # fmt: skip
_decode = msgspec.msgpack.Decoder(OrganisationSays).decode


class Outcome(msgspec.Struct):
    lines: int = 0
    known_otherwise: int = 0
    known_by_name: int = 0
    """Of these, organisations of which a registry, a funder or an aggregator gave the name itself."""
    answered: int = 0
    right: int = 0
    unverifiable: int = 0
    """Answers whose organisation has no identifier of the label's registry."""
    precision: float = 0.0
    recall: float = 0.0
    recall_of_named: float = 0.0
    lines_per_cpu_second: int = 0


def labelled(database: Database) -> Iterator[tuple[str, tuple[Identifier, ...]]]:
    """Distinct affiliation lines with the identifiers of one organisation."""
    seen: dict[str, tuple[Identifier, ...]] = {}
    numbers = [n for (n,) in database.rows("SELECT id FROM record")]
    for at in range(0, len(numbers), 1000):
        for stored in Harvested(database).records(numbers[at : at + 1000]):
            for person in stored.record.contributors:
                for place in person.affiliations:
                    if len(organisations.one_each(place.identifiers)) == 1 and len(place.name.split()) > 1:
                        seen.setdefault(place.name, place.identifiers)
    yield from ((line, ids) for line, ids in seen.items() if "," in line or ";" in line)


def measure(database: Database, wrong: list[tuple[str, ...]]) -> Outcome:
    nodes, outcome = Nodes(database), Outcome()
    seconds, found_by_name = 0.0, 0
    for line, ids in labelled(database):
        truth, named = _entities(nodes, (number_of(f"o:{i}") for i in ids), line)
        outcome.lines += 1
        outcome.known_by_name += named
        outcome.known_otherwise += bool(truth)
        started = time.process_time()
        forms = affiliations.forms(line)
        found = nodes.with_keys(number_of(f"on:{form}") for form in forms)
        loaded = nodes.load(n for ns in found.values() for n in ns)
        said = {n: (_decode(node.body), str(node.entity)) for n, node in loaded.items() if kind_of(n) == "organisation"}
        said = {n: known for n, known in said.items() if not _same(known[0], line)}
        asked = {form: [n for n in found.get(number_of(f"on:{form}"), ()) if n in said] for form in forms}
        answer = set(affiliations.choose(line, asked, said))
        seconds += time.process_time() - started
        if answer and not truth and not {i.scheme for i in ids} & _schemes(said, answer):
            outcome.unverifiable += 1
            continue
        outcome.answered += bool(answer)
        outcome.right += bool(answer & truth)
        found_by_name += named and bool(answer & truth)
        if (truth and not answer & truth) or answer - truth:
            names = sorted({said[n][0].names[0] for n in said if said[n][1] in answer})
            wrong.append((line, " ".join(map(str, ids)), str(bool(truth)), " | ".join(names)))
    outcome.precision = round(outcome.right / max(1, outcome.answered), 4)
    outcome.recall = round(outcome.right / max(1, outcome.known_otherwise), 4)
    outcome.recall_of_named = round(found_by_name / max(1, outcome.known_by_name), 4)
    outcome.lines_per_cpu_second = round(outcome.lines / max(seconds, 1e-9))
    return outcome


def _entities(nodes: Nodes, keys: Iterable[int], line: str) -> tuple[set[str], bool]:
    """Organisations that something else than this line knows by one of these identifiers, and whether by name."""
    loaded = nodes.load(n for found in nodes.with_keys(keys).values() for n in found)
    said = [(_decode(node.body), str(node.entity)) for node in loaded.values()]
    others = [(known, entity) for known, entity in said if not _same(known, line)]
    return {entity for _, entity in others}, any(known.named for known, _ in others)


def _schemes(said: dict[int, tuple[OrganisationSays, str]], answer: set[str]) -> set[str]:
    return {i.scheme for known, entity in said.values() if entity in answer for i in known.ids}


def _same(said: OrganisationSays, line: str) -> bool:
    return fold(said.names[0]) == fold(line)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--journal", type=Path, help="keep the journal here and use it again")
    parser.add_argument("--wrong", type=Path, help="write what went wrong to this file")
    given = parser.parse_args()
    wrong: list[tuple[str, ...]] = []
    with (
        tempfile.TemporaryDirectory() as scratch,
        Database(given.journal or Path(scratch) / "journal.sqlite") as database,
    ):
        if not database.one("SELECT 1 FROM record LIMIT 1"):
            harvest(database, FilesSource("shared", given.paths or [given.data / name for name in PATHS]))
        identify(database)
        found = measure(database, wrong)
    if given.wrong:
        given.wrong.write_text("\n".join("\t".join(row) for row in wrong), "utf-8")
    print(msgspec.json.format(msgspec.json.encode(found), indent=1).decode())


if __name__ == "__main__":
    main()

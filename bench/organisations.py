"""`python -m bench.organisations [PATH…] [--journal FILE]`: which organisations an affiliation line names.

Two sets of labelled lines, each asked for without its identifiers, against the organisations as all *other*
lines and records know them:

* `ror`: the affiliation lines that ROR labelled by hand (Springer Nature's of 2023 and Crossref's of 2024), with
  all organisations of each; precision over all organisations answered, recall over all labels. Printed by halves
  too: rules were made while looking at the lines with even numbers only.
* `aggregated`: lines of the shared works that carry the identifiers of one organisation, given by OpenAlex's own
  matcher for the most part; a line that names several has the label of one, so that a line counts once.

Recall is over organisations that are known otherwise, by an identifier in common. Where no registry is loaded, a
tenth of them are known by other names only (an acronym, another language), which nothing but a registry can tell:
`recall_of_spelled` is over those of which another record gives a name all of whose words stand in the line.
Prints JSON.
"""

from __future__ import annotations

import argparse
import html
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from ingest.harvest import harvest
from ingest.identifying import identify
from ingest.identity import affiliations, organisations
from ingest.identity.institution_names import plain
from ingest.identity.nodes import Nodes, kind_of
from ingest.identity.organisations import OrganisationSays
from ingest.identity.text import fold, number_of
from ingest.journal.database import Database
from ingest.journal.harvested import Harvested
from ingest.sources.files import FilesSource
from ontology.identifiers import Identifier, identifier

PATHS: Final = (
    "openalex/works.jsonl", "openalex/entities", "openalex_biblium", "ror_orcid", "crossref/works.jsonl", "jats",
    "pubmed_xml", "crossref_deposit", "datacite",
)  # fmt: skip
ROR_TESTS: Final = "ror_orcid/ror_api/rorapi/tests"
_decode = msgspec.msgpack.Decoder(OrganisationSays).decode
_Ids = tuple[Identifier, ...]


class Labelled(msgspec.Struct, frozen=True):
    """An affiliation line and the identifiers of each organisation it names (`whole`: of all of them)."""

    line: str
    labels: tuple[_Ids, ...]
    whole: bool


class Outcome(msgspec.Struct):
    lines: int = 0
    known_otherwise: int = 0
    known_by_name: int = 0
    """Of these, organisations of which a registry, a funder or an aggregator gave the name itself."""
    spelled: int = 0
    """Of these, organisations that another record calls by words of this line."""
    answered: int = 0
    right: int = 0
    found: int = 0
    unverifiable: int = 0
    """Answers whose organisation has no identifier of the label's registry."""
    precision: float = 0.0
    recall: float = 0.0
    recall_of_named: float = 0.0
    recall_of_spelled: float = 0.0
    lines_per_cpu_second: int = 0


class _Row(msgspec.Struct):
    """A line of ROR's sets; in that of mere names there is one identifier."""

    affiliation: str
    ror_ids: list[str] = []
    ror_id: str = msgspec.field(default="", name="ror-id")


def ror_lines(tests: Path) -> list[Labelled]:
    """Lines that ROR labelled by hand, each once."""
    found: dict[str, Labelled] = {}
    for path in sorted(tests.glob("tests_affiliations/data/*.json")):
        for line, labels in _rows(path):
            found.setdefault(fold(line), Labelled(line, labels, whole=True))
    return list(found.values())


def _rows(path: Path) -> Iterator[tuple[str, tuple[_Ids, ...]]]:
    for row in msgspec.json.decode(path.read_bytes(), type=list[_Row]):
        rors = (identifier("ror", one) for one in row.ror_ids or [row.ror_id] if one)
        line = " ".join(html.unescape(html.unescape(row.affiliation)).split())
        yield line, tuple((one,) for one in dict.fromkeys(rors) if one)


def write_as_works(tests: Path, folder: Path) -> Path:
    """ROR's labelled lines and names as Crossref works of one author each, so that they are taken in like others."""
    path = folder / "labelled.jsonl"
    paths = [*sorted(tests.glob("tests_affiliations/data/*.json")), tests / "tests_functional/data/dataset_names.json"]
    with path.open("wb") as out:
        for number, (line, labels) in enumerate((row for each in paths for row in _rows(each)), 1):
            ids = [{"id": f"https://ror.org/{one.value}", "id-type": "ROR"} for (one,) in labels]
            place = {"name": line, "id": ids}
            author = {"family": f"Author{number}", "given": f"Given{number}", "affiliation": [place]}
            work = {"DOI": f"10.5555/line.{number}", "type": "journal-article", "title": [f"Labelled line {number}"]}
            out.write(msgspec.json.encode(work | {"author": [author]}) + b"\n")
    return path


def aggregated_lines(database: Database) -> list[Labelled]:
    """Distinct affiliation lines of the shared works with the identifiers of one organisation."""
    seen: dict[str, _Ids] = {}
    numbers = [n for (n,) in database.rows("SELECT id FROM record WHERE key NOT LIKE '%10.5555/line.%'")]
    for at in range(0, len(numbers), 1000):
        for stored in Harvested(database).records(numbers[at : at + 1000]):
            for person in stored.record.contributors:
                for place in person.affiliations:
                    if len(organisations.one_each(place.identifiers)) == 1 and len(place.name.split()) > 1:
                        seen.setdefault(place.name, place.identifiers)
    return [Labelled(line, (ids,), whole=False) for line, ids in seen.items() if "," in line or ";" in line]


def measure(database: Database, lines: Iterable[Labelled], wrong: list[tuple[str, ...]]) -> Outcome:
    nodes, outcome = Nodes(database), Outcome()
    seconds, named, spelled = 0.0, 0, 0
    for one in lines:
        truths = [_truth(nodes, ids, one.line) for ids in one.labels]
        every = {entity for truth in truths for entity in truth.entities}
        started = time.process_time()
        answer, said = answer_to(nodes, one.line)
        seconds += time.process_time() - started
        registries = {i.scheme for ids in one.labels for i in ids} or {"ror"}
        checkable = {iri for iri in answer if iri in every or _schemes(said, iri) & registries}
        outcome.lines += 1
        outcome.unverifiable += len(answer - checkable) if one.whole else bool(answer) and not checkable
        outcome.answered += len(checkable) if one.whole else bool(checkable)
        outcome.right += len(checkable & every) if one.whole else bool(checkable & every)
        for truth in truths:
            hit = bool(truth.entities & answer)
            outcome.known_otherwise += bool(truth.entities)
            outcome.known_by_name += truth.named
            outcome.spelled += truth.spelled
            outcome.found, named, spelled = (
                outcome.found + hit,
                named + (truth.named and hit),
                spelled + (truth.spelled and hit),
            )
        missed = [str(truth.label) for truth in truths if truth.entities and not truth.entities & answer]
        if missed or checkable - every:
            names = sorted({said[n][0].names[0] for n in said if said[n][1] in checkable - every})
            wrong.append((one.line, " ".join(missed), " | ".join(names[:4])))
    outcome.precision = round(outcome.right / max(1, outcome.answered), 4)
    outcome.recall = round(outcome.found / max(1, outcome.known_otherwise), 4)
    outcome.recall_of_named = round(named / max(1, outcome.known_by_name), 4)
    outcome.recall_of_spelled = round(spelled / max(1, outcome.spelled), 4)
    outcome.lines_per_cpu_second = round(outcome.lines / max(seconds, 1e-9))
    return outcome


def answer_to(nodes: Nodes, line: str) -> tuple[set[str], dict[int, tuple[OrganisationSays, str]]]:
    """What the line names by all that others say, and what they say."""
    forms = affiliations.forms(line)
    found = nodes.with_keys(number_of(f"on:{form}") for form in forms)
    loaded = nodes.load(n for ns in found.values() for n in ns)
    said = {n: (_decode(node.body), str(node.entity)) for n, node in loaded.items() if kind_of(n) == "organisation"}
    said = {n: known for n, known in said.items() if not _same(known[0], line)}
    asked = {form: [n for n in found.get(number_of(f"on:{form}"), ()) if n in said] for form in forms}
    return set(affiliations.choose(line, asked, said)), said


class _Truth(msgspec.Struct, frozen=True):
    """What else is known of a labelled organisation."""

    label: Identifier
    entities: set[str]
    named: bool
    spelled: bool


def _truth(nodes: Nodes, ids: _Ids, line: str) -> _Truth:
    """Organisations that something else than this line knows by one of these identifiers."""
    keys = [number_of(f"o:{i}") for i in ids]
    loaded = nodes.load(n for found in nodes.with_keys(keys).values() for n in found)
    every = [(_decode(node.body), str(node.entity)) for node in loaded.values()]
    others = [(said, entity) for said, entity in every if said.names[0] and not _same(said, line)]
    words = set(plain(line).split())
    forms = (form.split() for said, _ in others for form in said.forms())
    spelled = any(len(form) > 1 and words.issuperset(form) for form in forms)
    return _Truth(ids[0], {entity for _, entity in others}, any(said.named for said, _ in others), spelled)


def _schemes(said: dict[int, tuple[OrganisationSays, str]], iri: str) -> set[str]:
    return {i.scheme for known, entity in said.values() if entity == iri for i in known.ids}


def _same(said: OrganisationSays, line: str) -> bool:
    return fold(said.names[0]) == fold(line)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--journal", type=Path, help="keep the journal here and use it again")
    parser.add_argument("--wrong", type=Path, help="write what went wrong to files with this name and the set's")
    given = parser.parse_args()
    found: dict[str, Outcome] = {}
    with (
        tempfile.TemporaryDirectory() as scratch,
        Database(given.journal or Path(scratch) / "journal.sqlite") as database,
    ):
        if not database.one("SELECT 1 FROM record LIMIT 1"):
            labelled = write_as_works(given.data / ROR_TESTS, Path(scratch))
            harvest(database, FilesSource("shared", given.paths or [*(given.data / n for n in PATHS), labelled]))
        identify(database)
        by_hand = ror_lines(given.data / ROR_TESTS)
        sets = {
            "ror": by_hand,
            "ror_even": by_hand[::2],
            "ror_odd": by_hand[1::2],
            "aggregated": aggregated_lines(database),
        }
        for name, lines in sets.items():
            wrong: list[tuple[str, ...]] = []
            found[name] = measure(database, lines, wrong)
            if given.wrong:
                Path(f"{given.wrong}.{name}.tsv").write_text("\n".join("\t".join(row) for row in wrong), "utf-8")
    print(msgspec.json.format(msgspec.json.encode(found), indent=1).decode())


if __name__ == "__main__":
    main()

"""`python -m bench.references [--data ../shared/data] [PATH…]`: find cited works without their identifiers.

Takes in all works of the shared files (or the given paths), hides the identifiers of each reference
that has any, also where they stand in its text, and resolves it twice: from what its source took
apart, and from the text alone. Truth is the hidden identifier: the work of the catalogue that has
it. A reference whose identifier no work here has must stay unresolved, unless the work found has no
identifier of that kind, so that nobody can tell (counted apart). Prints JSON.
"""

from __future__ import annotations

import argparse
import csv
import re
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from ingest.harvest import harvest
from ingest.identifying import identify
from ingest.identity.nodes import Nodes, listed
from ingest.identity.resolving import Targets
from ingest.identity.text import number_of
from ingest.journal.database import Database
from ingest.journal.harvested import Harvested, StoredRecord
from ingest.sources.files import FilesSource
from ontology.identifiers import WORK_SCHEMES, Identifier
from ontology.namespaces import Base
from ontology.records import Record, Reference

WORKS = (
    "jats", "extra/epmc_500.tar.xz", "crossref/works.jsonl", "openalex/works.jsonl", "openalex_biblium", "pubmed_xml",
    "crossref_deposit", "elsevier_oa_stm", "aclsum", "acl_anthology/xml", "opencitations/meta_csv",
)  # fmt: skip
FORMATS = ("jats", "crossref")
_HIDDEN = re.compile(r"(?:https?://\S+|doi:?\s*\S+|10\.\d{4,9}/\S+|\b(?:pmid|pmcid|pmc)\b:?\s*\d+)", re.IGNORECASE)
_BATCH = 50


class Outcome(msgspec.Struct):
    """Counts of one way of asking; `only_identifier` had nothing else and are left out, `unverifiable` were
    resolved to works whose identifiers cannot tell."""

    references: int = 0
    only_identifier: int = 0
    in_catalogue: int = 0
    resolved: int = 0
    right: int = 0
    unverifiable: int = 0
    precision: float = 0.0
    recall: float = 0.0
    seconds: float = 0.0

    def finish(self) -> Outcome:
        self.precision = round(self.right / max(1, self.resolved), 4)
        self.recall = round(self.right / max(1, self.in_catalogue), 4)
        self.seconds = round(self.seconds, 1)
        return self


class Truth:
    """Identifiers of works, as the journal has them."""

    def __init__(self, database: Database, base: Base) -> None:
        self._nodes = Nodes(database)
        self._db = database
        self._base = base

    def of(self, references: Sequence[Reference]) -> list[str]:
        """IRI of the work that has a reference's identifier; empty where none has it."""
        keys = {number_of(f"w:{i}") for r in references for i in r.identifiers}
        nodes = self._nodes.with_keys(keys)
        loaded = self._nodes.load(n for found in nodes.values() for n in found)
        names = dict(
            self._db.rows(
                "SELECT seq, name FROM entity WHERE seq IN (SELECT value FROM json_each(?))",
                (listed(n.entity for n in loaded.values() if n.entity is not None),),
            )
        )
        found = []
        for reference in references:
            held = (n for i in reference.identifiers for n in nodes.get(number_of(f"w:{i}"), ()))
            node = next(iter(held), None)
            entity = loaded[node].entity if node is not None else None
            found.append(self._base.entity("work", names[entity]) if entity is not None else "")
        return found

    def schemes(self, iri: str) -> set[str]:
        """Schemes of the identifiers that the work has."""
        rows = self._db.rows(
            "SELECT s.body FROM entity e JOIN said s ON s.entity = e.seq WHERE e.name = ?", (iri.rpartition("/")[2],)
        )
        return {i.partition(":")[0] for (body,) in rows for i in msgspec.msgpack.decode(body)[3]}


def text_only(reference: Reference) -> Reference:
    """The reference as printed, put together from its parts where its source gives no text; no identifier in it."""
    year = f"({reference.year})" if reference.year else ""
    parts = (reference.author, year, reference.title, reference.venue, reference.volume, reference.page)
    raw = reference.raw or ". ".join(part for part in parts if part)
    return Reference(key=reference.key, raw=_HIDDEN.sub(" ", raw))


def taken_apart(reference: Reference) -> Reference:
    return msgspec.structs.replace(reference, identifiers=(), raw=_HIDDEN.sub(" ", reference.raw))


def citing(database: Database) -> Iterator[list[StoredRecord]]:
    """Records with references, in batches."""
    rows = database.rows(
        "SELECT r.id FROM record r JOIN payload p ON p.id = r.payload"
        " WHERE p.format IN (SELECT value FROM json_each(?))",
        (msgspec.json.encode(FORMATS).decode(),),
    )
    numbers = [number for (number,) in rows]
    for at in range(0, len(numbers), _BATCH):
        yield [s for s in Harvested(database).records(numbers[at : at + _BATCH]) if s.record.references]


def measure(database: Database, base: Base, missed: list[tuple[str, ...]]) -> dict[str, Outcome]:
    found = {"taken apart": Outcome(), "text only": Outcome()}
    truth = Truth(database, base)
    for batch in citing(database):
        for name, hide in (("taken apart", taken_apart), ("text only", text_only)):
            known = [
                [r for r in s.record.references if any(i.scheme in WORK_SCHEMES for i in r.identifiers)] for s in batch
            ]
            asked = [[hide(r) for r in references] for references in known]
            started = time.process_time()
            targets = Targets(database, base, [Record(key="", format="", references=tuple(rs)) for rs in asked])
            answers = [[targets.cited(r, "") for r in references] for references in asked]
            found[name].seconds += time.process_time() - started
            for references, hidden, said in zip(known, asked, answers, strict=True):
                _count(found[name], name, references, hidden, truth.of(references), said, truth, missed)
    return {name: outcome.finish() for name, outcome in found.items()}


def _count(
    outcome: Outcome, name: str, references: Iterable[Reference], hidden: Iterable[Reference], right: Iterable[str],
    said: Iterable[str], truth: Truth, missed: list[tuple[str, ...]],
) -> None:  # fmt: skip
    for reference, shown, expected, answer in zip(references, hidden, right, said, strict=True):
        if not (shown.raw.strip() or shown.title or shown.author or shown.page):
            outcome.only_identifier += 1
            continue
        outcome.references += 1
        outcome.in_catalogue += bool(expected)
        if answer and not expected and not truth.schemes(answer) & {i.scheme for i in reference.identifiers}:
            outcome.unverifiable += 1
            continue
        outcome.resolved += bool(answer)
        outcome.right += bool(answer) and answer == expected
        if answer != expected:
            missed.append((name, expected, answer, str(shown), " ".join(map(str, reference.identifiers))))


def within_set(database: Database, base: Base, pairs: Path) -> dict[str, int]:
    """Citations known within the set (PMCID to PMCID): how many are found from the text alone."""
    wanted = [tuple(row.values()) for row in csv.DictReader(pairs.open(encoding="utf-8"), delimiter="\t")]
    truth, found = Truth(database, base), 0
    for citing_id, cited_id in wanted:
        (expected,) = truth.of([Reference(key="", identifiers=(_pmcid(cited_id),))])
        nodes = Nodes(database).with_keys([number_of(f"w:{_pmcid(citing_id)}")])
        records = Harvested(database).records(n >> 20 for ns in nodes.values() for n in ns)
        asked = [text_only(r) for s in records for r in s.record.references]
        targets = Targets(database, base, [Record(key="", format="", references=tuple(asked))])
        found += any(targets.cited(r, "") == expected for r in asked)
    return {"citations": len(wanted), "found": found}


def _pmcid(value: str) -> Identifier:
    return Identifier("pmcid", value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=Path, help="what is taken in (default: all works of the shared files)")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--journal", type=Path, help="keep the journal here and use it again")
    parser.add_argument("--missed", type=Path, help="write what went wrong to this file")
    given = parser.parse_args()
    base = Base()
    with (
        tempfile.TemporaryDirectory() as scratch,
        Database(given.journal or Path(scratch) / "journal.sqlite") as database,
    ):
        if not database.one("SELECT 1 FROM record LIMIT 1"):
            paths = given.paths or [given.data / name for name in WORKS]
            harvest(database, FilesSource("shared", paths))
        identify(database)
        missed: list[tuple[str, ...]] = []
        shown: dict[str, object] = dict(measure(database, base, missed))
        shown["works"] = database.one("SELECT count(DISTINCT entity) FROM said WHERE node > 0 AND node & 1048575 = 0")
        if (pairs := given.data / "jats" / "epmc_incorpus_citations.tsv").exists():
            shown["within the set"] = within_set(database, base, pairs)
    if given.missed:
        given.missed.write_text("\n".join("\t".join(row) for row in missed), "utf-8")
    print(msgspec.json.format(msgspec.json.encode(shown), indent=1).decode())


if __name__ == "__main__":
    main()

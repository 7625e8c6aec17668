"""A journal in small: records made by hand, kept, identified, and what came of them."""

from __future__ import annotations

from ingest.identifying import identify
from ingest.identity.assemble import Assembler
from ingest.identity.deriving import Deriver
from ingest.identity.observing import Observer, told_of
from ingest.journal.database import Database
from ingest.journal.harvested import Harvested
from ontology.agents import AnyRecord
from ontology.entities import Organisation, Person, VenueEntity, Work
from ontology.identifiers import Identifier
from ontology.namespaces import Base
from ontology.records import Contributor, Payload, Record, Title

BASE = Base()
TITLE = "Shadows of the sundial and how they are measured"


def person(given: str, family: str, orcid: str = "") -> Contributor:
    ids = (Identifier("orcid", orcid),) if orcid else ()
    return Contributor(name=f"{given} {family}", given=given, family=family, identifiers=ids)


def work(key: str, *, title: str = TITLE, year: str = "2019", ids: str = "", **fields: object) -> Record:
    fields.setdefault("contributors", (person("Ada", "Nomon"), person("Eva", "Dial")))
    identifiers = tuple(Identifier(*pair.split("=")) for pair in ids.split()) if ids else ()
    return Record(key=key, format="crossref", titles=(Title(title),), issued=year, identifiers=identifiers, **fields)  # type: ignore[arg-type]


def keep(database: Database, *records: AnyRecord, locator: str = "a", batch: int = 1000, settle: bool = True) -> None:
    """Take in records (as one payload) and identify, in batches of this size."""
    if records:
        with database.transaction():
            Harvested(database).keep(Payload(source="s", locator=locator, body=locator.encode()), "test", records)
    if not settle:
        return
    if batch < 1000:
        while found := Harvested(database).unidentified()[:batch]:
            with database.transaction():
                Observer(database).observe(found, told_of(database, found))
            while Deriver(database).step():
                pass
    identify(database)


def forget(database: Database, locator: str, *, settle: bool = True) -> None:
    """The payload is gone at its source."""
    with database.transaction():
        Harvested(database).keep(Payload(source="s", locator=locator, deleted=True), "", ())
    if settle:
        identify(database)


def works(database: Database) -> list[Work]:
    """All works there are, in the order in which they were first named."""
    rows = database.rows("SELECT seq FROM entity WHERE kind = 'work' ORDER BY seq").fetchall()
    return [made.work for _, made in Assembler(database, BASE).works([n for (n,) in rows]) if made]


def agents(database: Database, kind: str) -> list[Person | Organisation | VenueEntity]:
    rows = database.rows("SELECT seq FROM entity WHERE kind = ? ORDER BY seq", (kind,)).fetchall()
    return [made for _, made in Assembler(database, BASE).agents([n for (n,) in rows]) if made]


def names(database: Database, kind: str) -> set[str]:
    """Names that entities of this kind have or had."""
    return {name for (name,) in database.rows("SELECT name FROM entity WHERE kind = ?", (kind,))}


def state(database: Database) -> dict[str, object]:
    """IRI → entity: everything that gets into the graph."""
    found: dict[str, object] = {w.iri: w for w in works(database)}
    for kind in ("person", "organisation", "venue"):
        found |= {a.iri: a for a in agents(database, kind)}
    numbers = [n for (n,) in database.rows("SELECT seq FROM entity")]
    found |= {d.iri: d for made in Assembler(database, BASE).decisions(numbers).values() for d in made}
    return found

"""How good the data of each source is: counted by SQLite over what was noted when records were kept.

One pass over the facts and one over the assertions; no record is opened.
"""

# ruff: noqa: S608 - every statement is made of constants of this module

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import msgspec

from ingest.facts import COMPLETENESS, FIELDS
from ingest.journal.database import Database
from ontology.errors import NotFound

_EXAMPLES = 5


class Field(msgspec.Struct, frozen=True):
    """How many records have it; `share` of all records of works, between 0 and 1."""

    name: str
    count: int
    share: float


class Duplicates(msgspec.Struct, frozen=True):
    """`within`: records beyond the first of their work in this source; `works`: works the source speaks
    of; `shared`: those of them that other sources speak of as well."""

    within: int = 0
    works: int = 0
    shared: int = 0


class References(msgspec.Struct, frozen=True):
    """Over the works the source speaks of, as the graph has them: references `listed`, those `resolved`
    to a work of the catalogue, and the rest."""

    listed: int = 0
    resolved: int = 0
    unresolved: int = 0


class BrokenIdentifiers(msgspec.Struct, frozen=True):
    """What looks like an identifier of `scheme` and is none (form or check digit); `examples` as written."""

    scheme: str
    count: int
    examples: tuple[str, ...]


class Freshness(msgspec.Struct, frozen=True):
    """Datestamps as the source gives them (empty where it gives none); `latest_year` is of publication;
    `last_run` and `last_state` are of the latest harvest."""

    oldest: str = ""
    newest: str = ""
    undated: int = 0
    latest_year: int = 0
    last_run: str = ""
    last_state: str = ""


class SourceQuality(msgspec.Struct, frozen=True, kw_only=True):
    """The quality of what one source gave. `records` are of works, `agents` of people, organisations and
    venues; `languages` counts records by BCP 47 tag, `quarantine` entries by error code."""

    source: str
    payloads: int = 0
    deleted: int = 0
    records: int = 0
    agents: int = 0
    completeness: tuple[Field, ...] = ()
    duplicates: Duplicates = Duplicates()
    references: References = References()
    broken_identifiers: tuple[BrokenIdentifiers, ...] = ()
    freshness: Freshness = Freshness()
    quarantine: dict[str, int] = {}
    retracted: int = 0
    open_access: int = 0
    languages: dict[str, int] = {}


def quality(database: Database, source: str = "") -> list[SourceQuality]:
    """The quality of each source, by name; or of one. NotFound where that one is not known.

    Costs about a second for 100,000 records.
    """
    names = [row[0] for row in database.rows("SELECT DISTINCT source FROM payload ORDER BY source")]
    if source and source not in names:
        raise NotFound("no source has this name", place=source, hint="`gnomon quality` lists those there are")
    counted = _Counted(database, source)
    return [counted.of(name) for name in names if source in ("", name)]


_RECORDS = "fact f JOIN record r ON r.id = f.record JOIN payload p ON p.id = r.payload"
_ONE = "(:source = '' OR p.source = :source)"
_SUMS = ", ".join(f"sum(f.fields >> {bit} & 1)" for bit in range(len(FIELDS)))
_FACTS = f"SELECT p.source, count(*), max(f.year), {_SUMS} FROM {_RECORDS} WHERE f.fields >= 0 AND {_ONE} GROUP BY 1"
_AGENTS = f"SELECT p.source, count(*) FROM {_RECORDS} WHERE f.fields < 0 AND {_ONE} GROUP BY 1"
_LANGUAGES = (
    f"SELECT p.source, f.language, count(*) FROM {_RECORDS} WHERE f.fields >= 0 AND {_ONE}"
    " GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2"
)
_BROKEN = f"SELECT p.source, f.broken FROM {_RECORDS} WHERE f.broken <> '' AND {_ONE} ORDER BY f.record"
_PAYLOADS = (
    "SELECT source, sum(stage <> 'deleted'), sum(stage = 'deleted'), sum(datestamp = '' AND stage <> 'deleted'),"
    f" min(nullif(datestamp, '')), max(datestamp) FROM payload p WHERE {_ONE} GROUP BY 1"
)
_WORKS = (
    "WITH spoken AS (SELECT p.source AS source, s.entity AS work, count(*) AS times FROM record r"
    " JOIN said s ON s.node = r.id << 20 JOIN payload p ON p.id = r.payload WHERE s.entity IS NOT NULL GROUP BY 1, 2),"
    " known AS (SELECT work, count(*) AS sources FROM spoken GROUP BY work)"
    " SELECT p.source, sum(p.times - 1), count(*), sum(k.sources > 1), sum(coalesce(c.listed, 0)),"
    " sum(coalesce(c.resolved, 0)) FROM spoken p JOIN known k ON k.work = p.work"
    f" LEFT JOIN cited c ON c.owner = p.work WHERE {_ONE} GROUP BY 1"
)
_QUARANTINE = (
    "SELECT p.source, q.error, count(*) FROM quarantine q JOIN payload p ON p.id = q.payload"
    f" WHERE {_ONE} GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2"
)
_RUNS = f"SELECT source, started, state FROM run p WHERE {_ONE} ORDER BY source, id"


class _Counted:
    """All counts, by source."""

    def __init__(self, database: Database, source: str) -> None:
        def asked(sql: str) -> Iterator[Any]:
            return iter(database.rows(sql, {"source": source}))

        self._payloads = {row[0]: row[1:] for row in asked(_PAYLOADS)}
        self._facts = {row[0]: row[1:] for row in asked(_FACTS)}
        self._agents = dict(asked(_AGENTS))
        self._works = {row[0]: row[1:] for row in asked(_WORKS)}
        self._runs = {row[0]: row[1:] for row in asked(_RUNS)}
        self._languages = _by_source(asked(_LANGUAGES))
        self._quarantine = _by_source(asked(_QUARANTINE))
        self._broken: defaultdict[str, list[str]] = defaultdict(list)
        for name, found in asked(_BROKEN):
            self._broken[name] += msgspec.json.decode(found, type=list[str])

    def of(self, source: str) -> SourceQuality:
        payloads, deleted, undated, oldest, newest = self._payloads[source]
        records, latest, *counts = self._facts.get(source, (0, 0, *(0 for _ in FIELDS)))
        by_field = dict(zip(FIELDS, counts, strict=True))
        within, works, shared, listed, resolved = self._works.get(source, (0, 0, 0, 0, 0))
        run, state = self._runs.get(source, ("", ""))
        share = {name: round(by_field[name] / records, 4) if records else 0.0 for name in COMPLETENESS}
        return SourceQuality(
            source=source, payloads=payloads, deleted=deleted, records=records, agents=self._agents.get(source, 0),
            completeness=tuple(Field(name, by_field[name], share[name]) for name in COMPLETENESS),
            duplicates=Duplicates(within, works, shared),
            references=References(listed, resolved, listed - resolved),
            broken_identifiers=tuple(_broken(self._broken[source])),
            freshness=Freshness(oldest or "", newest or "", undated, latest, run, state),
            quarantine=self._quarantine.get(source, {}), languages=self._languages.get(source, {}),
            retracted=by_field["retracted"], open_access=by_field["open_access"],
        )  # fmt: skip


def _by_source(rows: Iterator[Any]) -> dict[str, dict[str, int]]:
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for source, name, count in rows:
        found[source][name] = count
    return found


def _broken(found: list[str]) -> Iterator[BrokenIdentifiers]:
    """By scheme, the most frequent first."""
    pairs = [one.partition(":")[::2] for one in found]
    for scheme, count in sorted(Counter(scheme for scheme, _ in pairs).items(), key=lambda item: (-item[1], item[0])):
        written = dict.fromkeys(raw for other, raw in pairs if other == scheme)
        yield BrokenIdentifiers(scheme, count, tuple(written)[:_EXAMPLES])

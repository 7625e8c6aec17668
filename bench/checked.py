"""Records whose fields were read in their sources by eye, compared with what the readers make of them.

Each file of `tests/ingest/data/checked` belongs to one format and names records of the shared data: the file they
lie in (and the line of it, where the key does not say), their key, and what every field must be. Notation: a person
is `given|family` (or the whole name), a role that is not the author's before it, identifiers in `<>`, `*` for
corresponding, `(group)`; an affiliation begins with the number of its person; a text in another language ends in `@`
and its tag; `… 12` in a list stands for so many more, `…` in a text for some of it; `absent` lists the fields of
which the source says nothing, `short` those of which the reader is known not to read all that the source says. Of
the reference list `cited` are all identifiers in order, `reference` some entries whole: key, author, year, title,
venue, volume, page, text as printed.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from ingest.formats.detect import detect
from ingest.sources.files import FilesSource
from ontology.agents import AgentRecord, AnyRecord
from ontology.identifiers import Identifier
from ontology.records import Contributor, Payload, Record, Reference, Subject

FOLDER: Final = Path(__file__).parents[1] / "tests" / "ingest" / "data" / "checked"
GOLDEN: Final = FOLDER.parent / "golden"
INVENTED: Final = (f"{GOLDEN.name}/", "invented/")
"""Beginnings of paths of invented payloads, for formats of which the shared data have few or none."""
_MORE: Final = re.compile(r"… (\d+)")
_ACCESS: Final = {None: "", True: "open", False: "closed"}
_SOME: Final = "reference"
"""The field of which not all is stated."""


class Check(NamedTuple):
    """One record: where it lies and what its fields must be (absent ones as empty lists)."""

    format: str
    path: str
    locator: str
    """The line or item of the file ("L229"), empty where the file is one payload."""
    key: str
    fields: dict[str, list[str]]
    short: frozenset[str] = frozenset()
    """Fields in which the reader is known to fall short of the source."""


class Outcome(NamedTuple):
    """One field of one record: what was expected, what was read, and how many values of it are right."""

    check: Check
    field: str
    expected: list[str]
    read: list[str]
    values: int
    right: int


def checks(folder: Path = FOLDER) -> list[Check]:
    """Every record in the folder. Raises ValueError where a field is stated twice."""
    return [
        Check(
            path.stem,
            entry["path"],
            entry.get("locator", ""),
            entry["key"],
            _stated(entry),
            frozenset(entry.get("short", [])),
        )
        for path in sorted(folder.glob("*.toml"))
        for entry in tomllib.loads(path.read_text("utf-8"))["record"]
    ]


def _stated(entry: dict[str, Any]) -> dict[str, list[str]]:
    fields = {
        name: [str(one) for one in value] if isinstance(value, list) else [str(value)]
        for name, value in entry.items()
        if name not in ("path", "locator", "key", "absent", "short")
    }
    twice = fields.keys() & set(entry.get("absent", []))
    if twice:
        raise ValueError(f"{entry['key']}: {', '.join(sorted(twice))} both stated and absent")
    return fields | {name: [] for name in entry.get("absent", [])}


def read(check: Check, data: Path) -> AnyRecord:
    """The record as its reader makes it. Raises LookupError where it is not there."""
    path = GOLDEN.parent / check.path if check.path.startswith(INVENTED) else data / check.path
    for payload in FilesSource("checked", [path]).harvest():
        if isinstance(payload, Payload) and _may_hold(payload, check):
            reader = detect(payload)
            for one in reader.parse(payload):
                if isinstance(one, Record | AgentRecord) and one.key == check.key and reader.name == check.format:
                    return one
    raise LookupError(f"{check.path} has no {check.format} record {check.key}")


def _may_hold(payload: Payload, check: Check) -> bool:
    """Whether it is worth reading: of JSON lines only that which is named or has the identifier in it."""
    if check.locator:
        return payload.locator.endswith(f"#{check.locator}")
    number = check.key.partition(":")[2].lower().encode()
    return payload.media != ".json" or "#" not in payload.locator or not number or number in payload.body.lower()


def compared(check: Check, record: AnyRecord) -> Iterator[Outcome]:
    """Every field, stated ones and those that were read although nothing was said of them."""
    told = _agent(record) if isinstance(record, AgentRecord) else _work(record)
    for name in [*check.fields, *(name for name in told if name not in check.fields and name != _SOME)]:
        wanted, found = check.fields.get(name, []), told.get(name, [])
        right = _right(wanted, found, every=name != _SOME)
        yield Outcome(check, name, wanted, found, max(1, len(wanted)), right)


def _right(wanted: Sequence[str], found: Sequence[str], *, every: bool) -> int:
    """How many of the wanted values stand where they should, or are there at all where more or fewer were read: of
    these, one less than all."""
    if not every:
        return sum(any(_same(want, one) for one in found) for want in wanted)
    if not wanted:
        return int(not found)
    right = at = 0
    for want in wanted:
        if more := _MORE.fullmatch(want):
            at += int(more[1])
            right += at <= len(found)
        else:
            right += at < len(found) and _same(want, found[at])
            at += 1
    if at == len(found):
        return right
    return min(max(right, sum(any(_same(want, one) for one in found) for want in wanted)), len(wanted) - 1)


def _same(want: str, one: str) -> bool:
    parts = re.split(r" ?… ?", want) if "…" in want else [want]
    pattern = ".+".join(map(re.escape, parts))
    return re.fullmatch(pattern, one, re.DOTALL) is not None


def _texts(*values: str) -> list[str]:
    return [value for value in values if value]


def _ids(found: Sequence[Identifier]) -> str:
    return "".join(f" <{one}>" for one in found)


def _in(language: str) -> str:
    return f" @{language}" if language else ""


def _work(record: Record) -> dict[str, list[str]]:
    venue, document = record.venue, record.document
    fragments = document.fragments if document else ()
    people, kinds = record.contributors, [f.kind for f in fragments]
    return {
        "kind": [record.kind], "titles": [t.text + _in(t.language) for t in record.titles],
        "identifiers": [str(i) for i in record.identifiers],
        "abstract": _texts(record.abstract), "abstracts": [t.text + _in(t.language) for t in record.abstracts],
        "language": _texts(record.language), "issued": _texts(record.issued), "volume": _texts(record.volume),
        "issue": _texts(record.issue), "pages": _texts(record.pages), "publisher": _texts(record.publisher),
        "venue": [venue.kind, venue.name, *map(str, venue.identifiers)] if venue else [],
        "license": _texts(record.license),
        "flags": _texts("retracted" if record.retracted else "", _ACCESS[record.open_access]),
        "people": [_person(one) for one in people],
        "affiliations": [f"{at} {place.name}{_ids(place.identifiers)}{_in(place.country)}"
                         for at, one in enumerate(people, 1) for place in one.affiliations],
        "subjects": [_subject(one) for one in record.subjects],
        "funding": [f"{one.funder}{_ids(one.identifiers)}{': ' * bool(one.awards)}{', '.join(one.awards)}"
                    for one in record.funding],
        "relations": [f"{one.kind} {one.target}" for one in record.relations],
        "links": [f"{one.rel} {one.url}" for one in record.links],
        "references": [str(len(record.references))] if record.references else [],
        "cited": [str(i) for one in record.references for i in one.identifiers],
        _SOME: [_reference(one) for one in record.references],
        "sections": [f.title for f in fragments if f.kind == "section" and f.path.count("/") == 1],
        "figures and tables": [f"{kinds.count('figure')} {kinds.count('table')}"]
        if {"figure", "table"} & set(kinds) else [],
    }  # fmt: skip


def _person(one: Contributor) -> str:
    parts = f"{one.given}|{one.family}" if one.given and one.family else ""
    name = parts if parts.replace("|", " ") == one.name else f"{one.name} ({parts})" if parts else one.name
    role = "" if one.role == "author" else f"{one.role}: "
    variants = "".join(f" = {variant}" for variant in one.variants)
    return f"{role}{name}{variants}{_ids(one.identifiers)}{' (group)' * one.organisation}{' *' * one.corresponding}"


def _subject(one: Subject) -> str:
    scheme = f" <{' '.join(_texts(one.scheme, one.code))}>" if one.scheme or one.code else ""
    return f"{one.label}{scheme}{' *' * one.major}"


def _reference(one: Reference) -> str:
    year = str(one.year or "")
    return " | ".join((one.key, one.author, year, one.title, one.venue, one.volume, one.page, one.raw))


def _agent(record: AgentRecord) -> dict[str, list[str]]:
    return {
        "kind": [record.kind], "identifiers": [str(i) for i in record.identifiers],
        "names": [f"{'' if n.kind == 'name' else n.kind + ': '}{n.text}{_in(n.language)}" for n in record.names],
        "parts": [f"{record.given}|{record.family}"] if record.given or record.family else [],
        "types": list(record.types), "status": _texts(record.status),
        "established": _texts(str(record.established or "")),
        "places": ["; ".join(_texts(p.town, p.region, p.country, p.country_code, p.geonames)) for p in record.places],
        "coordinates": [f"{p.latitude} {p.longitude}" for p in record.places if p.latitude is not None],
        "relations": ["; ".join(_texts(r.kind, r.name + _ids(r.identifiers), r.role, r.since, r.until))
                      for r in record.relations],
        "subjects": [_subject(one) for one in record.subjects], "links": [f"{x.rel} {x.url}" for x in record.links],
        "description": _texts(record.description),
    }  # fmt: skip

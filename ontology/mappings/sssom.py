"""SSSOM/TSV, the table in which mappings travel: read leniently, written strictly.

Specification: mapping-commons, "The SSSOM/TSV serialisation format" (1.0). Rows that cannot be used are told with their
line; a file that is no SSSOM is a MappingError. Unknown columns are left out, as the specification demands.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Table
from typing import Any, Final

import msgspec
import yaml

from ontology.curation.edits import MatchKind
from ontology.errors import MappingError
from ontology.mappings.model import PREDICATES, UNSPECIFIED, Mapping
from ontology.namespaces import PREFIXES

MAX_BYTES: Final = 64 * 1024 * 1024
MAX_HEAD: Final = 1024 * 1024
"""Bytes of the metadata block."""
_BUILT_IN: Final = {name: PREFIXES[name] for name in ("owl", "rdf", "rdfs", "skos", "xsd")} | {
    "semapv": "https://w3id.org/semapv/vocab/", "sssom": "https://w3id.org/sssom/", "linkml": "https://w3id.org/linkml/",
}  # fmt: skip
_KINDS: Final[dict[str, MatchKind]] = {name: kind for kind, name in PREDICATES.items()}
_SAME: Final[dict[str, MatchKind]] = {"owl:sameAs": "exact", "owl:equivalentClass": "exact"}
_NEEDED: Final = ("subject_id", "predicate_id", "object_id")
_COLUMNS: Final = (
    "subject_id", "subject_label", "predicate_id", "predicate_modifier", "object_id", "object_label",
    "mapping_justification", "author_label", "reviewer_label", "mapping_tool", "mapping_date", "confidence", "comment",
)  # fmt: skip


class Refused(msgspec.Struct, frozen=True):
    """A row that cannot be used: its line in the file, from 1, and why."""

    line: int
    reason: str


def read_sssom(body: bytes, place: str = "the file") -> tuple[list[Mapping], list[Refused]]:
    """The mappings of a file, and the rows that are none. MappingError where it is no SSSOM/TSV."""
    if len(body) > MAX_BYTES:
        raise MappingError(f"more than {MAX_BYTES:,} bytes", place=place)
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MappingError(f"byte {error.start:,} is not UTF-8", place=place) from error
    lines = text.splitlines(keepends=True)
    head = next((at for at, line in enumerate(lines) if not line.startswith("#")), len(lines))
    prefixes = _BUILT_IN | _prefixes("".join(line[1:] for line in lines[:head]), place)
    rows = csv.reader(io.StringIO("".join(lines[head:])), delimiter="\t")
    try:
        names = next(rows, [])
        if missing := [name for name in _NEEDED if name not in names]:
            raise MappingError(
                f"no column {missing[0]}", place=f"{place} line {head + 1}",
                hint="SSSOM/TSV has a line of column names after the lines that begin with #",
            )  # fmt: skip
        return _rows(rows, names, prefixes, head)
    except csv.Error as error:
        raise MappingError(f"no table: {error}", place=f"{place} line {head + rows.line_num}") from error


def _rows(rows: Any, names: list[str], prefixes: Table[str, str], head: int) -> tuple[list[Mapping], list[Refused]]:
    found: list[Mapping] = []
    refused: list[Refused] = []
    for row in rows:
        if not any(row):
            continue
        try:
            found.append(_mapping(dict(zip(names, row, strict=False)), prefixes))
        except MappingError as error:
            refused.append(Refused(head + rows.line_num, error.message))
    return found, refused


class _Loader(yaml.SafeLoader):  # type: ignore[misc] # untyped
    """YAML without references, which the specification forbids: they can make a small file endless."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("references are not allowed")
        return super().compose_node(parent, index)


def _prefixes(head: str, place: str) -> dict[str, str]:
    if len(head) > MAX_HEAD:
        raise MappingError(f"more than {MAX_HEAD:,} characters of metadata", place=place)
    try:
        said = yaml.load(head, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise MappingError(f"the metadata are no YAML: {str(error).splitlines()[0]}", place=place) from error
    known = said.get("curie_map") if isinstance(said, dict) else None
    return {str(name): str(iri) for name, iri in known.items()} if isinstance(known, dict) else {}


def _mapping(said: Table[str, str], prefixes: Table[str, str]) -> Mapping:
    modifier = said.get("predicate_modifier", "").strip()
    if modifier not in ("", "Not"):
        raise MappingError(f"predicate_modifier is “{modifier}”, not Not")
    subject, object_ = (_iri(said.get(name, ""), prefixes, name) for name in ("subject_id", "object_id"))
    if subject == object_:
        raise MappingError("subject and object are the same")
    return Mapping(
        subject=subject, object=object_, predicate=_kind(said.get("predicate_id", ""), prefixes),
        subject_label=said.get("subject_label", ""), object_label=said.get("object_label", ""),
        justification=said.get("mapping_justification") or UNSPECIFIED, confidence=_share(said.get("confidence", "")),
        author=said.get("author_label") or said.get("author_id", ""),
        reviewer=said.get("reviewer_label") or said.get("reviewer_id", ""),
        date=said.get("mapping_date", ""), tool=said.get("mapping_tool", ""), comment=said.get("comment", ""),
        negated=bool(modifier),
    )  # fmt: skip


def _iri(curie: str, prefixes: Table[str, str], name: str) -> str:
    curie = curie.strip()
    if curie.startswith(("http://", "https://")):  # wrong, and frequent
        found = curie
    else:
        prefix, colon, local = curie.partition(":")
        if not colon or not local:
            raise MappingError(f"{name} is “{curie[:80]}”, no CURIE")
        if prefix not in prefixes:
            raise MappingError(f"the prefix “{prefix[:40]}” of {name} is not in curie_map")
        found = prefixes[prefix] + local
    if len(found) > 500 or any(char in ' <>"{}|\\^`' or ord(char) < 33 for char in found):
        raise MappingError(f"{name} is no IRI: {found[:80]}")
    return found


def _kind(curie: str, prefixes: Table[str, str]) -> MatchKind:
    iri = _iri(curie, prefixes, "predicate_id")
    for name, kind in (_KINDS | _SAME).items():
        if _iri(name, _BUILT_IN, "") == iri:
            return kind
    raise MappingError(f"the predicate {curie.strip()} is none of {', '.join(_KINDS)}")


def _share(said: str) -> float | None:
    if not said.strip():
        return None
    try:
        found = float(said)
    except ValueError:
        found = -1.0
    if not 0 <= found <= 1:
        raise MappingError(f"confidence is “{said.strip()[:40]}”, no number from 0 to 1")
    return found


def write_sssom(mappings: Iterable[Mapping], prefixes: Table[str, str], about: Table[str, str]) -> Iterator[str]:
    """The file, in pieces. `prefixes` names namespaces of concepts, `about` slots of the set (mapping_set_id …).
    Concepts outside of all namespaces get prefixes ns1, ns2 …: whatever is before the last / or #."""
    found = list(mappings)
    shortener = _Shortener(prefixes)
    rows = [_row(one, shortener) for one in found]
    columns = [name for name in _COLUMNS if name in _NEEDED or any(row[name] for row in rows)]
    head = yaml.safe_dump({"curie_map": dict(sorted(shortener.used.items()))} | dict(about), sort_keys=False,
                          allow_unicode=True, width=10_000)  # fmt: skip
    yield "".join(f"#{line}\n" for line in head.splitlines())
    yield _line(columns)
    for row in rows:
        yield _line([row[name] for name in columns])


class _Shortener:
    """IRIs as CURIEs; `used` are the prefixes that this took, without the built-in ones."""

    def __init__(self, prefixes: Table[str, str]) -> None:
        self._known = sorted(prefixes.items(), key=lambda item: (-len(item[1]), item[0]))
        self.used: dict[str, str] = {}

    def __call__(self, iri: str) -> str:
        for name, namespace in self._known:
            if iri.startswith(namespace) and len(iri) > len(namespace):
                self.used[name] = namespace
                return f"{name}:{iri[len(namespace) :]}"
        cut = max(iri.rstrip("/#").rfind("/"), iri.rfind("#", 0, -1)) + 1
        name = f"ns{1 + sum(key.startswith('ns') for key in self.used)}"
        self._known.append((name, iri[:cut]))
        return self(iri)


def _row(one: Mapping, shorten: _Shortener) -> dict[str, str]:
    return {
        "subject_id": shorten(one.subject), "subject_label": one.subject_label,
        "predicate_id": PREDICATES[one.predicate], "predicate_modifier": "Not" if one.negated else "",
        "object_id": shorten(one.object), "object_label": one.object_label,
        "mapping_justification": one.justification, "author_label": _several(one.author),
        "reviewer_label": _several(one.reviewer), "mapping_tool": one.tool, "mapping_date": one.date[:10],
        "confidence": "" if one.confidence is None else f"{one.confidence:.3f}".rstrip("0").rstrip("."),
        "comment": one.comment,
    }  # fmt: skip


def _several(name: str) -> str:
    """A name in a slot for several: what would divide it is escaped."""
    return name.replace("\\", "\\\\").replace("|", "\\|")


def _line(cells: Iterable[str]) -> str:
    return "\t".join(_quoted(cell) for cell in cells) + "\n"


def _quoted(cell: str) -> str:
    return f'"{cell.replace(chr(34), chr(34) * 2)}"' if any(char in cell for char in '"\t\n\r') else cell

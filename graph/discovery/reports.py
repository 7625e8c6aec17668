"""What an organisation or a person published, counted: one report with the question behind each figure.

Every part is a ranking over the same set of works (`tally`), written out beside its figures as the SPARQL query that
gives the same numbers; where search counts the same as a facet, the part names it. What is not known is counted too.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Final

import msgspec

from graph.convert.safe import ref
from graph.discovery.ask import Named, column, describe, every, kind_of, named, names, number
from graph.discovery.people import WorkLine, newest
from graph.discovery.report_parts import (
    DESCRIBED,
    MEMBER,
    MEMBER_OF_PART,
    NAMED,
    PARTS,
    PartKind,
    PartName,
)
from graph.discovery.scope import OF_ORGANISATION, OF_ORGANISATION_AND_PARTS, OF_PERSON, ORGANISATION, PERSON, TOPIC
from graph.discovery.tally import MOST, TopWork, WorkSet, years_of
from graph.stores.base import ReadableStore
from ontology.errors import NotFound, QueryTooLarge
from ontology.found import found_type
from ontology.namespaces import PREFIXES, expand

MOST_WORKS: Final = 20_000
"""Works that a report may be of."""
MOST_LINES: Final = 1_000
_PREFIX: Final = re.compile(r"\b([a-z0-9]+):")
_ACCESS: Final = {"true": "yes", "false": "no"}
_FOUND: Final = {"methods": "method", "datasets": "dataset", "software": "software"}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """`count` works have `value`: an IRI, whose name is `name`, or a text, which is its own name."""

    value: str
    name: str
    count: int


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A table of a report: the `lines` first of `values` values, the most frequent first, then by value. `known` is the
    number of works of which anything of the kind is known, of `counted` that were looked at (all, but of the parts that
    count what texts name at most 2,500). `sparql` asks for the same numbers; so does `search`, a path of the API, where
    search can."""

    name: PartName
    title: str
    says: str
    lines: tuple[Line, ...]
    values: int
    known: int
    counted: int
    sparql: str
    facet: str = ""
    search: str = ""

    @property
    def unknown(self) -> int:
        return self.counted - self.known


class Impact(msgspec.Struct, frozen=True, kw_only=True):
    """Citations by works of this catalogue alone. `h_index`: so many works are cited at least as often."""

    cited: int
    citations: int
    h_index: int
    most_cited: tuple[TopWork, ...]
    sparql: str


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the catalogue could be in such a report at all: of `works` works `placed` name an organisation (a
    person, for people) that is identified."""

    works: int
    placed: int


class Report(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Works of an organisation or a person in any role, with years `first` to `last` (0: no limit). Where years are
    limited, `undated` works without a year are left out. An organisation has `has_parts` parts; `included` are those
    whose works count, all or none (`with_parts`). `query` and `filter` are the same works as a search, empty where it
    would be too long; `sparql` asks for them."""

    of: Named
    kind: str
    identifiers: tuple[str, ...] = ()
    with_parts: bool = False
    has_parts: int = 0
    included: tuple[Named, ...] = ()
    first: int = 0
    last: int = 0
    works: int
    undated: int
    coverage: Coverage
    parts: tuple[Part, ...]
    impact: Impact
    retracted: tuple[WorkLine, ...]
    sparql: str
    query: str = ""
    filter: str = ""

    def part(self, name: str) -> Part:
        """NotFound where the report has no such part."""
        found = next((part for part in self.parts if part.name == name), None)
        if found is None:
            there = ", ".join(part.name for part in self.parts)
            raise NotFound("the report has no such part", place=name, hint=f"there are {there}")
        return found


def report(
    store: ReadableStore, iri: str, *, with_parts: bool = False, first: int = 0, last: int = 0, limit: int = 20
) -> Report:
    """The report of an organisation or a person. NotFound for anything else, QueryTooLarge for more than MOST_LINES
    lines a part or MOST_WORKS works."""
    if not 1 <= limit <= MOST_LINES:
        raise QueryTooLarge(f"1 to {MOST_LINES} lines of a part can be asked for")
    return _Reporter(store, iri, with_parts, first, last).report(limit)


class _Reporter:
    """The works of one report."""

    def __init__(self, store: ReadableStore, iri: str, with_parts: bool, first: int, last: int) -> None:
        self._store, self._iri, self._first, self._last = store, iri, first, last
        facts = describe(store, iri)
        classes = facts.get(expand("rdf:type"), ())
        self._is_person = expand("foaf:Person") in classes
        if not self._is_person and expand("org:Organization") not in classes:
            raise NotFound("reports are of organisations and people", place=iri)
        self._identifiers = every(facts, "dct:identifier")
        below = column(store, f"SELECT DISTINCT ?x {{ ?x org:subOrganizationOf+ {ref(iri)} }}")
        self._below = sorted(set(below) - {iri})
        self._own = frozenset((iri, *(self._below if with_parts else ())))
        self._with_parts = with_parts and not self._is_person
        scope = OF_PERSON if self._is_person else OF_ORGANISATION_AND_PARTS if self._with_parts else OF_ORGANISATION
        self._scope = scope.format(iri=ref(iri))
        everything = column(store, f"SELECT DISTINCT (?p AS ?x) {{ {self._scope} }}")
        self._years = years_of(store, everything)
        self._undated = len(everything) - len(self._years)
        chosen = [work for work in everything if self._holds(work)]
        if len(chosen) > MOST_WORKS:
            raise QueryTooLarge(
                f"{len(chosen):,} works are more than the {MOST_WORKS:,} of a report", place=iri, hint="limit the years"
            )
        self._works = WorkSet(store, chosen, MOST_WORKS)
        self._read = WorkSet(store, chosen, MOST)

    def _holds(self, work: str) -> bool:
        year = self._years.get(work)
        if not (self._first or self._last):
            return True
        return year is not None and self._first <= year <= (self._last or year)

    def report(self, limit: int) -> Report:
        store = self._store
        return Report(
            of=named(store, [self._iri])[0], kind="person" if self._is_person else "organisation",
            identifiers=self._identifiers, with_parts=self._with_parts, has_parts=len(self._below),
            included=named(store, self._below) if self._with_parts else (), first=self._first, last=self._last,
            works=len(self._works), undated=self._undated, coverage=self._coverage(),
            parts=tuple(self._part(kind, limit) for kind in PARTS if kind.name != "members" or not self._is_person),
            impact=self._impact(limit), retracted=self._retracted(), sparql=self._works_asked(),
            query=self._as_search(), filter=self._years_as_filter(),
        )  # fmt: skip

    def _coverage(self) -> Coverage:
        placed = PERSON if self._is_person else ORGANISATION
        return Coverage(
            works=number(self._store, "?x a gn:Work", "*"), placed=number(self._store, placed, "DISTINCT ?p")
        )

    def _part(self, kind: PartKind, limit: int) -> Part:
        pattern = self._member if kind.name == "members" else kind.pattern
        over = self._read if kind.name in _FOUND else self._works
        found = self._counts(kind, pattern)
        known = over.counted if kind.name == "described" else over.having(kind.any or pattern)
        best = list(found)[: None if kind.whole else limit]
        called = dict(zip(best, best, strict=True)) if kind.literal else names(self._store, best)
        return Part(
            name=kind.name, title=kind.title.replace("it works", "they work") if self._is_person else kind.title,
            says=kind.says, lines=tuple(Line(value=one, name=called[one], count=found[one]) for one in best),
            values=len(found), known=known, counted=over.counted, sparql=self._asked(pattern), facet=kind.facet,
        )  # fmt: skip

    def _counts(self, kind: PartKind, pattern: str) -> dict[str, int]:
        """Value → works, the most frequent first; without the organisation or person itself."""
        match kind.name:
            case "years":
                counted = self._works.ranking(pattern)
                return dict(sorted(counted.items()))
            case "kinds":
                return {kind_of([value]): count for value, count in self._works.ranking(pattern).items()}
            case "access":
                return {_ACCESS.get(value, value): n for value, n in self._works.ranking(pattern).items()}
            case "topics":
                direct = self._works.ranking(TOPIC)
                return {topic: n for topic, n in self._works.ranking(pattern).items() if topic in direct}
            case "methods" | "datasets" | "software":
                return {iri: n for iri, n in self._named.items() if found_type(iri) == _FOUND[kind.name]}
            case "described":
                return {name: self._works.having(one) for name, one in DESCRIBED.items()}
            case "people" if not self._is_person:
                members = self._works.ranking(self._member)
                found = self._works.ranking(pattern)
                return {iri: n for iri, n in found.items() if iri not in members and iri not in self._own}
            case _:
                return {value: n for value, n in self._works.ranking(pattern).items() if value not in self._own}

    @property
    def _member(self) -> str:
        return (MEMBER_OF_PART if self._with_parts else MEMBER).format(of=ref(self._iri))

    @cached_property
    def _named(self) -> dict[str, int]:
        """What the texts name: one pass over all mentions for the three parts."""
        return self._read.ranking(NAMED)

    def _impact(self, limit: int) -> Impact:
        counts = sorted(self._works.citations.values(), reverse=True)
        return Impact(
            cited=len(counts), citations=sum(counts),
            h_index=sum(count >= place for place, count in enumerate(counts, 1)),
            most_cited=tuple(one for one in self._works.most_cited(limit) if one.citations),
            sparql=self._asked("?citing cito:cites ?p", "SELECT ?p (COUNT(DISTINCT ?citing) AS ?works)", "?p"),
        )  # fmt: skip

    def _retracted(self) -> tuple[WorkLine, ...]:
        taken_back = self._works.ranking("?p gn:retracted true . BIND(?p AS ?x)")
        return newest(self._store, list(taken_back), len(taken_back))

    def _asked(self, pattern: str, select: str = "", by: str = "?x") -> str:
        select = select or "SELECT ?x (COUNT(DISTINCT ?p) AS ?works)"
        return _written(f"{select} WHERE {{\n  {self._scope} .{self._limited()}\n  {pattern}\n}}\n"
                        f"GROUP BY {by}\nORDER BY DESC(?works) {by}")  # fmt: skip

    def _works_asked(self) -> str:
        return _written(f"SELECT DISTINCT ?p WHERE {{\n  {self._scope} .{self._limited()}\n}}")

    def _limited(self) -> str:
        ends = [f"?year >= {self._first}"] if self._first else []
        ends += [f"?year <= {self._last}"] if self._last else []
        return f"\n  ?p gn:year ?year FILTER({' && '.join(ends)})" if ends else ""

    def _as_search(self) -> str:
        """The works in search's language. Its limit is 4,000 characters."""
        fields = ("author",) if self._is_person else ("affiliation", "author")
        text = " OR ".join(f'{field}:"{iri}"' for iri in sorted(self._own) for field in fields)
        return text if len(text) <= 4_000 else ""

    def _years_as_filter(self) -> str:
        ends = (str(self._first) if self._first else "", str(self._last) if self._last else "")
        return f"publication_year:{'-'.join(ends)}" if any(ends) else ""


def _written(query: str) -> str:
    """With the prefixes it uses."""
    used = sorted({name for name in _PREFIX.findall(query) if name in PREFIXES})
    return "".join(f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in used) + query

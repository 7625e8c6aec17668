"""The typed header of a named query: what it asks, which parameters it takes, what its columns mean.

A named query is a `.rq` file that begins with comment lines:

    # title: Most cited works
    # description: Works by the number of works here that cite them.
    # group: citations
    # parameter limit: integer 1..1000 = 50; How many rows.
    # column work: iri; The cited work.
    # column citations: integer [works]; Works here that cite it.
    # chart: bar title citations

`$limit` in the text stands for the parameter; `sparql.binding` puts a term there. The value after
`=` is the parameter's default; what a chart names are columns (its categories, then its measure).
"""

from __future__ import annotations

import re
from typing import Final, Literal, get_args

import msgspec

from ontology.errors import QuerySyntaxError

ParameterType = Literal["integer", "decimal", "string", "iri", "label"]
ColumnType = Literal["iri", "string", "integer", "decimal", "year", "date", "boolean"]
ChartMark = Literal["bar", "line", "point"]
GROUPS: Final = (
    "catalogue", "citations", "claims", "curation", "datasets", "organisations", "people", "provenance", "text",
    "topics", "venues", "vocabulary",
)  # fmt: skip
RESERVED: Final = frozenset({"format", "version"})
"""What a request for a named query says besides its parameters."""
_LINE: Final = re.compile(r"#\s*(?P<field>title|description|group|parameter|column|chart)\b\s*(?P<rest>.*)")
_PARAMETER: Final = re.compile(
    r"(?P<name>[a-z][a-z0-9_]*):\s*(?P<type>[a-z]+)(?:\s+(?P<low>-?[\d.]+?)\.\.(?P<high>-?[\d.]+))?"
    r"\s*=\s*(?P<default>[^;]*?)\s*;\s*(?P<text>.+)"
)
_COLUMN: Final = re.compile(
    r"(?P<name>[A-Za-z][A-Za-z0-9]*):\s*(?P<type>[a-z]+)(?:\s*\[(?P<unit>[^\]]+)\])?\s*;\s*(?P<text>.+)"
)
_CHART: Final = re.compile(r":\s*(?P<mark>[a-z]+)\s+(?P<x>\w+)\s+(?P<y>\w+)(?:\s+(?P<series>\w+))?")


class Parameter(msgspec.Struct, frozen=True, omit_defaults=True):
    """A value the caller may choose. `minimum` and `maximum` (inclusive) bound numbers; a `label` is
    text with its language after an @ (`Bibliometrics@en`), or without one."""

    name: str
    type: ParameterType
    default: str
    description: str
    minimum: float | None = None
    maximum: float | None = None


class Column(msgspec.Struct, frozen=True, omit_defaults=True):
    """A variable of the answer; `unit` is what a number counts."""

    name: str
    type: ColumnType
    description: str
    unit: str = ""


class Chart(msgspec.Struct, frozen=True, omit_defaults=True):
    """How the answer is drawn: column `x` against column `y`, one series for each value of `series`."""

    mark: ChartMark
    x: str
    y: str
    series: str = ""


class Header(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    description: str
    group: str
    parameters: tuple[Parameter, ...] = ()
    columns: tuple[Column, ...] = ()
    chart: Chart | None = None


def read_header(text: str, name: str) -> Header:
    """The header of the query called `name`; QuerySyntaxError names the line that is not understood."""
    single: dict[str, str] = {}
    parameters: list[Parameter] = []
    columns: list[Column] = []
    chart: Chart | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("#"):
            break
        match = _LINE.fullmatch(line.rstrip())
        if match is None:
            raise _unclear(name, number, f"{line[:80]!r} is no header line")
        field, rest = match["field"], match["rest"].strip()
        if field == "parameter":
            parameters.append(_parameter(rest, name, number))
        elif field == "column":
            columns.append(_column(rest, name, number))
        elif field == "chart":
            chart = _chart(rest, name, number)
        else:
            single[field] = rest.removeprefix(":").strip()
    return _whole(name, single, parameters, columns, chart)


def write_header(header: Header) -> str:
    """The lines that `read_header` reads so; of a query without parameters."""
    columns = ((one.name, one.type, f" [{one.unit}]" * bool(one.unit), one.description) for one in header.columns)
    lines = [
        f"# title: {header.title}", f"# description: {header.description}", f"# group: {header.group}",
        *(f"# column {name}: {kind}{unit}; {says}" for name, kind, unit, says in columns),
    ]  # fmt: skip
    if header.chart is not None:
        lines.append(f"# chart: {' '.join(filter(None, msgspec.structs.astuple(header.chart)))}")
    return "".join(f"{' '.join(line.split())}\n" for line in lines)


def without_header(text: str) -> str:
    """The query below its header lines."""
    lines = text.splitlines(keepends=True)
    first = next((at for at, line in enumerate(lines) if not _LINE.fullmatch(line.rstrip())), len(lines))
    return "".join(lines[first:])


_EXAMPLE: Final = (
    "a header is lines such as `# title: Works per year`, `# description: …`, `# group: catalogue`,"
    " `# column works: integer; Works of that year.`"
)


def _whole(
    name: str, single: dict[str, str], parameters: list[Parameter], columns: list[Column], chart: Chart | None
) -> Header:
    missing = [field for field in ("title", "description", "group") if not single.get(field)]
    if missing or not columns:
        raise _unclear(name, 1, f"the header lacks {', '.join(missing) or 'its columns'}", _EXAMPLE)
    if single["group"] not in GROUPS:
        raise _unclear(name, 1, f"there is no group {single['group']!r}", "groups are " + ", ".join(GROUPS))
    names = {column.name for column in columns}
    if chart and not {chart.x, chart.y, *filter(None, (chart.series,))} <= names:
        raise _unclear(name, 1, "the chart names a column that is not there")
    return Header(
        title=single["title"], description=single["description"], group=single["group"],
        parameters=tuple(parameters), columns=tuple(columns), chart=chart,
    )  # fmt: skip


def _parameter(rest: str, name: str, number: int) -> Parameter:
    match = _PARAMETER.fullmatch(rest)
    if match is None or match["type"] not in get_args(ParameterType) or match["name"] in RESERVED:
        raise _unclear(name, number, "a parameter is `name: type [low..high] = default; meaning`")
    low, high = (float(match[bound]) if match[bound] else None for bound in ("low", "high"))
    return Parameter(match["name"], match["type"], match["default"], match["text"], low, high)  # type: ignore[arg-type]


def _column(rest: str, name: str, number: int) -> Column:
    match = _COLUMN.fullmatch(rest)
    if match is None or match["type"] not in get_args(ColumnType):
        raise _unclear(name, number, "a column is `name: type [unit]; meaning`")
    return Column(match["name"], match["type"], match["text"], match["unit"] or "")  # type: ignore[arg-type]


def _chart(rest: str, name: str, number: int) -> Chart:
    match = _CHART.fullmatch(rest)
    if match is None or match["mark"] not in get_args(ChartMark):
        raise _unclear(name, number, "a chart is `bar|line|point x y [series]`")
    return Chart(match["mark"], match["x"], match["y"], match["series"] or "")  # type: ignore[arg-type]


def _unclear(name: str, number: int, message: str, hint: str = "") -> QuerySyntaxError:
    return QuerySyntaxError(message, place=f"query {name}, line {number}", hint=hint)

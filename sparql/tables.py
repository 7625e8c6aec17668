"""The answer of a named query as typed rows, and as a Vega-Lite chart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec

from sparql.catalogue import NamedQuery
from sparql.header import Chart, Column

Value = str | int | float | bool | None
VEGA_LITE: Final = "application/vnd.vegalite.v6+json"
_SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
_VEGA_TYPES: Final = {"integer": "quantitative", "decimal": "quantitative", "year": "ordinal", "date": "temporal"}
_READ: Final[dict[str, Callable[[str], Value]]] = {
    "integer": int, "year": int, "decimal": float, "boolean": lambda lexical: lexical in ("true", "1"),
}  # fmt: skip


class QueryAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a named query found. Each row has one value for each column, null where nothing is bound.

    `limited` says that there are as many rows as the parameter `limit` allows, so there may be more;
    an answer is otherwise complete, for one that was cut short is an error.
    """

    query: str
    version: int
    title: str
    parameters: dict[str, str]
    columns: tuple[Column, ...]
    rows: list[list[Value]]
    limited: bool
    snapshot: str


def answer_of(
    query: NamedQuery, version: int, parameters: Mapping[str, str], body: bytes, snapshot: str
) -> QueryAnswer:
    """The typed answer from SPARQL 1.1 results in JSON."""
    bindings = msgspec.json.decode(body)["results"]["bindings"]
    columns = query.header.columns
    rows = [[_value(binding.get(column.name), column) for column in columns] for binding in bindings]
    used = {one.name: parameters.get(one.name, one.default) for one in query.header.parameters}
    limit = used.get("limit")
    return QueryAnswer(
        query=query.name, version=version, title=query.title, parameters=used, columns=columns, rows=rows,
        limited=limit is not None and len(rows) >= int(limit), snapshot=snapshot,
    )  # fmt: skip


def _value(term: dict[str, Any] | None, column: Column) -> Value:
    return None if term is None else value_of(str(term["value"]), column)


def value_of(lexical: str, column: Column) -> Value:
    """A term's lexical form as the column's type; as the text it is where it is not of that type."""
    try:
        return _READ.get(column.type, str)(lexical)
    except ValueError:
        return lexical


def chart_of(answer: QueryAnswer, chart: Chart) -> dict[str, Any]:
    """A Vega-Lite 6 specification with the rows inside; everything is drawn from it, nothing fetched."""
    by_name = {column.name: column for column in answer.columns}
    names = [column.name for column in answer.columns]
    encoding = {"x": _channel(by_name[chart.x], discrete=chart.mark == "bar"), "y": _channel(by_name[chart.y])}
    if chart.mark == "bar" and by_name[chart.x].type in ("string", "iri"):
        # Words are read along the bars; the longest bar stands first.
        encoding = {"y": {**encoding["x"], "sort": "-x"}, "x": encoding["y"]}
    if chart.series:
        encoding["color"] = _channel(by_name[chart.series], discrete=True)
    encoding["tooltip"] = [_channel(by_name[name]) for name in _shown(chart)]
    return {
        "$schema": _SCHEMA,
        "title": answer.title,
        "data": {"values": [dict(zip(names, row, strict=True)) for row in answer.rows]},
        "mark": {"type": chart.mark, "point": True} if chart.mark == "line" else {"type": chart.mark},
        "encoding": encoding,
    }


def _shown(chart: Chart) -> Iterable[str]:
    return filter(None, (chart.x, chart.y, chart.series))


def _channel(column: Column, *, discrete: bool = False) -> Any:
    kind = _VEGA_TYPES.get(column.type, "nominal")
    return {
        "field": column.name,
        "type": "ordinal" if discrete and kind == "quantitative" else kind,
        "title": f"{column.name} ({column.unit})" if column.unit and column.unit != column.name else column.name,
    }

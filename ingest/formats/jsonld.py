"""JSON-LD as web pages carry it, without its algorithms: nodes, their values, and texts in them.

Keys lose the prefix of schema.org ("schema:name" is "name"); a mere reference (`{"@id": …}`) is the node of the
same graph that it means. Any value may be missing, alone or in a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ingest.formats.markup import plain

Node = Mapping[str, Any]
_MAX_NODES: Final = 200_000
_MAX_DEPTH: Final = 60
_PREFIXES: Final = ("schema:", "sdo:", "http://schema.org/", "https://schema.org/")


def nodes_of(found: object) -> list[Node]:
    """The nodes at the top of a document: an object, a list of them, or a graph; those of a graph that another
    node of it mentions are left to that one."""
    tops = [_renamed(each, 0) for each in (found if isinstance(found, list) else [found]) if isinstance(each, dict)]
    listed: list[Node] = []
    for top in tops:
        graph = top.get("@graph")
        listed += [top] if graph is None else _joined([n for n in values(top, "@graph") if isinstance(n, dict)])
    return listed


def _renamed(value: Any, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        return None
    if isinstance(value, dict):
        return {_bare(key): _renamed(each, depth + 1) for key, each in value.items()}
    if isinstance(value, list):
        return [_renamed(each, depth + 1) for each in value]
    return value


def _bare(key: str) -> str:
    prefix = next((one for one in _PREFIXES if key.startswith(one)), "")
    return key[len(prefix) :]


def _joined(graph: list[dict[str, Any]]) -> list[Node]:
    """The nodes of a graph that no other mentions, each with what it mentions in its place, one step deep from
    where it is mentioned: graphs may turn in circles."""
    graph = graph[:_MAX_NODES]
    by_id = {name: node for node in graph if (name := _name(node))}
    mentioned = {
        name
        for node in graph for key in node for one in values(node, key)
        if (name := _name(one)) and name != _name(node)
    }  # fmt: skip
    tops = [node for node in graph if _name(node) not in mentioned] or graph
    return [_filled(node, by_id, 0) for node in tops]


def _name(node: object) -> str:
    """The id of a node; empty for a value, and where the id is no text."""
    name = node.get("@id") if isinstance(node, dict) else None
    return name if isinstance(name, str) else ""


def _filled(node: Node, by_id: Mapping[str, Node], depth: int) -> dict[str, Any]:
    def whole(value: Any) -> Any:
        if not isinstance(value, dict) or depth >= 3:
            return value
        meant = by_id.get(_name(value)) if len(value) == 1 else None
        return _filled(meant if meant is not None else value, by_id, depth + 1)

    return {
        key: [whole(each) for each in value] if isinstance(value, list) else whole(value) for key, value in node.items()
    }


def values(node: Node, *keys: str) -> list[Any]:
    """All values of the first of these keys that has any."""
    for key in keys:
        value = node.get(key)
        found = value if isinstance(value, list) else [value]
        if kept := [each for each in found if each not in (None, "", {})]:
            return kept
    return []


def types(node: Node) -> list[str]:
    """The types of a node, without prefix."""
    return [_bare(one) for one in values(node, "@type") if isinstance(one, str)]


def texts(node: Node, *keys: str) -> list[str]:
    """The values of a key as texts; a node by its name, or its value."""
    return [text for each in values(node, *keys) if (text := text_of(each))]


def text(node: Node, *keys: str) -> str:
    """The first of `texts`."""
    return next(iter(texts(node, *keys)), "")


def text_of(value: object) -> str:
    if isinstance(value, dict):
        return next((t for key in ("@value", "name", "value", "headline") if (t := text_of(value.get(key)))), "")
    if isinstance(value, list):
        return next((t for each in value if (t := text_of(each))), "")
    return plain(str(value)) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def addresses(values_: Iterable[object]) -> Iterator[str]:
    """What values are called: texts as they are, nodes by their ids and addresses."""
    for each in values_:
        if isinstance(each, str):
            yield each.strip()
        elif isinstance(each, dict):
            yield from (one.strip() for key in ("@id", "url", "@value") if isinstance(one := each.get(key), str))

"""What limits a search beside its words: conditions, kinds of parts, and the facets that count around them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from tantivy import Query

from graph.search.base import FACETS, Facet, FacetName, FacetValue
from graph.search.compose import query_of
from graph.search.conditions import all_works, boolean
from graph.search.query.fields import FRAGMENT_KINDS, WORK_KINDS
from graph.search.query.parse import wrong
from graph.search.query.tree import All, Any, Loose, Node, Phrase, Range, Word, leaves
from graph.search.works import Snapshot

_FIELD_OF: Final[dict[FacetName, str]] = {
    "kind": "type", "organisation": "affiliation", "open_access": "open",
}  # fmt: skip
"""The query language's field for a facet, where its name is another."""
_PARTS: Final = frozenset(FRAGMENT_KINDS) - frozenset(WORK_KINDS)


class Conditions:
    """The filter of a request, one condition after the other."""

    def __init__(self, root: Node | None, snapshot: Snapshot) -> None:
        nodes = root.children if isinstance(root, All) else (root,) if root is not None else ()
        self._nodes = [(frozenset(leaf.field for leaf in leaves(node)), node) for node in nodes]
        self._queries = [query_of(node, snapshot) for node in nodes]
        self._snapshot = snapshot

    def __bool__(self) -> bool:
        return bool(self._nodes)

    def query(self, without: str = "") -> Query:
        """All works that meet them; those on the field `without` left out."""
        kept = [query for (fields, _), query in zip(self._nodes, self._queries, strict=True) if fields != {without}]
        return Query.const_score_query(boolean(must=[all_works(), *kept]), 0.0)

    def facets(self, words: Query | None, names: Sequence[FacetName], size: int) -> tuple[Facet, ...]:
        """Exact counts over what matches; a facet that a condition limits is counted as if it did not."""
        if not names:
            return ()
        limited = {field for fields, _ in self._nodes if len(fields) == 1 for field in fields}
        apart = [name for name in names if field_of(name) in limited]
        together = [name for name in names if name not in apart]
        found = {one.name: one for one in self._snapshot.facets(_both(words, self.query()), together, size)}
        for name in apart:
            around = _both(words, self.query(without=field_of(name)))
            counted = self._snapshot.facets(around, [name], size)[0]
            found[name] = self._with_chosen(counted, around)
        return tuple(found[name] for name in names)

    def _with_chosen(self, facet: Facet, around: Query) -> Facet:
        """The facet with the chosen values marked, also those too rare to be among the first."""
        chosen = self._chosen(facet.name)
        values = [msgspec.structs.replace(one, chosen=one.value in chosen) for one in facet.values]
        missing = chosen - {one.value for one in values}
        for value in sorted(missing):
            leaf: Node = Word(value, 0, field_of(facet.name))
            if facet.name == "year" and value.isdigit():
                leaf = Range("year", int(value), int(value))
            count = self._snapshot.count(boolean(must=[around, query_of(leaf, self._snapshot)]))
            label = self._snapshot.label(facet.name, value)
            values.append(FacetValue(value=value, label=label, count=count, chosen=True))
        return Facet(name=facet.name, values=tuple(values))

    def _chosen(self, name: FacetName) -> set[str]:
        field = field_of(name)
        found = [leaf for fields, node in self._nodes if fields == {field} for leaf in leaves(node)]
        single = {str(one.first) for one in found if isinstance(one, Range) and one.first == one.last}
        return single | {one.text for one in found if isinstance(one, Word | Phrase)}


def field_of(name: FacetName) -> str:
    """The field of the query language that a facet's values are put into."""
    return _FIELD_OF.get(name, name)


def facet_of(name: str) -> FacetName | None:
    """The facet with this name, or that of the query language's field."""
    return next((facet for facet in FACETS if name in (facet, field_of(facet))), None)


def without_parts(root: Node | None) -> tuple[Node | None, tuple[str, ...]]:
    """The tree without `type:` of parts, and these. SearchSyntaxError where they are not a condition of the whole."""
    children = root.children if isinstance(root, Loose | All) else (root,) if root is not None else ()
    kept: list[Node] = []
    kinds: list[str] = []
    for child in children:
        found = list(leaves(child)) if isinstance(child, Word | Any) else []
        if found and all(_is_part(leaf) for leaf in found):
            kinds += [leaf.text for leaf in found if isinstance(leaf, Word)]
        else:
            kept.append(child)
    for leaf in (leaf for child in kept for leaf in leaves(child) if _is_part(leaf)):
        assert isinstance(leaf, Word)
        raise wrong(
            f"type:{leaf.text} asks for parts of works", leaf.at, "put it beside everything else, outside NOT and OR"
        )
    if not kinds:
        return root, ()
    return _joined(kept, All if isinstance(root, All) else Loose), tuple(dict.fromkeys(kinds))


def _is_part(leaf: Word | Phrase | Range) -> bool:
    return isinstance(leaf, Word) and leaf.field == "type" and leaf.text in _PARTS


def _joined(nodes: Sequence[Node], kind: type[All] | type[Loose]) -> Node | None:
    if not nodes:
        return None
    return nodes[0] if len(nodes) == 1 else kind(tuple(nodes))


def _both(words: Query | None, filters: Query) -> Query:
    return filters if words is None else boolean(must=[words, filters])


def matching(words: Query | None, conditions: Conditions) -> Query:
    """What matches by words and meets the conditions."""
    return words if words is not None and not conditions else _both(words, conditions.query())


def firm_of(hard: Query | None, conditions: Conditions) -> Query | None:
    """What every result must meet however it is found; None where nothing limits it."""
    return matching(hard, conditions) if hard is not None or conditions else None

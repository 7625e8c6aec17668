"""What a query says: its tree, the concepts it names and what else is looked for because of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from graph.search.abbreviations import abbreviations
from graph.search.base import Expander, Expansion, Recogniser, SearchRequest
from graph.search.compose import has_words, loose_words
from graph.search.expansion import expansions
from graph.search.narrowing import without_parts
from graph.search.query.filters import parse_filter
from graph.search.query.parse import parse, wrong
from graph.search.query.tree import All, Loose, Node, Phrase, Word, leaves
from graph.search.spelling import corrected
from graph.search.telling import telling_words
from graph.search.works import Place, Snapshot
from ontology.errors import SearchSyntaxError


class Understood(msgspec.Struct, frozen=True):
    """`root` and `filters` without what asks for parts of works (`parts`, kinds) and for likeness (`like`, works);
    `expansions` with the `groups` of loose words that name each, `offered` those that somebody might want."""

    root: Node | None
    filters: Node | None
    parts: tuple[str, ...] = ()
    like: tuple[Place, ...] = ()
    expansions: tuple[Expansion, ...] = ()
    groups: tuple[range, ...] = ()
    offered: tuple[Expansion, ...] = ()
    did_you_mean: str = ""


def understand(
    request: SearchRequest, snapshot: Snapshot, recognise: Recogniser | None, expand: Expander | None
) -> Understood:
    """Read query and filter. Raises SearchSyntaxError, which says where."""
    parsed = parse(request.query)
    if parsed.root is not None and not has_words(parsed.root):
        raise SearchSyntaxError("the query holds no words", place="character 1", hint="write at least one word")
    root, parts = without_parts(parsed.root)
    filters, more = without_parts(parse_filter(request.filter))
    root, like = _without_like(root, snapshot)
    words = loose_words(root)
    found, groups, offered = _expanded(request, words, parsed.without, snapshot, recognise, expand)
    named = {position for group in groups for position in group}
    unknown = [word for position, word in enumerate(words) if position not in named]
    return Understood(
        root, filters, (*parts, *more), like, tuple(found), tuple(groups), tuple(offered),
        corrected(request.query, unknown, snapshot),
    )  # fmt: skip


def _expanded(
    request: SearchRequest,
    words: Sequence[Word],
    barred: Iterable[str],
    snapshot: Snapshot,
    recognise: Recogniser | None,
    expand: Expander | None,
) -> tuple[list[Expansion], list[range], list[Expansion]]:
    """What is looked for besides the words, the positions of the words that ask for it, and what could be."""
    if not request.expand or not words:
        return [], [], []
    without, also = (
        {name.strip().casefold() for name in names} for names in ((*request.without, *barred), request.also)
    )
    found: list[Expansion] = []
    groups: list[range] = []
    if recognise and expand:
        found, groups = expansions(words, recognise, expand, without)
    taken = {position for group in groups for position in group}
    short, offered = abbreviations(words, taken, snapshot, without, also)
    return [*found, *(one for one, _ in short)], [*groups, *(group for _, group in short)], offered


def _without_like(root: Node | None, snapshot: Snapshot) -> tuple[Node | None, tuple[Place, ...]]:
    """The tree without `like:`, and the works it names."""
    children = root.children if isinstance(root, Loose | All) else (root,) if root is not None else ()
    like: list[Place] = []
    kept: list[Node] = []
    for child in children:
        if isinstance(child, Word | Phrase) and child.field == "like":
            place = snapshot.place_of(child.text.strip())
            if place is None:
                raise wrong(
                    f"no work here is {child.text!r}", child.at, "write like: with an IRI, a DOI or an identifier"
                )
            like.append(place)
        else:
            kept.append(child)
    for leaf in (leaf for child in kept for leaf in leaves(child)):
        if isinstance(leaf, Word | Phrase) and leaf.field == "like":
            raise wrong("like: cannot be negated or an alternative", leaf.at, "put it beside everything else")
    if not like:
        return root, ()
    words = [Word(stem) for stem in telling_words(like, snapshot)]
    joined = Loose((*kept, *words)) if len(kept) + len(words) > 1 else next(iter((*kept, *words)), None)
    return joined, tuple(like)

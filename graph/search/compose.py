"""A query's tree → what the text index is asked.

Bare words side by side are *loose*: ranked by BM25 (Robertson and Zaragoza 2009) over title, abstract and keywords as
one text, with the other fields beside it, the best counting most (disjunction maximum with a tie breaker). One or
two of them must all match, of more two or three (`needed`). Phrases, fields, ranges, NOT and explicit AND and OR are
*firm*: they hold for results found by meaning too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from tantivy import Query

from graph.search.abbreviations import PREFIX
from graph.search.base import Expansion
from graph.search.conditions import TIE_BREAKER, all_works, anywhere, boolean, is_iri, leaf_query, needed, term
from graph.search.enough import Enough, enough_of
from graph.search.language import STOPWORDS, exact, stemmed, unspaced_runs, without_unspaced
from graph.search.query.tree import All, Any, Loose, Node, Not, Phrase, Range, Word
from graph.search.schema import schema
from graph.search.works import Snapshot

TAG_WEIGHT: Final = 0.5
"""Of a work tagged with an expanded concept, on top of the words."""
MAX_TAGS: Final = 64
MAX_ENTITLED: Final = 12
"""Words that a title may be asked to have, all of them."""
_TEXT_FIELDS: Final = ("", "title", "abstract", "body", "topic", "keyword")
_IDENTIFIER = re.compile(r"(?:doi:)?10\.\d{4,9}/\S+|\d{4}\.\d{4,5}(?:v\d+)?", re.IGNORECASE)


class Unit(msgspec.Struct, frozen=True):
    """One thing wanted, under the name `explain` shows."""

    name: str
    query: Query


class LexicalQuery(msgspec.Struct, frozen=True):
    """`matches` finds and scores; `loose` says how many of the bare words it takes; `firm` is what other results must
    meet too (None: nothing); `units` are the scoring parts, whose scores sum to the whole; `text` is what an encoder
    should read; `marks` are the wordings to highlight; `tags` are the concepts recognised and those below them, with
    what each counts."""

    matches: Query | None
    firm: Query | None
    units: tuple[Unit, ...]
    text: str
    marks: tuple[str, ...]
    tags: tuple[tuple[str, float], ...] = ()
    loose: Enough = Enough()
    entitled: Query | None = None
    """Finds titles that have every bare word; None where there is none, or too many."""


def compose(
    root: Node | None, snapshot: Snapshot, expansions: Sequence[Expansion] = (), groups: Sequence[range] = ()
) -> LexicalQuery:
    """The index's form of a tree.

    `groups[i]` are the positions, among the tree's `loose_words`, of the words that name the concept
    of `expansions[i]`; those words and the expansion's terms become alternatives of one unit.
    Raises SearchSyntaxError where the tree names a work that is not there.
    """
    if root is None:
        return LexicalQuery(None, None, (), "", ())
    children = root.children if isinstance(root, Loose) else (root,)
    loose = [child for child in children if is_loose(child)]
    firm = [child for child in children if not is_loose(child)]
    wanted = _loose_units(loose, snapshot, expansions, groups)
    required = [Unit(name_of(child), query_of(child, snapshot)) for child in firm if not isinstance(child, Not)]
    barred = [query_of(child.child, snapshot) for child in firm if isinstance(child, Not)]
    hard = boolean(must=[unit.query for unit in required], barred=barred) if firm else None
    must, should, least = [unit.query for unit in required], [unit.query for unit in wanted], needed(len(wanted))
    if least == len(should):
        matches, enough = boolean(must=[*must, *should], barred=barred), Enough()
    else:
        matches = boolean(must=must, should=should, barred=barred, least=least)
        some = boolean(must=must, should=should, barred=barred, least=1)
        enough = enough_of(some, [(unit.name, unit.query) for unit in wanted], least)
    texts = tuple(_texts(root))
    marks = (*texts, *(term.text for expansion in expansions for term in expansion.terms))
    meant = " ".join(text for text in texts if not (is_iri(text) or _IDENTIFIER.fullmatch(text)))
    return LexicalQuery(
        matches, hard, tuple(wanted + required), meant, marks, _tags(expansions), enough, _entitled(wanted)
    )


def _entitled(wanted: Sequence[Unit]) -> Query | None:
    analysed = [stemmed().analyze(without_unspaced(unit.name)) for unit in wanted]
    stems = dict.fromkeys(stem for found in analysed for stem in found if stem not in STOPWORDS)
    if not all(analysed) or not 1 <= len(stems) <= MAX_ENTITLED:
        return None
    return boolean(must=[term("title", stem) for stem in stems])


def loose_words(root: Node | None) -> list[Word]:
    """The bare words that may be left out or expanded, in their order."""
    children = root.children if isinstance(root, Loose) else (root,)
    return [child for child in children if isinstance(child, Word) and is_loose(child)]


def is_loose(node: Node | None) -> bool:
    return isinstance(node, Word) and not node.field and not node.prefix


def has_words(root: Node | None) -> bool:
    """Whether anything in the tree leaves a term (punctuation alone does not)."""
    match root:
        case Word() | Phrase():
            return bool(root.field or exact().analyze(without_unspaced(root.text)) or unspaced_runs(root.text))
        case Not():
            return has_words(root.child)
        case All() | Any() | Loose():
            return any(has_words(child) for child in root.children)
        case _:
            return isinstance(root, Range)


def query_of(node: Node, snapshot: Snapshot) -> Query:
    """The strict reading of a node: what it says must hold."""
    match node:
        case Word() | Phrase() | Range():
            return leaf_query(node, snapshot)
        case Not():
            return boolean(must=[all_works()], barred=[query_of(node.child, snapshot)])
        case All():
            return boolean(must=[query_of(child, snapshot) for child in node.children])
        case Any():
            return boolean(should=[query_of(child, snapshot) for child in node.children], least=1)
        case Loose():
            return compose(node, snapshot).matches or Query.empty_query()


def _loose_units(
    words: Sequence[Node], snapshot: Snapshot, expansions: Sequence[Expansion], groups: Sequence[range]
) -> list[Unit]:
    """One unit for each concept recognised and each word outside of all concepts."""
    spoken = [word for word in words if isinstance(word, Word)]
    grouped = {position for group in groups for position in group}
    plain = [word for position, word in enumerate(spoken) if position not in grouped]
    content = [word for word in plain if word.text.lower() not in STOPWORDS]
    if not content and not groups:
        content = plain
    units = [Unit(word.text, query) for word in content if (query := anywhere(word.text, snapshot)) is not None]
    for expansion, group in zip(expansions, groups, strict=True):
        units.append(_concept_unit(expansion, [spoken[position].text for position in group], snapshot))
    return units


def _concept_unit(expansion: Expansion, words: Sequence[str], snapshot: Snapshot) -> Unit:
    """The words as typed, or other words for the same concept, or its tag."""
    typed = [query for word in words if (query := anywhere(word, snapshot)) is not None]
    parts = [boolean(should=typed, least=needed(len(typed)))] if typed else []
    if not expansion.off:
        parts += [
            Query.boost_query(query, term.weight)
            for term in expansion.terms
            if (query := anywhere(term.text, snapshot)) is not None
        ]
        if tags := [iri for iri, _ in _tags([expansion])]:
            tagged = Query.const_score_query(Query.term_set_query(schema(), "topic_iri", tags), 1.0)
            parts.append(Query.boost_query(tagged, TAG_WEIGHT * expansion.weight))
    return Unit(" ".join(words), Query.disjunction_max_query(parts, TIE_BREAKER))


def _tags(expansions: Iterable[Expansion]) -> tuple[tuple[str, float], ...]:
    weights: dict[str, float] = {}
    for one in expansions:
        if not one.off and not one.concept.startswith(PREFIX):
            for iri in (one.concept, *(term.concept for term in one.terms if term.concept)):
                weights.setdefault(iri, one.weight)
    return tuple(weights.items())[:MAX_TAGS]


def name_of(node: Node) -> str:
    """How `explain` calls a firm part: the query language for it."""
    match node:
        case Word():
            return f"{node.field and node.field + ':'}{node.text}{'*' if node.prefix else ''}"
        case Phrase():
            near = f"~{node.slop}" if node.slop else ""
            return f'{node.field and node.field + ":"}"{node.text}"{near}'
        case Range() if node.first is not None and node.first == node.last:
            return f"{node.field}:{node.first}"
        case Range():
            ends = ("" if end is None else end for end in (node.first, node.last))
            return f"{node.field}:{'..'.join(map(str, ends))}"
        case Not():
            return f"NOT {name_of(node.child)}"
        case All() | Any() | Loose():
            joint = {All: " AND ", Any: " OR ", Loose: " "}[type(node)]
            return f"({joint.join(name_of(child) for child in node.children)})"


def _texts(node: Node | None) -> Iterable[str]:
    """The wordings asked for, in their order, but for names of people, venues and the like."""
    if isinstance(node, Word | Phrase):
        if node.field in _TEXT_FIELDS:
            yield node.text
    elif isinstance(node, All | Any | Loose):
        for child in node.children:
            yield from _texts(child)

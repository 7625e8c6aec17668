"""A query's tree → queries of the text index.

Bare words side by side are *loose*: ranked by BM25 (Robertson and Zaragoza 2009) over weighted fields, best field
counting most (disjunction maximum with a tie breaker). One or two of them must all match, of more two
or three (`needed`). Phrases, fields, ranges, NOT and explicit AND and OR are *firm*: they hold
for results found by meaning too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from tantivy import FieldType, Occur, Query

from graph.search.base import Expansion, Filters
from graph.search.language import STOPWORDS, bigrams, exact, stemmed, unspaced_runs, without_unspaced
from graph.search.schema import WORK, schema
from graph.search.syntax import All, Any, Loose, Node, Not, Phrase, Word, Years

WEIGHTS: Final = {
    "title": 1.2, "abstract": 1.0, "body": 0.5, "keyword": 1.2, "topic": 1.0, "author": 1.0, "venue": 0.5,
}  # fmt: skip
TIE_BREAKER: Final = 0.3
UNSPACED_WEIGHT: Final = 1.0
PHRASE_WEIGHT: Final = 1.5
TAG_WEIGHT: Final = 0.5
"""Of a work tagged with an expanded concept, on top of the words."""
MAX_NARROWER: Final = 64

_ANALYSED: Final = {
    "title": "title", "abstract": "abstract", "body": "body", "keyword": "keyword", "topic": "topic",
    "author": "author", "venue": "venue",
}  # fmt: skip
_IRI_FIELDS: Final = {"topic": "topic_iri", "author": "author_iri", "venue": "venue_iri"}
_IRI = re.compile(r"(?:https?://|urn:)\S+")
_IDENTIFIER = re.compile(r"(?:doi:)?10\.\d{4,9}/\S+|\d{4}\.\d{4,5}(?:v\d+)?", re.IGNORECASE)


class Unit(msgspec.Struct, frozen=True):
    """One thing wanted, under the name `explain` shows."""

    name: str
    query: Query


class LexicalQuery(msgspec.Struct, frozen=True):
    """`matches` finds and scores; `firm` is what dense results must meet too (None: nothing); `units`
    are the scoring parts, whose scores sum to the whole; `text` is what an encoder should read;
    `marks` are the wordings to highlight."""

    matches: Query | None
    firm: Query | None
    units: tuple[Unit, ...]
    text: str
    marks: tuple[str, ...]


def compose(root: Node | None, expansions: Sequence[Expansion] = (), groups: Sequence[range] = ()) -> LexicalQuery:
    """The index's form of a tree.

    `groups[i]` are the positions, among the tree's `loose_words`, of the words that name the concept
    of `expansions[i]`; those words and the expansion's terms become alternatives of one unit.
    """
    if root is None:
        return LexicalQuery(None, None, (), "", ())
    children = root.children if isinstance(root, Loose) else (root,)
    loose = [child for child in children if is_loose(child)]
    firm = [child for child in children if not is_loose(child)]
    wanted = _loose_units(loose, expansions, groups)
    required = [Unit(_name(child), _query(child)) for child in firm if not isinstance(child, Not)]
    barred = [_query(child.child) for child in firm if isinstance(child, Not)]
    hard = _boolean(must=[unit.query for unit in required], barred=barred) if firm else None
    matches = _boolean(must=[unit.query for unit in required], should=[u.query for u in wanted], barred=barred)
    texts = tuple(_texts(root))
    marks = (*texts, *(term.text for expansion in expansions for term in expansion.terms))
    return LexicalQuery(matches, hard, tuple(wanted + required), " ".join(t for t in texts if not _is_name(t)), marks)


def loose_words(root: Node | None) -> list[Word]:
    """The bare words that may be left out or expanded, in their order."""
    children = root.children if isinstance(root, Loose) else (root,)
    return [child for child in children if isinstance(child, Word) and is_loose(child)]


def is_loose(node: Node | None) -> bool:
    return isinstance(node, Word) and not node.field and not node.prefix


def has_words(root: Node | None) -> bool:
    """Whether anything in the tree leaves a term (punctuation alone does not)."""
    if isinstance(root, Word | Phrase):
        return bool(exact().analyze(without_unspaced(root.text)) or unspaced_runs(root.text))
    if isinstance(root, Not):
        return has_words(root.child)
    if isinstance(root, All | Any | Loose):
        return any(has_words(child) for child in root.children)
    return isinstance(root, Years)


def needed(units: int) -> int:
    """How many of the loose units a result must have."""
    return units if units <= 2 else 2 if units < 6 else 3


def filter_query(filters: Filters) -> Query:
    """All works that meet the filters."""
    must = [_term("role", WORK)]
    choices = {
        "kind": filters.kinds, "topic_iri": filters.topics, "author_iri": filters.authors,
        "venue_iri": filters.venues, "language": filters.languages, "source": filters.sources,
    }  # fmt: skip
    must += [Query.term_set_query(schema(), field, list(values)) for field, values in choices.items() if values]
    if filters.year_from is not None or filters.year_to is not None:
        must.append(_years(Years(filters.year_from, filters.year_to)))
    if filters.open_access is not None:
        must.append(_term("open_access", "true" if filters.open_access else "false"))
    return Query.const_score_query(_boolean(must=must), 0.0)


def _loose_units(words: Sequence[Node], expansions: Sequence[Expansion], groups: Sequence[range]) -> list[Unit]:
    """One unit for each concept recognised and each word outside of all concepts."""
    spoken = [word for word in words if isinstance(word, Word)]
    grouped = {position for group in groups for position in group}
    plain = [word for position, word in enumerate(spoken) if position not in grouped]
    content = [word for word in plain if word.text.lower() not in STOPWORDS]
    if not content and not groups:
        content = plain
    units = [Unit(word.text, query) for word in content if (query := _anywhere(word.text)) is not None]
    for expansion, group in zip(expansions, groups, strict=True):
        units.append(_concept_unit(expansion, [spoken[position].text for position in group]))
    return units


def _concept_unit(expansion: Expansion, words: Sequence[str]) -> Unit:
    """The words as typed, or other words for the same concept, or its tag."""
    typed = [query for word in words if (query := _anywhere(word)) is not None]
    parts = [_boolean(should=typed, least=needed(len(typed)))] if typed else []
    if not expansion.off:
        tags = list(dict.fromkeys([expansion.concept, *(t.concept for t in expansion.terms if t.concept)]))
        parts += [
            Query.boost_query(query, term.weight)
            for term in expansion.terms
            if (query := _anywhere(term.text)) is not None
        ]
        tagged = Query.term_set_query(schema(), "topic_iri", tags[:MAX_NARROWER])
        parts.append(Query.boost_query(Query.const_score_query(tagged, 1.0), TAG_WEIGHT))
    return Unit(" ".join(words), Query.disjunction_max_query(parts, TIE_BREAKER))


def _query(node: Node) -> Query:
    """The strict reading of a node: what it says must hold."""
    match node:
        case Word() if node.prefix:
            return _prefix(node)
        case Word() | Phrase():
            return _in_field(node) if node.field else _whole(node)
        case Years():
            return _years(node)
        case Not():
            return _boolean(must=[_term("role", WORK)], barred=[_query(node.child)])
        case All():
            return _boolean(must=[_query(child) for child in node.children])
        case Any():
            return _boolean(should=[_query(child) for child in node.children], least=1)
        case Loose():
            return _loose(node)


def _loose(node: Loose) -> Query:
    """Side by side inside brackets or beside AND and OR."""
    inner = compose(node)
    return inner.matches or Query.empty_query()


def _whole(node: Word | Phrase) -> Query:
    if isinstance(node, Word):
        return _anywhere(node.text) or Query.empty_query()
    return _phrase_anywhere(node.text)


def _anywhere(text: str) -> Query | None:
    """`text` (one word, or several in this order) in any field; None where it leaves no term."""
    spaced = without_unspaced(text)
    stems, plain = stemmed().analyze(spaced), exact().analyze(spaced)
    parts = [
        Query.boost_query(_terms(field, plain if field == "author" else stems), weight)
        for field, weight in WEIGHTS.items()
        if stems
    ]
    if ":" in text or "/" in text:
        parts.append(_term("identifier", text.lower()))
    latin = Query.disjunction_max_query(parts, TIE_BREAKER) if parts else None
    runs = [_run(run) for run in unspaced_runs(text)]
    everything = [*([latin] if latin else []), *runs]
    return (everything[0] if len(everything) == 1 else _boolean(must=everything)) if everything else None


def _phrase_anywhere(text: str) -> Query:
    """As written in title, abstract, keyword or topic; up to inflection in the body."""
    spaced = without_unspaced(text)
    parts = []
    if plain := exact().analyze(spaced):
        parts = [
            Query.boost_query(_terms("exact", plain), PHRASE_WEIGHT),
            _terms("author", plain),
            Query.boost_query(_terms("body", stemmed().analyze(spaced)), WEIGHTS["body"]),
        ]
    must = [Query.disjunction_max_query(parts, TIE_BREAKER)] if parts else []
    must += [_terms("unspaced", bigrams(run)) for run in unspaced_runs(text)]
    return _boolean(must=must) if must else Query.empty_query()


def _run(run: str) -> Query:
    """A stretch without spaces: short ones as a phrase, long ones by the share of pairs that match."""
    if len(run) == 1:
        return Query.regex_query(schema(), "unspaced", f".?{run}.?")
    pairs = bigrams(run)
    if len(pairs) <= 3:
        return _terms("unspaced", pairs)
    return _boolean(should=[_term("unspaced", pair) for pair in pairs], least=max(2, len(pairs) // 3))


def _in_field(node: Word | Phrase) -> Query:
    value = node.text.strip()
    if node.field in _IRI_FIELDS and _IRI.fullmatch(value):
        return _term(_IRI_FIELDS[node.field], value)
    if node.field == "id":
        return _term("identifier", value.lower())
    if node.field not in _ANALYSED:
        return _term(node.field, value.lower() if node.field == "language" else value)
    spaced, parts = without_unspaced(value), [_terms("unspaced", bigrams(run)) for run in unspaced_runs(value)]
    terms = (exact() if node.field == "author" else stemmed()).analyze(spaced)
    if terms and node.field == "author":
        parts.append(_name_query(terms))
    elif terms:
        parts.append(_terms(_ANALYSED[node.field], terms))
    return _boolean(must=parts) if parts else Query.empty_query()


def _name_query(terms: list[str]) -> Query:
    """A name in either order ("Ada Lovelace", "Lovelace, Ada"), with room for a middle initial."""
    if len(terms) == 1:
        return _term("author", terms[0])
    turned = [terms[-1], *terms[:-1]]
    other = [*terms[1:], terms[0]]
    orders = {tuple(order) for order in (terms, turned, other)}
    queries = [Query.phrase_query(schema(), "author", list(order), slop=1) for order in sorted(orders)]
    return _boolean(should=queries, least=1)


def _prefix(node: Word) -> Query:
    begin = "".join(exact().analyze(node.text))
    pattern = re.escape(begin) + ".*"
    fields = ("author",) if node.field == "author" else ("exact", "author")
    queries = [Query.regex_query(schema(), field, pattern) for field in fields]
    return _boolean(should=queries, least=1) if begin else Query.empty_query()


def _years(years: Years) -> Query:
    return Query.range_query(schema(), "year", FieldType.Integer, years.first, years.last)


def _terms(field: str, terms: Sequence[str]) -> Query:
    """The terms in this order."""
    return _term(field, terms[0]) if len(terms) == 1 else Query.phrase_query(schema(), field, list(terms))


def _term(field: str, value: str) -> Query:
    return Query.term_query(schema(), field, value)


def _boolean(
    must: Iterable[Query] = (), should: Sequence[Query] = (), barred: Iterable[Query] = (), least: int | None = None
) -> Query:
    """Parts joined; a query of prohibitions alone is asked of all works."""
    required = list(must)
    clauses = [(Occur.Must, query) for query in required] + [(Occur.Should, query) for query in should]
    if not clauses:
        clauses = [(Occur.Must, Query.const_score_query(_term("role", WORK), 0.0))]
    clauses += [(Occur.MustNot, query) for query in barred]
    enough = needed(len(should)) if least is None else least
    return Query.boolean_query(clauses, minimum_number_should_match=enough if should else None)


def _name(node: Node) -> str:
    """How `explain` calls a firm part."""
    match node:
        case Word():
            return f"{node.field and node.field + ':'}{node.text}{'*' if node.prefix else ''}"
        case Phrase():
            return f'{node.field}:"{node.text}"' if node.field else f'"{node.text}"'
        case Years():
            return f"year:{node.first or ''}..{node.last or ''}"
        case Not():
            return f"NOT {_name(node.child)}"
        case All() | Any() | Loose():
            joint = {All: " AND ", Any: " OR ", Loose: " "}[type(node)]
            return f"({joint.join(_name(child) for child in node.children)})"


def _texts(node: Node | None) -> Iterable[str]:
    """The wordings asked for, in their order, but for names of people, venues and the like."""
    if isinstance(node, Word | Phrase):
        if node.field in ("", "title", "abstract", "body", "topic", "keyword"):
            yield node.text
    elif isinstance(node, All | Any | Loose):
        for child in node.children:
            yield from _texts(child)


def _is_name(text: str) -> bool:
    """Whether it names a thing and means nothing by itself."""
    return bool(_IRI.fullmatch(text) or _IDENTIFIER.fullmatch(text))


def highlight_query(marks: Iterable[str], field: str) -> Query | None:
    """Finds the words of all wordings in a field, for the sake of where they stand."""
    terms = {term for text in marks for term in stemmed().analyze(without_unspaced(text)) if term not in STOPWORDS}
    return Query.boolean_query([(Occur.Should, _term(field, term)) for term in sorted(terms)]) if terms else None

"""A query's tree → what the index of parts of works is asked."""

from __future__ import annotations

from collections.abc import Sequence

from tantivy import Occur, Query

from graph.search.fragments import schema
from graph.search.language import (
    STOPWORDS,
    bigrams,
    exact,
    has_stemmer,
    local_terms,
    stemmed,
    unspaced_runs,
    without_unspaced,
)
from graph.search.query.tree import All, Loose, Node, Not, Phrase, Word
from graph.search.query.tree import Any as AnyOf

LABEL_BOOST, HEADING_BOOST = 2.0, 0.3


def words_query(root: Node | None, languages: Sequence[str]) -> Query | None:
    """What a tree asks of the text of a part; conditions on works (fields) say nothing here. None: anything."""
    match root:
        case Word() if not root.field:
            return _word(root, languages)
        case Phrase() if not root.field:
            return _phrase(root)
        case All():
            return _every([words_query(child, languages) for child in root.children])
        case AnyOf():
            found = [query for child in root.children if (query := words_query(child, languages)) is not None]
            return Query.boolean_query([(Occur.Should, one) for one in found]) if found else None
        case Loose():
            return _loose(root, languages)
        case _:
            return None


def firm_query(root: Node | None, languages: Sequence[str]) -> Query | None:
    """What a tree asks of parts however they are found: all but its bare words. None: nothing."""
    if isinstance(root, Word) and not root.prefix:
        return None
    if isinstance(root, Loose):
        kept = tuple(one for one in root.children if not isinstance(one, Word) or one.prefix)
        return words_query(Loose(kept), languages) if kept else None
    return words_query(root, languages)


def _loose(root: Loose, languages: Sequence[str]) -> Query | None:
    bare = [child for child in root.children if isinstance(child, Word) and not child.field]
    content = [word for word in bare if word.text.lower() not in STOPWORDS] or bare
    wanted = [query for word in content if (query := _word(word, languages)) is not None]
    firm = [child for child in root.children if child not in bare]
    required = [query for child in firm if (query := words_query(child, languages)) is not None]
    barred = [
        query for child in firm if isinstance(child, Not) and (query := words_query(child.child, languages)) is not None
    ]
    if not (wanted or required or barred):
        return None
    clauses = [(Occur.Must, one) for one in required] + [(Occur.Should, one) for one in wanted]
    clauses += [(Occur.MustNot, one) for one in barred]
    if not (wanted or required):
        clauses.append((Occur.Must, Query.all_query()))
    least = len(wanted) if len(wanted) <= 2 else 2
    return Query.boolean_query(clauses, minimum_number_should_match=least if wanted else None)


def _word(word: Word, languages: Sequence[str]) -> Query | None:
    spaced = without_unspaced(word.text)
    stems, plain = stemmed().analyze(spaced), exact().analyze(spaced)
    parts: list[Query] = []
    if word.prefix and plain:
        parts = [Query.regex_query(schema(), "exact", "".join(plain) + ".*")]
    elif stems:
        parts = [
            _terms("text", stems),
            Query.boost_query(_terms("heading", stems), HEADING_BOOST),
            Query.boost_query(_terms("label", plain), LABEL_BOOST),
        ]
        local = dict.fromkeys(tuple(local_terms(spaced, one)) for one in languages if has_stemmer(one))
        parts += [_terms("local", list(found)) for found in local if found]
    parts += [_terms("unspaced", bigrams(run)) for run in unspaced_runs(word.text)]
    return Query.disjunction_max_query(parts, 0.1) if parts else None


def _phrase(phrase: Phrase) -> Query | None:
    plain = exact().analyze(without_unspaced(phrase.text))
    parts = [_terms("unspaced", bigrams(run)) for run in unspaced_runs(phrase.text)]
    if len(plain) == 1:
        parts.append(_terms("exact", plain))
    elif plain:
        parts.append(Query.phrase_query(schema(), "exact", list(plain), slop=phrase.slop))
    return _every(parts)


def _every(queries: Sequence[Query | None]) -> Query | None:
    kept = [query for query in queries if query is not None]
    return Query.boolean_query([(Occur.Must, one) for one in kept]) if kept else None


def _terms(field: str, words: Sequence[str]) -> Query:
    if len(words) == 1:
        return Query.term_query(schema(), field, words[0])
    return Query.phrase_query(schema(), field, list(words))

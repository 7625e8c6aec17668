"""Leaves of a query's tree → queries of the text index, each against the commit it is asked of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from tantivy import FieldType, Occur, Query

from graph.search.language import (
    COMPOUNDING,
    MIN_COMPOUND,
    bigrams,
    exact,
    has_stemmer,
    local_terms,
    primary,
    segments,
    stemmed,
    unspaced_runs,
    without_unspaced,
)
from graph.search.query.parse import wrong
from graph.search.query.tree import Phrase, Range, Word
from graph.search.schema import CITATIONS, WORK, schema
from graph.search.works import Snapshot

TITLE_BOOST: Final = 0.3
"""Of the title's own score on top of the score over title, abstract and keywords as one text."""
WEIGHTS: Final = {"body": 0.5, "topic": 1.0, "author": 1.0, "venue": 0.5, "organisation": 0.5}
_NAMES: Final = ("venue", "organisation")
COMMON_NAME: Final = 100
"""A word is common in names where more than one in so many works has it there."""
TIE_BREAKER: Final = 0.3
PHRASE_WEIGHT: Final = 1.5
COMPOUND_WEIGHT: Final = 0.5
MAX_COMPOUNDS: Final = 48
MAX_LANGUAGES: Final = 8
MIN_PART: Final = 5
"""Letters of a word that is looked for inside compounds."""

_IRI_FIELDS: Final = {
    "topic": "topic_iri", "author": "author_iri", "venue": "venue_iri", "affiliation": "organisation_iri",
}  # fmt: skip
_RAW: Final = {
    "type": "kind", "language": "language", "source": "source", "has": "has", "open": "open_access", "orcid": "orcid",
    "dataset": "dataset",
}  # fmt: skip
_IRI = re.compile(r"(?:https?://|urn:)\S+")
_SPELLINGS: Final = tuple(
    (re.compile(ending), other)
    for ending, other in (
        (r"(?<=[a-z]{3})is(?=(e|ed|es|er|ing|ation|ations)$)", "iz"),
        (r"(?<=[a-z]{3})iz(?=(e|ed|es|er|ing|ation|ations)$)", "is"),
        (r"(?<=[a-z]{2})our(?=(s|al|ed|ing)?$)", "or"), (r"(?<=[a-z][bcdilmnv])or(?=(s|al)?$)", "our"),
        (r"(?<=[a-z])lys(?=(e|ed|es|ing)$)", "lyz"), (r"(?<=[a-z])lyz(?=(e|ed|es|ing)$)", "lys"),
        (r"aem", "em"), (r"(?<=[bt])re$", "er"),
    )
)  # fmt: skip
_LINKS: Final = ("", "s", "es", "n", "en", "er", "e", "ns")
"""What German and its relatives put between the parts of a compound."""


def is_iri(text: str) -> bool:
    return _IRI.fullmatch(text) is not None


def leaf_query(leaf: Word | Phrase | Range, snapshot: Snapshot) -> Query:
    """The strict reading of a leaf: what it says must hold."""
    if isinstance(leaf, Range):
        if leaf.field == "citations":
            return snapshot.cited.query(leaf.first, leaf.last)
        return Query.range_query(schema(), leaf.field, FieldType.Integer, leaf.first, leaf.last)
    if leaf.field:
        return _in_field(leaf, snapshot)
    if isinstance(leaf, Word):
        return _prefix(leaf) if leaf.prefix else anywhere(leaf.text, snapshot) or Query.empty_query()
    return _phrase_anywhere(leaf)


def anywhere(text: str, snapshot: Snapshot) -> Query | None:
    """`text` (one word, or several in this order) in any field; None where it leaves no term."""
    spaced = without_unspaced(text)
    stems, plain = stemmed().analyze(spaced), exact().analyze(spaced)
    parts: list[Query] = []
    if stems:
        whole = [(Occur.Should, terms("text", stems)), (Occur.Should, boosted(terms("title", stems), TITLE_BOOST))]
        parts.append(Query.boolean_query(whole))
        parts += [
            boosted(terms(field, plain if field == "author" else stems), weight)
            for field, weight in WEIGHTS.items()
            if _tells(field, plain if field == "author" else stems, snapshot)
        ]
        parts += _in_other_languages(spaced, snapshot)
        if len(plain) == 1:
            parts += _as_compound(plain[0], snapshot)
            parts += [terms("text", stemmed().analyze(other)) for other in other_spellings(plain[0])]
    if ":" in text or "/" in text:
        parts.append(term("identifier", text.lower()))
    latin = [Query.disjunction_max_query(parts, TIE_BREAKER)] if parts else []
    everything = [*latin, *(_run(run) for run in unspaced_runs(text))]
    if len(everything) > 1:
        return boolean(should=everything, least=_needed_unspaced(len(everything)))
    return everything[0] if everything else None


def _tells(field: str, stems: Sequence[str], snapshot: Snapshot) -> bool:
    """Whether a field has the words, and tells something by them: in names of venues and organisations "acl" does,
    "learning", which is in the names of many and still more at home in texts, does not."""
    had = [snapshot.frequency(field, stem) for stem in stems]
    if not all(had):
        return False
    if field not in _NAMES or min(had) <= snapshot.documents // COMMON_NAME:
        return True
    return any(count > snapshot.frequency("text", stem) for count, stem in zip(had, stems, strict=True))


def needed(units: int) -> int:
    """How many of so many loose units a result must have."""
    return units if units <= 2 else 2 if units < 6 else 3


def _needed_unspaced(units: int) -> int:
    """The same for words cut out of a stretch without spaces, where a cut may be wrong."""
    return max(1, needed(units) - 1)


def other_spellings(word: str) -> list[str]:
    """The word as the other side of the Atlantic spells it.

    >>> other_spellings("summarisation"), other_spellings("tumors"), other_spellings("house")
    (['summarization'], ['tumours'], [])
    """
    return [found for ending, other in _SPELLINGS if (found := ending.sub(other, word, count=1)) != word]


def _in_other_languages(text: str, snapshot: Snapshot) -> list[Query]:
    """The stems that the text would have in each language of the catalogue."""
    languages = [one for one in snapshot.languages if has_stemmer(one)][:MAX_LANGUAGES]
    stems = dict.fromkeys(tuple(local_terms(text, language)) for language in languages)
    return [terms("local", list(found)) for found in stems if found]


def _as_compound(word: str, snapshot: Snapshot) -> list[Query]:
    """Compounds that begin or end with the word, and the parts of a word that is one."""
    if not any(language in COMPOUNDING for language in snapshot.languages) or not word.isalpha():
        return []
    found: list[Query] = []
    if len(word) >= MIN_PART:
        begins = [one for one, _ in snapshot.terms("compound", word, MAX_COMPOUNDS) if len(one) >= len(word) + 3]
        ends = [one[::-1] for one, _ in snapshot.terms("backwards", word[::-1], MAX_COMPOUNDS)]
        if inside := [*begins, *(one for one in ends if len(one) >= len(word) + 3)]:
            found.append(boosted(_constant(Query.term_set_query(schema(), "compound", inside)), COMPOUND_WEIGHT))
    if len(word) >= MIN_COMPOUND and (parts := _split(word, snapshot)):
        found.append(boosted(boolean(must=[term("exact", part) for part in parts]), COMPOUND_WEIGHT))
    return found


def _split(word: str, snapshot: Snapshot) -> tuple[str, str] | None:
    """The two parts of a compound that the catalogue knows best (Koehn and Knight, EACL 2003)."""
    best, worth = None, 0
    for cut in range(4, len(word) - 3):
        tail = word[cut:]
        known = snapshot.frequency("exact", tail)
        if not known:
            continue
        for link in _LINKS:
            head = word[:cut].removesuffix(link)
            if len(head) + len(link) == cut and len(head) >= 4:
                together = known * snapshot.frequency("exact", head)
                if together > worth:
                    best, worth = (head, tail), together
    return best


def _phrase_anywhere(phrase: Phrase) -> Query:
    """As written in title, abstract, keyword or topic; up to inflection in the body."""
    spaced = without_unspaced(phrase.text)
    parts = []
    if plain := exact().analyze(spaced):
        parts = [
            boosted(_near("exact", plain, phrase.slop), PHRASE_WEIGHT),
            _near("author", plain, phrase.slop),
            boosted(_near("body", stemmed().analyze(spaced), phrase.slop), WEIGHTS["body"]),
        ]
    must = [Query.disjunction_max_query(parts, TIE_BREAKER)] if parts else []
    must += [terms("unspaced", bigrams(run)) for run in unspaced_runs(phrase.text)]
    return boolean(must=must) if must else Query.empty_query()


def _near(field: str, words: Sequence[str], slop: int) -> Query:
    """The words in this order with at most `slop` others between; two words in either order."""
    if len(words) == 1 or not slop:
        return terms(field, words)
    orders = [words, words[::-1]] if len(words) == 2 else [words]
    return boolean(should=[Query.phrase_query(schema(), field, [*order], slop=slop) for order in orders], least=1)


def _run(run: str) -> Query:
    """A stretch without spaces: short ones as written, long ones by the words and pairs that match."""
    if len(run) == 1:
        return Query.regex_query(schema(), "unspaced", f".?{run}.?")
    pairs = bigrams(run)
    if len(pairs) <= 3:
        return terms("unspaced", pairs)
    words = list(dict.fromkeys(word for word in segments(run) if len(word) > 1))
    wanted = [terms("unspaced", bigrams(word)) for word in words] or [term("unspaced", pair) for pair in pairs]
    enough = boolean(should=wanted, least=_needed_unspaced(len(wanted)))
    scored = [*(term("segmented", word) for word in segments(run)), *(term("unspaced", pair) for pair in pairs)]
    return Query.boolean_query([(Occur.Must, _silent(enough)), *((Occur.Should, one) for one in scored)])


def _in_field(leaf: Word | Phrase, snapshot: Snapshot) -> Query:
    field, value = leaf.field, leaf.text.strip()
    if field in _IRI_FIELDS and is_iri(value):
        return _constant(term(_IRI_FIELDS[field], value))
    if field == "id":
        return _constant(boolean(should=[term("identifier", value.lower()), term("iri", value)], least=1))
    if field in ("cites", "citedby"):
        return _citing(leaf, snapshot)
    if field == "has" and value == CITATIONS:
        return snapshot.cited.query(1, None)
    if field in _RAW:
        return _constant(term(_RAW[field], _raw_value(field, value)))
    if isinstance(leaf, Word) and leaf.prefix:
        return _prefix(leaf)
    index_field = "organisation" if field == "affiliation" else field
    spaced = without_unspaced(value)
    parts = [terms("unspaced", bigrams(run)) for run in unspaced_runs(value)]
    found = (exact() if field == "author" else stemmed()).analyze(spaced)
    if found and field == "author":
        parts.append(_name_query(found))
    elif found:
        parts.append(_near(index_field, found, leaf.slop if isinstance(leaf, Phrase) else 0))
    return boolean(must=parts) if parts else Query.empty_query()


def _raw_value(field: str, value: str) -> str:
    if field == "orcid":
        return value.rstrip("/").rpartition("/")[2].upper()
    return primary(value) if field == "language" else value


def _citing(leaf: Word | Phrase, snapshot: Snapshot) -> Query:
    """Works that cite the one named, or that it cites."""
    place = snapshot.place_of(leaf.text.strip())
    if place is None:
        raise wrong(
            f"no work here is {leaf.text!r}", leaf.at, f"write {leaf.field}: with an IRI, a DOI or another identifier"
        )
    work = snapshot.document(place)
    if leaf.field == "cites":
        return _constant(term("cites", work.iri))
    return _constant(Query.term_set_query(schema(), "iri", list(work.cites))) if work.cites else Query.empty_query()


def _name_query(words: list[str]) -> Query:
    """A name in either order ("Ada Lovelace", "Lovelace, Ada"), with room for a middle initial."""
    if len(words) == 1:
        return term("author", words[0])
    orders = {tuple(words), (words[-1], *words[:-1]), (*words[1:], words[0])}
    queries = [Query.phrase_query(schema(), "author", list(order), slop=1) for order in sorted(orders)]
    return boolean(should=queries, least=1)


def _prefix(leaf: Word) -> Query:
    """Words that begin so, as written; an accent or a capital does not count."""
    begin = "".join(exact().analyze(leaf.text))
    if not begin:
        return Query.empty_query()
    fields = {"": ("exact", "author", "body"), "affiliation": ("organisation",)}.get(leaf.field, (leaf.field,))
    queries = [Query.regex_query(schema(), field, re.escape(begin) + ".*") for field in fields]
    return boolean(should=queries, least=1)


def terms(field: str, words: Sequence[str]) -> Query:
    """The words in this order."""
    return term(field, words[0]) if len(words) == 1 else Query.phrase_query(schema(), field, list(words))


def term(field: str, value: str) -> Query:
    return Query.term_query(schema(), field, value)


def all_works() -> Query:
    return Query.const_score_query(term("role", WORK), 0.0)


def boolean(
    must: Iterable[Query] = (), should: Sequence[Query] = (), barred: Iterable[Query] = (), least: int = 0
) -> Query:
    """Parts joined; a query of prohibitions alone is asked of all works. `least` of `should` must match."""
    clauses = [(Occur.Must, query) for query in must] + [(Occur.Should, query) for query in should]
    if not clauses:
        clauses = [(Occur.Must, all_works())]
    clauses += [(Occur.MustNot, query) for query in barred]
    return Query.boolean_query(clauses, minimum_number_should_match=least if should and least else None)


def boosted(query: Query, weight: float) -> Query:
    return Query.boost_query(query, weight)


def _silent(query: Query) -> Query:
    """A condition that adds nothing to the score."""
    return Query.const_score_query(query, 0.0)


def _constant(query: Query) -> Query:
    return Query.const_score_query(query, 1.0)

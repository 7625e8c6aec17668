"""The page docs/search.md: the query language, its fields, the filters, and how results are ranked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from api.exporting import EXPORTS
from graph.search.abbreviations import DOMINANT
from graph.search.base import FACETS
from graph.search.narrowing import field_of
from graph.search.neighbours import NEIGHBOURS, SMOOTHED, TAKEN
from graph.search.query import parse as language
from graph.search.query.fields import FIELDS, Field
from graph.search.ranking import CITATION_WEIGHT, POOL, WEIGHTS

_WRITTEN: Final = (
    ("`neural parsing`", "the words, best matches first; not all need to be there"),
    ('`"neural parsing"`', "the phrase, as written"),
    ('`"neural parsing"~5`', f"near each other: at most 5 words between (up to {language.MAX_SLOP})"),
    ("`neur*`", f"words that begin so ({language.MIN_PREFIX} letters at least)"),
    ("`a AND b`, `a OR b`, `NOT a`, `-a`, `( )`", "operators in capitals; AND binds tighter than OR, words side by side"
     " tighter still"),
    ("`title:parsing`, `title:(a OR b)`", "a field, for a word, a phrase or a whole bracket"),
    ("`year:2015..2020`, `year:2015..`, `citations:>10`", "ranges of numbers, ends included"),
    ("`cites:DOI`, `citedby:DOI`, `like:DOI`", "by citation and by likeness; any identifier or IRI will do"),
    ("`type:figure`", "parts of works as results, grouped by work"),
    ("`-{concept}`", "do not expand this concept (label or IRI)"),
)  # fmt: skip


def search_page() -> Iterator[str]:
    """The lines of the page, but for its head."""
    yield from _language()
    yield from _answers()
    yield from _ranking()


def _language() -> Iterator[str]:
    yield "## The language\n"
    yield from _rows(("write", "to find"), _WRITTEN)
    yield "\nA query that cannot be read is an error with its place, what was expected and what may be meant:"
    yield "it never"
    yield f"finds nothing in silence. At most {language.MAX_QUERY_CHARACTERS:,} characters, {language.MAX_TERMS}"
    yield "words,"
    yield f"{language.MAX_DEPTH} levels of brackets.\n"
    yield "## Fields and filters\n"
    yield "The same conditions go into the query (`field:value`) and into `filter=`, as OpenAlex users know it:"
    yield "`filter=publication_year:2015-2020,type:dataset|article,language:!en,has_doi:true,cited_by_count:>10`. A"
    yield "comma"
    yield "is AND, `|` is OR, `!` is NOT; a value with commas is quoted.\n"
    yield from _rows(("field", "also", "as filter", "what", "example"), map(_described, FIELDS))
    yield "\n`has:` names go as filters too: `has_doi:true`. Fixed values:\n"
    yield from _rows(("field", "values"), ((f"`{one.name}:`", ", ".join(one.values)) for one in FIELDS if one.values))


def _described(field: Field) -> tuple[str, ...]:
    aliases = _code(f"{alias}:" for alias in field.aliases)
    return f"`{field.name}:`", aliases, _code(field.filters), field.says, f"`{field.example}`"


def _answers() -> Iterator[str]:
    yield "\n## What comes back\n"
    yield f"Facets ({', '.join(FACETS)}) count every match exactly; a facet that a filter limits is counted as"
    yield "if it did"
    yield "not, so that more values can be chosen. To filter by a facet use its field"
    yield f"({', '.join(f'{name}: `{field_of(name)}:`' for name in FACETS if field_of(name) != name)}; all others by"
    yield "their own name). `group_by` counts every value of one facet, `select` names the fields of each"
    yield "document, `sort`"
    yield "orders, `sample` with `seed` draws at random. `cursor=*` begins a walk over everything; each answer"
    yield "has the next"
    yield "cursor, and the walk stays with the commit it began on. `explain=true` shows the parts each score is"
    yield "the sum of. `total=false` leaves out counting what matches where only the best by words are wanted."
    yield f"`/v1/search/export` and `/v1/works/NAME/export` write {', '.join(EXPORTS)}, as `format` or else Accept"
    yield "says (docs/exports.md); `/v1/search/sparql` is the search as SPARQL. `/v1/suggest`"
    yield "completes names of people, organisations, venues, works and concepts, also with a letter wrong.\n"
    yield "Concepts the query names, in any language of the vocabularies, are expanded by synonyms, translations and"
    yield "narrower terms; `expansions` lists every term with its weight. `expand=off` searches for the words alone,"
    yield "`expand=-{concept}` leaves one out. `did_you_mean` is the query as the corpus spells it; it is never"
    yield "searched"
    yield "instead. `entities` are the things the query names.\n"
    yield f"Abbreviations that at least {DOMINANT:.0%} of the works defining them use for one thing are expanded by it,"
    yield "and it by them; of several meanings each is listed switched off, and `expand=+{concept}` switches"
    yield "it on. Citations are what a source says or what works here show, whichever is more. Parts of works are found"
    yield "by meaning too where the setting `fragment_vectors` gives them vectors.\n"


def _ranking() -> Iterator[str]:
    yield "## How results are ranked\n"
    yield f"1. The best {POOL} by words (BM25 over title, abstract and keywords as one text, the title again on"
    yield "top, other"
    yield "   fields beside it), by meaning (cosine of vectors) and, where concepts are named, by their tags."
    yield "2. Their scores are added up, each as what it is above the least of its ranking, in standard deviations of"
    yield f"   the ranking's scores; weights: {_weights(WEIGHTS)}."
    yield f"3. Of the {SMOOTHED} best each keeps {1 - TAKEN:.0%} of its score and takes the rest from the {NEIGHBOURS}"
    yield "   results nearest to it in meaning: what is like good results is likely good. A work whose title has every"
    yield "   word asked for is not lowered by that."
    yield f"4. Citations a year add up to {CITATION_WEIGHT}; a rescorer, where one is plugged in, adds parts of its"
    yield "   own."
    yield "5. What else matches by words follows, in the order of words alone.\n"
    yield "Languages: English stems everywhere; other languages by their own stemmers; long words of German and its"
    yield "relatives are found by their parts; Chinese by words and by pairs of characters.\n"
    yield "## The grammar\n"
    yield "```lark"
    yield (Path(language.__file__).parent / "grammar.lark").read_text("utf-8").rstrip()
    yield "```"


def _weights(weights: dict[str, float]) -> str:
    return ", ".join(f"{name} {weight:g}" for name, weight in weights.items())


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _rows(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"

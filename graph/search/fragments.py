"""Parts of works as results: paragraphs, figures and tables by their captions, sections, sentences on demand.

An index beside that of the works, written just before it; a part whose work is not there is never shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from tantivy import DocAddress, Document, Occur, Query, Schema, SchemaBuilder, Searcher, SnippetGenerator

from graph.search.documents import FragmentDocument
from graph.search.language import (
    STOPWORDS,
    bigram_text,
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
from graph.search.schema import key_of
from graph.search.text_index import TextIndex

LAYOUT: Final = 1
POOL: Final = 1_000
"""Parts looked at for one answer."""
NARROW: Final = 20_000
"""Up to so many works are handed to the index as a condition; with more the best parts are sifted afterwards."""
LABEL_BOOST, HEADING_BOOST, TITLE_BOOST = 2.0, 0.3, 0.0

Place = tuple[int, int]


class FoundFragment(msgspec.Struct, frozen=True):
    """A part that matches, where it lies and how well it does."""

    place: Place
    fragment: FragmentDocument
    score: float


@cache
def schema() -> Schema:
    builder = SchemaBuilder()
    for name in ("work", "kind"):
        builder.add_text_field(name, fast=name == "kind", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("text", stored=True, tokenizer_name="stemmed")
    for name in ("exact", "label"):
        builder.add_text_field(name, tokenizer_name="exact")
    builder.add_text_field("heading", tokenizer_name="stemmed")
    for name in ("unspaced", "local"):
        builder.add_text_field(name, tokenizer_name="spaced")
    builder.add_integer_field("work_key", indexed=True, fast=True)
    builder.add_bytes_field("rest", stored=True)
    return builder.build()


def of_fragment(fragment: FragmentDocument) -> Document:
    text = fragment.text
    rest = msgspec.structs.replace(fragment, text="")
    fields: dict[str, Any] = {
        "work": fragment.work, "kind": fragment.kind, "work_key": key_of(fragment.work), "text": text,
        "exact": without_unspaced(text), "label": fragment.label, "heading": fragment.heading,
        "unspaced": bigram_text(text), "local": " ".join(local_terms(text, fragment.language)),
        "rest": msgspec.msgpack.encode(rest),
    }  # fmt: skip
    return Document.from_dict({name: value for name, value in fields.items() if value not in ("", [])}, schema())


class FragmentIndex:
    """The parts of all works, in one folder."""

    def __init__(self, folder: Path, *, read_only: bool) -> None:
        self._index = TextIndex(folder, schema(), LAYOUT, read_only=read_only)

    def write(self, fragments: Iterable[FragmentDocument], works: Collection[str]) -> None:
        """Put parts in, in place of all that `works` had; see `TextIndex.write`."""
        self._index.write((("work", work) for work in works), map(of_fragment, fragments))

    def snapshot(self) -> FragmentSnapshot | None:
        searcher = self._index.searcher()
        return FragmentSnapshot(searcher) if searcher is not None else None

    def close(self) -> None:
        self._index.close()


class FragmentSnapshot:
    """One commit of the parts."""

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher

    def __len__(self) -> int:
        return self._searcher.num_docs

    def search(
        self, words: Query | None, kinds: Sequence[str], keys: NDArray[np.int64] | None, limit: int
    ) -> tuple[int, list[FoundFragment]]:
        """The number of parts of these kinds (any, where none are named) in works with these `keys` (None: all)
        that match, and the best `limit`."""
        must = [words] if words is not None else [Query.all_query()]
        if kinds:
            must.append(_constant(Query.term_set_query(schema(), "kind", list(kinds))))
        narrow = keys is not None and len(keys) <= NARROW
        if keys is not None and narrow:
            must.append(_constant(Query.term_set_query(schema(), "work_key", keys.tolist())))
        query = Query.boolean_query([(Occur.Must, one) for one in must])
        if keys is not None and not narrow:
            return self._sifted(query, keys, limit)
        found = self._searcher.search(query, limit=max(1, limit), count=True)
        hits = [self._found(address, score) for score, address in found.hits[:limit]]
        return found.count, hits  # type: ignore[attr-defined]

    def _sifted(self, query: Query, keys: NDArray[np.int64], limit: int) -> tuple[int, list[FoundFragment]]:
        """Every match looked up among the keys; exact, for conditions that most works meet."""
        hits = self._searcher.search(query, limit=max(1, self._searcher.num_docs), count=False).hits
        own = np.array(self._searcher.fast_field_values("work_key", [address for _, address in hits]), dtype=np.int64)
        kept = np.flatnonzero(np.isin(own, keys))
        return len(kept), [self._found(hits[i][1], hits[i][0]) for i in kept[:limit]]

    def _found(self, address: DocAddress, score: float) -> FoundFragment:
        stored = self._searcher.doc(address)
        fragment = msgspec.msgpack.decode(stored["rest"][0], type=FragmentDocument)
        whole = msgspec.structs.replace(fragment, text=stored.get_first("text") or "")
        return FoundFragment((address.segment_ord, address.doc), whole, score)

    def stored(self, place: Place) -> Document:
        return self._searcher.doc(DocAddress(*place))

    def any_of(self, field: str, stems: Iterable[str]) -> Query:
        """Whatever has one of the stems in a field."""
        return Query.boolean_query([(Occur.Should, Query.term_query(schema(), field, stem)) for stem in stems])

    def marker(self, query: Query, field: str, characters: int) -> SnippetGenerator:
        """See `works.Snapshot.marker`."""
        generator = SnippetGenerator.create(self._searcher, query, schema(), field)
        generator.set_max_num_chars(characters)
        return generator


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


def _constant(query: Query) -> Query:
    return Query.const_score_query(query, 0.0)

"""Where in a result the words of a query stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from tantivy import Document, Query, SnippetGenerator

from graph.search.base import Highlight
from graph.search.language import STOPWORDS, stemmed, unspaced_runs, without_unspaced
from graph.search.works import Place

PASSAGE_CHARACTERS: Final = 240
TITLE_CHARACTERS: Final = 2_000

Range = tuple[int, int]


class Marked(Protocol):
    """A commit whose stored texts can be marked: of works, or of parts of works."""

    def stored(self, place: Place) -> Document: ...

    def marker(self, query: Query, field: str, characters: int) -> SnippetGenerator: ...

    def any_of(self, field: str, stems: Iterable[str]) -> Query: ...


class Highlighter:
    """Marks the wordings of one query in the results of one commit."""

    def __init__(self, snapshot: Marked, marks: Sequence[str]) -> None:
        self._snapshot = snapshot
        self._marks = marks
        self._markers: dict[str, SnippetGenerator | None] = {}
        self._runs = list(dict.fromkeys(run for mark in marks for run in unspaced_runs(mark)))

    def __call__(self, place: Place) -> tuple[Highlight, ...]:
        """The passages of title, abstract and body that match best; where none does, how the abstract begins."""
        stored = self._snapshot.stored(place)
        found = [one for field in ("title", "abstract", "body") if (one := self._mark(stored, field)) is not None]
        if not found and (abstract := stored.get_first("abstract")):
            found.append(Highlight(field="abstract", text=abstract[:PASSAGE_CHARACTERS]))
        return tuple(found)

    def passage(self, place: Place, field: str, text: str) -> Highlight:
        """The passage of one field that matches best; where none does, how the text begins."""
        found = self._mark(self._snapshot.stored(place), field)
        return found or Highlight(field=field, text=text[:PASSAGE_CHARACTERS])

    def _marker(self, field: str) -> SnippetGenerator | None:
        """Made once for each field; None where the query has no words with spaces between."""
        if field not in self._markers:
            stems = stems_of(self._marks)
            query = self._snapshot.any_of(field, stems) if stems else None
            length = TITLE_CHARACTERS if field == "title" else PASSAGE_CHARACTERS
            self._markers[field] = self._snapshot.marker(query, field, length) if query is not None else None
        return self._markers[field]

    def _mark(self, stored: Document, field: str) -> Highlight | None:
        text = stored.get_first(field)
        if not text:
            return None
        if (marker := self._marker(field)) is not None:
            snippet = marker.snippet_from_doc(stored)
            if ranges := [(one.start, one.end) for one in snippet.highlighted()]:
                return Highlight(field=field, text=snippet.fragment(), ranges=_code_points(snippet.fragment(), ranges))
        return _mark_runs(field, text, self._runs)


def stems_of(marks: Iterable[str]) -> list[str]:
    """The stems of all wordings, but for those that say nothing by themselves."""
    found = {stem for text in marks for stem in stemmed().analyze(without_unspaced(text)) if stem not in STOPWORDS}
    return sorted(found)


def _mark_runs(field: str, text: str, runs: Iterable[str]) -> Highlight | None:
    """The first passage that holds a wording without spaces, whole."""
    first = min((at for run in runs if (at := text.find(run)) >= 0), default=-1)
    if first < 0:
        return None
    begin = 0 if field == "title" else max(0, first - PASSAGE_CHARACTERS // 4)
    passage = text[begin : begin + (TITLE_CHARACTERS if field == "title" else PASSAGE_CHARACTERS)]
    ranges = [(at, at + len(run)) for run in runs for at in _occurrences(passage, run)]
    return Highlight(field=field, text=passage, ranges=_merged(ranges))


def _occurrences(text: str, wording: str) -> Iterable[int]:
    at = text.find(wording)
    while at >= 0:
        yield at
        at = text.find(wording, at + len(wording))


def _code_points(text: str, ranges: Iterable[Range]) -> tuple[Range, ...]:
    """Byte offsets in UTF-8 → code points."""
    data = text.encode()
    return _merged([(len(data[:a].decode(errors="ignore")), len(data[:b].decode(errors="ignore"))) for a, b in ranges])


def _merged(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """In order, with those that overlap joined."""
    merged: list[Range] = []
    for begin, end in sorted(ranges):
        if merged and begin < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return tuple(merged)

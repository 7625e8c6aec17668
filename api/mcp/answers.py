"""What tools answer with where the API says more than a model can use: shortened, and told so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from graph.discovery.claims import ClaimView
from graph.discovery.fragments import FragmentView
from graph.discovery.works import WorkView
from graph.search.base import SearchHit, SearchResponse

ABSTRACT: Final = 1_000
"""Characters of an abstract in a list of results."""
PAGE: Final = 8_000
"""Characters of a page of a text."""
_AUTHORS: Final = 8


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a work by its IRI; a sentence, where it is one."""

    iri: str
    kind: str
    heading: str
    text: str


class FoundWork(msgspec.Struct, frozen=True, kw_only=True):
    """A result: `why` it was found, in words; `passages` are where."""

    iri: str
    title: str
    year: int
    kind: str
    authors: tuple[str, ...]
    venue: str
    identifiers: tuple[str, ...]
    abstract: str
    why: tuple[str, ...]
    passages: tuple[Passage, ...]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """`total` works match by words, `by_meaning` more by meaning alone; `works` begin at `offset`."""

    works: tuple[FoundWork, ...]
    total: int
    by_meaning: int
    offset: int
    looked_for: tuple[str, ...]
    did_you_mean: str
    notes: tuple[str, ...]


class WorkText(msgspec.Struct, frozen=True, kw_only=True):
    """A work, its topics and claims, and page `page` of `pages` of its text, in parts with IRIs of their own."""

    iri: str
    title: str
    kind: str
    year: int
    authors: tuple[str, ...]
    venue: str
    identifiers: tuple[str, ...]
    abstract: str
    retracted: bool
    topics: tuple[tuple[str, str], ...]
    cited_by: int
    claims: tuple[ClaimView, ...]
    text: tuple[Passage, ...]
    page: int
    pages: int


def found_of(answer: SearchResponse, offset: int) -> Found:
    """Results, each with the beginning of its abstract and the passages that match."""
    return Found(
        works=tuple(map(_found_work, answer.hits)), total=answer.total, by_meaning=answer.dense_total, offset=offset,
        looked_for=tuple(f"{one.label}: {term.text} ({term.relation})" for one in answer.expansions
                         for term in one.terms),
        did_you_mean=answer.did_you_mean, notes=answer.notes,
    )  # fmt: skip


def _found_work(hit: SearchHit) -> FoundWork:
    work = hit.document
    return FoundWork(
        iri=work.iri, title=work.title, year=work.year, kind=work.kind, authors=_few(work.authors), venue=work.venue,
        identifiers=work.identifiers, abstract=_short(work.abstract, ABSTRACT), why=hit.reasons,
        passages=tuple(
            Passage(iri=part.iri, kind=part.kind, heading=part.heading, text=part.passage.text)
            for part in hit.fragments
        ),
    )  # fmt: skip


def work_text(work: WorkView, fragments: Iterable[FragmentView], claims: tuple[ClaimView, ...], page: int) -> WorkText:
    """One page of a work; a page beyond the last has no text."""
    pages = list(_pages(passages_of(fragments)))
    return WorkText(
        iri=work.iri, title=work.title, kind=work.kind, year=work.year, authors=_few(a.name for a in work.authors),
        venue=work.venue.name if work.venue else "", identifiers=work.identifiers, abstract=work.abstract,
        retracted=work.retracted, topics=tuple((one.iri, one.name) for one in work.topics[:20]),
        cited_by=work.cited_by_count, claims=claims, text=tuple(pages[page - 1]) if page <= len(pages) else (),
        page=page, pages=len(pages),
    )  # fmt: skip


def passages_of(fragments: Iterable[FragmentView], heading: str = "") -> Iterator[Passage]:
    """The text in reading order, paragraph by paragraph, each under the heading it stands under."""
    for one in fragments:
        text = one.text or (" ".join(part.text for part in one.parts if part.kind == "sentence"))
        if text:
            yield Passage(iri=one.iri, kind=one.kind, heading=heading, text=text)
        else:
            yield from passages_of(one.parts, one.title or heading)


def _pages(passages: Iterable[Passage]) -> Iterator[list[Passage]]:
    page: list[Passage] = []
    size = 0
    for one in passages:
        if page and size + len(one.text) > PAGE:
            yield page
            page, size = [], 0
        page.append(one)
        size += len(one.text)
    if page:
        yield page


def _few(names: Iterable[str]) -> tuple[str, ...]:
    every = tuple(names)
    more = len(every) - _AUTHORS
    return (*every[:_AUTHORS], f"and {more} more") if more > 0 else every


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most].rsplit(' ', 1)[0]} …"

"""The methods of the client: one for each thing that libraries ask of a Gnomon server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import quote

import httpx2
import msgspec

from api.client.transport import Answer, Asker, Parameters
from api.resolved import MOST, Batch, Resolved
from api.topics.of_text import TextTopics
from graph.discovery.claims import ClaimView
from graph.discovery.experts import ExpertsOf
from graph.discovery.fragments import FragmentView
from graph.discovery.paths import Paths
from graph.discovery.people import AgentView
from graph.discovery.reports import Report
from graph.discovery.resources import Resources
from graph.discovery.topics import TopicView
from graph.discovery.works import WorkView
from graph.search.base import FacetName, FacetValue, Mode, SearchResponse, Sort
from graph.search.documents import SearchDocument
from ontology.errors import RemoteError
from ontology.found import ResourceKind
from sparql.catalogue import QueryInfo, QueryList
from sparql.tables import QueryAnswer

if TYPE_CHECKING:
    from api.exporting import FileName

T = TypeVar("T")
_PAGE = 200
"""Works of one page of a walk."""
_LONG = 6_000
"""Characters of a query that goes in an address; longer ones are posted."""
_ROWS = "application/sparql-results+json"
_PLACES = {"person": "people", "organisation": "organisations", "venue": "venues", "work": "works"}


class Solutions(msgspec.Struct, frozen=True, kw_only=True):
    """An answer of the SPARQL endpoint: terms as plain text by variable, unbound ones left out. An ASK has `boolean`
    and no rows. `completeness` is what the server says of it: whole, or limited by the query's own LIMIT. What would
    have been cut short is an error."""

    variables: tuple[str, ...]
    rows: tuple[dict[str, str], ...]
    boolean: bool | None = None
    completeness: str = ""
    url: str = ""


class Client:
    """A Gnomon server. Every method raises the server's own error (`ontology.errors`): NotFound, SearchSyntaxError
    with the place of the mistake, QueryTimeout …, or RemoteError."""

    def __init__(
        self, address: str = "http://localhost:8000", key: str = "", *, timeout: float = 60.0, retries: int = 4,
        longest_wait: float = 60.0, kept: int = 256, socket: Path | None = None,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:  # fmt: skip
        """As `Asker`; `key` is an API key (`gnomon key add`)."""
        self.asker = Asker(
            address, key, timeout=timeout, retries=retries, longest_wait=longest_wait, kept=kept, socket=socket,
            transport=transport,
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.asker.close()

    def get(self, path: str, parameters: Parameters | None, kind: type[T]) -> T:
        """Any GET of the API, read as `kind`."""
        return _read(self.asker.get(path, parameters), kind)

    def search(
        self, query: str = "", *, filter: str = "", mode: Mode = "hybrid", sort: Sort = "relevance", limit: int = 10,
        facets: Sequence[FacetName] = (), group_by: FacetName | None = None, expand: bool = True, cursor: str = "",
        offset: int = 0, passages: int = 0,
    ) -> SearchResponse:  # fmt: skip
        """One page of results, with facets and groups if asked for."""
        asked: Parameters = {
            "q": query, "filter": filter, "mode": mode, "sort": sort, "limit": limit, "facet": facets or ("kind",),
            "group_by": group_by, "expand": "on" if expand else "off", "cursor": cursor,
            "offset": offset or None, "passages": passages or None,
        }  # fmt: skip
        return self.get("/v1/search", asked, SearchResponse)

    def works(
        self, query: str = "", *, filter: str = "", mode: Mode = "lexical", sort: Sort = "relevance", most: int = 0
    ) -> Iterator[SearchDocument]:
        """All works that a search finds, or the `most` first, fetched page by page as they are taken. The walk stays
        with the commit it began at."""
        cursor, left = "*", most or None
        while cursor and left != 0:
            size = min(_PAGE, left or _PAGE)
            page = self.search(query, filter=filter, mode=mode, sort=sort, limit=size, cursor=cursor)
            for hit in page.hits:
                yield hit.document
            left = left - len(page.hits) if left is not None else None
            cursor = page.cursor

    def group_by(self, facet: FacetName, query: str = "", *, filter: str = "") -> tuple[FacetValue, ...]:
        """Works counted by a facet's values."""
        return self.search(query, filter=filter, mode="lexical", limit=0, group_by=facet, expand=False).groups

    def work(self, name: str) -> WorkView:
        """A work by IRI, identifier or title."""
        return self.get("/v1/works", {"id": name}, WorkView)

    def export(
        self, query: str = "", form: FileName = "jsonl", *, filter: str = "", sort: Sort = "relevance",
        limit: int | None = None,
    ) -> bytes:  # fmt: skip
        """The first works that a search finds, as a file: as many as its format takes, 1,000 at most, if not said."""
        asked: Parameters = {"format": form, "q": query, "filter": filter, "sort": sort, "limit": limit}
        return self.asker.get("/v1/search/export", asked, "*/*").body

    def export_work(self, work: str, form: FileName = "rocrate") -> bytes:
        """The work with this IRI as a file; as an RO-Crate with its text and statements."""
        return self.asker.get(f"/v1/works/{_opaque(work)}/export", {"format": form}, "*/*").body

    def resolve(self, ids: Sequence[str], *, works: bool = False) -> tuple[Resolved, ...]:
        """What identifiers and IRIs name, in their order, however many; `works`: with what the index has of each."""
        found: list[Resolved] = []
        for at in range(0, len(ids), MOST):
            asked = {"ids": ids[at : at + MOST], "works": works}
            found += _read(self.asker.ask("/v1/resolve", asked), Batch).items
        return tuple(found)

    def fragments(self, work: str) -> tuple[FragmentView, ...]:
        """The text of the work with this IRI as a tree."""
        return self.get(f"/v1/works/{_opaque(work)}/fragments", None, tuple[FragmentView, ...])

    def claims(self, work: str) -> tuple[ClaimView, ...]:
        """What the work with this IRI claims, with its sentences."""
        return self.get(f"/v1/works/{_opaque(work)}/claims", None, tuple[ClaimView, ...])

    def concept(self, name: str, limit: int = 10) -> TopicView:
        """A concept by IRI or label, with all that is gathered under it."""
        if "://" in name:
            return self.get(f"/v1/concepts/{quote(name, safe='')}", {"limit": limit}, TopicView)
        return self.get("/v1/concepts", {"label": name}, TopicView)

    def agent(self, iri: str) -> AgentView:
        """The person, organisation or venue with this IRI."""
        return self.get(f"/v1/{_place(iri)}/{_opaque(iri)}", None, AgentView)

    def report(self, iri: str, *, parts: bool = False, first: int = 0, last: int = 0, limit: int = 20) -> Report:
        """The report of the organisation, or profile of the person, with this IRI."""
        asked = {"from_year": first or None, "to_year": last or None, "limit": limit, "parts": parts or None}
        return self.get(f"/v1/{_place(iri)}/{_opaque(iri)}/report", asked, Report)

    def resources(
        self, words: str = "", *, kind: ResourceKind | None = None, topic: str = "", organisation: str = "",
        limit: int = 20, offset: int = 0,
    ) -> Resources:  # fmt: skip
        """Datasets and software, the most used first, with facets."""
        asked: Parameters = {
            "q": words, "kind": kind, "topic": topic, "organisation": organisation, "limit": limit,
            "offset": offset or None,
        }  # fmt: skip
        return self.get("/v1/resources", asked, Resources)

    def paths(self, start: str, end: str, *, max_length: int = 4, limit: int = 5) -> Paths:
        """How two things hang together, each step with its evidence."""
        return self.get("/v1/paths", {"from": start, "to": end, "max_length": max_length, "limit": limit}, Paths)

    def experts(self, of: str = "", *, query: str = "", within: str = "", limit: int = 10) -> ExpertsOf:
        """Who knows a topic or what a search finds, with the works that show it."""
        return self.get("/v1/experts", {"of": of, "q": query, "within": within, "limit": limit}, ExpertsOf)

    def topics_of(self, text: str, title: str = "") -> TextTopics:
        """What a text is about, in the words of the loaded vocabularies, with the reasons."""
        return self.get("/v1/topics", {"text": text, "title": title}, TextTopics)

    def queries(self) -> list[QueryInfo]:
        """All named queries."""
        return self.get("/v1/queries", None, QueryList).queries

    def named(self, name: str, **parameters: str | int) -> QueryAnswer:
        """What a named query finds."""
        return self.get(f"/v1/queries/{quote(name, safe='')}", parameters, QueryAnswer)

    def sparql(self, query: str) -> Solutions:
        """A SELECT or an ASK; DESCRIBE and CONSTRUCT are for `graph`."""
        found = self._endpoint(query, _ROWS)
        told = _read(found, dict[str, Any])
        rows = told.get("results", {}).get("bindings", ())
        return Solutions(
            variables=tuple(told.get("head", {}).get("vars", ())),
            rows=tuple({name: term["value"] for name, term in row.items()} for row in rows),
            boolean=told.get("boolean"), completeness=found.headers.get("answer-completeness", ""), url=found.url,
        )  # fmt: skip

    def graph(self, query: str, media: str = "text/turtle") -> bytes:
        """A CONSTRUCT or DESCRIBE in an RDF format."""
        return self._endpoint(query, media).body

    def _endpoint(self, query: str, accept: str) -> Answer:
        if len(query) <= _LONG:
            return self.asker.get("/sparql", {"query": query}, accept)
        return self.asker.post("/sparql", {"query": query}, accept)


def _read(found: Answer, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(found.body, type=kind)
    except msgspec.DecodeError as error:
        raise RemoteError(
            f"this is no answer of a Gnomon: {error}", place=found.url[:300], hint="is it of another version?"
        ) from error


def _opaque(iri: str) -> str:
    return quote(iri.rstrip("/").rpartition("/")[2], safe="")


def _place(iri: str) -> str:
    """Where the API keeps what has this IRI."""
    return _PLACES.get(iri.rstrip("/").split("/")[-2] if iri.count("/") > 1 else "", "works")

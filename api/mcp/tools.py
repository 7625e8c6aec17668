"""The tools: what each takes and answers, and how the client asks for it.

Everything goes through the API as any other client's requests do, so that roles, allowances, the guard and the budgets
of SPARQL hold here too, and each reply has the address that gives it again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final, Generic, TypeVar

import msgspec
from msgspec import Meta

from api.client.client import Client, Solutions
from api.mcp.answers import Found, WorkText, found_of, work_text
from api.topics.of_text import MOST_CHARACTERS, TextTopics
from graph.discovery.experts import ExpertsOf
from graph.discovery.paths import Paths
from graph.discovery.reports import Report
from graph.discovery.resources import Resources
from graph.discovery.topics import TopicView
from graph.search.base import Mode
from ontology.errors import NotFound
from ontology.found import ResourceKind
from sparql.tables import QueryAnswer

ROWS: Final = 100
"""Rows of a SPARQL answer that are handed over; all are counted."""
_BY_MACHINE: Final = "read by machine; each statement has its confidence and, where shown, its sentence"
T = TypeVar("T")
Text = Annotated[str, Meta(max_length=500)]


class Reply(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """An answer, what it rests on, whether it is all there is, and the address that gives it again."""

    answer: T
    evidence: str
    completeness: str
    rerun: str


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """A tool by its name: `takes` are its arguments, `gives` what it answers, both structs."""

    name: str
    title: str
    says: str
    takes: type[Any]
    gives: type[Any]
    run: Callable[[Client, Any], Reply[Any]]

    def described(self) -> dict[str, Any]:
        """As tools/list has it."""
        return {
            "name": self.name, "title": self.title, "description": self.says, "inputSchema": schema_of(self.takes),
            "outputSchema": schema_of(Reply[self.gives]),  # type: ignore[name-defined]
            "annotations": {"title": self.title, "readOnlyHint": True, "destructiveHint": False,
                            "idempotentHint": True, "openWorldHint": False},
        }  # fmt: skip

    def call(self, gnomon: Client, arguments: Any) -> Reply[Any]:
        """msgspec.ValidationError for arguments that do not fit, else as the client."""
        return self.run(gnomon, msgspec.convert(arguments, self.takes))


def schema_of(kind: type[Any]) -> dict[str, Any]:
    """The JSON Schema of a struct, its own definition at the root."""
    (root,), parts = msgspec.json.schema_components((kind,), ref_template="#/$defs/{name}")
    own: dict[str, Any] = parts.pop(root["$ref"].rpartition("/")[2])
    return own | ({"$defs": parts} if parts else {})


class _Arguments(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of any tool."""


class Search(_Arguments, frozen=True, kw_only=True):
    query: Annotated[str, Meta(max_length=2_000, description="Words, phrases, field:value, AND, OR, NOT.")]
    filter: Annotated[
        str, Meta(max_length=2_000, description="Conditions: publication_year:2015-2020,type:dataset.")
    ] = ""
    mode: Mode = "hybrid"
    limit: Annotated[int, Meta(ge=1, le=25)] = 8
    offset: Annotated[int, Meta(ge=0, le=9_000)] = 0


def _search(gnomon: Client, asked: Search) -> Reply[Found]:
    page = gnomon.search(
        asked.query, filter=asked.filter, mode=asked.mode, limit=asked.limit, offset=asked.offset, passages=3
    )
    shown, every = len(page.hits), page.total + page.dense_total
    return _reply(
        gnomon, found_of(page, asked.offset), "why and passages of each work say what in it matched",
        f"results {asked.offset + 1} to {asked.offset + shown} of {every}" if shown else f"none of {every} results",
    )  # fmt: skip


class Work(_Arguments, frozen=True, kw_only=True):
    id: Annotated[Text, Meta(description="IRI, DOI or other identifier, or title.")]
    page: Annotated[int, Meta(ge=1, le=1_000, description="Of its text.")] = 1


def _work(gnomon: Client, asked: Work) -> Reply[WorkText]:
    work = gnomon.work(asked.id)
    rerun = gnomon.asker.url(f"/v1/works/{work.iri.rpartition('/')[2]}")
    told = work_text(work, gnomon.fragments(work.iri), gnomon.claims(work.iri)[:10], asked.page)
    return Reply(
        answer=told, evidence=f"harvested from {', '.join(sorted({one.source for one in work.sources}))}; "
        f"topics and claims {_BY_MACHINE}",
        completeness=f"page {told.page} of {told.pages} of the text" if told.pages else "there is no text here",
        rerun=rerun,
    )  # fmt: skip


class Concept(_Arguments, frozen=True, kw_only=True):
    name: Annotated[Text, Meta(description="A label in any language, or an IRI.")]
    limit: Annotated[int, Meta(ge=1, le=25, description="Longest list.")] = 8


def _concept(gnomon: Client, asked: Concept) -> Reply[TopicView]:
    topic = gnomon.concept(asked.name, asked.limit)
    return _reply(gnomon, topic, f"works by topic assignments, claims by sentences, {_BY_MACHINE}",
                  f"people, organisations, venues and neighbours are counted over {topic.counted} of {topic.works} "
                  f"works; lists have {asked.limit} entries at most")  # fmt: skip


class Relations(_Arguments, frozen=True, kw_only=True):
    start: Annotated[Text, Meta(description="IRI, DOI, concept label, title or name.")]
    end: Text
    max_length: Annotated[int, Meta(ge=1, le=6)] = 4
    limit: Annotated[int, Meta(ge=1, le=10)] = 3


def _relations(gnomon: Client, asked: Relations) -> Reply[Paths]:
    found = gnomon.paths(asked.start, asked.end, max_length=asked.max_length, limit=asked.limit)
    cut = "broken off at its limits: there may be more" if found.partial else "looked through to the end"
    return _reply(gnomon, found, "each hop has its evidence: a sentence with its IRI, a record, a shared work",
                  f"the {len(found.paths)} best paths of at most {asked.max_length} steps; {cut}")  # fmt: skip


class Experts(_Arguments, frozen=True, kw_only=True):
    of: Annotated[Text, Meta(description="A concept, venue, organisation or work.")] = ""
    query: Annotated[str, Meta(max_length=2_000, description="Or a search.")] = ""
    within: Annotated[Text, Meta(description="Only people of this organisation or its parts.")] = ""
    limit: Annotated[int, Meta(ge=1, le=25)] = 8


def _experts(gnomon: Client, asked: Experts) -> Reply[ExpertsOf]:
    found = gnomon.experts(asked.of, query=asked.query, within=asked.within, limit=asked.limit)
    return _reply(gnomon, found, "proofs: the works that count most for each person",
                  f"{len(found.found.experts)} of {found.found.people} people, over {found.found.works} works"
                  )  # fmt: skip


class TopicsOf(_Arguments, frozen=True, kw_only=True):
    text: Annotated[str, Meta(max_length=MOST_CHARACTERS, description="An abstract, or some sentences.")]
    title: Annotated[str, Meta(max_length=1_000)] = ""


def _topics(gnomon: Client, asked: TopicsOf) -> Reply[TextTopics]:
    found = gnomon.topics_of(asked.text, asked.title)
    return _reply(gnomon, found, f"the words that name each topic are its reasons; read by {found.maker}",
                  "all topics of the loaded vocabularies that were found")  # fmt: skip


class ReportOf(_Arguments, frozen=True, kw_only=True):
    of: Annotated[Text, Meta(description="An organisation or a person: name or IRI.")]
    parts: Annotated[bool, Meta(description="Also works of the organisation's parts.")] = False
    first: Annotated[int, Meta(ge=0, le=9999, description="First year.")] = 0
    last: Annotated[int, Meta(ge=0, le=9999, description="Last year.")] = 0
    limit: Annotated[int, Meta(ge=1, le=50, description="Lines of each part.")] = 8


def _report(gnomon: Client, asked: ReportOf) -> Reply[Report]:
    iri = asked.of
    if "://" not in iri:
        named = (one for one in gnomon.search(iri, limit=0).entities if one.kind in ("person", "organisation"))
        iri = next((one.iri for one in named), "")
        if not iri:
            raise NotFound("no person or organisation has this name", place=asked.of, hint="give the whole name")
    found = gnomon.report(iri, parts=asked.parts, first=asked.first, last=asked.last, limit=asked.limit)
    lacking = found.coverage.works - found.coverage.placed
    return _reply(gnomon, found, "every part has the SPARQL query that counts it again",
                  f"{lacking} of {found.coverage.works} works of the catalogue name no identified {found.kind}; "
                  "citations are those within the catalogue")  # fmt: skip


class ResourcesOf(_Arguments, frozen=True, kw_only=True):
    words: Annotated[str, Meta(max_length=200, description="Of the name.")] = ""
    kind: ResourceKind | None = None
    topic: Annotated[Text, Meta(description="Of works that use it: a concept.")] = ""
    organisation: Annotated[Text, Meta(description="Of works that use it.")] = ""
    limit: Annotated[int, Meta(ge=1, le=50)] = 10
    offset: Annotated[int, Meta(ge=0, le=100_000)] = 0


def _resources(gnomon: Client, asked: ResourcesOf) -> Reply[Resources]:
    found = gnomon.resources(asked.words, kind=asked.kind, topic=asked.topic, organisation=asked.organisation,
                             limit=asked.limit, offset=asked.offset)  # fmt: skip
    return _reply(gnomon, found, f"works that cite, link or name each; names are {_BY_MACHINE}",
                  f"{len(found.resources)} of {found.total} resources; the texts of {found.read} of {found.works} "
                  "works were read")  # fmt: skip


class Sparql(_Arguments, frozen=True, kw_only=True):
    query: Annotated[str, Meta(max_length=20_000, description="SELECT or ASK; common prefixes need no declaration.")]


def _sparql(gnomon: Client, asked: Sparql) -> Reply[Solutions]:
    found = gnomon.sparql(asked.query)
    shown = msgspec.structs.replace(found, rows=found.rows[:ROWS])
    return _reply(gnomon, shown, "statements of the graph; provenance is in its graphs prov and mentions",
                  f"{len(shown.rows)} of {len(found.rows)} rows; the endpoint says {found.completeness}")  # fmt: skip


class NamedQueries(_Arguments, frozen=True, kw_only=True):
    words: Annotated[Text, Meta(description="In the title or description; none: all queries.")] = ""


class QueryLine(msgspec.Struct, frozen=True, kw_only=True):
    """A named query and its parameters with their defaults."""

    name: str
    title: str
    description: str
    parameters: dict[str, str]


class QueryLines(msgspec.Struct, frozen=True, kw_only=True):
    queries: tuple[QueryLine, ...]


def _named_queries(gnomon: Client, asked: NamedQueries) -> Reply[QueryLines]:
    every = gnomon.queries()
    words = asked.words.casefold().split()
    lines = tuple(
        QueryLine(name=one.name, title=one.title, description=one.description,
                  parameters={given.name: given.default for given in one.parameters})
        for one in every if all(word in f"{one.title} {one.description}".casefold() for word in words)
    )  # fmt: skip
    return _reply(
        gnomon, QueryLines(queries=lines), "each query is SPARQL that can be read", f"{len(lines)} of {len(every)}"
    )


class NamedQuery(_Arguments, frozen=True, kw_only=True):
    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]*$", max_length=64)]
    parameters: Annotated[dict[str, str], Meta(max_length=20)] = {}


def _named_query(gnomon: Client, asked: NamedQuery) -> Reply[QueryAnswer]:
    found = gnomon.named(asked.name, **asked.parameters)
    shown = msgspec.structs.replace(found, rows=found.rows[:ROWS])
    more = "; its own LIMIT was reached, there may be more" if found.limited else ""
    return _reply(gnomon, shown, f"statements of the graph as of {found.snapshot}",
                  f"{len(shown.rows)} of {len(found.rows)} rows{more}")  # fmt: skip


def _reply(gnomon: Client, answer: T, evidence: str, completeness: str) -> Reply[T]:
    newest = gnomon.asker.newest
    return Reply(answer=answer, evidence=evidence, completeness=completeness, rerun=newest.url if newest else "")


TOOLS: Final = {
    name: Tool(name=name, title=title, says=says, takes=takes, gives=gives, run=run)
    for name, title, takes, gives, run, says in (
        ("search", "Search works", Search, Found, _search,
         "Find works by words and meaning, with what matched in each."),
        ("work", "Open a work", Work, WorkText, _work,
         "Metadata, topics, claims with their sentences, and the text of a work page by page."),
        ("concept", "Look up a concept", Concept, TopicView, _concept,
         "A concept of the vocabularies: labels, hierarchy, works over time, people, claims about it."),
        ("relations", "Relate two things", Relations, Paths, _relations,
         "How two works, concepts, people or organisations hang together, each step with its evidence."),
        ("experts", "Find experts", Experts, ExpertsOf, _experts,
         "People who know a topic or what a search finds, with the works that show it."),
        ("topics_of_text", "Index a text", TopicsOf, TextTopics, _topics,
         "Which concepts of the vocabularies a text is about, with reasons, and its keyphrases."),
        ("report", "Report", ReportOf, Report, _report,
         "What an organisation or a person published, counted, with how much is not known."),
        ("resources", "Find datasets and software", ResourcesOf, Resources, _resources,
         "Datasets and software that works use, the most used first."),
        ("sparql", "Ask SPARQL", Sparql, Solutions, _sparql,
         "Ask the knowledge graph; time, memory and rows are limited, nothing can be changed."),
        ("named_queries", "List named queries", NamedQueries, QueryLines, _named_queries,
         "Queries that are ready to be asked by name."),
        ("named_query", "Ask a named query", NamedQuery, QueryAnswer, _named_query,
         "Ask one of the named queries with its parameters."),
    )
}  # fmt: skip

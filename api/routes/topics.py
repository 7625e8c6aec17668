"""`/v1/works/{name}/topics`: what curators said about the topics of a work; `/v1/topics`: what a text is about."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import Path, Query, Request, Response
from pydantic import BaseModel, Field

from api.answers import answer, documented
from api.deps import Curator, Here, Reader
from api.lookup import entity
from api.routes.deciding import decide as taken
from api.routes.deciding import deciding
from api.routing import Router
from api.topics.deciding import TopicDecided
from api.topics.of_text import MOST_CHARACTERS, TextTopics, topics_of
from ingest.journal.topics import Answer, TopicBook, TopicVerdict

router = Router(prefix="/v1", tags=["works"])

Name = Annotated[str, Path(description="The opaque name at the end of the work's IRI.", max_length=64)]
Concept = Annotated[str, Path(description="The concept's IRI, percent-encoded.", max_length=400, pattern=r"^[a-z]\S*$")]


class TopicVerdicts(msgspec.Struct, frozen=True):
    """Verdicts that hold, by concept."""

    verdicts: tuple[TopicVerdict, ...]


class Decision(BaseModel):
    """Whether the work is about the concept."""

    verdict: Answer
    note: Annotated[str, Field(max_length=1000)] = ""


@router.get("/works/{name}/topics", responses=documented(TopicVerdicts), operation_id="work_topic_verdicts")
def verdicts(request: Request, here: Here, _: Reader, name: Name) -> Response:
    """What curators decided on topics of this work."""
    found = entity(here, "work", name).iri.rsplit("/", 1)[-1]
    number = here.journal.one("SELECT seq FROM entity WHERE name = ?", (found,))
    return answer(request, TopicVerdicts(TopicBook(here.journal).of([number]).get(number, ())))


@router.get("/topics", responses=documented(TextTopics), operation_id="topics_of_text")
def text_topics(
    request: Request,
    here: Here,
    _: Reader,
    text: Annotated[str, Query(description="An abstract, or some sentences.", max_length=MOST_CHARACTERS)],
    title: Annotated[str, Query(max_length=1_000)] = "",
) -> Response:
    """What a text is about in the words of the loaded vocabularies, with scores and reasons, and its keyphrases: read
    as works are read, and not kept."""
    return answer(request, topics_of(here.library, text, title))


@router.put("/works/{name}/topics/{concept:path}", responses=deciding(TopicDecided), operation_id="decide_topic")
def decide(request: Request, here: Here, caller: Curator, name: Name, concept: Concept, decision: Decision) -> Response:
    """Confirm or reject a topic of a work, for ever: graph and index have it when this answers, and the next
    training learns from it. 202 where much else has to be written first (after an upgrade): a run does it. 409
    while another process builds. Needs the role curator."""
    found = entity(here, "work", name).iri
    said = [f"--note={decision.note}", f"--by={caller.name}", found, concept, decision.verdict]
    return taken(request, here, ["topics", "decide", *said], TopicDecided)

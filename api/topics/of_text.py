"""What a text that somebody hands in is about: read as works are read, and not kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from ontology.documents import of_record
from ontology.errors import SearchError
from ontology.reading import Keyphrase, TopicReason
from ontology.records import Record, Title

if TYPE_CHECKING:
    from api.library import Library

MOST_CHARACTERS: Final = 8_000
"""Of a text; an address can hold no more with its characters escaped."""


class TextTopic(msgspec.Struct, frozen=True, kw_only=True):
    """A concept that the text is about: `score` in [0, 1], and what speaks for it."""

    iri: str
    name: str
    score: float
    reasons: tuple[TopicReason, ...]


class TextTopics(msgspec.Struct, frozen=True, kw_only=True):
    """Topics, the surest first; `maker` names what read the text."""

    language: str
    topics: tuple[TextTopic, ...]
    keyphrases: tuple[Keyphrase, ...]
    maker: str


def topics_of(library: Library, text: str, title: str = "") -> TextTopics:
    """The topics of a text. SearchError where there is none, or a zero byte in it."""
    record = Record(key="text", format="text", titles=(Title(title),) if title.strip() else (), abstract=text)
    document = of_record(record)
    if document is None or "\x00" in text + title:
        raise SearchError("this is no text", place="text", hint="give a title and an abstract, or some sentences")
    reading = library.reader.read_one(document)
    return TextTopics(
        language=reading.language,
        topics=tuple(
            TextTopic(iri=one.concept, name=library.labels.get(one.concept, one.concept), score=one.score,
                      reasons=one.reasons)
            for one in reading.topics
        ),
        keyphrases=reading.keyphrases,
        maker=reading.maker.key,
    )  # fmt: skip

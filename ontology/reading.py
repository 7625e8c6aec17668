"""What machine reading found in a document, as frozen records.

Offsets are code points of `Document.text`. Confidences lie in [0, 1]. Every statement names the
sentence it was found in and, through `Reading.maker`, who made it with which configuration.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b
from typing import Final, Literal

import msgspec

from ontology.found import found_type
from ontology.records import Fragment

CLASSIFIER: Final = "trained classifier"
EXTRACTOR: Final = "trained extractor"
ABSTRACTS: Final = "classifier of abstracts"
"""They stand for the cue of claims that words alone did not give away."""


class Maker(msgspec.Struct, frozen=True):
    """A piece of software that makes statements; `configuration` is a hash of all that shapes them
    (model versions, vocabulary hashes, thresholds)."""

    name: str
    version: str
    configuration: str

    @property
    def key(self) -> str:
        return f"{self.name}/{self.version}/{self.configuration}"


class Mention(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A place in the text that names a concept: `text == document.text[begin:end]`.

    `label` is the vocabulary's label that matched, `method` how ("label", "inflection",
    "abbreviation"), `sentence` the path of the sentence it lies in. Things that no vocabulary has
    (methods "tagger", "extractor", "pattern", "address") are concepts of ontology.found; `type` is what kind of
    thing it is, where that is known.
    """

    begin: int
    end: int
    text: str
    concept: str
    label: str
    confidence: float
    sentence: str
    method: str = "label"
    type: str = ""


class Claim(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One sentence's evidence for (subject, predicate, object).

    `subject` and `object` are concept IRIs, `predicate` the IRI of a property of the ontology
    (`gn:uses`, `gn:evaluatesOn`, `gn:improvesOn`, `gn:comparesWith`, `gn:partOf`, `gn:isA`,
    `gn:causes`, `gn:treats`, `gn:inhibits`, `gn:associatedWith` …). `subject_mention` and
    `object_mention` index `Reading.mentions`. A negated sentence disputes. `cue` is the words that
    gave the predicate away.
    """

    subject: str
    predicate: str
    object: str
    sentence: str
    subject_mention: int
    object_mention: int
    confidence: float
    polarity: Literal["supports", "disputes"] = "supports"
    hedged: bool = False
    cue: str = ""

    @property
    def told(self) -> bool:
        """Whether words give it away, and not only a trained model."""
        return self.cue not in (CLASSIFIER, EXTRACTOR, ABSTRACTS)


class Found(msgspec.Struct, frozen=True):
    """A thing that a work names and no vocabulary has: the most frequent name it has there."""

    iri: str
    type: str
    name: str


class TopicReason(msgspec.Struct, frozen=True, kw_only=True):
    """Why a topic: this label, this often, in these places (title, abstract, body), worth `weight`;
    the weights of a topic's reasons sum to its score. `witness` is who spoke for it where no label did: "words",
    "similar works" or "the text itself" (what the catalogue taught), or a curator."""

    label: str
    count: int
    places: tuple[str, ...]
    weight: float
    witness: str = ""


class TopicAssignment(msgspec.Struct, frozen=True, kw_only=True):
    """The document is about `concept` with `score` in [0, 1]."""

    concept: str
    score: float
    reasons: tuple[TopicReason, ...]


class Keyphrase(msgspec.Struct, frozen=True, kw_only=True):
    """The document speaks of `text == document.text[begin:end]`, a phrase of no vocabulary, `count` times;
    the first lies in `sentence`. `score` in (0, 1) ranks the phrases of one document."""

    text: str
    begin: int
    end: int
    count: int
    score: float
    sentence: str


class TermPart(msgspec.Struct, frozen=True, omit_defaults=True):
    """A shorter phrase inside a term; `known` as in `Term`."""

    key: str
    text: str
    known: bool = False


class Term(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A noun phrase of title and abstract that may be a term of the field, `count` times; `key` is what its spellings
    have in common. `known` says that it is a label of a loaded vocabulary; `parts` are the phrases within it,
    `context` the telling words beside it."""

    key: str
    text: str
    count: int
    sentences: tuple[str, ...]
    known: bool = False
    parts: tuple[TermPart, ...] = ()
    context: tuple[str, ...] = ()


class CitationContext(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A citation marker (path of the citation fragment) in its sentence, with the keys of the
    references it denotes; `intent` is a CiTO local name where one was recognised."""

    citation: str
    sentence: str
    refs: tuple[str, ...]
    intent: str = ""
    confidence: float = 0.0


class Highlight(msgspec.Struct, frozen=True):
    """A sentence (its path) that tells the work's problem, contribution, result or limitation."""

    sentence: str
    role: str
    confidence: float


class Reading(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that one maker found in one version of a text."""

    maker: Maker
    text_version: str
    language: str = ""
    sentences: tuple[Fragment, ...] = ()
    mentions: tuple[Mention, ...] = ()
    claims: tuple[Claim, ...] = ()
    topics: tuple[TopicAssignment, ...] = ()
    citations: tuple[CitationContext, ...] = ()
    highlights: tuple[Highlight, ...] = ()
    keyphrases: tuple[Keyphrase, ...] = ()
    """Of works that the vocabularies say little about."""
    terms: tuple[Term, ...] = ()
    notes: tuple[str, ...] = ()
    """What could not be done and why ("no sentence model for xx: split at full stops")."""


def found_in(mentions: Iterable[Mention]) -> tuple[Found, ...]:
    """The things of `ontology.found` among mentions, each once, by IRI."""
    names: dict[str, Counter[str]] = {}
    for mention in mentions:
        if found_type(mention.concept):
            names.setdefault(mention.concept, Counter())[mention.label] += 1
    return tuple(Found(iri, found_type(iri), _commonest(counted)) for iri, counted in sorted(names.items()))


def _commonest(counted: Counter[str]) -> str:
    return min(counted, key=lambda name: (-counted[name], name))


def text_version(text: str) -> str:
    """Name of a version of a text: 32 hex digits of its BLAKE2b hash."""
    return blake2b(text.encode(), digest_size=16).hexdigest()

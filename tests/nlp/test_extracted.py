"""A trained extractor's relations as claims: typed, with direction, evidence and confidence."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from nlp.claims import ClaimSettings, claims
from nlp.extracted import NOTHING, extracted
from nlp.joint.extractor import Extractor, Held, Marked
from nlp.relations import Thing
from nlp.sentences import sentences
from ontology.documents import DocumentBuilder
from ontology.namespaces import expand
from ontology.reading import EXTRACTOR, Claim, Mention
from ontology.records import Document

TEXT = "CRFs are good for tagging."


class Told(Extractor):
    """Marks CRFs and tagging, and relates them as it was told to."""

    def __init__(self, name: str) -> None:
        self.name = name

    def marked(self, sentences: Sequence[Sequence[str]], leaning: float | None = None) -> list[list[Marked]]:
        return [[Marked(0, 0, "Method", 0.9), Marked(4, 4, "Task", 0.8)] for _ in sentences]

    def related(self, sentences: Sequence[Sequence[str]], named: Sequence[Sequence[Thing]]) -> list[list[Held]]:
        return [[Held(0, 1, self.name, 0.7)] for _ in sentences]


def document(path: str) -> Document:
    builder = DocumentBuilder("en")
    builder.block("paragraph", path, TEXT)
    return builder.build()


def found(name: str, path: str = "abs/p/1", text: str = TEXT) -> tuple[Claim, ...]:
    doc = document(path)
    parts = sentences(doc, "en")
    told = extracted(Told(name), doc, parts)
    mentions = [
        Mention(
            begin=span.begin, end=span.end, text=text[span.begin : span.end], concept=f"urn:{span.type}", label="x",
            confidence=span.confidence, sentence=parts[0].path, method="extractor", type=span.type,
        )
        for span in told.spans.get(parts[0].path, ())
    ]  # fmt: skip
    return claims(doc, parts, mentions, ClaimSettings(), None, told)


@pytest.mark.parametrize(
    ("name", "triple"),
    [
        ("USED-FOR", ("urn:task", "uses", "urn:method")),
        ("EVALUATE-FOR", ("urn:task", "evaluatesOn", "urn:method")),
        ("PART-OF", ("urn:method", "partOf", "urn:task")),
        ("FEATURE-OF", ("urn:method", "partOf", "urn:task")),
        ("HYPONYM-OF", ("urn:method", "isA", "urn:task")),
        ("COMPARE", ("urn:method", "comparesWith", "urn:task")),
    ],
)
def test_relations_become_claims_with_direction(name: str, triple: tuple[str, str, str]) -> None:
    (claim,) = found(name)
    assert (claim.subject, claim.predicate, claim.object) == (triple[0], expand(f"gn:{triple[1]}"), triple[2])
    assert (claim.cue, claim.sentence) == (EXTRACTOR, "abs/p/1/s/1")
    assert not claim.told
    assert 0.5 < claim.confidence < 0.7


def test_things_side_by_side_make_no_claim() -> None:
    assert found("CONJUNCTION") == ()


def test_it_is_asked_of_titles_and_abstracts_only() -> None:
    assert found("USED-FOR", "sec/1/p/1") == ()
    assert extracted(None, document("abs/p/1"), ()) == NOTHING

"""A small invented world, said in every way the model has words for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from graph import convert
from ontology.documents import DocumentBuilder
from ontology.entities import (
    Authorship,
    CitedWork,
    ClaimSummary,
    FoundSummary,
    IdentityDecision,
    Organisation,
    Person,
    RelatedWork,
    SourcePayload,
    SourceRecord,
    VenueEntity,
    Work,
)
from ontology.found import found_iri
from ontology.identifiers import Identifier
from ontology.namespaces import Base, expand
from ontology.reading import (
    CitationContext,
    Claim,
    Highlight,
    Keyphrase,
    Maker,
    Mention,
    Reading,
    TopicAssignment,
    TopicReason,
    text_version,
)
from ontology.records import Fragment, Funding, Link, Record, Reference, Subject, Title
from ontology.scheme import Concept, Label, Scheme

BASE = Base("http://gnomon.test")
PARSING, NETWORK = "http://voc.test/parsing", "http://voc.test/network"
SENTENCE = "Neural nets 😀 improve parsing [1, 2]."
MAKER = Maker("reader", "1.0", "abc")


class World(msgspec.Struct):
    """Entities by name, and the lines each owner has."""

    works: dict[str, Work]
    scheme: Scheme
    others: dict[str, tuple[Callable[[Any, Base], Iterator[str]], Any]]

    def owned(self) -> dict[str, set[str]]:
        found = {
            name: {
                *convert.work_lines(work, BASE), *convert.text_lines(work, BASE), *convert.reading_lines(work, BASE)
            }
            for name, work in self.works.items()
        }  # fmt: skip
        found["scheme"] = set(convert.scheme_lines(self.scheme, BASE))
        return found | {name: set(to_lines(thing, BASE)) for name, (to_lines, thing) in self.others.items()}

    def lines(self) -> list[str]:
        return sorted({line for lines in self.owned().values() for line in lines})


def _article() -> Work:
    builder = DocumentBuilder("en")
    builder.block("title", "title", "Parsing with nets")
    section = builder.open("section", "sec/1", title="Methods", role="methods", label="2")
    block = builder.block("paragraph", "sec/1/p/1", SENTENCE)
    at = SENTENCE.index("[")
    builder.mark(block, "citation", "cit/1", at, at + 6, refs=("b1", "b 2"))
    builder.close(section)
    builder.block(
        "figure", "fig/1", "A net.", label="Figure 1", within="sec/1", url="http://x.test/f.png", mime="image/png"
    )
    builder.block("table", "tab/1", "Nets compared.", label="Table 1", within="sec/1")
    for number, (left, right) in enumerate((("net", "F1"), ("ours", "0.9")), 1):
        row = builder.block("row", f"tab/1/r/{number}", f"{left} | {right}")
        role = "header" if number == 1 else ""
        builder.mark(row, "cell", f"tab/1/r/{number}/c/1", 0, len(left), role=role)
        builder.mark(row, "cell", f"tab/1/r/{number}/c/3", len(left) + 3, len(left) + 3 + len(right), role=role)
    names = ("url:http://x.test/data", "geo:GSE1", "award:A-1")
    builder.block("statement", "stmt/1", "Data at x.test.", role="data-availability", refs=names)
    builder.block("media", "media/1", "A film.", url="http://x.test/f.mp4", mime="video/mp4")
    document = builder.build()
    sentence = "sec/1/p/1/s/1"
    nets, parsing = block.begin + 7, block.begin + SENTENCE.index("parsing")
    reading = Reading(
        maker=MAKER, text_version=text_version(document.text), language="en", notes=("one note",),
        sentences=(
            Fragment(kind="sentence", path="title/s/1", begin=0, end=17),
            Fragment(kind="sentence", path=sentence, begin=block.begin, end=block.end),
        ),
        mentions=(
            Mention(begin=nets, end=nets + 4, text="nets", concept=NETWORK, label="net", confidence=0.75,
                    sentence=sentence, method="inflection"),
            Mention(begin=parsing, end=parsing + 7, text="parsing", concept=PARSING, label="parsing",
                    confidence=1.0, sentence=sentence),
        ),
        claims=(Claim(subject=NETWORK, predicate=expand("gn:improvesOn"), object=PARSING, sentence=sentence,
                      subject_mention=0, object_mention=1, confidence=0.8, cue="improve", hedged=True),),
        highlights=(Highlight(sentence, "result", 0.7),),
        topics=(TopicAssignment(concept=PARSING, score=0.9,
                                reasons=(TopicReason(label="parsing", count=2, places=("title",), weight=0.9),)),),
        citations=(CitationContext(citation="cit/1", sentence=sentence, refs=("b1", "b 2"), intent="usesMethodIn",
                                   confidence=0.6),),
        keyphrases=(Keyphrase(text="nets", begin=nets, end=nets + 4, count=1, score=0.7, sentence=sentence),),
    )  # fmt: skip
    record = Record(
        key="1", format="jats", titles=(Title("Parsing with nets", "en"), Title("Analyse", "fr")),
        abstract="We parse.", language="en", issued="2016-05-01", identifiers=(Identifier("doi", "10.1/a"),),
        volume="3", issue="2", pages="1-9", publisher="X Press", license="https://creativecommons.org/licenses/by/4.0/",
        retracted=True, open_access=True, citation_count=4,
        subjects=(Subject(label="Parsing", code=PARSING), Subject(label="syntax")),
        funding=(Funding(funder="Fund", identifiers=(Identifier("doi", "10.13039/1"),), awards=("A-1",)),),
        links=(Link(url="http://x.test/a", rel="landing"),
               Link(url="http://x.test/a.pdf", rel="pdf", mime="application/pdf"),
               Link(url="http://x.test/d", rel="data"), Link(url="http://x.test/c", rel="code")),
    )  # fmt: skip
    return Work(
        iri=BASE.entity("work", "a"), record=record, sources=(BASE.record("src", "a"),),
        venue=BASE.entity("venue", "v"),
        authorships=(
            Authorship(position=1, name="Ada L.", person=BASE.entity("person", "p"), corresponding=True,
                       affiliations=("Uni X",), organisations=(BASE.entity("organisation", "o"),)),
            Authorship(position=2, name="Ed I. Tor", role="editor"),
        ),
        cites=(
            CitedWork(reference=Reference(key="b1", raw="B. 2010."), work=BASE.entity("work", "d")),
            CitedWork(reference=Reference(key="b 2", author="C", year=2011, title="T",
                                          identifiers=(Identifier("doi", "10.1/c"),))),
        ),
        related=(RelatedWork(kind="IsSupplementedBy", target=Identifier("doi", "10.1/d"),
                             work=BASE.entity("work", "d")),
                 RelatedWork(kind="IsVersionOf", target=Identifier("doi", "10.1/z"))),
        document=document, reading=reading,
    )  # fmt: skip


def _dataset() -> Work:
    record = Record(
        key="2", format="datacite", kind="dataset", titles=(Title("Trees"),), issued="2015", license="own terms",
        links=(Link(url="http://x.test/t.zip", rel="fulltext", mime="application/zip"),),
    )  # fmt: skip
    return Work(iri=BASE.entity("work", "d"), record=record, sources=(BASE.record("src", "d"),))


@pytest.fixture(scope="session")
def world() -> World:
    scheme = Scheme(
        "http://voc.test/", "voc",
        [
            Concept(iri=PARSING, labels=(Label("parsing"), Label("Analyse", "fr", "alt"),
                                         Label("parsin", "en", "hidden"))),
            Concept(iri=NETWORK, labels=(Label("net"),), broader=(PARSING,), related=("http://voc.test/old",),
                    exact=("http://other.test/net",), definition="A web.", notation="N1"),
            Concept(iri="http://voc.test/old", labels=(Label("old"),), deprecated=True, replaced_by=NETWORK),
        ],
        version="1", license="CC0",
    )  # fmt: skip
    records = {
        f"record-{key}": (
            convert.source_record_lines,
            SourceRecord(iri=BASE.record("src", key), source="src", key=key,
                         payload=BASE.payload("src", "x.zip!a.xml")),
        )
        for key in "ad"
    }  # fmt: skip
    return World({"article": _article(), "dataset": _dataset()}, scheme, records | {
        "person": (convert.person_lines, Person(iri=BASE.entity("person", "p"), names=("Ada Lovelace", "Ada L."),
                                                identifiers=(Identifier("orcid", "0000-0002-1825-0097"),))),
        "organisation": (convert.organisation_lines, Organisation(
            iri=BASE.entity("organisation", "o"), names=("Uni X",), country="US",
            identifiers=(Identifier("ror", "05gq02987"),))),
        "venue": (convert.venue_lines, VenueEntity(
            iri=BASE.entity("venue", "v"), names=("J. X",), publisher="X",
            identifiers=(Identifier("issn", "2049-3630"),))),
        "payload": (convert.payload_lines, SourcePayload(
            iri=BASE.payload("src", "x.zip!a.xml"), source="src", locator="x.zip!a.xml", sha256="a" * 64, format="jats",
            datestamp="2020-01-02T03:04:05Z")),
        "maker": (convert.maker_lines, MAKER),
        "decision": (convert.decision_lines, IdentityDecision(
            iri=f"{BASE.iri}/decision/1", survivor=BASE.entity("work", "a"), members=(BASE.entity("work", "z"),),
            method="doi", score=1.0, decided_by="rules")),
        "found": (convert.found_lines, FoundSummary(iri=found_iri(BASE, "dataset", "Trees"), type="dataset",
                                                    names=("Trees", "trees"), works=2)),
        "found scheme": (lambda _, base: convert.found_scheme_lines(base), None),
        "claim": (convert.claim_lines, ClaimSummary(subject=NETWORK, predicate=expand("gn:improvesOn"), object=PARSING,
                                                    support=1, dispute=0, probability=0.8)),
    })  # fmt: skip


@pytest.fixture(scope="session")
def base() -> Base:
    return BASE

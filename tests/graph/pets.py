"""A small invented world for the views of discovery.

Four papers and a dataset: `old` (2001) is cited by `mid` (2010) and `new` (2020), `mid` by `new`,
and `new` uses the dataset. Animals ⊃ dogs ⊃ poodles, animals ⊃ cats.
"""

from __future__ import annotations

from collections.abc import Iterator

from graph.convert import (
    claim_lines,
    maker_lines,
    organisation_lines,
    payload_lines,
    person_lines,
    reading_lines,
    scheme_lines,
    source_record_lines,
    text_lines,
    venue_lines,
    work_lines,
)
from ontology.documents import DocumentBuilder
from ontology.entities import (
    Authorship,
    CitedWork,
    ClaimSummary,
    Organisation,
    Person,
    SourcePayload,
    SourceRecord,
    VenueEntity,
    Work,
)
from ontology.identifiers import Identifier
from ontology.namespaces import Base, expand
from ontology.reading import CitationContext, Claim, Maker, Mention, Reading, TopicAssignment, TopicReason, text_version
from ontology.records import Fragment, Record, Reference, Title
from ontology.scheme import Concept, Label, Scheme

BASE = Base("http://test.example")
MAKER = Maker("reader", "1", "abc")
ANIMAL, DOG, POODLE, CAT = (f"http://v.example/{one}" for one in ("animal", "dog", "poodle", "cat"))
OLD, MID, NEW, DATA, LONE = (BASE.entity("work", one) for one in ("old", "mid", "new", "data", "lone"))
ADA, BOB, CYD = (BASE.entity("person", one) for one in ("ada", "bob", "cyd"))
UNI, LAB = (BASE.entity("organisation", one) for one in ("uni", "lab"))
JOURNAL = BASE.entity("venue", "journal")
CLAIM = (DOG, expand("gn:comparesWith"), CAT)

SCHEME = Scheme(
    "http://v.example/",
    "pets",
    [
        Concept(iri=ANIMAL, labels=(Label("animals"), Label("Tiere", "de")), definition="What moves."),
        Concept(iri=DOG, labels=(Label("dogs"), Label("hounds", kind="alt")), broader=(ANIMAL,), related=(CAT,)),
        Concept(iri=POODLE, labels=(Label("poodles"),), broader=(DOG,)),
        Concept(iri=CAT, labels=(Label("cats"),), broader=(ANIMAL,)),
    ],
    title="Pets",
)


def topics(*concepts: str) -> tuple[TopicAssignment, ...]:
    reason = TopicReason(label="x", count=1, places=("title",), weight=0.5)
    return tuple(TopicAssignment(concept=one, score=0.5, reasons=(reason,)) for one in concepts)


def authorship(position: int, person: str, *organisations: str) -> Authorship:
    name = person.rpartition("/")[2].title()
    return Authorship(position=position, name=name, person=person, organisations=organisations)


def cites(*works: str) -> tuple[CitedWork, ...]:
    return tuple(
        CitedWork(reference=Reference(key=f"b{n}", title=f"ref {n}"), work=one) for n, one in enumerate(works, 1)
    )


def work(
    iri: str, title: str, year: int, concepts: tuple[str, ...], people: tuple[Authorship, ...], **more: object
) -> Work:
    record = Record(
        key="k",
        format="x",
        titles=(Title(title, "en"),),
        issued=str(year),
        abstract="Abs.",
        identifiers=(Identifier("doi", f"10.1/{year}"),),
        kind=more.pop("kind", "article"),
    )  # type: ignore[arg-type]
    reading = Reading(maker=MAKER, text_version="v", topics=topics(*concepts))
    return Work(**{"iri": iri, "record": record, "sources": (), "authorships": people, "reading": reading, **more})  # type: ignore[arg-type]


def new_work() -> Work:
    """The work with a text: one section with two sentences, a citation, two mentions, a claim."""
    text = "Dogs differ from cats. See [1]."
    builder = DocumentBuilder("en")
    builder.full = True
    builder.block("title", "title", "New dogs")
    opened = builder.open("section", "sec/1", title="Results", role="results")
    block = builder.block("paragraph", "sec/1/p/1", text)
    builder.mark(block, "citation", "cit/1", 27, 30, refs=("b1",))
    builder.close(opened)
    document = builder.build()
    begin = block.begin
    sentences = (
        Fragment(kind="sentence", path="sec/1/p/1/s/1", begin=begin, end=begin + 22),
        Fragment(kind="sentence", path="sec/1/p/1/s/2", begin=begin + 23, end=begin + 31),
    )
    mentions = (
        Mention(
            begin=begin,
            end=begin + 4,
            text="Dogs",
            concept=DOG,
            label="dogs",
            confidence=0.9,
            sentence=sentences[0].path,
        ),
        Mention(
            begin=begin + 17,
            end=begin + 21,
            text="cats",
            concept=CAT,
            label="cats",
            confidence=0.8,
            sentence=sentences[0].path,
        ),
    )
    claim = Claim(
        subject=DOG,
        predicate=CLAIM[1],
        object=CAT,
        sentence=sentences[0].path,
        subject_mention=0,
        object_mention=1,
        confidence=0.8,
        cue="differ from",
    )
    reading = Reading(
        maker=MAKER,
        text_version=text_version(document.text),
        sentences=sentences,
        mentions=mentions,
        claims=(claim,),
        topics=topics(DOG, CAT),
        citations=(CitationContext(citation="cit/1", sentence=sentences[1].path, refs=("b1",)),),
    )
    unresolved = CitedWork(
        reference=Reference(key="b9", raw="Lost, 1999", identifiers=(Identifier("doi", "10.1/lost"),))
    )
    return work(
        NEW,
        "New dogs",
        2020,
        (),
        (authorship(1, ADA, UNI), authorship(2, BOB, LAB)),
        venue=JOURNAL,
        cites=(*cites(OLD, MID, DATA), unresolved),
        document=document,
        reading=reading,
        sources=(f"{BASE.iri}/id/record/s/1",),
    )


WORKS = (
    work(OLD, "Old animals", 2001, (ANIMAL,), (authorship(1, CYD, UNI),)),
    work(
        MID,
        "Middle poodles",
        2010,
        (POODLE, DOG),
        (authorship(1, ADA, UNI), authorship(2, CYD)),
        cites=cites(OLD),
        venue=JOURNAL,
    ),
    new_work(),
    work(DATA, "Cat data", 2015, (CAT,), (), kind="dataset"),
    work(LONE, "Alone", 1990, (), ()),
)


def lines() -> Iterator[str]:
    yield from scheme_lines(SCHEME, BASE)
    for one in WORKS:
        for make in (work_lines, text_lines, reading_lines):
            yield from make(one, BASE)
    for iri, name in ((ADA, "Ada"), (BOB, "Bob"), (CYD, "Cyd")):
        yield from person_lines(Person(iri=iri, names=(name, name[0] + ".")), BASE)
    yield from organisation_lines(Organisation(iri=UNI, names=("University",), country="DE"), BASE)
    yield from organisation_lines(Organisation(iri=LAB, names=("Lab",)), BASE)
    yield from venue_lines(VenueEntity(iri=JOURNAL, names=("Journal of Pets",)), BASE)
    yield from maker_lines(MAKER, BASE)
    file = BASE.payload("s", "f.xml")
    yield from source_record_lines(
        SourceRecord(iri=f"{BASE.iri}/id/record/s/1", source="s", key="1", payload=file), BASE
    )
    yield from payload_lines(SourcePayload(iri=file, source="s", locator="f.xml", sha256="0", format="jats"), BASE)
    subject, predicate, object_ = CLAIM
    summary = ClaimSummary(subject=subject, predicate=predicate, object=object_, support=1, dispute=0, probability=0.8)
    yield from claim_lines(summary, BASE)

"""Why the graph says something: the reader runs again on the stored text and each of its steps is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import msgspec

from api.believing import JUDGED, way
from api.rereading import Reread, Rereader
from api.wiring import Services
from graph.convert.names import claim_iri, evidence_iri, mention_iri, topic_iri
from graph.convert.safe import ref
from graph.discovery.ask import column, rows
from ontology.errors import NotFound
from ontology.namespaces import PREFIXES
from ontology.reading import Claim, Mention, TopicAssignment

MOST_WORKS = 5
"""Works of one claim that are read again, those with the surest evidence first."""


class Step(msgspec.Struct, frozen=True):
    """One thing the reader did or looked at, and what came of it."""

    name: str
    said: str


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """The steps that lead to a mention, claim or topic; `same` says that reading again gives exactly
    what is stored."""

    iri: str
    kind: str
    same: bool
    steps: tuple[Step, ...]


def explain(services: Services, iri: str) -> Explanation:
    """Of the mention, evidence, claim or topic assignment with this IRI; NotFound where there is none."""
    types = {one.removeprefix(PREFIXES["gn"]) for one in _values(services, iri, "rdf:type")}
    rereader = Rereader(services.journal, services.library, services.settings.base)
    for name, (kind, how) in _KINDS.items():
        if name in types:
            steps, same = how(services, rereader, iri)
            return Explanation(iri=iri, kind=kind, same=same, steps=tuple(steps))
    raise NotFound("no mention, evidence, claim or topic assignment has this IRI", place=iri)


Found = tuple[list[Step], bool]


def _mention(services: Services, rereader: Rereader, iri: str) -> Found:
    read = rereader.work(_work_of(services, _WORK_OF_MENTION.format(ref(iri))))
    for mention in read.stored.mentions:
        if iri == _mention_iri(services, read, mention):
            return [*_reading(read), *_why(services, read, mention)], read.verbatim(mention) and read.again(mention)
    raise NotFound("the stored reading has no such mention", place=iri, hint="build again to bring both together")


def _topic(services: Services, rereader: Rereader, iri: str) -> Found:
    read = rereader.work(_work_of(services, f"GRAPH ?g {{ {ref(iri)} gn:work ?work }}"))
    for topic in read.stored.topics:
        if iri == topic_iri(services.settings.base, read.work.iri, topic.concept, read.stored.maker):
            return [*_reading(read), *_reasons(services, topic)], topic in read.fresh.topics
    raise NotFound("the stored reading has no such topic", place=iri, hint="build again to bring both together")


def _evidence(services: Services, rereader: Rereader, iri: str) -> Found:
    read = rereader.work(_work_of(services, _WORK_OF_EVIDENCE.format(ref(iri))))
    for claim in read.stored.claims:
        named = claim_iri(services.settings.base, claim.subject, claim.predicate, claim.object)
        if iri == evidence_iri(services.settings.base, named, f"{read.work.iri}/{claim.sentence}", read.stored.maker):
            return [*_reading(read), *_claimed(services, read, claim)], read.claimed_again(claim)
    raise NotFound("the stored reading has no such evidence", place=iri, hint="build again to bring both together")


def _claim(services: Services, rereader: Rereader, iri: str) -> Found:
    query = f"""SELECT ?e ?side ?k ?cue {{ GRAPH ?g {{ VALUES ?c {{ {ref(iri)} }} ?e ?side ?c ; gn:confidence ?k
        OPTIONAL {{ ?e gn:cue ?cue }} FILTER(?side IN (gn:supports, gn:disputes)) }} }} ORDER BY DESC(?k) ?e"""
    pieces = list(rows(services.store, query))
    said = {
        name: (_values(services, iri, f"gn:{name}") or ["?"])[0]
        for name in ("supportCount", "disputeCount", "probability")
    }
    steps = [
        Step("over all works", f"supported by {said['supportCount']}, disputed by {said['disputeCount']}"),
        Step("probability", f"{said['probability']}, from {len(pieces)} sentences; works for and against count most"),
    ]
    predicate = (_values(services, iri, "rdf:predicate") or [""])[0]
    ways = {way(predicate, piece.get("cue", "")) for piece in pieces if piece["side"].endswith("supports")}
    for name, (right, judged) in sorted((name, JUDGED.get(name, (0, 0))) for name in ways):
        steps.append(Step("said so", f"{name}: of {judged} judged by hand {right} were right"))
    same = True
    for piece in islice(pieces, MOST_WORKS):
        inner, again = _evidence(services, rereader, piece["e"])
        side = piece["side"].removeprefix(PREFIXES["gn"])
        steps.append(Step("evidence", f"{piece['e']} {side} it with {float(piece['k']):.2f}"))
        steps += inner
        same &= again
    return steps, same


_KINDS = {
    "Mention": ("mention", _mention), "Evidence": ("evidence", _evidence), "Claim": ("claim", _claim),
    "TopicAssignment": ("topic", _topic),
}  # fmt: skip
_WORK_OF_MENTION = "GRAPH ?g {{ {} oa:hasTarget/oa:hasSource ?s }} GRAPH ?h {{ ?s dct:isPartOf ?work }}"
_WORK_OF_EVIDENCE = "GRAPH ?g {{ {} gn:sentence ?s }} GRAPH ?h {{ ?s dct:isPartOf ?work }}"


def _values(services: Services, iri: str, property_: str) -> list[str]:
    return column(services.store, f"SELECT ?x {{ GRAPH ?g {{ {ref(iri)} {property_} ?x }} }}")


def _work_of(services: Services, where: str) -> str:
    """The work that a query's `?work` leads to."""
    for row in rows(services.store, f"SELECT ?work {{ {where} }} LIMIT 1"):
        return row["work"]
    raise NotFound("nothing says which work this was found in")


def _reading(read: Reread) -> Iterator[Step]:
    maker = read.stored.maker
    yield Step("work", f"{read.work.iri}, {len(read.document.text):,} characters, version {read.stored.text_version}")
    yield Step("reader", f"{maker.name} {maker.version}, configuration {maker.configuration}")
    yield Step("language", read.fresh.language)


def _sentence(read: Reread, path: str) -> str:
    part = next((s for s in read.fresh.sentences if s.path == path), None)
    return read.document.text[part.begin : part.end] if part else "(this sentence is no longer found)"


def _why(services: Services, read: Reread, mention: Mention) -> Iterator[Step]:
    name = services.library.labels.get(mention.concept, mention.label)
    yield Step("sentence", _sentence(read, mention.sentence))
    yield Step("place", f"{mention.begin}-{mention.end} {mention.text!r}, verbatim: {_yes(read.verbatim(mention))}")
    yield Step("method", mention.method + (f", type {mention.type}" if mention.type else ""))
    if mention.method in ("tagger", "extractor", "pattern", "address"):
        yield Step("named", f"{name}: {mention.concept}")
    else:
        from nlp.explain import explain_mention  # brings spaCy, which a running server may not need

        for one in explain_mention(services.library.reader, read.document, mention.begin, mention.end):
            mark = "chosen" if one.chosen else "candidate"
            yield Step(
                mark,
                f"{one.name} ({one.scheme}) by {one.method} {one.label!r}: specificity {one.specificity:.2f}, quality "
                f"{one.quality:.2f}, affinity {one.affinity:.2f}, coherence {one.coherence:.2f} → {one.confidence:.2f}",
            )
    yield Step("confidence", f"{mention.confidence}")
    yield Step("read again", "the same mention" if read.again(mention) else "not found this time")


def _claimed(services: Services, read: Reread, claim: Claim) -> Iterator[Step]:
    names = services.library.labels
    subject, target = read.stored.mentions[claim.subject_mention], read.stored.mentions[claim.object_mention]
    yield Step("sentence", _sentence(read, claim.sentence))
    for role, mention in (("subject", subject), ("object", target)):
        name = names.get(mention.concept, mention.label)
        yield Step(role, f"{mention.text!r} → {name} by {mention.method}, confidence {mention.confidence}")
    yield Step("relation", f"{claim.predicate.removeprefix(PREFIXES['gn'])}, given away by {claim.cue!r}")
    yield Step("polarity", claim.polarity + (", hedged" if claim.hedged else ", not hedged"))
    yield Step("confidence", f"{claim.confidence}")
    yield Step("read again", "the same claim" if read.claimed_again(claim) else "not found this time")


def _reasons(services: Services, topic: TopicAssignment) -> Sequence[Step]:
    name = services.library.labels.get(topic.concept, topic.concept)
    steps = [Step("topic", f"{name}, score {topic.score}")]
    for reason in topic.reasons:
        where = ", ".join(reason.places)
        steps.append(Step("reason", f"{reason.label!r} {reason.count} times in {where}: {reason.weight}"))
    return steps


def _mention_iri(services: Services, read: Reread, mention: Mention) -> str:
    base, stored = services.settings.base, read.stored
    return mention_iri(
        base, read.work.iri, stored.text_version, mention.begin, mention.end, mention.concept, stored.maker
    )


def _yes(value: bool) -> str:
    return "yes" if value else "no"

"""What machine reading found in one work, in the graph `mentions`.

A mention is a Web Annotation: its body is the concept, its target the selected stretch of a
sentence (12 quads; 13 or 14 where the label that matched is written otherwise or needed a rule).
The state of a mention is "auto" unless the graph `curation` says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from graph.convert.keyphrases import keyphrase_lines
from graph.convert.names import (
    claim_iri,
    evidence_iri,
    maker_iri,
    mention_iri,
    reading_iri,
    reference_iri,
    topic_iri,
)
from graph.convert.safe import literal, ref, term
from graph.terms import XSD, boolean, number
from ontology.entities import Work
from ontology.namespaces import PREFIXES, Base
from ontology.reading import CitationContext, Claim, Highlight, Mention, Reading

_A: Final = term("rdf:type")
_MADE_BY: Final = term("prov:wasGeneratedBy")
_CONFIDENCE: Final = term("gn:confidence")
_MENTION, _ANNOTATION = term("gn:Mention"), term("oa:Annotation")
_BODY, _TARGET, _SOURCE, _SELECTOR = (
    term(f"oa:{name}") for name in ("hasBody", "hasTarget", "hasSource", "hasSelector")
)
_POSITION, _START, _STOP, _EXACT = (term(f"oa:{name}") for name in ("TextPositionSelector", "start", "end", "exact"))
_MATCHED, _METHOD = term("gn:matchedLabel"), term("gn:matchMethod")
_FOUND_TYPE: Final = term("gn:foundType")
_INTEGER: Final = f'"^^<{XSD}integer>'


def reading_lines(work: Work, base: Base) -> Iterator[str]:
    """Quads of the work's reading: itself, mentions, topics, evidence and citations in the text."""
    reading = work.reading
    if reading is None:
        return
    end = f" <{base.graph('mentions')}> ."
    made = f" {_MADE_BY} <{reading_iri(work.iri, reading.maker)}>{end}"
    yield from _activity(work, reading, base, end)
    yield from _mentions(work, reading, base, end, made)
    yield from _topics(work, reading, base, end, made)
    yield from keyphrase_lines(work, reading, base)
    for claim in reading.claims:
        yield from _evidence(work, reading, claim, base, end, made)
    for highlight in reading.highlights:
        yield from _highlight(work, highlight, end, made)
    for context in reading.citations:
        yield from _citation(work, context, end, made)


def _activity(work: Work, reading: Reading, base: Base, end: str) -> Iterator[str]:
    iri = f"<{reading_iri(work.iri, reading.maker)}>"
    yield f"{iri} {_A} {term('gn:Reading')}{end}"
    yield f"{iri} {term('prov:used')} <{work.iri}>{end}"
    yield f"{iri} {term('prov:wasAssociatedWith')} <{maker_iri(base, reading.maker)}>{end}"
    yield f"{iri} {term('gn:textVersion')} {literal(reading.text_version)}{end}"
    if reading.language:
        yield f"{iri} {term('dct:language')} {literal(reading.language)}{end}"
    for note in reading.notes:
        yield f"{iri} {term('rdfs:comment')} {literal(note, 'en')}{end}"


def _mentions(work: Work, reading: Reading, base: Base, end: str, made: str) -> Iterator[str]:
    begins = {sentence.path: sentence.begin for sentence in reading.sentences}
    for mention in reading.mentions:
        offset = begins[mention.sentence]
        name = _name(work, reading, mention, base)
        iri, target, selector = f"<{name}>", f"<{name}/target>", f"<{name}/selector>"
        yield f"{iri} {_A} {_MENTION}{end}"
        yield f"{iri} {_A} {_ANNOTATION}{end}"
        yield f"{iri} {_BODY} {ref(mention.concept)}{end}"
        yield f"{iri} {_TARGET} {target}{end}"
        yield f"{iri} {_CONFIDENCE} {number(float(mention.confidence))}{end}"
        yield iri + made
        yield f"{target} {_SOURCE} <{work.iri}/{mention.sentence}>{end}"
        yield f"{target} {_SELECTOR} {selector}{end}"
        yield f"{selector} {_A} {_POSITION}{end}"
        yield f'{selector} {_START} "{mention.begin - offset}{_INTEGER}{end}'
        yield f'{selector} {_STOP} "{mention.end - offset}{_INTEGER}{end}'
        yield f"{selector} {_EXACT} {literal(mention.text)}{end}"
        if mention.label.casefold() != mention.text.casefold():
            yield f"{iri} {_MATCHED} {literal(mention.label)}{end}"
        if mention.type:
            yield f"{iri} {_FOUND_TYPE} {literal(mention.type)}{end}"
        if mention.method != "label":
            yield f"{iri} {_METHOD} {literal(mention.method)}{end}"


def _name(work: Work, reading: Reading, mention: Mention, base: Base) -> str:
    return mention_iri(base, work.iri, reading.text_version, mention.begin, mention.end, mention.concept, reading.maker)


def _topics(work: Work, reading: Reading, base: Base, end: str, made: str) -> Iterator[str]:
    for topic in reading.topics:
        iri = f"<{topic_iri(base, work.iri, topic.concept, reading.maker)}>"
        yield f"{iri} {_A} {term('gn:TopicAssignment')}{end}"
        yield f"{iri} {term('gn:work')} <{work.iri}>{end}"
        yield f"{iri} {term('gn:concept')} {ref(topic.concept)}{end}"
        yield f"{iri} {term('gn:score')} {number(float(topic.score))}{end}"
        yield iri + made
        for label in dict.fromkeys(reason.label for reason in topic.reasons if not reason.witness):
            yield f"{iri} {_MATCHED} {literal(label)}{end}"
        for witness in dict.fromkeys(reason.witness for reason in topic.reasons if reason.witness):
            yield f"{iri} {term('gn:witness')} {literal(witness)}{end}"


def _evidence(work: Work, reading: Reading, claim: Claim, base: Base, end: str, made: str) -> Iterator[str]:
    claimed = claim_iri(base, claim.subject, claim.predicate, claim.object)
    sentence = f"{work.iri}/{claim.sentence}"
    iri = f"<{evidence_iri(base, claimed, sentence, reading.maker)}>"
    subject = _name(work, reading, reading.mentions[claim.subject_mention], base)
    object_ = _name(work, reading, reading.mentions[claim.object_mention], base)
    yield f"{iri} {_A} {term('gn:Evidence')}{end}"
    yield f"{iri} {term(f'gn:{claim.polarity}')} <{claimed}>{end}"
    yield f"{iri} {term('gn:sentence')} <{sentence}>{end}"
    yield f"{iri} {term('gn:subjectMention')} <{subject}>{end}"
    yield f"{iri} {term('gn:objectMention')} <{object_}>{end}"
    yield f"{iri} {_CONFIDENCE} {number(float(claim.confidence))}{end}"
    yield iri + made
    if claim.cue:
        yield f"{iri} {term('gn:cue')} {literal(claim.cue)}{end}"
    if claim.hedged:
        yield f"{iri} {term('gn:hedged')} {boolean(True)}{end}"


def _highlight(work: Work, highlight: Highlight, end: str, made: str) -> Iterator[str]:
    iri = f"<{work.iri}/{highlight.sentence}/highlight>"
    yield f"{iri} {_A} {term('gn:Highlight')}{end}"
    yield f"{iri} {term('gn:sentence')} <{work.iri}/{highlight.sentence}>{end}"
    yield f"{iri} {term('gn:tells')} {literal(highlight.role)}{end}"
    yield f"{iri} {_CONFIDENCE} {number(float(highlight.confidence))}{end}"
    yield iri + made


def _citation(work: Work, context: CitationContext, end: str, made: str) -> Iterator[str]:
    """One pointer for each reference of the marker (C4O: a pointer denotes exactly one); where an
    intent was recognised, the citation it is part of."""
    cited = {entry.reference.key: entry.work for entry in work.cites}
    for key in context.refs:
        if key not in cited:
            continue
        reference = reference_iri(work.iri, key)
        marker = f"{work.iri}/{context.citation}"
        pointer = f"<{marker}/{reference.rpartition('/')[2]}>"
        yield f"{pointer} {_A} {term('c4o:InTextReferencePointer')}{end}"
        yield f"{pointer} {term('c4o:hasContext')} <{work.iri}/{context.sentence}>{end}"
        yield f"{pointer} {term('c4o:denotes')} <{reference}>{end}"
        yield f"{pointer} {term('gn:marker')} <{marker}>{end}"
        if context.intent and cited[key]:
            act = f"{pointer[:-1]}/act>"
            yield f"{act} {_A} {term('cito:Citation')}{end}"
            yield f"{act} {term('cito:hasCitingEntity')} <{work.iri}>{end}"
            yield f"{act} {term('cito:hasCitedEntity')} <{cited[key]}>{end}"
            yield f"{act} {term('cito:hasCitationCharacterization')} {ref(PREFIXES['cito'] + context.intent)}{end}"
            yield f"{act} {_CONFIDENCE} {number(float(context.confidence))}{end}"
            yield f"{act} {term('gn:pointer')} {pointer}{end}"
            yield act + made

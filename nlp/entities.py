"""Things that texts name and no vocabulary has: tasks, methods, metrics, datasets, software, genes, chemicals,
diseases, organisms, variants, cell lines.

A tagger trained on SciREX and BioRED finds most; in titles and abstracts models that were trained on such are asked too
(nlp.extracted); software, for which there is no such corpus, is told by the
words around it ("the X package", "X version 1.2"), datasets and programs also by their DOI or address.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Final

import msgspec

from nlp.abbreviations import Definition
from nlp.extracted import NOTHING, Extracted
from nlp.learned.tagger import Span, shipped
from nlp.patterns import addresses, cell_lines
from nlp.programs import software
from ontology.found import found_iri, found_name
from ontology.namespaces import Base
from ontology.reading import Mention
from ontology.records import Document, Fragment

TAGGED: Final = (
    "task",
    "method",
    "metric",
    "dataset",
    "gene",
    "chemical",
    "disease",
    "organism",
    "variant",
    "cell-line",
)
_BIOMEDICAL: Final = frozenset(TAGGED[4:])
_TRAINED: Final = frozenset({"tagger", "extractor"})
_RARE: Final = 0.25
_CERTAIN: Final = 0.97


class EntitySettings(msgspec.Struct, frozen=True, kw_only=True):
    """`model` is a tagger of `nlp/data`, "" for none; spans it is less sure of than `least_confidence` are dropped.
    `base` begins the IRIs of what is found; `extractor` is the key of the trained extractor that is asked too."""

    model: str = "entities"
    extractor: str = ""
    least_confidence: float = 0.6
    base: str = Base().iri


def entities(
    document: Document,
    parts: Sequence[Fragment],
    short: Mapping[str, Definition],
    settings: EntitySettings,
    told: Extracted = NOTHING,
) -> list[Mention]:
    """Mentions of things in English sentences, in text order, none inside another.

    `told` is what was found in titles and abstracts. A short form that the document defines stands for its long form.
    What several find keeps the surest type.
    """
    texts = [document.text[part.begin : part.end] for part in parts]
    tagged = shipped(settings.model).spans(texts) if settings.model else [[] for _ in texts]
    base = Base(settings.base)
    silent = sorted((f.begin, f.end) for f in document.fragments if f.kind == "citation")
    found: list[Mention] = []
    for part, text, spans in zip(parts, texts, tagged, strict=True):
        sure = [(span, "tagger") for span in spans if span.confidence >= settings.least_confidence]
        sure += [(s, told.method) for s in told.spans.get(part.path, ()) if s.confidence >= settings.least_confidence]
        sure += [(span, "pattern") for span in (*software(text), *cell_lines(text))]
        sure += [(span, "address") for span in addresses(text)]
        for span, method in _disjoint(sure):
            mention = _mention(part, text, span, method, short, base)
            if mention and not _touches(silent, mention):
                found.append(mention)
    return list(_of_one_mind(found, base))


def _mention(
    part: Fragment, text: str, span: Span, method: str, short: Mapping[str, Definition], base: Base
) -> Mention | None:
    surface = text[span.begin : span.end]
    defined = short.get(surface)
    label = defined.long if defined and method != "address" else surface
    if len(found_name(label)) < 2 or not (surface[0].isalnum() and surface[-1].isalnum()):
        return None
    return Mention(
        begin=part.begin + span.begin,
        end=part.begin + span.end,
        text=surface,
        concept=found_iri(base, span.type, label),
        label=label,
        confidence=span.confidence,
        sentence=part.path,
        method=method,
        type=span.type,
    )


def _touches(silent: Sequence[tuple[int, int]], mention: Mention) -> bool:
    number = bisect_left(silent, (mention.end, 0)) - 1
    return number >= 0 and mention.begin < silent[number][1]


def _of_one_mind(found: Sequence[Mention], base: Base) -> Iterator[Mention]:
    """A name has one type in a document, and a document one field: the tagger's types of the field that is
    hardly there ("CRF" as a disease among methods) need to be all but certain."""
    votes: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    fields: Counter[bool] = Counter()
    for mention in found:
        if mention.method in _TRAINED or mention.type == "cell-line":
            votes[found_name(mention.label)][mention.type] += mention.confidence
            fields[mention.type in _BIOMEDICAL] += 1
    for mention in found:
        if mention.method not in _TRAINED:
            yield mention
            continue
        counted = votes[found_name(mention.label)]
        kind = min(counted, key=lambda name: (-counted[name], name))
        if fields[kind in _BIOMEDICAL] >= _RARE * fields.total() or mention.confidence >= _CERTAIN:
            yield msgspec.structs.replace(mention, type=kind, concept=found_iri(base, kind, mention.label))


def _disjoint(spans: Sequence[tuple[Span, str]]) -> list[tuple[Span, str]]:
    """The surest of those that overlap, in text order."""
    kept: list[tuple[Span, str]] = []
    for span, method in sorted(spans, key=lambda s: (-s[0].confidence, s[0].begin, s[0].end)):
        if all(span.end <= other.begin or other.end <= span.begin for other, _ in kept):
            kept.append((span, method))
    kept.sort()
    assert all(one[0].end <= other[0].begin for one, other in pairwise(kept))
    return kept


def joined(links: Sequence[Mention], found: Sequence[Mention]) -> list[Mention]:
    """Mentions of both kinds in text order. Where a vocabulary names the very stretch that was found, the
    concept stays and takes the type; found stretches inside a linked one are dropped."""
    types = {(mention.begin, mention.end): mention.type for mention in found}
    typed = [
        msgspec.structs.replace(link, type=types[link.begin, link.end]) if (link.begin, link.end) in types else link
        for link in links
    ]
    cover = sorted({(link.begin, link.end) for link in links})
    reach = list(accumulate((end for _, end in cover), max))
    rest = [mention for mention in found if not _covered(mention, cover, reach)]
    return sorted([*typed, *rest], key=lambda m: (m.begin, m.end, m.concept))


def _covered(mention: Mention, cover: Sequence[tuple[int, int]], reach: Sequence[int]) -> bool:
    """Whether one of the sorted spans that begin no later reaches as far; `reach` is how far those up to each do."""
    number = bisect_left(cover, (mention.begin + 1, 0))
    return number > 0 and reach[number - 1] >= mention.end

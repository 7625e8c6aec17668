"""Claims that one sentence makes about two concepts it names.

Cheap first: only sentences with two concepts and a cue word are parsed at all. Then a cue's logical roles
in the dependency tree (nlp.syntax) are looked up and each must be filled by a mention. Lists ("parsers such
as CKY and Earley") are read off the surface (Hearst, COLING 1992). Between genes, chemicals, diseases and
variants a trained classifier (nlp.relations) finds what no cue gives away; its claims name it as their cue.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Final, NamedTuple

import msgspec
from spacy.tokens import Doc, Token

from nlp import model
from nlp.lexicon import rows
from nlp.masks import masked
from nlp.relations import TYPES, related
from nlp.syntax import HEDGES, NEGATIONS, hedged, negated, role
from ontology.namespaces import expand
from ontology.reading import CLASSIFIER, Claim, Mention
from ontology.records import Document, Fragment

_SUCH_AS: Final = re.compile(r",? ?\(?(such as|including|e\.g\.,?) (?:the |an? )?", re.I)
_LISTED: Final = re.compile(r",? (?:and |or )?|, ")
_WHOLE: Final = re.compile(
    r"\s*(?:$|[,.;:)\]]|(?:and|or|that|which|in|of|with|by|for|to|are|is|were|was|have|can|may|from|on)\b)"
)
"""What may follow a class that is named in full ("other health" in "other health problems" is not)."""
_OF_A: Final = re.compile(r"\bof(?: \w+)? $")
_OTHER: Final = re.compile(r",? (?:and|or) other ")


_KINDS: Final = frozenset({"partOf", "isA"})
_DEEDS: Final = frozenset({"uses", "improvesOn", "comparesWith", "evaluatesOn"})


class ClaimSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Claims below `least_confidence` are dropped; mentions below `least_mention` fill no role."""

    least_confidence: float = 0.5
    least_mention: float = 0.6
    least_related: float = 0.6
    """Probability from which the trained classifier's relations count; 1 and more turns it off."""
    most_parsed: int = 400
    """Sentences per document that are parsed, in text order."""


class Cue(NamedTuple):
    predicate: str
    kind: str
    subject: str
    object: str
    confidence: float


class _Named(NamedTuple):
    """A mention by its index in the reading and its place in the sentence."""

    number: int
    begin: int
    end: int
    mention: Mention


class _Filler(NamedTuple):
    named: _Named
    factor: float
    """How directly it fills the role, in (0, 1]."""
    token: Token
    before: bool = False
    """It stands before the noun that fills the role, which says little of its own ("BERT models")."""


def claims(
    document: Document, parts: Sequence[Fragment], mentions: Sequence[Mention], settings: ClaimSettings
) -> tuple[Claim, ...]:
    """The claims of a document's sentences in text order; each (subject, predicate, object) once a sentence."""
    by_sentence = _by_sentence(parts, mentions, settings)
    found: list[Claim] = []
    chosen: list[tuple[Fragment, str]] = []
    for part in parts:
        named = by_sentence.get(part.path, ())
        if len({n.mention.concept for n in named}) < 2 or part.end - part.begin > model.MAX_PARSED:
            continue
        text = document.text[part.begin : part.end]
        found += _lists(part.path, text, named)
        found += _trained(part.path, text, named, settings.least_related)
        if len(chosen) < settings.most_parsed and _cue_words().search(text):
            chosen.append((part, text))
    plain = [masked(text, [(n.begin, n.end) for n in by_sentence[part.path]]) for part, text in chosen]
    for (part, _), (_, places), tree in zip(chosen, plain, model.parse([text for text, _ in plain]), strict=True):
        found += _from_tree(part.path, tree, dict(zip(places, by_sentence[part.path], strict=True)))
    return tuple(_distinct(found, parts, settings.least_confidence))


def _by_sentence(
    parts: Sequence[Fragment], mentions: Sequence[Mention], settings: ClaimSettings
) -> dict[str, tuple[_Named, ...]]:
    """Per sentence the mentions fit to fill roles: of several on one place the surest."""
    begins = {part.path: part.begin for part in parts}
    best: defaultdict[str, dict[int, _Named]] = defaultdict(dict)
    for index, mention in enumerate(mentions):
        if mention.confidence < settings.least_mention or mention.sentence not in begins:
            continue
        begin = mention.begin - begins[mention.sentence]
        here = best[mention.sentence]
        if begin not in here or here[begin].mention.confidence < mention.confidence:
            here[begin] = _Named(index, begin, begin + mention.end - mention.begin, mention)
    return {path: tuple(_disjoint(here)) for path, here in best.items()}


def _disjoint(here: Mapping[int, _Named]) -> Iterator[_Named]:
    done = 0
    for begin in sorted(here):
        if begin >= done:
            yield here[begin]
            done = here[begin].end


def _from_tree(path: str, tree: Doc, places: Mapping[tuple[int, int], _Named]) -> Iterator[Claim]:
    owner = {
        token.i: named
        for (begin, end), named in places.items()
        if (span := tree.char_span(begin, end, alignment_mode="expand"))
        for token in span
    }
    for token in tree:
        if token.i in owner:
            yield from _copula(path, token, owner)
        else:
            for cue in cues().get(token.lower_, ()):
                yield from _filled(path, cue, token, owner)


def _filled(path: str, cue: Cue, token: Token, owner: dict[int, _Named]) -> Iterator[Claim]:
    if cue.kind == "noun" and token.dep_ in ("ROOT", "aux") and token.lower_ not in ("comparison", "use"):
        return
    subjects = [f for t in role(token, cue.subject) for f in _fillers(t, owner)]
    if not subjects:
        return
    objects = [f for t in role(token, cue.object) for f in _fillers(t, owner)]
    for subject in subjects:
        for target in objects:
            if claim := _claim(path, cue, token, subject, target):
                yield claim


def _fillers(token: Token, owner: dict[int, _Named], depth: int = 0) -> Iterator[_Filler]:
    """Mentions that a role's head word stands for, with those it is coordinated with."""
    if token.i in owner:
        # "NS1 protein" is one protein, "tar sands" are no sand: what is said holds for the kind, not the concept.
        narrowed = any(c.dep_ == "compound" and c.i not in owner for c in token.lefts)
        yield _Filler(owner[token.i], 0.7 if narrowed else 1.0, token)
    elif depth < 2:
        if token.lower_ in _nouns("light"):
            before = next(
                (c for c in reversed(list(token.lefts)) if c.i in owner and c.dep_ in ("compound", "amod", "nmod")),
                None,
            )
            if before is not None and before.i == token.i - 1:
                yield _Filler(owner[before.i], 0.85, token, before=True)
        wanted = ("of",) if token.lower_ in _nouns("of") else ("with",) if token.lower_ in _nouns("with") else ()
        for child in token.children:
            if child.dep_ == "prep" and child.lower_ in wanted:
                for inner in child.children:
                    if inner.dep_ == "pobj":
                        yield from (f._replace(factor=f.factor * 0.85) for f in _fillers(inner, owner, depth + 1))
    if depth < 4:
        for child in token.children:
            if child.dep_ == "conj":
                yield from _fillers(child, owner, depth + 1)


def _copula(path: str, token: Token, owner: dict[int, _Named]) -> Iterator[Claim]:
    """ "X is a Y": only with an article, so that no property is taken for a class."""
    if token.dep_ != "attr" or not any(c.lower_ in ("a", "an") for c in token.lefts):
        return
    if any(c.dep_ in ("prep", "relcl", "acl") and c.lower_ == "of" for c in token.rights):
        return
    subjects = [f for t in role(token, "copula") for f in _fillers(t, owner) if f.factor == 1.0]
    cue = Cue("isA", "noun", "copula", "self", 0.65)
    for subject in subjects:
        if claim := _claim(path, cue, token.head, subject, _Filler(owner[token.i], 1.0, token)):
            yield claim


def _claim(path: str, cue: Cue, token: Token, subject: _Filler, target: _Filler) -> Claim | None:
    one, other = subject.named, target.named
    if one.mention.concept == other.mention.concept or (one.begin < other.end and other.begin < one.end):
        return None
    if one.mention.type == "metric" and cue.predicate in _DEEDS:
        return None  # a score does nothing
    if cue.predicate in _KINDS and (subject.before or target.before):
        return None  # a module of a dialogue model is no part of dialogue
    if cue.predicate == "treats" and other.mention.text.rsplit(maxsplit=1)[-1].lower() in _nouns("host"):
        return None
    maybe = hedged(token)
    surest = min(one.mention.confidence, other.mention.confidence)
    confidence = cue.confidence * subject.factor * target.factor * surest**0.5 * (0.85 if maybe else 1.0)
    return Claim(
        subject=one.mention.concept,
        predicate=expand(f"gn:{cue.predicate}"),
        object=other.mention.concept,
        sentence=path,
        subject_mention=one.number,
        object_mention=other.number,
        confidence=round(confidence, 4),
        polarity="disputes" if negated(token, (subject.token, target.token)) else "supports",
        hedged=maybe,
        cue=token.text,
    )


def _trained(path: str, text: str, named: Sequence[_Named], least: float) -> Iterator[Claim]:
    """What the classifier says of typed mentions; a hedge in the sentence lowers and marks it.

    Bare associations are left to cue words and sentences with a "no" or "not" are passed over: of a sample
    judged by hand three in ten of those were right.
    """
    typed = [n for n in named if n.mention.type in TYPES]
    words = set(text.lower().split())
    if len(typed) < 2 or least >= 1 or words & NEGATIONS:
        return
    maybe = bool(words & HEDGES)
    for found in related(text, [(n.begin, n.end, n.mention.type) for n in typed], least):
        one, other = typed[found.subject], typed[found.object]
        if one.mention.concept == other.mention.concept or found.predicate == "associatedWith":
            continue
        surest = min(one.mention.confidence, other.mention.confidence)
        yield Claim(
            subject=one.mention.concept,
            predicate=expand(f"gn:{found.predicate}"),
            object=other.mention.concept,
            sentence=path,
            subject_mention=one.number,
            object_mention=other.number,
            confidence=round(found.probability * surest**0.5 * (0.85 if maybe else 1.0), 4),
            hedged=maybe,
            cue=CLASSIFIER,
        )


def _lists(path: str, text: str, named: Sequence[_Named]) -> Iterator[Claim]:
    """ "Y such as X1, X2 and X3" and "X and other Y"."""
    general: _Named | None = None
    words = ""
    for one, other in pairwise(named):
        between = text[one.end : other.begin]
        if (found := _SUCH_AS.fullmatch(between)) and not _OF_A.search(text, 0, one.begin):
            general, words = one, found.group(1)
        elif general and not _LISTED.fullmatch(between):
            general = None
        if general and general.mention.concept != other.mention.concept:
            yield _listed(path, other, general, words, 0.75 if words == "such as" else 0.6)
        if _OTHER.fullmatch(between) and _WHOLE.match(text, other.end) and one.mention.concept != other.mention.concept:
            yield _listed(path, one, other, "and other", 0.75)


def _listed(path: str, special: _Named, general: _Named, words: str, confidence: float) -> Claim:
    surest = min(special.mention.confidence, general.mention.confidence)
    return Claim(
        subject=special.mention.concept,
        predicate=expand("gn:isA"),
        object=general.mention.concept,
        sentence=path,
        subject_mention=special.number,
        object_mention=general.number,
        confidence=round(confidence * surest**0.5, 4),
        cue=words,
    )


def _distinct(found: Sequence[Claim], parts: Sequence[Fragment], least: float) -> list[Claim]:
    order = {part.path: number for number, part in enumerate(parts)}
    by_cue = (claim for claim in found if claim.cue != CLASSIFIER and claim.confidence >= least)
    told = {(claim.sentence, frozenset((claim.subject, claim.object))) for claim in by_cue}
    best: dict[tuple[str, str, str, str], Claim] = {}
    for claim in found:
        key = (claim.sentence, claim.subject, claim.predicate, claim.object)
        if claim.cue == CLASSIFIER and (claim.sentence, frozenset((claim.subject, claim.object))) in told:
            continue
        if claim.confidence >= least and (key not in best or best[key].confidence < claim.confidence):
            best[key] = claim
    return sorted(best.values(), key=lambda c: (order[c.sentence], c.subject_mention, c.object_mention, c.predicate))


@cache
def cues() -> dict[str, tuple[Cue, ...]]:
    """Cue word (lower-case) → the claims it may make."""
    table: defaultdict[str, list[Cue]] = defaultdict(list)
    for predicate, kind, forms, frame, confidence in rows("claim_cues.tsv"):
        subject, _, target = frame.partition(">")
        for form in forms.split():
            table[form].append(Cue(predicate, kind, subject, target, float(confidence)))
    return {form: tuple(found) for form, found in table.items()}


@cache
def _nouns(kind: str) -> frozenset[str]:
    """Nouns that hide the concept beside them: `light` before them ("BERT models" are about BERT), `of` or
    `with` after them ("the expression of p53", "patients with asthma"); a `host` is treated, but not cured."""
    return frozenset(word for row in rows("hiding_nouns.tsv") if row[0] == kind for word in row[1].split())


@cache
def _cue_words() -> re.Pattern[str]:
    """Words without which a sentence is not parsed; forms of "be" with an article stand for "X is a Y"."""
    words = "|".join(sorted(cues(), key=len, reverse=True))
    return re.compile(rf"\b(?:{words}|(?:is|are|was|were) an?)\b", re.I)

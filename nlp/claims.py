"""Claims that one sentence makes about two concepts it names.

Cheap first: only sentences with two concepts and a cue word are parsed at all. Then a cue's logical roles
in the dependency tree (nlp.syntax) are looked up and each must be filled by a mention. Lists (nlp.lists) are
read off the surface, and trained models (nlp.modelled) find what no cue gives away. What the kinds of the two
concepts forbid is no claim (nlp.kinds).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from nlp import model
from nlp.extracted import NOTHING, Extracted
from nlp.kinds import Judge
from nlp.lexicon import rows
from nlp.lists import WHOLE, listed
from nlp.masks import masked
from nlp.modelled import classified, extracted_claims
from nlp.named import Named, by_sentence, claim, ends
from nlp.syntax import hangs_loose, hedged, negated, role
from ontology.reading import Claim, Mention
from ontology.records import Document, Fragment

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

_KINDS: Final = frozenset({"partOf", "isA"})
_OF_NATURE: Final = frozenset({"causes", "inhibits", "treats", "associatedWith"})
_BACK: Final = frozenset({"this", "these", "those", "such"})
_POINTING: Final = _BACK | {"that", "other", "another", "certain", "some"}
_OWN: Final = frozenset({"our", "my", "your", "its", "their", "his", "her", "whose"})
_NEVER_OF_ITSELF: Final = frozenset({"isA", "improvesOn", "comparesWith"})
_JOINED: Final = re.compile(r"\w[-‐‑]?\Z")
_CUT: Final = re.compile(r"[-‐‑]\w| (?!\d+ ?%)(?:[A-Z]?\d[\w.]*|I{1,3}|IV|V)(?![\w%])")
"""After a name that goes on: "TB 10.3" is a protein, "BERT-based" no BERT."""
_VERB_STILL: Final = re.compile(r" (?:an?|the|this|that|these|those|our|its|their)\b")
"""After a gerund that is a verb: "the task of learning a classifier"."""
_UNDONE: Final = re.compile(r"\b(?:rather than|instead of) (?:\w+ )?$", re.I)
_NEW_THOUGHT: Final = re.compile(r"[;:]|\bi\.e\.|\be\.g\.")


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


class _Filler(NamedTuple):
    named: Named
    factor: float
    """How directly it fills the role, in (0, 1]."""
    token: Token
    before: bool = False
    """It stands before the noun that fills the role, which says little of its own ("BERT models")."""
    hollow: bool = False
    """It is only the general noun of something narrower, which is what the sentence speaks of ("D67N mutation")."""


def claims(
    document: Document,
    parts: Sequence[Fragment],
    mentions: Sequence[Mention],
    settings: ClaimSettings,
    judge: Judge | None = None,
    told: Extracted = NOTHING,
) -> tuple[Claim, ...]:
    """The claims of a document's sentences in text order; each (subject, predicate, object) once a sentence.

    `judge` says which are none, whatever the words; `told` is what was found in titles and abstracts.
    """
    named_in = by_sentence(parts, mentions, settings.least_mention)
    found: list[Claim] = []
    chosen: list[tuple[Fragment, str]] = []
    for part in parts:
        named = named_in.get(part.path, ())
        if len({n.mention.concept for n in named}) < 2 or part.end - part.begin > model.MAX_PARSED:
            continue
        text = document.text[part.begin : part.end]
        found += listed(part.path, text, named)
        found += classified(part.path, text, named, settings.least_related)
        found += extracted_claims(part.path, text, named, told)
        if len(chosen) < settings.most_parsed and _cue_words().search(text):
            chosen.append((part, text))
    plain = [masked(text, [(n.begin, n.end) for n in named_in[part.path]]) for part, text in chosen]
    for (part, _), (_, places), tree in zip(chosen, plain, model.parse([text for text, _ in plain]), strict=True):
        found += _from_tree(part.path, tree, dict(zip(places, named_in[part.path], strict=True)))
    found = [one for one in found if all(_stands_whole(document.text, end) for end in ends(one, mentions))]
    if judge is not None:
        found = [one for one in found if judge.plausible(one.predicate, *ends(one, mentions))]
    return tuple(_distinct(found, parts, settings.least_confidence))


def _stands_whole(text: str, mention: Mention) -> bool:
    """Whether a mention is a name as it stands: no part of one, and no verb."""
    if mention.text.count("(") != mention.text.count(")") or _JOINED.search(text, mention.begin - 2, mention.begin):
        return False
    gerund = mention.text.endswith("ing") and " " not in mention.text
    cut = _CUT.match(text, mention.end) and not mention.text.endswith("s")
    return not cut and not (gerund and _VERB_STILL.match(text, mention.end))


def _from_tree(path: str, tree: Doc, places: Mapping[tuple[int, int], Named]) -> Iterator[Claim]:
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


def _filled(path: str, cue: Cue, token: Token, owner: dict[int, Named]) -> Iterator[Claim]:
    if cue.kind == "noun" and token.dep_ in ("ROOT", "aux") and token.lower_ not in ("comparison", "use"):
        return
    if (cue.predicate == "associatedWith" and hangs_loose(token)) or _regards(cue, token):
        return
    if _UNDONE.search(token.doc.text, 0, token.idx):
        return
    subjects = [f for t in role(token, cue.subject) for f in _fillers(t, owner)]
    if not subjects:
        return
    objects = [f for t in role(token, cue.object) for f in _fillers(t, owner)]
    for subject in subjects:
        for target in objects:
            if claim := _claim(path, cue, token, subject, target):
                yield claim


def _regards(cue: Cue, token: Token) -> bool:
    """ "treats A as B" says how A is looked at."""
    return cue.predicate == "treats" and any(c.dep_ == "prep" and c.lower_ == "as" for c in token.children)


def _fillers(token: Token, owner: Mapping[int, Named], depth: int = 0) -> Iterator[_Filler]:
    """Mentions that a role's head word stands for, with those it is coordinated with."""
    word = _noun(owner[token.i]) if token.i in owner else token.lower_
    if token.i not in owner or word in _nouns("measure"):
        yield from _hidden(token, word, owner, depth) if depth < 2 else ()
    else:
        # "NS1 protein" is one protein, "tar sands" are no sand: what is said holds for the kind, not the concept.
        narrowed = any(c.dep_ == "compound" and c.i not in owner for c in token.lefts)
        yield _Filler(owner[token.i], 0.7 if narrowed else 1.0, token, hollow=_hollow(token, word, owner))
    if depth < 4:
        for child in token.children:
            if child.dep_ == "conj" and not _NEW_THOUGHT.search(token.doc.text, token.idx, child.idx):
                yield from _fillers(child, owner, depth + 1)


def _hidden(token: Token, word: str, owner: Mapping[int, Named], depth: int) -> Iterator[_Filler]:
    """Mentions before or after a noun that says little of its own."""
    if word in _nouns("light"):
        before = next(
            (c for c in reversed(list(token.lefts)) if c.i in owner and c.dep_ in ("compound", "amod", "nmod")), None
        )
        if before is not None and before.i == token.i - 1:
            yield _Filler(owner[before.i], 0.85, token, before=True)
    wanted = {name for kind, name in (("of", "of"), ("measure", "of"), ("with", "with")) if word in _nouns(kind)}
    for child in token.children:
        if child.dep_ == "prep" and child.lower_ in wanted:
            for inner in child.children:
                if inner.dep_ == "pobj":
                    yield from (f._replace(factor=f.factor * 0.85) for f in _fillers(inner, owner, depth + 1))


def _noun(named: Named) -> str:
    """The last word of a name as the sentence has it: in the tree a name is masked."""
    return named.mention.text.rpartition(" ")[2].lower()


def _hollow(token: Token, word: str, owner: Mapping[int, Named]) -> bool:
    own = owner[token.i]
    if word not in _nouns("hollow") or " " in own.mention.text:
        return False
    lefts = (c for c in token.lefts if owner.get(c.i) is not own)
    if any(c.dep_ in ("amod", "compound", "nmod", "poss", "nummod", "appos") or c.lower_ in _POINTING for c in lefts):
        return True
    return any(c.dep_ in ("prep", "relcl", "acl", "appos") for c in token.rights)


def _copula(path: str, token: Token, owner: dict[int, Named]) -> Iterator[Claim]:
    """ "X is a Y": only with an article, so that no property is taken for a class."""
    if token.dep_ != "attr" or not any(c.lower_ in ("a", "an") for c in token.lefts):
        return
    if any(c.dep_ in ("prep", "relcl", "acl") and c.lower_ == "of" for c in token.rights):
        return
    if not WHOLE.match(token.doc.text, token.idx + len(token)):
        return  # "is a parsing dataset" that the parser took for parsing
    subjects = [f for t in role(token, "copula") for f in _fillers(t, owner) if f.factor == 1.0]
    cue = Cue("isA", "noun", "copula", "self", 0.65)
    for subject in subjects:
        if made := _claim(path, cue, token.head, subject, _Filler(owner[token.i], 1.0, token)):
            yield made


def _claim(path: str, cue: Cue, token: Token, subject: _Filler, target: _Filler) -> Claim | None:
    one, other = subject.named, target.named
    if one.mention.concept == other.mention.concept or (one.begin < other.end and other.begin < one.end):
        return None
    if cue.predicate in _NEVER_OF_ITSELF and _within(one.mention.text, other.mention.text):
        return None
    if cue.predicate == "isA" and _one_of_them(subject):
        return None  # what "our parser" is other parsers need not be
    if any(" " not in f.named.mention.text and _determined(f.token) & _BACK for f in (subject, target)):
        return None
    if cue.predicate in _KINDS and (subject.before or target.before):
        return None  # a module of a dialogue model is no part of dialogue
    if cue.predicate in _OF_NATURE and (subject.hollow or target.hollow):
        return None
    if cue.predicate == "treats" and other.mention.text.rsplit(maxsplit=1)[-1].lower() in _nouns("host"):
        return None
    sure = cue.confidence * subject.factor * target.factor
    denied = negated(token, (subject.token, target.token))
    return claim(path, one, cue.predicate, other, sure, token.text, hedged=hedged(token), denied=denied)


def _within(one: str, other: str) -> bool:
    """Whether one name holds the other, word by word: "BERT" and "BERT tagger" are no two things to be compared."""
    short, long = sorted((f" {text.lower().replace('-', ' ')} " for text in (one, other)), key=len)
    return short in long


def _determined(token: Token) -> frozenset[str]:
    return frozenset(c.lower_ for c in token.lefts if c.dep_ in ("det", "poss", "predet", "amod"))


def _one_of_them(filler: _Filler) -> bool:
    """Whether a name stands for one thing of a kind: "our parser", "the baseline"."""
    words = _determined(filler.token)
    return bool(words & (_OWN | _BACK)) or ("the" in words and filler.named.mention.text.islower())


def _distinct(found: Sequence[Claim], parts: Sequence[Fragment], least: float) -> list[Claim]:
    order = {part.path: number for number, part in enumerate(parts)}
    by_cue = (one for one in found if one.told and one.confidence >= least)
    told = {(one.sentence, frozenset((one.subject, one.object))) for one in by_cue}
    best: dict[tuple[str, str, str, str], Claim] = {}
    for one in found:
        key = (one.sentence, one.subject, one.predicate, one.object)
        if not one.told and (one.sentence, frozenset((one.subject, one.object))) in told:
            continue
        if one.confidence >= least and (key not in best or best[key].confidence < one.confidence):
            best[key] = one
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

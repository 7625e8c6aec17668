"""Who does what to whom in a dependency tree: the roles around one cue word.

Labels are ClearNLP's, as spaCy's English models give them. Roles are logical: the object of a passive is
its `obj`, the agent its `subj`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from nlp.lexicon import rows

if TYPE_CHECKING:
    from spacy.tokens import Token

_SUBJECT: Final = ("nsubj", "csubj")
_RELATIVE: Final = frozenset({"which", "that", "who", "whose"})
_BE: Final = frozenset({"is", "are", "was", "were", "be", "been", "being", "become", "becomes", "became", "remains"})
NEGATIONS: Final = frozenset({"not", "n't", "no", "neither", "nor", "never", "without", "cannot"})
_ALLOWING: Final = frozenset({"allow", "allows", "allowed", "enable", "enables", "enabled", "permit", "permits"})
_NOMINAL: Final = frozenset({"nsubj", "nsubjpass", "dobj", "pobj", "attr", "appos", "conj", "dative", "compound"})
_EVIDENCE: Final = frozenset({"evidence", "proof", "indication", "indications", "support", "sign", "signs"})
_FAILING: Final = frozenset({"fail", "fails", "failed", "unable", "unlikely", "lack", "lacks"})
_VERBAL: Final = frozenset({"nsubj", "nsubjpass", "csubj", "dobj", "aux", "auxpass", "agent", "expl", "prt"})
"""What hangs on verbs only (the parser runs without tags)."""
LOOKING: Final = frozenset(form for row in rows("looking_verbs.txt") for form in row[0].split())
HEDGES: Final = frozenset(row[0] for row in rows("hedges.txt"))


def role(cue: Token, name: str) -> list[Token]:
    """The head words that fill a role of the cue (see data/claim_cues.tsv for the names)."""
    kind, _, which = name.partition(":")
    prepositions = tuple(which.split(",")) if which else ()
    if kind == "subj":
        return list(_subjects(cue))
    if kind == "obj":
        return list(_objects(cue))
    if kind == "prep":
        return list(_governed(cue, prepositions))
    if kind == "between":
        return [after for token in _governed(cue, ("between",)) for after in _other(token)]
    if name == "prep:between":
        return [token for token in _governed(cue, prepositions) if _other(token)]
    if kind == "purpose":
        return [
            o for c in cue.children if c.dep_ in ("xcomp", "advcl") and _infinitive(c) and c.lower_ not in LOOKING
            for o in _dobj(c)
        ]  # fmt: skip
    if kind == "attached":
        head = cue.head
        nominal = cue.dep_ == "pobj" and head.lower_ in prepositions and not _is_verb(head.head)
        return [head.head] if nominal else []
    return list(_copula_subjects(cue))


def hangs_loose(cue: Token) -> bool:
    """Whether a participle follows "A of B": it may speak of either."""
    of = cue.head.head
    return cue.dep_ == "acl" and cue.head.dep_ == "pobj" and of.lower_ == "of" and of.head.dep_ in _NOMINAL


def _other(token: Token) -> list[Token]:
    """The second of "between A and B"; none where more are listed: who knows which go together?"""
    after = [c for c in token.children if c.dep_ == "conj"]
    return after if len(after) == 1 and not any(c.dep_ == "conj" for c in after[0].children) else []


def negated(cue: Token, ends: Sequence[Token]) -> bool:
    """Whether the statement around the cue is denied."""
    for token in (cue, *_chain(cue)):
        if token.lower_ in _FAILING or any(c.dep_ == "neg" or c.lower_ in NEGATIONS for c in token.children):
            return True
    return any(c.dep_ == "det" and c.lower_ in ("no", "neither") for end in ends for c in end.children)


def hedged(cue: Token) -> bool:
    """Whether the statement is put forward as possible only."""
    around = [cue, *_chain(cue)]
    return any(t.lower_ in HEDGES or any(c.lower_ in HEDGES for c in t.children) for t in around)


def passive(verb: Token) -> bool:
    """Whether a verb is in the passive, reduced relative clauses ("induced by …") among them."""
    if any(c.dep_ in ("auxpass", "nsubjpass", "agent") for c in verb.children):
        return True
    if verb.dep_ == "acl":
        return not verb.lower_.endswith("ing")
    return verb.dep_ == "conj" and passive(verb.head) and not any(c.dep_ == "nsubj" for c in verb.children)


def _subjects(verb: Token) -> Iterator[Token]:
    if passive(verb):
        yield from (p for c in verb.children if c.dep_ == "agent" for p in c.children if p.dep_ == "pobj")
        return
    own = [c for c in verb.children if c.dep_ in _SUBJECT]
    if own:
        for token in own:
            yield from _antecedent(verb) if token.lower_ in _RELATIVE and verb.dep_ == "relcl" else (token,)
    elif verb.dep_ == "acl":
        yield from _described(verb)
    elif verb.dep_ == "conj":
        yield from _subjects(verb.head)
    elif verb.dep_ in ("xcomp", "advcl"):
        yield from _controllers(verb)


def _antecedent(verb: Token) -> Iterator[Token]:
    """What a relative clause speaks of: the noun before it, unless the verb is in the other number ("a method for
    treebanks that uses X")."""
    single = _in_singular(verb)
    if single is None or single == _is_single(verb.head, verb.i):
        yield verb.head


def _in_singular(verb: Token) -> bool | None:
    """Of the verb's first finite form; None where it shows no number."""
    first = next((c for c in verb.children if c.dep_ in ("aux", "auxpass")), verb).lower_
    if first in ("is", "was", "has", "does"):
        return True
    if first in ("are", "were", "have", "do"):
        return False
    if first == verb.lower_ and not first.endswith(("ed", "ing", "ss")):
        return True if first.endswith("s") else None
    return None


def _is_single(noun: Token, until: int) -> bool:
    several = noun.lower_.endswith("s") and not noun.lower_.endswith(("ss", "us", "is"))
    return not several and not any(c.dep_ == "conj" and c.i < until for c in noun.children)


def _described(participle: Token) -> Iterator[Token]:
    """What a participle after a noun speaks of. The parser hangs "using" on the nearest noun; in "studied in animals
    using X" and "we test parsers using X" it says how something is done."""
    noun = participle.head
    verb = noun.head.head if noun.dep_ == "pobj" else noun.head
    if participle.lower_ != "using" or noun.dep_ not in ("pobj", "dobj") or not _is_verb(verb):
        yield noun
    elif verb.lower_ not in LOOKING:
        yield from [noun] if noun.dep_ == "dobj" else _objects(verb)


def _is_verb(token: Token) -> bool:
    return any(c.dep_ in _VERBAL for c in token.children)


def _controllers(verb: Token) -> Iterator[Token]:
    """The understood subject of a clause without one: "we use X to treat Y", "X fails to treat Y",
    "Y is parsed using X"; of "using X, Y parses …" it is Y."""
    main = verb.head
    if _infinitive(verb):
        # What "allows to use X" is not what uses it.
        yield from list(_objects(main)) or ([] if main.lower_ in _ALLOWING else list(_subjects(main)))
    elif verb.lower_ == "using" and verb.i > main.i:
        yield from _objects(main) if main.lower_ not in LOOKING else ()
    else:
        yield from (c for c in main.children if c.dep_ in ("nsubj", "nsubjpass"))


def _objects(verb: Token) -> Iterator[Token]:
    if not passive(verb):
        yield from _dobj(verb)
        return
    own = [c for c in verb.children if c.dep_ == "nsubjpass"]
    if own:
        for token in own:
            yield from _antecedent(verb) if token.lower_ in _RELATIVE and verb.dep_ == "relcl" else (token,)
    elif verb.dep_ == "acl":
        yield verb.head
    elif verb.dep_ == "conj":
        yield from _objects(verb.head)


def _dobj(verb: Token) -> Iterator[Token]:
    yield from (c for c in verb.children if c.dep_ == "dobj")


def _governed(head: Token, prepositions: Sequence[str]) -> Iterator[Token]:
    for child in head.children:
        if child.dep_ in ("prep", "agent") and child.lower_ in prepositions:
            yield from (p for p in child.children if p.dep_ == "pobj")
        elif child.dep_ == "dobj":
            # "apply A to B": the parser often hangs "to B" on A.
            yield from (
                p
                for c in child.children
                if c.dep_ == "prep" and c.lower_ in prepositions and c.lower_ not in ("of", "in")
                for p in c.children
                if p.dep_ == "pobj"
            )


def _copula_subjects(noun: Token) -> Iterator[Token]:
    if noun.dep_ == "attr" and noun.head.lower_ in _BE:
        yield from (c for c in noun.head.children if c.dep_ == "nsubj")
    elif noun.dep_ == "appos":
        yield noun.head


def _infinitive(verb: Token) -> bool:
    return any(c.dep_ == "aux" and c.lower_ == "to" for c in verb.children)


def _chain(cue: Token) -> Iterator[Token]:
    """The words above that carry a cue's negation and modality, at most four."""
    token = cue
    for _ in range(4):
        evident = token.dep_ == "acl" and token.head.lower_ in _EVIDENCE
        if not evident and token.dep_ not in (
            "xcomp",
            "ccomp",
            "attr",
            "dobj",
            "nsubj",
            "nsubjpass",
            "acomp",
            "pobj",
            "prep",
        ):
            return
        token = token.head
        yield token

"""From a vocabulary's labels to the word sequences a text is searched for.

One label gives one or more *forms*: itself, MeSH's inversions turned round ("Houses, Slaughter" →
"slaughter house"), without its qualifier ("Neural Networks (Computer)"), with its hyphens closed
("co-occurrence" → "cooccurrence"), with a word's equivalent ("breast cancer" for "breast neoplasm").
Labels that cannot be told from everyday words give none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import IntEnum
from itertools import combinations, islice
from typing import Final, NamedTuple

from nlp.lexicon import equivalents, frequencies, plain_words, specificity, stop_labels
from nlp.normalise import fold_label, has_cjk
from ontology.scheme import Label

MAX_WORDS: Final = 9
"""Longer labels are systematic chemical names and sentences; no text repeats them."""
MAX_CHARACTERS: Final = 160
_MIN_SPECIFICITY: Final = 0.12
_QUALIFIER: Final = re.compile(r"\s*\([^()]*\)\s*$")
_MAX_PAIRS: Final = 24
_HEADS: Final = frozenset(
    {
        "abnormality", "adenocarcinoma", "adenoma", "anomaly", "atrophy", "cancer", "carcinoma", "cyst", "defect",
        "deficiency", "deformity", "degeneration", "disease", "disorder", "dysfunction", "dysplasia", "dystrophy",
        "failure", "fibrosis", "fracture", "hemorrhage", "hypertrophy", "hypoplasia", "infection", "inflammation",
        "injury", "ischemia", "lesion", "malformation", "malignancy", "necrosis", "obstruction", "stenosis",
        "thrombosis", "tumor",
    }
)  # fmt: skip
_ADJECTIVES: Final = (
    ("osis", "otic"), ("itis", "itic"), ("emia", "emic"), ("plegia", "plegic"), ("pathy", "pathic"), ("epsy", "eptic"),
    ("trophy", "trophic"), ("plasia", "plastic"), ("phrenia", "phrenic"), ("tonia", "tonic"), ("taxia", "taxic"),
    ("tension", "tensive"), ("ischemia", "ischemic"), ("diabetes", "diabetic"), ("obesity", "obese"),
    ("rrhage", "rrhagic"), ("penia", "penic"), ("hypoxia", "hypoxic"), ("cancer", "cancerous"),
    ("kinesia", "kinetic"), ("kinesis", "kinetic"), ("thermia", "thermic"), ("pnea", "pneic"), ("algia", "algic"),
    ("uria", "uric"), ("asthma", "asthmatic"), ("thyroidism", "thyroid"), ("autism", "autistic"),
)  # fmt: skip
"""Endings of nouns that name findings, and of the adjectives made of them."""
_HYPHEN: Final = re.compile(r"(?<=[^\W_])[-‐‑](?=[^\W_])")
_POSSESSIVE: Final = re.compile(r"\b(?:my|your|his|hers?|its|ours?|theirs?|whose)\b(?![-‐‑])", re.I)
_OPENING: Final = re.compile(r"(?:^|[.!?:;\n])[\s\"'“‘(\[]*$")
QUALIFIED: Final = 0.65
"""Faithfulness of a word that its vocabulary writes with a qualifier: it has other senses."""
_QUALITY: Final = {"pref": 1.0, "alt": 0.95, "hidden": 0.85}


class Case(IntEnum):
    """What the text's capitals must look like for a label to match."""

    ANY = 0
    EXACT = 1
    """As the label has them ("AIDS", not "aids")."""
    UPPER = 2
    """Capitals, whatever the label has ("svm" is found as "SVM", "SVMs")."""
    WORD = 3
    """Not all capitals ("Cat" is not found in "CAT scan")."""


class Form(NamedTuple):
    """One way a label may stand in a text; `quality` in (0, 1] says how faithful it is."""

    key: tuple[str, ...]
    case: Case
    quality: float
    specificity: float


def forms(label: Label) -> Iterator[Form]:
    """The distinct forms of a label, the most faithful first; none for labels not worth searching."""
    text = label.text.strip()
    if not text or len(text) > MAX_CHARACTERS:
        return
    quality = _QUALITY.get(label.kind, 0.85)
    seen: set[tuple[str, ...]] = set()
    for key, worth, case in _keys(text):
        if key in seen:
            continue
        seen.add(key)
        telling = specificity(key, acronym=case in (Case.EXACT, Case.UPPER))
        if telling >= _MIN_SPECIFICITY:
            yield Form(key, case, quality * worth, telling)


def case_rule(text: str, count: int) -> Case:
    """The rule for a label of `count` words: only single short words depend on capitals."""
    if count != 1 or has_cjk(text):
        return Case.ANY
    capitals = sum(char.isupper() for char in text)
    if capitals >= 2 and len(text) <= 8:
        return Case.EXACT
    # Of three letters nearly every lower-case label is an acronym ("saw" is surface acoustic waves).
    plain = text in plain_words() or (len(text) > 3 and text in frequencies())
    if text.islower() and not plain and len(text) <= 4:
        return Case.UPPER
    if text.islower() and any(char.isdigit() for char in text) and len(text) <= 6:
        return Case.UPPER
    return Case.WORD if len(text) <= 5 else Case.ANY


def case_fits(case: Case, label: str, text: str) -> bool:
    """Whether a stretch of text has the capitals that a label asks for."""
    if case == Case.ANY:
        return True
    bare = text[:-1] if text.endswith("s") and len(text) > 2 else text
    if case == Case.EXACT:
        return text == label or bare == label
    shouting = bare.isupper() and len(bare) > 1
    if case == Case.UPPER:
        return shouting or sum(char.isupper() for char in text) >= 2
    return not shouting


def possessives_fit(label: str, text: str, before: str) -> bool:
    """Whether the possessives in a stretch of text are names that the label has, as in "bundle of His": spelt like
    there ("her disease" is no Hers Disease), and not first in a sentence. `before` is what precedes the stretch."""
    found = list(_POSSESSIVE.finditer(text))
    if not found:
        return True
    if found[0].start() == 0 and found[0].group().istitle() and _OPENING.search(before):
        return False
    parts = label.replace("-", " ").split()
    return all(one.group() in parts or one.group().lower() in parts for one in found)


def _variants(text: str) -> Iterator[tuple[str, float]]:
    yield text, 1.0
    bare = _QUALIFIER.sub("", text)
    if bare and bare != text:
        yield bare, 0.77 if " " in bare else QUALIFIED
    if ", " in bare and bare.count(",") <= 3:
        yield " ".join(reversed(bare.split(", "))), 0.98
    if _HYPHEN.search(bare):
        yield _HYPHEN.sub("", bare), 0.95


def _keys(text: str) -> Iterator[tuple[tuple[str, ...], float, Case]]:
    """(folded words, faithfulness, rule for capitals) of a label's forms, repetitions among them."""
    for variant, worth in _variants(text):
        key = fold_label(variant)
        if not _usable(key, variant):
            continue
        case = case_rule(variant, len(key))
        if len(key) > 1 or case == Case.EXACT or key[0] not in stop_labels():
            yield key, worth, case
            others = [*_equivalent(key)]
            for other in others:
                yield other, worth * 0.92, Case.ANY
            for one in (key, *others):
                for turned in _turned(one):
                    yield turned, worth * 0.9, Case.ANY
            if adjective := _adjective(key[-1]):
                yield (*key[:-1], adjective), worth * 0.8, Case.ANY


def _equivalent(key: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The key with one or two words replaced by what texts say in their place."""
    if len(key) == 1 and key[0] != "neoplasm":
        return
    table = equivalents()
    places = [place for place, word in enumerate(key) if word in table]
    singles = [(place, other) for place in places for other in table[key[place]]]
    for place, other in singles:
        yield (*key[:place], other, *key[place + 1 :])
    for (first, one), (second, two) in islice(combinations(singles, 2), _MAX_PAIRS):
        if first != second:
            yield (*key[:first], one, *key[first + 1 : second], two, *key[second + 1 :])


def _turned(key: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """ "breast cancer" as "cancer of the breast", for heads that are said so."""
    if 2 <= len(key) <= 4 and key[-1] in _HEADS and "of" not in key:
        yield (key[-1], "of", *key[:-1])
        yield (key[-1], "of", "the", *key[:-1])


def _adjective(word: str) -> str:
    """ "necrosis" as "necrotic": what a finding is called before a noun; "" where no rule fits."""
    for ending, other in _ADJECTIVES:
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return word[: -len(ending)] + other
    return ""


def _usable(key: tuple[str, ...], text: str) -> bool:
    if not 0 < len(key) <= MAX_WORDS:
        return False
    if len(key) == 1:
        return (len(key[0]) > 1 and not key[0].isdigit()) or has_cjk(text)
    return any(len(word) > 1 and not word.isdigit() for word in key) or has_cjk(text)

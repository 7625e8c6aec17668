"""Which language a document, and each of its blocks, is written in."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from py3langid.langid import MODEL_FILE, LanguageIdentifier

KNOWN: Final = (
    "en", "de", "fr", "es", "pt", "it", "nl", "pl", "sv", "da", "fi", "cs", "tr", "ru", "uk", "ar", "he",
    "el", "zh", "ja", "ko",
)  # fmt: skip
"""Languages that are told apart (ISO 639-1)."""
UNDETERMINED: Final = "und"
SAMPLE: Final = 2_000
"""How many characters of a text are looked at."""
_CERTAIN: Final = 0.99
"""How sure a guess must be that a block is in another language than its document."""
_ENOUGH: Final = 60
"""Below this many characters a source's own word counts for more than the guess."""

_SCRIPTS: Final = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("zh", re.compile(r"[\u3400-\u9fff]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
)
_CYRILLIC: Final = re.compile(r"[\u0400-\u04ff]")
_LETTER: Final = re.compile(r"[^\W\d_]")
_PLAIN_LATIN: Final = re.compile("[A-Za-zÀ-ɏ]")
_BY_SCRIPT: Final = {code for code, _ in _SCRIPTS} | {"ru", "uk"}


def detect(text: str, declared: str = "") -> str:
    """The ISO 639-1 code of the text's language; "und" where nothing tells.

    `declared` (BCP 47 or ISO 639) decides for short texts only: sources often say "en" for all.
    """
    said = _two_letters(declared)
    sample = text[:SAMPLE]
    letters = len(_LETTER.findall(sample))
    if not letters:
        return said or UNDETERMINED
    script = _script(sample, letters)
    if script:
        return script
    if letters < _ENOUGH and said in KNOWN:
        return said
    guess, _ = _identifier().classify(sample)
    return str(guess)


def block_language(text: str, whole: str, declared: str = "") -> str:
    """The language of one block of a document in the language `whole`: another one only where its script, what the
    source declares of it, or enough certain words say so."""
    sample = text[:SAMPLE]
    letters = len(_LETTER.findall(sample))
    if not letters:
        return whole
    foreign = letters - len(_PLAIN_LATIN.findall(sample))
    if (script := _script(sample, letters)) and (whole in _BY_SCRIPT or foreign * 2 > letters):
        return script  # a word of another script in the middle of a sentence does not make it foreign
    said = _two_letters(declared)
    if said in KNOWN and said not in _BY_SCRIPT:
        return said
    if letters < _ENOUGH:
        return whole if whole not in _BY_SCRIPT else _latin(sample, whole)
    return _latin(sample, whole)


def _latin(sample: str, whole: str) -> str:
    guess, certainty = _identifier().classify(sample)
    return str(guess) if certainty >= _CERTAIN else whole


def _script(sample: str, letters: int) -> str:
    """The language that a script gives away; "" for Latin and mixed texts."""
    for code, pattern in _SCRIPTS:
        # Japanese shows by its kana, a small part of the letters beside the Chinese ones.
        if len(pattern.findall(sample)) > letters * (0.1 if code == "ja" else 0.3):
            return code
    if len(_CYRILLIC.findall(sample)) > letters * 0.5:
        return "uk" if re.search("[іїєґ]", sample.lower()) else "ru"
    return ""


@cache
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([code for code in KNOWN if code not in _BY_SCRIPT])
    return identifier


def _two_letters(code: str) -> str:
    code = code.lower().replace("_", "-").split("-")[0]
    return _THREE.get(code, code)


_THREE: Final = {
    "eng": "en", "deu": "de", "ger": "de", "fra": "fr", "fre": "fr", "spa": "es", "por": "pt", "ita": "it",
    "nld": "nl", "dut": "nl", "zho": "zh", "chi": "zh", "jpn": "ja", "kor": "ko", "rus": "ru", "pol": "pl",
}  # fmt: skip

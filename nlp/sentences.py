"""Cutting blocks of text into sentences with exact offsets.

English: a rule per boundary, with the abbreviations of scholarly prose. Chinese and Japanese: the full
stops of the script, and English rules between Latin words. Other languages: syntok, mended by their own abbreviations
(`data/abbreviations_other.tsv`), ordinals and quotation marks. No cut ever lies inside a citation marker.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Final

from syntok import segmenter

from nlp.language import block_language
from nlp.lexicon import rows
from ontology.records import Document, Fragment

MAX_SENTENCE: Final = 4_000
"""Characters; longer stretches without an end (tables, sequences) are cut at a space."""
BLOCKS: Final = frozenset({"title", "paragraph", "figure", "table", "list", "footnote", "statement"})
"""Kinds of fragments whose text is read sentence by sentence."""

Span = tuple[int, int]

_END: Final = re.compile(
    r"(?<![.!?…])(?P<stop>[.!?…]+)(?P<note>\d{1,3}(?:[,–-]\d{1,3})*)?[\"'”’)\]]*(?P<gap>\s+)(?=[\"'“‘(\[]*[A-Z0-9Α-ΩÀ-Ý])"
)
_LAST_WORD: Final = re.compile(r"[^\s(\[]+$")
_NEXT_WORD: Final = re.compile(r"[\"'“‘(\[]*([^\W_]+)")
_CJK: Final = r"[\u3040-\u30ff\u3400-\u9fff]"
_CJK_NEXT: Final = re.compile(_CJK)
_CJK_END: Final = re.compile(rf"(?:[。！？．]+|(?<={_CJK})[.!?]+(?=\s*(?:{_CJK}|$))|…+(?={_CJK}))[”’」』）》]*")
_CLOSING: Final = re.compile(r"\s*[»”’\"]+(?=\s|$)")
_MORE_ENDS: Final = re.compile(
    r"(?:(?<=\s)(?:\d+(?:\.\d+)+|(?<=\.\s)\d{1,3}|[^\s.]*°[CFK])|[)\]»”%])\.\s+(?=[^\W\d_a-z])"
    r"|\b(?:etc|usw)\.\s+(?=(?:[EI]lles?|Ils?|Nous|On|Les?|La|Ce(?:tte|s|t)?|Dans|Est[aeo]s?|El|Los|Las|En|Die|Das|Der|Wir)\b)"
)
"""Where syntok sees no end and there is one: behind the number of a section or caption, a unit, a bracket, quotation
marks and a percentage before a capital, and "etc." before a word that begins sentences."""
_INITIAL: Final = re.compile(r"\s*[^\W\d_]\.(?:\s|$|[,;)])")
_ORDINAL: Final = re.compile(
    r"(?:\b(?:im|am|vom|zum|zur|beim|der|die|das|dem|den|des|eine?|einen|einer|seit|bis|ab|und) |(?<!\d))\d{1,2}\.$",
    re.I,
)
_ORDERED: Final = re.compile(
    r"\s*(?:Jänner|Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember|Jahrhundert|Jh)\b"
)


def sentences(document: Document, language: str) -> tuple[Fragment, ...]:
    """Sentence fragments of all blocks, in text order, with paths `<block>/s/<n>`.

    `language` is the document's; the sentences of blocks in another one say so. A title is one sentence. Blocks that
    lie within another (a statement over a paragraph) are not read twice.
    """
    marks = sorted((f.begin, f.end) for f in document.fragments if f.kind == "citation")
    found: list[Fragment] = []
    done = -1
    first = 0
    for block in sorted((f for f in document.fragments if f.kind in BLOCKS), key=lambda f: (f.begin, -f.end)):
        text = document.text[block.begin : block.end]
        if block.begin < done or not text.strip() or "\n" in text:
            continue
        done = block.end
        while first < len(marks) and marks[first][1] <= block.begin:
            first += 1
        inside = [(b - block.begin, e - block.begin) for b, e in _until(marks, first, block.end)]
        own = block_language(text, language, block.language)
        spans = [_trimmed(text, 0, len(text))] if block.kind == "title" else split(text, own, inside)
        other = "" if own == language else own
        found += (
            Fragment(
                kind="sentence",
                path=f"{block.path}/s/{n}",
                begin=block.begin + begin,
                end=block.begin + end,
                language=other,
            )
            for n, (begin, end) in enumerate(spans, 1)
        )
    return tuple(found)


def split(text: str, language: str, whole: Sequence[Span] = ()) -> list[Span]:
    """(begin, end) of each sentence of one block; no cut inside the spans in `whole`."""
    if language == "en" or language == "und":
        cuts = _english(text)
    elif language in ("zh", "ja"):
        cuts = _cjk(text)
    else:
        cuts = _mended(text, _syntok(text), language)
    spans: list[Span] = []
    begin = 0
    for cut in [*(c for c in cuts if not any(b < c < e for b, e in whole)), len(text)]:
        spans += _bounded(text, begin, cut)
        begin = cut
    return spans


def model_note(language: str) -> str:
    """What is missing for a language, as a note for `Reading.notes`; "" for English."""
    if language == "en":
        return ""
    how = "with its abbreviations" if language in _other_abbreviations() else "by general rules"
    how = "at its full stops" if language in ("zh", "ja") else how
    return f"no grammar for {language!r}: sentences split {how}, no claims"


def _until(marks: list[Span], first: int, end: int) -> Iterator[Span]:
    for number in range(first, len(marks)):
        if marks[number][0] >= end:
            return
        yield marks[number]


def _english(text: str) -> Iterator[int]:
    begin = 0
    for found in _END.finditer(text):
        if _ends(text, begin, found):
            begin = found.end()
            yield begin


def _ends(text: str, begin: int, found: re.Match[str]) -> bool:
    """Whether this punctuation ends the sentence that began at `begin`."""
    position = found.start()
    if found["note"] and not (position and text[position - 1].isalpha() and text[position - 1].islower()):
        return False
    if found["stop"] != ".":
        return True
    before = _LAST_WORD.search(text, max(begin, position - 40), position)
    word = before.group() if before else ""
    if not word:
        return position > begin
    following = _NEXT_WORD.match(text, found.end())
    fresh = following is not None and following.group(1).lower() in _starters()
    strength = _abbreviations().get(word.lower().lstrip("\"'“‘"))
    if strength == "hard" or (word.isdigit() and text[begin:position].strip() == word):
        return False
    if strength == "soft" or (len(word) == 1 and word.isalpha() and word.isupper()):
        return fresh
    return True


def _cjk(text: str) -> Iterator[int]:
    """At the stops of the script, and between Latin words as in English."""
    own = {found.end() for found in _CJK_END.finditer(text)}
    return iter(sorted(own | {cut for cut in _english(text) if not _CJK_NEXT.match(text, cut)}))


def _mended(text: str, cuts: Iterable[int], language: str) -> Iterator[int]:
    """The cuts without those behind an abbreviation or ordinal, with those that it did not see; closing
    quotation marks belong to what they close."""
    begin = 0
    for cut in sorted({*cuts, *(found.end() for found in _MORE_ENDS.finditer(text))}):
        if closing := _CLOSING.match(text, cut):
            cut = closing.end()
        if cut > begin and not _goes_on(text, begin, cut, language):
            begin = cut
            yield cut


def _goes_on(text: str, begin: int, cut: int, language: str) -> bool:
    """Whether the sentence that began at `begin` does not end at `cut`."""
    before = text[max(begin, cut - 40) : cut].rstrip()
    word = before[:-1].rpartition(" ")[2].lstrip("([\"'«„“").lower()
    if not before.endswith("."):
        return False
    if word in _other_abbreviations().get(language, ()):
        return True
    if len(word) == 1 and word.isalpha() and _INITIAL.match(text, cut):
        return True  # "50 a. C."
    if language != "de" or not (ordinal := _ORDINAL.search(before)):
        return False
    return " " in ordinal.group() or _ORDERED.match(text, cut) is not None


def _syntok(text: str) -> Iterator[int]:
    for paragraph in segmenter.process(text):
        for tokens in paragraph:
            if tokens:
                yield tokens[-1].offset + len(tokens[-1].value)


def _bounded(text: str, begin: int, end: int) -> Iterator[Span]:
    """The span without surrounding space, in pieces of at most MAX_SENTENCE; nothing if blank."""
    begin, end = _trimmed(text, begin, end)
    while end - begin > MAX_SENTENCE:
        cut = text.rfind(" ", begin, begin + MAX_SENTENCE)
        cut = cut if cut > begin else begin + MAX_SENTENCE
        yield _trimmed(text, begin, cut)
        begin, end = _trimmed(text, cut, end)
    if begin < end:
        yield begin, end


def _trimmed(text: str, begin: int, end: int) -> Span:
    while begin < end and text[begin].isspace():
        begin += 1
    while end > begin and text[end - 1].isspace():
        end -= 1
    return begin, end


@cache
def _abbreviations() -> dict[str, str]:
    return {row[0]: row[1] for row in rows("abbreviations.txt")}


@cache
def _other_abbreviations() -> dict[str, frozenset[str]]:
    return {language: frozenset(words.split()) for language, words in rows("abbreviations_other.tsv")}


@cache
def _starters() -> frozenset[str]:
    return frozenset(row[0] for row in rows("sentence_starters.txt"))

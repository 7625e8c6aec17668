"""Checks of labels, notes, notations and languages."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from ontology.checks.base import Finding, error, live, note, warning
from ontology.scheme import Scheme

_TAG: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,8}|x(?:-[A-Za-z0-9]{1,8})+")


def missing_preferred_label(scheme: Scheme) -> Iterator[Finding]:
    """A concept without any preferred label."""
    for concept in scheme:
        if not any(label.kind == "pref" and label.text.strip() for label in concept.labels):
            yield error("missing_preferred_label", (concept.iri,), f"{concept.iri} has no preferred label")


def empty_label(scheme: Scheme) -> Iterator[Finding]:
    """A label without a visible character."""
    for concept in scheme:
        if any(not label.text.strip() for label in concept.labels):
            yield error("empty_label", (concept.iri,), f"{concept.name()!r} has an empty label")


def unprintable_label(scheme: Scheme) -> Iterator[Finding]:
    """A label with control characters, or with what stands for a character that was lost."""
    for concept in scheme:
        for label in concept.labels:
            if any(char == "\ufffd" or unicodedata.category(char) in ("Cc", "Co", "Cn") for char in label.text):
                yield warning(
                    "unprintable_label", (concept.iri,), f"{label.text!r} has characters that cannot be shown"
                )


def inconsistent_labels(scheme: Scheme) -> Iterator[Finding]:
    """Two preferred labels in one language, or a label both preferred and alternative (SKOS S13, S14)."""
    for concept in scheme:
        kinds: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        preferred: defaultdict[str, set[str]] = defaultdict(set)
        for label in concept.labels:
            kinds[label.text, label.language].add(label.kind)
            if label.kind == "pref":
                preferred[label.language].add(label.text)
        for language, texts in preferred.items():
            if len(texts) > 1:
                shown = " and ".join(repr(text) for text in sorted(texts))
                yield error("inconsistent_labels", (concept.iri,), f"{shown} are both preferred in {language!r}")
        for (text, _), found in kinds.items():
            if len(found) > 1:
                shown = " and ".join(sorted(found))
                yield error("inconsistent_labels", (concept.iri,), f"{text!r} is both {shown} label")


def label_clash(scheme: Scheme) -> Iterator[Finding]:
    """A label that names several live concepts, whatever its case (qSKOS: overlapping labels)."""
    owners: defaultdict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for concept in live(scheme):
        for label in concept.labels:
            if label.kind != "hidden":
                owners[label.text.casefold(), label.language][concept.iri] = None
    for (text, language), iris in owners.items():
        if len(iris) > 1:
            yield warning(
                "label_clash", tuple(iris), f"{text!r} ({language or 'no language'}) names {len(iris)} concepts"
            )


def invalid_language(scheme: Scheme) -> Iterator[Finding]:
    """A label or note in no language, or in one that BCP 47 cannot name (qSKOS: omitted or invalid language tags)."""
    for concept in live(scheme):
        languages = [*(label.language for label in concept.labels), *(text.language for text in concept.notes)]
        for language in dict.fromkeys(languages):
            if not _TAG.fullmatch(language):
                said = f"texts in {language!r}, which is no language" if language else "texts without a language"
                yield warning("invalid_language", (concept.iri,), f"{concept.name()!r} has {said}")


def missing_translation(scheme: Scheme) -> Iterator[Finding]:
    """A live concept without preferred label in a language that at least half of the others have."""
    concepts = list(live(scheme))
    spoken: defaultdict[str, int] = defaultdict(int)
    languages = {c.iri: {label.language for label in c.labels if label.kind == "pref"} for c in concepts}
    for found in languages.values():
        for language in found:
            spoken[language] += 1
    usual = {language for language, count in spoken.items() if 2 * count >= len(concepts)}
    for concept in concepts:
        if lacking := sorted(usual - languages[concept.iri]):
            message = (
                f"{concept.name()!r} has no preferred label in {', '.join(one or 'no language' for one in lacking)}"
            )
            yield warning("missing_translation", (concept.iri,), message)


def no_common_language(scheme: Scheme) -> Iterator[Finding]:
    """No language in which every live concept has a preferred label."""
    common: set[str] | None = None
    for concept in live(scheme):
        here = {label.language for label in concept.labels if label.kind == "pref"}
        common = here if common is None else common & here
    if common is not None and not common:
        yield note("no_common_language", (scheme.iri,), "no language has a preferred label for every concept")


def undocumented(scheme: Scheme) -> Iterator[Finding]:
    """A live concept without definition and notes."""
    for concept in live(scheme):
        if not concept.definition and not concept.notes:
            yield note("undocumented", (concept.iri,), f"{concept.name()!r} has no definition and no note")


def ambiguous_notation(scheme: Scheme) -> Iterator[Finding]:
    """A notation that several live concepts have."""
    owners: defaultdict[str, list[str]] = defaultdict(list)
    for concept in live(scheme):
        if concept.notation:
            owners[concept.notation].append(concept.iri)
    for notation, iris in owners.items():
        if len(iris) > 1:
            yield error("ambiguous_notation", tuple(iris), f"{notation!r} is the notation of {len(iris)} concepts")

"""Quality checks over a concept scheme, after qSKOS.

Source of the checks: Mader, Haslhofer and Isaac, "Finding Quality Issues in SKOS Vocabularies"
(TPDL 2012); names follow theirs. An error breaks matching or roll-up, a warning asks for a look.
Each check takes a scheme and yields findings; all run in time linear in concepts and links, except
the relation checks, which walk up the hierarchy from each concept that has related concepts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Final, Literal

import msgspec

from ontology.scheme import Concept, Scheme
from ontology.vocabularies.assemble import break_cycles


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a check found: `concepts` are the IRIs concerned, the first one the place to look at."""

    check: str
    severity: Literal["error", "warning"]
    concepts: tuple[str, ...]
    message: str


Check = Callable[[Scheme], Iterator[Finding]]


def check_scheme(scheme: Scheme, only: Iterable[str] = ()) -> Iterator[Finding]:
    """Findings of all checks, or of those named in `only` (keys of CHECKS; KeyError for others)."""
    for name in tuple(only) or CHECKS:
        yield from CHECKS[name](scheme)


def cyclic_hierarchy(scheme: Scheme) -> Iterator[Finding]:
    """A concept that is, over several steps, broader than itself."""
    for path in break_cycles(dict(scheme.concepts)):
        yield _error("cyclic_hierarchy", path, f"{' → '.join(path)}: each is broader than the one before")


def unknown_links(scheme: Scheme) -> Iterator[Finding]:
    """A broader, related or replacing concept that the scheme does not hold."""
    for concept in scheme:
        for link in (*concept.broader, *concept.related, concept.replaced_by):
            if link and link not in scheme.concepts:
                yield _error(
                    "unknown_links", (concept.iri, link), f"{concept.name()!r} links to {link}, which is unknown"
                )


def missing_preferred_label(scheme: Scheme) -> Iterator[Finding]:
    """A concept without any preferred label."""
    for concept in scheme:
        if not any(label.kind == "pref" and label.text.strip() for label in concept.labels):
            yield _error("missing_preferred_label", (concept.iri,), f"{concept.iri} has no preferred label")


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
                yield _error("inconsistent_labels", (concept.iri,), f"{shown} are both preferred in {language!r}")
        for (text, _), found in kinds.items():
            if len(found) > 1:
                shown = " and ".join(sorted(found))
                yield _error("inconsistent_labels", (concept.iri,), f"{text!r} is both {shown} label")


def label_clash(scheme: Scheme) -> Iterator[Finding]:
    """A label that names several live concepts, whatever its case (qSKOS: overlapping labels)."""
    owners: defaultdict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for concept in _live(scheme):
        for label in concept.labels:
            if label.kind != "hidden":
                owners[label.text.casefold(), label.language][concept.iri] = None
    for (text, language), iris in owners.items():
        if len(iris) > 1:
            yield _warning(
                "label_clash", tuple(iris), f"{text!r} ({language or 'no language'}) names {len(iris)} concepts"
            )


def orphan(scheme: Scheme) -> Iterator[Finding]:
    """A live concept without any link to another one of the scheme."""
    linked = {link for concept in scheme for link in (*concept.broader, *concept.related)}
    for concept in _live(scheme):
        if not concept.broader and not concept.related and concept.iri not in linked:
            yield _warning("orphan", (concept.iri,), f"{concept.name()!r} is linked to no other concept")


def missing_translation(scheme: Scheme) -> Iterator[Finding]:
    """A live concept without preferred label in a language that at least half of the others have."""
    live = list(_live(scheme))
    spoken: defaultdict[str, int] = defaultdict(int)
    languages = {c.iri: {label.language for label in c.labels if label.kind == "pref"} for c in live}
    for found in languages.values():
        for language in found:
            spoken[language] += 1
    usual = {language for language, count in spoken.items() if 2 * count >= len(live)}
    for concept in live:
        if lacking := sorted(usual - languages[concept.iri]):
            message = (
                f"{concept.name()!r} has no preferred label in {', '.join(one or 'no language' for one in lacking)}"
            )
            yield _warning("missing_translation", (concept.iri,), message)


def relation_clash(scheme: Scheme) -> Iterator[Finding]:
    """Two concepts related to each other, though one lies above the other (SKOS S27)."""
    for concept in scheme:
        above = scheme.ancestors(concept.iri) if concept.related else {}
        for other in concept.related:
            if other in above or concept.iri in scheme.ancestors(other):
                message = f"{concept.name()!r} is related to {other} and lies on one line with it"
                yield _error("relation_clash", (concept.iri, other), message)


def redundant_broader(scheme: Scheme) -> Iterator[Finding]:
    """A broader concept that another broader concept of the same one leads to as well."""
    for concept in scheme:
        if len(concept.broader) > 1:
            beyond = {above for parent in concept.broader for above in scheme.ancestors(parent)}
            for parent in concept.broader:
                if parent in beyond:
                    message = f"{concept.name()!r} reaches {parent} by another broader concept too"
                    yield _warning("redundant_broader", (concept.iri, parent), message)


def deprecated_in_use(scheme: Scheme) -> Iterator[Finding]:
    """A live concept below a deprecated one: roll-up through it would be lost."""
    for concept in _live(scheme):
        for parent in concept.broader:
            if parent in scheme.concepts and scheme.concepts[parent].deprecated:
                message = f"{concept.name()!r} lies below {parent}, which is deprecated"
                yield _warning("deprecated_in_use", (concept.iri, parent), message)


CHECKS: Final[dict[str, Check]] = {
    check.__name__: check
    for check in (
        cyclic_hierarchy, unknown_links, missing_preferred_label, inconsistent_labels, label_clash,
        orphan, missing_translation, relation_clash, redundant_broader, deprecated_in_use,
    )
}  # fmt: skip
"""Every check by its name."""


def _live(scheme: Scheme) -> Iterator[Concept]:
    return (concept for concept in scheme if not concept.deprecated)


def _error(check: str, concepts: tuple[str, ...], message: str) -> Finding:
    return Finding(check=check, severity="error", concepts=concepts, message=message)


def _warning(check: str, concepts: tuple[str, ...], message: str) -> Finding:
    return Finding(check=check, severity="warning", concepts=concepts, message=message)

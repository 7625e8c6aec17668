"""Checks of hierarchy, relations and mappings."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from ontology.checks.base import Finding, error, live, note, warning
from ontology.scheme import Scheme
from ontology.vocabularies.assemble import break_cycles

_WIDE = 50
"""Related concepts of one, from which on relations tell nothing."""


def cyclic_hierarchy(scheme: Scheme) -> Iterator[Finding]:
    """A concept that is, over several steps, broader than itself."""
    for path in break_cycles(dict(scheme.concepts)):
        yield error("cyclic_hierarchy", path, f"{' → '.join(path)}: each is broader than the one before")


def reflexive_relation(scheme: Scheme) -> Iterator[Finding]:
    """A concept that is linked to itself."""
    for concept in scheme:
        if concept.iri in (*concept.broader, *concept.related, *concept.exact, concept.replaced_by):
            yield error("reflexive_relation", (concept.iri,), f"{concept.name()!r} is linked to itself")


def unknown_links(scheme: Scheme) -> Iterator[Finding]:
    """A broader, related or replacing concept that the scheme does not hold."""
    for concept in scheme:
        for link in (*concept.broader, *concept.related, concept.replaced_by):
            if link and link not in scheme.concepts:
                yield error(
                    "unknown_links", (concept.iri, link), f"{concept.name()!r} links to {link}, which is unknown"
                )


def orphan(scheme: Scheme) -> Iterator[Finding]:
    """A live concept without any link to another one of the scheme."""
    linked = {link for concept in scheme for link in (*concept.broader, *concept.related)}
    for concept in live(scheme):
        if not concept.broader and not concept.related and concept.iri not in linked:
            yield warning("orphan", (concept.iri,), f"{concept.name()!r} is linked to no other concept")


def disconnected_cluster(scheme: Scheme) -> Iterator[Finding]:
    """Concepts that are linked among each other, but not to the largest cluster (qSKOS: disconnected clusters)."""
    parent = {concept.iri: concept.iri for concept in live(scheme)}

    def root(iri: str) -> str:
        while parent[iri] != iri:
            parent[iri] = parent[parent[iri]]
            iri = parent[iri]
        return iri

    for concept in live(scheme):
        for link in (*concept.broader, *concept.related):
            if link in parent:
                parent[root(concept.iri)] = root(link)
    clusters: dict[str, list[str]] = {}
    for iri in parent:
        clusters.setdefault(root(iri), []).append(iri)
    ordered = sorted((one for one in clusters.values() if len(one) > 1), key=lambda one: (-len(one), one[0]))
    for cluster in ordered[1:]:
        name = scheme.concepts[cluster[0]].name()
        yield note("disconnected_cluster", tuple(cluster[:20]), f"{len(cluster)} concepts around {name!r} stand apart")


def relation_clash(scheme: Scheme) -> Iterator[Finding]:
    """Two concepts related to each other, though one lies above the other (SKOS S27)."""
    above = cache(scheme.ancestors)
    for concept in scheme:
        for other in concept.related:
            if other in above(concept.iri) or concept.iri in above(other):
                message = f"{concept.name()!r} is related to {other} and lies on one line with it"
                yield error("relation_clash", (concept.iri, other), message)


def redundant_broader(scheme: Scheme) -> Iterator[Finding]:
    """A broader concept that another broader concept of the same one leads to as well."""
    above = cache(scheme.ancestors)
    for concept in scheme:
        if len(concept.broader) > 1:
            beyond = set().union(*map(above, concept.broader))
            for parent in concept.broader:
                if parent in beyond:
                    message = f"{concept.name()!r} reaches {parent} by another broader concept too"
                    yield warning("redundant_broader", (concept.iri, parent), message)


def one_way_relation(scheme: Scheme) -> Iterator[Finding]:
    """A related concept that is not related back (qSKOS: unidirectionally related concepts)."""
    for concept in scheme:
        for other in concept.related:
            if other in scheme.concepts and concept.iri not in scheme.concepts[other].related:
                message = f"{concept.name()!r} is related to {scheme.concepts[other].name()!r}, which does not say so"
                yield note("one_way_relation", (concept.iri, other), message)


def valueless_relation(scheme: Scheme) -> Iterator[Finding]:
    """Related concepts below the same broader one: they are near each other anyway (qSKOS: valueless associative)."""
    for concept in live(scheme):
        for other in concept.related:
            beside = scheme.concepts.get(other)
            if other > concept.iri and beside and (shared := set(concept.broader) & set(beside.broader)):
                message = f"{concept.name()!r} and {beside.name()!r} lie below the same concept"
                yield note("valueless_relation", (concept.iri, other, *sorted(shared)), message)


def over_general_relation(scheme: Scheme) -> Iterator[Finding]:
    """A concept that is related to so many that it tells nothing."""
    for concept in live(scheme):
        if len(concept.related) > _WIDE:
            yield warning(
                "over_general_relation",
                (concept.iri,),
                f"{concept.name()!r} is related to {len(concept.related)} concepts",
            )


def deprecated_in_use(scheme: Scheme) -> Iterator[Finding]:
    """A live concept below a deprecated one: roll-up through it would be lost."""
    for concept in live(scheme):
        for parent in concept.broader:
            if parent in scheme.concepts and scheme.concepts[parent].deprecated:
                message = f"{concept.name()!r} lies below {parent}, which is deprecated"
                yield warning("deprecated_in_use", (concept.iri, parent), message)


def deprecated_without_successor(scheme: Scheme) -> Iterator[Finding]:
    """A deprecated concept that does not say what to use instead."""
    for concept in scheme:
        if concept.deprecated and not concept.replaced_by:
            yield note("deprecated_without_successor", (concept.iri,), f"{concept.name()!r} names no replacement")


def mapping_clash(scheme: Scheme) -> Iterator[Finding]:
    """A concept of elsewhere that is exact and broader, narrower or related match (SKOS S46)."""
    for concept in scheme:
        for match in concept.matches:
            if match.iri in concept.exact and match.kind != "close":
                message = f"{concept.name()!r} has {match.iri} for exact and {match.kind} match"
                yield error("mapping_clash", (concept.iri, match.iri), message)


def internal_mapping(scheme: Scheme) -> Iterator[Finding]:
    """A mapping to a concept of the same vocabulary (qSKOS: mapping relations misuse)."""
    for concept in scheme:
        for iri in (*concept.exact, *(match.iri for match in concept.matches)):
            if iri in scheme.concepts:
                message = f"{concept.name()!r} is mapped to {scheme.concepts[iri].name()!r} of its own vocabulary"
                yield warning("internal_mapping", (concept.iri, iri), message)


def shared_exact_match(scheme: Scheme) -> Iterator[Finding]:
    """Two live concepts that are the same as one of elsewhere: then they would be the same."""
    owners: dict[str, list[str]] = {}
    for concept in live(scheme):
        for iri in concept.exact:
            owners.setdefault(iri, []).append(concept.iri)
    for iri, concepts in owners.items():
        if len(concepts) > 1:
            yield warning("shared_exact_match", tuple(concepts), f"{len(concepts)} concepts are the same as {iri}")


def unmapped(scheme: Scheme) -> Iterator[Finding]:
    """A vocabulary none of whose concepts leads to another vocabulary (qSKOS: missing out-links)."""
    if len(scheme) and not any(concept.exact or concept.matches for concept in scheme):
        yield note("unmapped", (scheme.iri,), "no concept is mapped to one of another vocabulary")


def uncommon_iri(scheme: Scheme) -> Iterator[Finding]:
    """A concept whose IRI cannot be looked up over HTTP (qSKOS: HTTP URI scheme violation)."""
    for concept in scheme:
        if not concept.iri.startswith(("http://", "https://")):
            yield note("uncommon_iri", (concept.iri,), f"{concept.name()!r} has an IRI that HTTP does not serve")

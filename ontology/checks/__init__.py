"""Quality checks over a concept scheme, after qSKOS.

Source of the checks: Mader, Haslhofer and Isaac, "Finding Quality Issues in SKOS Vocabularies"
(TPDL 2012), and the tool's later list; names follow theirs where they say what is meant. An error breaks
matching or roll-up, a warning asks for a look, a note tells what a curator may care about. Each check takes a
scheme and yields findings; all run in time linear in concepts and links, except the relation checks, which walk
up the hierarchy from each concept that has related concepts. Of qSKOS's checks those are missing that ask the
network (broken links, in-links) and those of SKOS statements that a `Scheme` cannot hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ontology.checks import labels, links
from ontology.checks.base import Check, Finding, Severity
from ontology.scheme import Scheme

__all__ = ["CHECKS", "Check", "Finding", "Severity", "check_scheme"]

CHECKS: Final[dict[str, Check]] = {
    check.__name__: check
    for check in (
        links.cyclic_hierarchy, links.unknown_links, labels.missing_preferred_label, labels.inconsistent_labels,
        labels.label_clash, links.orphan, labels.missing_translation, links.relation_clash, links.redundant_broader,
        links.deprecated_in_use, links.reflexive_relation, labels.empty_label, labels.ambiguous_notation,
        links.mapping_clash, labels.unprintable_label, labels.invalid_language, links.internal_mapping,
        links.shared_exact_match, links.over_general_relation, links.disconnected_cluster, links.one_way_relation,
        links.valueless_relation, links.deprecated_without_successor, labels.undocumented, labels.no_common_language,
        links.unmapped, links.uncommon_iri,
    )
}  # fmt: skip
"""Every check by its name."""


def check_scheme(scheme: Scheme, only: Iterable[str] = ()) -> Iterator[Finding]:
    """Findings of all checks, or of those named in `only` (keys of CHECKS; KeyError for others)."""
    for name in tuple(only) or CHECKS:
        yield from CHECKS[name](scheme)

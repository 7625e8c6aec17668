"""Quality reports as the doors show them: figures for DQV, and the document that holds them."""

from __future__ import annotations

from collections.abc import Iterable

from graph.convert import quality_lines
from graph.serialise import dumps
from ingest.quality import SourceQuality
from ontology.namespaces import Base


def figures(found: SourceQuality) -> dict[str, int | float]:
    """Metric → value; metrics are individuals of the ontology (`gn:completenessTitle` …)."""
    shares = {f"completeness{_camel(field.name)}": field.share for field in found.completeness}
    return {
        **shares,
        "recordCount": found.records,
        "duplicateRecords": found.duplicates.within,
        "worksSharedWithOtherSources": found.duplicates.shared,
        "unresolvedReferences": found.references.unresolved,
        "brokenIdentifiers": sum(one.count for one in found.broken_identifiers),
        "quarantinedEntries": sum(found.quarantine.values()),
        "retractedRecords": found.retracted,
    }


def dqv(found: Iterable[SourceQuality], base: Base, form: str) -> bytes:
    """All figures as an RDF document in the format of this name or media type."""
    lines = (line for one in found for line in quality_lines(one.source, figures(one), base))
    return dumps(lines, form)


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))

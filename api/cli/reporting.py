"""`gnomon report` and `gnomon resources`: on the terminal, as JSON or as files."""

from __future__ import annotations

from pathlib import Path

from api.cli import showing
from api.cli.asking import services_of
from api.lookup import resolve
from api.reports import archive as archived
from api.reports import report_of
from api.resources import resources_of
from graph.discovery.reports import Report
from ontology.files import write_whole
from ontology.found import ResourceKind


def show_report(
    of: str, parts: bool, first: int, last: int, limit: int, archive: Path | None, as_json: bool, **given: object
) -> None:
    with services_of(given) as services:
        found = report_of(services, resolve(services, of), parts, first, last, limit)
    if archive is not None:
        write_whole(archive, archived(found))
        showing.line(f"{found.works:,} works of {found.of.name}: {archive}")
    elif as_json:
        showing.as_json(found)
    else:
        _shown(found)


def _shown(found: Report) -> None:
    years = f", {found.first or '…'} to {found.last or '…'}" if found.first or found.last else ""
    there = "with" if found.with_parts else "without"
    parts = f", {there} its {found.has_parts} parts" if found.has_parts else ""
    showing.line((f"{found.of.name}: {found.works:,} works{years}{parts}", "bold"))
    impact = found.impact
    showing.line(f"cited {impact.citations:,} times within this catalogue, h-index within it {impact.h_index}, "
                 f"retracted {len(found.retracted)}")  # fmt: skip
    without = found.coverage.works - found.coverage.placed
    showing.line((f"{without:,} of the catalogue's {found.coverage.works:,} works name no identified {found.kind}; "
                  f"{found.undated:,} of these works have no year", "dim"))  # fmt: skip
    for part in found.parts:
        if part.lines:
            more = f", {part.values - len(part.lines):,} more" if part.values > len(part.lines) else ""
            unknown = f", not known of {part.unknown:,}" if part.unknown else ""
            showing.line((f"\n{part.title}", "cyan"), (f"  {part.says}{more}{unknown}", "dim"))
            for one in part.lines:
                showing.line(f"{one.count:>7,}  {one.name}")


def show_resources(
    words: str, kind: ResourceKind | None, topic: str, organisation: str, licence: str, catalogued: bool, limit: int,
    as_json: bool, **given: object,
) -> None:  # fmt: skip
    with services_of(given) as services:
        found = resources_of(
            services, kind=kind, topic=topic, organisation=organisation, licence=licence, words=words,
            catalogued=catalogued, limit=limit,
        )  # fmt: skip
    if as_json:
        showing.as_json(found)
        return
    showing.line((f"{found.total:,} resources, {found.catalogued:,} with an entry; names are read in {found.read:,} of "
                  f"{found.works:,} works", "bold"))  # fmt: skip
    lines = ((one.works, one.kind, one.name, ", ".join(one.licences)) for one in found.resources)
    showing.table(("works", "kind", "name", "licence"), lines, right=("works",))

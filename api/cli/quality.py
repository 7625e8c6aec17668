"""`gnomon quality`: how good the data of each source is."""

from __future__ import annotations

import sys

from api.cli import showing
from api.quality import dqv
from api.settings import load_settings
from ingest.journal.database import Database
from ingest.quality import SourceQuality, quality


def show_quality(source: str, as_json: bool, as_dqv: bool, **given: object) -> None:
    settings = load_settings(**given)
    with Database(settings.journal, read_only=True) as journal:
        found = quality(journal, source)
    if as_dqv:
        sys.stdout.buffer.write(dqv(found, settings.base, "turtle"))
    elif as_json:
        showing.as_json(found[0] if source else found)
    else:
        for one in found:
            _show(one)


def _show(found: SourceQuality) -> None:
    showing.line((found.source, "bold"), f"  {found.records:,} records, {found.payloads:,} payloads")
    showing.table(
        ("field", "records", "share"),
        ((one.name, one.count, f"{100 * one.share:.1f} %") for one in found.completeness), right=("records", "share"),
    )  # fmt: skip
    same, cited, dated = found.duplicates, found.references, found.freshness
    showing.line(f"duplicates: {same.within:,} within; {same.shared:,} of {same.works:,} works are known elsewhere too")
    showing.line(f"references: {cited.listed:,}, of which {cited.unresolved:,} lead to no work of this catalogue")
    showing.line(f"retracted: {found.retracted:,}; open access: {found.open_access:,}; deleted: {found.deleted:,}")
    showing.line(f"datestamps: {dated.oldest or 'none'} to {dated.newest or 'none'}; newest year {dated.latest_year}")
    languages = ", ".join(f"{name or 'not said'} {count:,}" for name, count in found.languages.items())
    showing.line(f"languages: {languages or 'none'}")
    for broken in found.broken_identifiers:
        showing.line((f"broken {broken.scheme}: {broken.count:,} ({', '.join(broken.examples)})", "yellow"))
    for error, count in found.quarantine.items():
        showing.line((f"quarantine: {count:,} {error}", "yellow"))
    showing.line()

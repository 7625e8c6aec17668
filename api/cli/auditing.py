"""`gnomon audit`: what the audit log says."""

from __future__ import annotations

from api.auditing.log import AuditEntry, Wanted, audit_log
from api.cli import showing
from api.settings import load_settings


def show_audit(
    who: str, since: str, operation: str, refused: bool | None, limit: int, cursor: str, as_json: bool, **given: object
) -> None:  # fmt: skip
    """The newest lines that are wanted, as a table or as JSON."""
    wanted = Wanted(who=who, since=since, operation=operation, refused=refused)
    page = audit_log(load_settings(**given)).page(wanted, cursor, limit)
    if as_json:
        showing.as_json(page)
        return
    showing.table(("number", "when", "who", "role", "door", "from", "what", "of what", "outcome"),
                  map(_row, page.entries), right=("number",))  # fmt: skip
    if page.cursor:
        print(f"More: --cursor {page.cursor}")
    if page.removed:
        print(f"{page.removed:,} older lines were removed, as audit_days and audit_entries say.")


def _row(entry: AuditEntry) -> tuple[object, ...]:
    outcome = "no outcome" if entry.status is None else f"{entry.status} {entry.code}".strip()
    what = f"{entry.method} {entry.operation}".strip()
    return (str(entry.number), entry.at[:19], entry.who, entry.role, entry.door, entry.address, what,
            " ".join(entry.targets), f"refused: {outcome}" if entry.refused else outcome)  # fmt: skip

"""`gnomon settings`."""

from __future__ import annotations

from api.cli import showing
from api.settings import Settings, load_settings


def _shown(value: object, printable: bool) -> str:
    """A value for a person; what may be secret only as whether it is there."""
    return f"{value}" if printable else "***" if value else ""


def show_settings(**given: object) -> None:
    settings = load_settings(**given)
    rows = (
        (name, _shown(getattr(settings, name), field.repr), field.description)
        for name, field in Settings.model_fields.items()
    )
    showing.table(("setting", "value", "what it is"), rows)

"""Where the checkpoints of a data folder are."""

from __future__ import annotations

from api.settings import Settings
from graph.snapshots import Snapshots


def snapshots_of(settings: Settings) -> Snapshots:
    """The checkpoints of a data folder, with its policy of what is kept."""
    return Snapshots(settings.data / "snapshots", keep=settings.snapshots_kept, days=settings.snapshot_days)

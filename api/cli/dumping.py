"""`gnomon dump` and `gnomon snapshot`."""

from __future__ import annotations

from api.checkpoints import snapshots_of
from api.cli import showing
from api.dumps import Dumps
from api.past import snapshot_list
from api.settings import load_settings
from ontology.errors import NotFound


def dump_graph(check: bool, as_json: bool, **given: object) -> None:
    """Make a dump, or check the newest one by loading it."""
    dumps = Dumps(load_settings(**given))
    manifest = dumps.check("latest") if check else dumps.make()
    if as_json:
        showing.as_json(manifest)
        return
    rows = ((one.name, f"{one.statements:,}", f"{one.bytes:,}", one.sha256) for one in manifest.files)
    showing.table(("file", "statements", "bytes", "sha256"), rows)
    done = "reloads to" if check else "is"
    showing.line(
        f"{dumps.folder / f'{manifest.sequence:012d}'} {done} {manifest.statements:,} statements, hash {manifest.hash}"
    )


def list_snapshots(as_json: bool, **given: object) -> None:
    found = snapshot_list(snapshots_of(load_settings(**given)))
    if as_json:
        showing.as_json(found)
        return
    rows = ((str(one.sequence), one.made, ", ".join(one.tags), "current" if one.current else "") for one in found)
    showing.table(("commit", "made", "tags", ""), rows)


def tag_snapshot(name: str, of: str, **given: object) -> None:
    snapshots = snapshots_of(load_settings(**given))
    found = snapshots.find(of) if of else snapshots.current()
    if found is None:
        raise NotFound("there is no graph here yet", hint="run gnomon build first")
    snapshots.tag(name, found)


def untag_snapshot(name: str, **given: object) -> None:
    snapshots_of(load_settings(**given)).untag(name)

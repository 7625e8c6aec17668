"""`gnomon dump`."""

from __future__ import annotations

from api.cli import showing
from api.dumps import Dumps
from api.settings import load_settings


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

"""A golden record of each format: what an invented payload becomes, field by field and fragment by fragment.

`data/golden/<format>.<suffix>` is the payload, `<format>.expected` what comes out, as JSON; `<format>-<system>`
are payloads as other systems write them (HAL, GROBID, DiVA, Zotero …). After a wanted
change look at `python -m tests.ingest.test_golden`, which writes the expectations anew, and at its diff.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from ingest.formats.base import Rejected
from ingest.formats.detect import detect
from ontology.records import Payload, Record

GOLDEN = Path(__file__).parent / "data" / "golden"
PAYLOADS = {path.stem: path for path in sorted(GOLDEN.iterdir()) if path.suffix != ".expected"}


def told(path: Path) -> list[Any]:
    """Everything read of a payload; fragments with the text they are, citations by their references."""
    payload = Payload(source="golden", locator=f"golden/P18-1001{path.suffix}", body=path.read_bytes())
    reader = detect(payload)
    assert reader.name == path.stem.partition("-")[0]
    found = []
    for entry in reader.parse(payload):
        said: dict[str, Any] = msgspec.to_builtins(entry)
        if isinstance(entry, Rejected):
            said = {"rejected": entry.key, "message": entry.message, "place": entry.place}
        elif isinstance(entry, Record) and entry.document is not None:
            document = entry.document
            said["document"] = {
                f.path: {
                    "text": document.text[f.begin : f.end],
                    **{
                        name: getattr(f, name)
                        for name in ("label", "title", "role", "within", "url", "mime", "language")
                        if getattr(f, name)
                    },
                    **({"refs": list(f.refs)} if f.refs else {}),
                    **({"spans": [f.rows, f.columns]} if f.rows * f.columns > 1 else {}),
                }
                for f in document.fragments
            }
        found.append(said)
    return found


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_payload_becomes_what_is_expected(name: str) -> None:
    expected = msgspec.json.decode((GOLDEN / f"{name}.expected").read_bytes())
    assert msgspec.json.decode(msgspec.json.encode(told(PAYLOADS[name]))) == expected


def write() -> None:
    for name, path in PAYLOADS.items():
        body = msgspec.json.format(msgspec.json.encode(told(path)), indent=1)
        (GOLDEN / f"{name}.expected").write_bytes(body + b"\n")


if __name__ == "__main__":
    write()

"""RO-Crates: packages of files with a description of what they are, what they are about and what made them.

Source: RO-Crate Metadata Specification 1.2, https://w3id.org/ro/crate/1.2
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from tempfile import TemporaryFile
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import msgspec

_SPECIFICATION: Final = "https://w3id.org/ro/crate/1.2"
_METADATA: Final = "ro-crate-metadata.json"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""Of all files: the same content is the same bytes."""
_PIECE: Final = 1 << 16
_NO_LICENCE: Final = "#licence"
_MAKER: Final = "#gnomon"
_MAKING: Final = "#export"
Node = dict[str, Any]


class File(NamedTuple):
    """A file of a crate, told of before its content is there."""

    name: str
    media: str
    about: str
    content: Iterable[bytes]


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a crate is of: `address` gives the same again, `moment` is when it was made (ISO 8601), `license` an IRI or
    nothing, `publisher` IRI and name of the catalogue."""

    name: str
    description: str
    address: str
    moment: str
    publisher: tuple[str, str]
    license: str = ""


def packed(about: About, files: Sequence[File], subjects: Sequence[str], entities: Iterable[Node]) -> Iterator[bytes]:
    """A ZIP of the files and their description, in pieces; `subjects` are the identifiers of those `entities` that the
    crate is about. Files are written to disk one piece after the other, never gathered in memory."""
    with TemporaryFile() as told:
        sizes = {}
        with zipfile.ZipFile(told, "w", zipfile.ZIP_DEFLATED) as archive:
            for one in files:
                with archive.open(_entry(one.name), "w") as file:
                    sizes[one.name] = sum(file.write(piece) for piece in one.content)
            graph = [*flat([*_frame(about, files, sizes, subjects), *entities])]
            document = {"@context": f"{_SPECIFICATION}/context", "@graph": graph}
            archive.writestr(_entry(_METADATA), json.dumps(document, ensure_ascii=False, indent=1))
        told.seek(0)
        while piece := told.read(_PIECE):
            yield piece


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _frame(about: About, files: Sequence[File], sizes: dict[str, int], subjects: Sequence[str]) -> Iterator[Node]:
    """The crate itself, its files, licence and origin."""
    named = [{"@id": one.name} for one in files]
    iri, title = about.publisher
    publisher = {"@id": iri, "@type": "Organization", "name": title, "url": iri}
    licence = about.license or _NO_LICENCE
    yield {"@id": _METADATA, "@type": "CreativeWork", "about": {"@id": "./"}, "conformsTo": {"@id": _SPECIFICATION}}
    yield {
        "@id": "./", "@type": "Dataset", "name": about.name, "description": about.description,
        "datePublished": about.moment, "license": {"@id": licence}, "author": publisher, "publisher": publisher,
        "hasPart": named, "mentions": [{"@id": one} for one in dict.fromkeys((*subjects, _MAKING))],
        "isBasedOn": {"@id": about.address},
    }  # fmt: skip
    for one in files:
        yield {"@id": one.name, "@type": "File", "name": one.name, "description": one.about,
               "encodingFormat": one.media.partition(";")[0], "contentSize": str(sizes[one.name])}  # fmt: skip
    yield {"@id": about.address, "@type": "CreativeWork", "name": about.name, "url": about.address}
    said = "The catalogue names it." if about.license else "The catalogue names no licence; ask those who run it."
    yield {"@id": licence, "@type": "CreativeWork", "name": "Licence of the catalogue's data", "description": said}
    yield {"@id": _MAKER, "@type": "SoftwareApplication", "name": "Gnomon", "version": version("gnomon"),
           "url": about.address}  # fmt: skip
    yield {"@id": _MAKING, "@type": "CreateAction", "name": f"Export of {about.name}", "endTime": about.moment,
           "instrument": {"@id": _MAKER}, "object": {"@id": about.address}, "result": named}  # fmt: skip


def flat(nodes: Iterable[Node]) -> Iterator[Node]:
    """Nodes as a crate has them: each once, and those within others beside them, which point to them by `@id`; nothing
    empty, and no lists of one."""
    seen: set[str] = set()
    waiting = list(nodes)
    for node in waiting:  # grows while it is walked
        if node["@id"] not in seen:
            seen.add(node["@id"])
            yield {name: _pointing(value, waiting) for name, value in node.items() if value not in ("", None, [], ())}


def _pointing(value: Any, beside: list[Node]) -> Any:
    if isinstance(value, list | tuple):
        return _pointing(value[0], beside) if len(value) == 1 else [_pointing(one, beside) for one in value]
    if not isinstance(value, dict) or "@type" not in value:
        return value
    beside.append({"@id": f"#{quote(value['name'], safe='')}", **value})
    return {"@id": beside[-1]["@id"]}

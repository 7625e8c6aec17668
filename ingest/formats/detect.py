"""Which reader a payload is for: told by its content; a format's own name as media hint settles it."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import Final

from ingest.formats.base import Format, Rejected
from ingest.formats.text import require_content
from ingest.formats.unknown import describe
from ontology.agents import AnyRecord
from ontology.errors import EncodingError, UnknownFormat
from ontology.records import Payload
from ontology.registry import Registry

HEAD: Final = 4096
"""Bytes by which nearly every payload is recognised."""
LONG_HEAD: Final = 256 * 1024
"""Bytes looked at where those do not suffice: a JSON object may begin with an abstract or 500 references."""

_BUILT_IN: Final = {
    "jats": "ingest.formats.jats:FORMAT",
    "elsevier": "ingest.formats.elsevier:FORMAT",
    "tei": "ingest.formats.tei:FORMAT",
    "scisumm": "ingest.formats.scisumm:FORMAT",
    "pubmed": "ingest.formats.pubmed:FORMAT",
    "acl": "ingest.formats.acl:FORMAT",
    "datacite_xml": "ingest.formats.datacite_xml:FORMAT",
    "crossref_deposit": "ingest.formats.crossref_deposit:FORMAT",
    "arxiv": "ingest.formats.arxiv:FORMAT",
    "mods": "ingest.formats.mods:FORMAT",
    "marc": "ingest.formats.marc:FORMAT",
    "orcid_xml": "ingest.formats.orcid_xml:FORMAT",
    "oai_dc": "ingest.formats.oai_dc:FORMAT",
    "s2orc": "ingest.formats.s2orc:FORMAT",
    "semantic_scholar": "ingest.formats.semantic_scholar:FORMAT",
    "orcid": "ingest.formats.orcid:FORMAT",
    "ror": "ingest.formats.ror:FORMAT",
    "openalex": "ingest.formats.openalex:FORMAT",
    "datacite_json": "ingest.formats.datacite_json:FORMAT",
    "europepmc": "ingest.formats.europepmc:FORMAT",
    "csl": "ingest.formats.csl:FORMAT",
    "crossref": "ingest.formats.crossref:FORMAT",
    "opencitations": "ingest.formats.opencitations:FORMAT",
    "openalex_csv": "ingest.formats.openalex_csv:FORMAT",
    "ris": "ingest.formats.ris:FORMAT",
    "medline": "ingest.formats.medline:FORMAT",
    "bibtex": "ingest.formats.bibtex:FORMAT",
    "schema_org": "ingest.formats.schema_org:FORMAT",
    "web_page": "ingest.formats.web_page:FORMAT",
    "flat_table": "ingest.formats.flat_table:FORMAT",
    "flat_json": "ingest.formats.flat_json:FORMAT",
}
"""In the order in which they are asked: where two could read a payload, the more exacting one comes first."""

GUESSING: Final = ("flat_table", "flat_json")
"""Readers that go by mere names of fields: they are asked when no other knows the payload."""

FORMATS: Final[Registry[Format]] = Registry("format", _BUILT_IN)

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
_TEXT_MEDIA: Final = frozenset({".xml", ".json", ".jsonl", ".csv", ".tsv", ".bib", ".nxml", ".txt", ".html"})
_MAX_PAYLOAD: Final = 1024 * 1024 * 1024


def detect(payload: Payload) -> Format:
    """The reader for a payload.

    Raises EmptyPayload for one without content, EncodingError for text in an unknown encoding and
    UnknownFormat for all that no reader recognises.
    """
    if payload.media and payload.media in FORMATS:
        return FORMATS.get(payload.media)
    require_content(payload.body, _MAX_PAYLOAD)
    for size, names in ((HEAD, _exacting()), (LONG_HEAD, _exacting()), (LONG_HEAD, GUESSING)):
        head = as_utf8(payload.body[:size])
        for reader in map(FORMATS.get, names):
            if reader.recognises(head, payload.media):
                return reader
    raise _unknown(payload)


def parse(payload: Payload) -> Iterator[AnyRecord | Rejected]:
    """The records of a payload by the reader it is for; nothing for one deleted at its source.

    Raises FormatError as `detect` and the reader do.
    """
    if not payload.deleted:
        yield from detect(payload).parse(payload)


def order() -> list[str]:
    """Names of all formats as they are asked: built-in ones, then those that other packages have added."""
    return [*_BUILT_IN, *(name for name in FORMATS if name not in _BUILT_IN)]


def _exacting() -> list[str]:
    return [name for name in order() if name not in GUESSING]


def as_utf8(head: bytes) -> bytes:
    """The head without byte order mark, in UTF-8 where a mark says it is in UTF-16 or UTF-32."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            rest = head[len(mark) :]
            return rest if encoding == "utf-8" else rest.decode(encoding, errors="ignore").encode("utf-8", "ignore")
    return head


def _unknown(payload: Payload) -> UnknownFormat | EncodingError:
    head = payload.body[:HEAD]
    start = as_utf8(head).lstrip()[:1]
    if _undecodable(head) and (payload.media in _TEXT_MEDIA or start in (b"<", b"{", b"[", b"@")):
        return EncodingError(
            "this looks like text, but not in UTF-8", place=payload.locator, hint="Convert the file to UTF-8."
        )
    what, remedy = describe(as_utf8(head).decode("utf-8", "replace"))
    return UnknownFormat(
        f"no reader recognises this payload: {what}",
        place=payload.locator,
        hint=remedy or f"Formats that are read: {', '.join(FORMATS)}.",
    )


def _undecodable(head: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(head)
    except UnicodeDecodeError:
        return any(head.startswith(mark) for mark, _ in _MARKS) is False and b"\0" not in head
    return False

"""Hostile payloads: a typed error or bounded reading, in bounded time, for whatever strangers send."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest

from ingest.formats.base import Rejected
from ingest.formats.detect import detect
from ingest.formats.grid import MAX_CELLS
from ontology.errors import FormatError
from ontology.records import Document, Payload, Record

SECONDS = 20
"""CPU seconds that a payload of a few megabytes may take on a busy machine (it takes about one)."""


def read(body: bytes) -> tuple[Document | None, str]:
    """The document of the first record, or the class of the error."""
    begun = time.process_time()
    payload = Payload(source="hostile", locator="hostile", body=body)
    try:
        first = next(iter(list(detect(payload).parse(payload))), None)
    except FormatError as error:
        assert error.message
        return None, error.code
    finally:
        assert time.process_time() - begun < SECONDS
    if isinstance(first, Rejected):
        return None, first.error
    return (first.document if isinstance(first, Record) else None), ""


def jats(body: str, back: str = "") -> bytes:
    return (
        '<article article-type="research-article"><front><article-meta><title-group><article-title>T</article-title>'
        f"</title-group></article-meta></front><body>{body}</body><back>{back}</back></article>"
    ).encode()


def s2orc(**parse: object) -> bytes:
    return json.dumps({"paper_id": "1", "title": "T", "pdf_parse": {"body_text": [{"text": "x"}], **parse}}).encode()


CELLS = "<table>" + ("<tr>" + "<td>1</td>" * 100 + "</tr>") * 2_000 + "</table>"
TEI = '<TEI xmlns="http://www.tei-c.org/ns/1.0"><teiHeader/><text><body>{}</body></text></TEI>'


@pytest.mark.parametrize(
    "text",
    ["a" * 1_000_000, "\u202e\u0301\u200f\u05d0e\u0301" * 20_000, "👩‍👩‍👧‍👦🏳️‍🌈" * 20_000, "名前とна\u0304мe " * 50_000],
)
def test_strange_text_is_read_whole(text: str, check_document: Callable[[Document], None]) -> None:
    document, _ = read(jats(f"<p>{text}</p>"))
    assert document is not None
    check_document(document)


@pytest.mark.parametrize(
    "body",
    [
        jats("<sec>" * 100_000 + "x" + "</sec>" * 100_000),
        jats("<p>a\0b</p>"),
        jats(f'<p id="{"a" * 11_000_000}">x</p>'),
        b'<!DOCTYPE article [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + jats("<p>&b;</p>"),
        b'<!DOCTYPE article [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + jats("<p>&a;</p>"),
        jats("<p>é</p>").decode().encode("latin-1"),
        TEI.format("<div>" * 5_000 + "</div>" * 5_000).encode(),
        b'{"paper_id":"1","S2ORC":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        b"TY  - JOUR\nTI  - " + b"a" * 5_000_000 + b"\nER  - \n",
    ],
)
def test_what_cannot_be_read_is_refused_by_a_typed_error(body: bytes) -> None:
    document, error = read(body)
    assert document is None
    assert error in ("MalformedPayload", "EncodingError")


@pytest.mark.parametrize(
    "body",
    [
        jats(f"<table-wrap>{CELLS}</table-wrap>"),
        s2orc(ref_entries={"T": {"type_str": "table", "content": CELLS}}),
        TEI.format("<table>" + ("<row>" + "<cell>1</cell>" * 100 + "</row>") * 2_000 + "</table>").encode(),
    ],
)
def test_a_table_beyond_all_measure_is_cut_and_says_so(body: bytes, check_document: Callable[[Document], None]) -> None:
    document, _ = read(body)
    assert document is not None
    check_document(document)
    assert sum(fragment.kind == "cell" for fragment in document.fragments) == MAX_CELLS
    assert document.notes == (f"180,000 cells of tables beyond the first {MAX_CELLS:,} were left out",)


@pytest.mark.parametrize(
    "body",
    [
        jats(
            "<table-wrap><table>"
            + ("<tr>" + '<td colspan="9999" rowspan="9999">1</td>' * 200 + "</tr>") * 100
            + "</table></table-wrap>"
        ),
        jats("<p>" + '<xref ref-type="bibr" rid="b">[1]</xref>' * 50_000 + "</p>"),
        jats(
            "<p>x</p>",
            "<ack><p>supported by " + "Aa of the " * 20_000 + "(A1," * 20_000 + "PDB " * 20_000 + "</p></ack>",
        ),
        TEI.format("".join(f'<div><head n="{"1." * n}">a</head><p>b</p></div>' for n in range(1, 500))).encode(),
        b"TY  - JOUR\nTI  - a\nUR  - " + b" ;" * 200_000 + b"\nAU  - " + b"a." * 100_000 + b"\nER  - \n",
        b"PMID- 1\nTI  - a\nAB  - " + b"AAAA: " * 100_000 + b"\n",
        b'id,title,author,pub_date,venue\ndoi:10.1234/a,t,"' + b"[; " * 200_000 + b'",2019,v\n',
        b'<doi_batch xmlns="http://www.crossref.org/schema/5.3.1"><body><journal>'
        + b"<journal_article><titles><title>A</title></titles><doi_data><doi>10.5555/a</doi></doi_data>"
        b"</journal_article>" * 5_000 + b"</journal></body></doi_batch>",
    ],
)
def test_repetition_costs_no_more_than_its_length(body: bytes) -> None:
    _, error = read(body)
    assert error == ""

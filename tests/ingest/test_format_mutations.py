"""Real PubMed and DataCite files, cut and spoilt: what cannot be read ends in a typed error."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.formats import datacite_xml, pubmed
from ingest.formats.base import Format, Rejected
from ontology.errors import FormatError
from ontology.records import Payload, Record

KERNEL = "datacite/schema_examples/source/meta/kernel-4.6/example"
CASES: list[tuple[Format, str]] = [
    (pubmed.FORMAT, "pubmed_xml/biopython/Tests/Entrez/pubmed1.xml"),
    (pubmed.FORMAT, "pubmed_xml/biopython/Tests/Entrez/pubmed7.xml"),
    (datacite_xml.FORMAT, f"{KERNEL}/datacite-example-full-v4.xml"),
    (datacite_xml.FORMAT, f"{KERNEL}/datacite-example-relateditem1-v4.xml"),
]
SPOILERS = (b"", b"<", b">", b"&x;", b"&amp;", b"9" * 5000, b"\xff", b'""', b"</title>", b"<PMID>", "\u0301".encode())


@pytest.mark.shared
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
@pytest.mark.parametrize(("reader", "path"), CASES, ids=[path.rpartition("/")[2] for _, path in CASES])
def test_mutations_end_in_typed_errors(shared: Path, reader: Format, path: str, data: st.DataObject) -> None:
    body = (shared / path).read_bytes()[:30_000]
    for _ in range(data.draw(st.integers(1, 3))):
        begin = data.draw(st.integers(0, len(body)))
        end = data.draw(st.integers(begin, min(len(body), begin + 40)))
        body = body[:begin] + data.draw(st.sampled_from(SPOILERS)) + body[end:]
    try:
        found = list(reader.parse(Payload(source="test", locator=path, body=body)))
    except FormatError:
        return
    assert all(isinstance(each, Record | Rejected) for each in found)

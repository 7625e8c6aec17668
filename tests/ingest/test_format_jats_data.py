"""JATS as it comes: mutated and shuffled articles, then the real ones."""

from __future__ import annotations

import random
import tarfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.formats.jats import FORMAT
from ingest.formats.xml import etree, parse_xml
from ontology.errors import FormatError
from ontology.records import Document, Payload
from tests.ingest.test_format_jats import article, cite, read

Check = Callable[[Document], None]

WORDS = st.sampled_from([
    b"<p>", b"</p>", b"<sec>", b"</sec>", b"<fig>", b"<list>", b"<xref rid='b1 b2'>", b"&nbsp;", b"<ref/>", b"<name/>",
    b"<year>", b"\xff", b"\0", b"<![CDATA[", b"<!--", b"<math><msup/></math>", b" id=''", b"-", b"<def-item/>",
    b"<fn/>", b"<media/>",
])  # fmt: skip


@settings(max_examples=150)
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), WORDS), min_size=1, max_size=5))
def test_mutated_articles_never_raise_anything_else(edits: list[tuple[float, int, bytes]]) -> None:
    body = article(f"<sec><title>T</title><p>One {cite(1, 3)}<fig><caption><p>c</p></caption></fig></p></sec>")
    for where, length, word in edits:
        at = int(where * len(body))
        body = body[:at] + word + body[at + length :]
    try:
        list(FORMAT.parse(Payload(source="t", locator="m", body=body)))
    except FormatError as error:
        assert error.message


@settings(max_examples=150)
@given(st.randoms(use_true_random=False))
def test_shuffled_markup_never_raises_anything_else(chance: random.Random) -> None:
    """Well-formed but senseless: elements moved to where no DTD would allow them."""
    root = parse_xml(article(f"<sec><p>One {cite(1, 3)}<list><list-item><p>i</p></list-item></list></p></sec>"))
    elements = list(root.iter())[1:]
    for _ in range(4):
        moved, target = chance.choice(elements), chance.choice(elements)
        if target is not moved and moved not in target.iterancestors():
            target.insert(chance.randint(0, len(target)), moved)
    try:
        list(FORMAT.parse(Payload(source="t", locator="m", body=etree.tostring(root))))
    except FormatError as error:
        assert error.place


@pytest.mark.shared
def test_every_real_article(shared: Path, check_document: Check) -> None:
    """All dialects: each article holds all invariants or is refused with its place."""
    refused = []
    counts: Counter[str] = Counter()
    for path in sorted(shared.glob("jats/*/*.xml")):
        body = path.read_bytes()
        assert FORMAT.recognises(body[:4096], ".xml"), path.name
        try:
            record = read(body)
        except FormatError as error:
            assert error.place
            refused.append(path.name)
            continue
        assert record.document is not None, path.name
        check_document(record.document)
        keys = {reference.key for reference in record.references}
        assert all(keys.issuperset(f.refs) for f in record.document.fragments if f.kind == "citation")
        counts["articles"] += 1
        counts["with venue"] += record.venue is not None
        counts["dated"] += bool(record.issued)
        counts["authors"] += len(record.contributors)
        counts["placed"] += sum(bool(c.affiliations) for c in record.contributors)
        counts["references"] += len(record.references)
        counts["titled"] += sum(bool(r.title) for r in record.references)
    assert refused == ["xmlio_input.xml"], "a fragment for tests without article-meta"
    assert counts["articles"] == 272
    assert counts["with venue"] == counts["articles"]
    assert counts["dated"] >= counts["articles"] - 1
    assert counts["placed"] > 0.95 * counts["authors"]
    assert counts["titled"] > 0.95 * counts["references"] > 15_000


@pytest.mark.shared
def test_plos_in_numbers(shared: Path) -> None:
    """The README counts `sec` in bodies, `fig`, `table-wrap` and `ref` elements. Here boxes,
    glossaries and back sections are sections too, and two `ref` hold two works each."""
    counts: Counter[str] = Counter()
    for path in sorted(shared.glob("jats/plos/*.xml")):
        record = read(path.read_bytes())
        assert record.document is not None
        counts.update(f.kind for f in record.document.fragments if not f.path.startswith(("abs/", "summary/")))
        counts["reference"] += len(record.references)
    assert counts["figure"] == 683
    assert counts["table"] == 226
    assert counts["formula"] == 529
    assert counts["reference"] == 7_279
    assert 2_240 <= counts["section"] <= 2_280


@pytest.mark.shared
def test_citations_within_the_set_are_found(shared: Path) -> None:
    """epmc_incorpus_citations.tsv was made from the same XML by another reader."""
    table = (shared / "jats" / "epmc_incorpus_citations.tsv").read_text().splitlines()[1:]
    expected = {tuple(line.split("\t")[:2]) for line in table}
    records = {path.stem: read(path.read_bytes()) for path in sorted(shared.glob("jats/epmc/*.xml"))}
    known = {str(i): name for name, record in records.items() for i in record.identifiers}
    found = {
        (name, known[str(i)])
        for name, record in records.items()
        for reference in record.references
        for i in reference.identifiers
        if str(i) in known and known[str(i)] != name
    }
    assert len(expected) == 102
    assert len(expected - found) <= 5, sorted(expected - found)


@pytest.mark.shared
def test_speed_and_scale(shared: Path, check_document: Check) -> None:
    """120 of 500 further articles; at least 20 a second on a busy machine (about 110 on a free core)."""
    with tarfile.open(shared / "extra" / "epmc_500.tar.xz") as archive:
        bodies = []
        for member in archive:
            if member.name.endswith(".xml") and (handle := archive.extractfile(member)) is not None:
                bodies.append(handle.read())
            if len(bodies) == 120:
                break
    records = [read(body) for body in bodies]
    for record in records:
        assert record.document is not None
        check_document(record.document)

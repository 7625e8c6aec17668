"""SSSOM/TSV read leniently and written strictly."""

from __future__ import annotations

import pytest

from ontology.errors import MappingError
from ontology.mappings.model import Mapping
from ontology.mappings.sssom import MAX_HEAD, read_sssom, write_sssom

HEAD = "# curie_map:\n#   a: https://a.example/\n#   b: https://b.example/thing#\n"
COLUMNS = (
    "subject_id\tpredicate_id\tobject_id\tmapping_justification\tconfidence\tpredicate_modifier\tcomment\tunknown\n"
)


def read(rows: str, head: str = HEAD) -> tuple[list[Mapping], list[tuple[int, str]]]:
    found, refused = read_sssom((head + COLUMNS + rows).encode())
    return found, [(one.line, one.reason) for one in refused]


def test_rows_become_mappings_and_back() -> None:
    rows = 'a:1\tskos:exactMatch\tb:2\tsemapv:LexicalMatching\t.75\t\t"says ""so""\tand so"\tx\n'
    rows += "a:1\tskos:broadMatch\thttp://c.example/3\t\t\tNot\t\t\n\n"
    found, refused = read(rows)
    assert not refused
    assert found[0] == Mapping(
        subject="https://a.example/1", object="https://b.example/thing#2", justification="semapv:LexicalMatching",
        confidence=0.75, comment='says "so"\tand so',
    )  # fmt: skip
    assert (found[1].predicate, found[1].negated, found[1].object) == ("broad", True, "http://c.example/3")
    written = "".join(write_sssom(found, {"a": "https://a.example/"}, {"license": "https://l.example/"}))
    assert "#license: https://l.example/\n" in written and "ns1: https://b.example/thing#" in written
    assert "comment" in written and "mapping_tool" not in written, "no empty columns"
    again, bad = read_sssom(written.encode())
    assert again == found and not bad


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("c:1\tskos:exactMatch\tb:2\t\t\t\t\t", "prefix"),
        ("1\tskos:exactMatch\tb:2\t\t\t\t\t", "no CURIE"),
        ("a:1\tskos:prefLabel\tb:2\t\t\t\t\t", "predicate"),
        ("a:1\tskos:exactMatch\tb:2\t\t1.5\t\t\t", "confidence"),
        ("a:1\tskos:exactMatch\tb:2\t\tnan\t\t\t", "confidence"),
        ("a:1\tskos:exactMatch\tb:2\t\t\tMaybe\t\t", "Not"),
        ("a:1\tskos:exactMatch\ta:1\t\t\t\t\t", "the same"),
        ('a:<script>\tskos:exactMatch\tb:2\t\t\t\t\t', "no IRI"),
        (f"a:{'x' * 600}\tskos:exactMatch\tb:2\t\t\t\t\t", "no IRI"),
        ("a:1", "object_id"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_used_is_told_with_its_line(row: str, why: str) -> None:
    found, refused = read(f"a:9\tskos:closeMatch\tb:9\t\t\t\t\t\n{row}\na:8\tskos:closeMatch\tb:8\t\t\t\t\t\n")
    assert [one.subject[-1] for one in found] == ["9", "8"]
    ((line, reason),) = refused
    assert line == 6 and why in reason


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no\ttable\n",
        b"\xff\xfe",
        b"# a: &x [1]\n# b: *x\n" + COLUMNS.encode(),
        b"# [[[[\n" + COLUMNS.encode(),
        b"#" + b"x" * MAX_HEAD + b"\n" + COLUMNS.encode(),
        b"# !!python/object:os.system x\n" + COLUMNS.encode(),
        b"#" + b"[" * 100_000 + b"\n" + COLUMNS.encode(),
    ],
)
def test_what_is_no_sssom_is_refused_with_its_place(body: bytes) -> None:
    with pytest.raises(MappingError) as raised:
        read_sssom(body, "x.tsv")
    assert "x.tsv" in raised.value.place

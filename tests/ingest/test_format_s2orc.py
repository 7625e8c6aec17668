"""S2ORC: an invented paper, its variants and faults, then the real ones."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.formats.s2orc import FORMAT
from ontology.errors import EmptyPayload, FormatError, MalformedPayload
from ontology.identifiers import Identifier
from ontology.records import Document, Fragment, Payload, Record

Check = Callable[[Document], None]


def block(text: str, section: str | None, number: str | None = None, **spans: Any) -> dict[str, Any]:
    return {"text": text, "section": section, "sec_num": number, "cite_spans": [], "ref_spans": [], **spans}


def paper() -> dict[str, Any]:
    return {
        "paper_id": "2018",
        "header": {"generated_with": "S2ORC 1.0.0"},
        "title": "Shadows  of Parsers",
        "authors": [
            {
                "first": "Ada",
                "middle": ["B."],
                "last": "Lovelace",
                "suffix": "",
                "affiliation": {
                    "institution": "Institute of Time",
                    "location": {"settlement": "Durham", "country": "UK"},
                },
            },
            {"first": "", "middle": [], "last": "", "suffix": ""},
        ],
        "year": "",
        "venue": None,
        "identifiers": {"doi": "10.5555/ABC"},
        "abstract": "We parse\nshadows.",
        "pdf_parse": {
            "abstract": [],
            "body_text": [
                block(
                    "Parsing\n works (Kim, 2014) , see Fig 1.",
                    "Introduction",
                    "1",
                    cite_spans=[{"start": 15, "end": 26, "text": "(Kim, 2014)", "ref_id": "BIBREF0"}],
                    ref_spans=[{"start": 32, "end": 37, "text": "Fig 1", "ref_id": "FIGREF0"}],
                ),
                block("EQUATION", "Introduction", "1"),
                block("We add.", "Encoder", "3.2"),
                block("Twice.", "Baselines", None),
                block("It ends.", "Conclusion", None),
            ],
            "back_matter": [block("Thanks.", "Acknowledgments"), block("More.", "A Proofs")],
            "bib_entries": {
                "BIBREF0": {
                    "title": "CNNs",
                    "authors": [{"first": "Yoon", "middle": [], "last": "Kim", "suffix": ""}],
                    "year": 2014,
                    "venue": "EMNLP",
                    "pages": "1746--1751",
                    "other_ids": {"DOI": ["10.3115/v1/D14-1181"], "arXiv": ["arXiv:1408.5882"]},
                    "urls": ["https://www.aclweb.org/anthology/D14-1181.pdf"],
                    "raw_text": "Yoon Kim. 2014. CNNs.",
                }
            },
            "ref_entries": {
                "TABREF1": {"text": "Scores.", "type_str": "table", "num": None, "content": "<table/>"},
                "FIGREF0": {"text": "Figure 1: A dial.", "type_str": "figure", "fig_num": "1", "uris": None},
                "SECREF0": {"text": "Introduction", "type_str": "section"},
            },
        },
    }


def read(data: object, locator: str = "acl/P18-1222.json.gz") -> Record:
    (record,) = FORMAT.parse(Payload(source="t", locator=locator, body=json.dumps(data).encode()))
    assert isinstance(record, Record)
    return record


def of(document: Document | None, path: str) -> tuple[Fragment, str]:
    assert document is not None
    fragment = next(f for f in document.fragments if f.path == path)
    return fragment, document.text[fragment.begin : fragment.end]


def test_metadata_and_references() -> None:
    record = read(paper())
    assert record.key == "acl:P18-1222"
    assert record.identifiers == (Identifier("acl", "P18-1222"), Identifier("doi", "10.5555/abc"))
    assert (record.title, record.abstract, record.issued) == ("Shadows of Parsers", "We parse\nshadows.", "2018")
    assert (record.kind, record.venue) == ("conference-paper", None)
    (ada,) = record.contributors
    assert (ada.name, ada.given, ada.family) == ("Ada B. Lovelace", "Ada B.", "Lovelace")
    assert [(a.name, a.country) for a in ada.affiliations] == [("Institute of Time, Durham, UK", "UK")]
    (kim,) = record.references
    assert (kim.key, kim.author, kim.year, kim.page) == ("BIBREF0", "Kim, Yoon", 2014, "1746")
    assert {i.scheme for i in kim.identifiers} == {"doi", "arxiv", "acl"}


def test_the_section_tree_follows_the_numbers(check_document: Check) -> None:
    found = read(paper()).document
    assert found is not None
    check_document(found)
    sections = [(f.path, f.label, f.title, f.role) for f in found.fragments if f.kind == "section"]
    assert sections == [
        ("sec/1", "1", "Introduction", "introduction"),
        ("sec/2", "3", "", ""),
        ("sec/2/sec/1", "3.2", "Encoder", ""),
        ("sec/2/sec/1/sec/1", "", "Baselines", ""),
        ("sec/3", "", "Conclusion", "conclusion"),
        ("sec/4", "", "A Proofs", ""),
    ]
    assert of(found, "sec/2/sec/1/sec/1/p/1")[1] == "Twice."
    assert of(found, "stmt/1")[0].role == "acknowledgements"
    assert "EQUATION" not in found.text
    assert found.full


def test_markers_and_floats(check_document: Check) -> None:
    found = read(paper()).document
    citation, marker = of(found, "cit/1")
    assert (citation.refs, marker) == (("BIBREF0",), "(Kim, 2014)")
    assert of(found, "sec/1/p/1")[1] == "Parsing works (Kim, 2014) , see Fig 1."
    figure, caption = of(found, "fig/1")
    assert (figure.label, figure.within, caption) == ("Figure 1", "sec/1", "A dial.")
    table, caption = of(found, "tab/1")
    assert (table.within, caption) == ("", "Scores.")


@pytest.mark.parametrize(
    ("locator", "value", "year", "kind"),
    [
        ("x/2021.emnlp-main.3.json.gz", "2021.emnlp-main.3", "2021", "conference-paper"),
        ("set.tar.gz!P98-1001.json", "P98-1001", "1998", "conference-paper"),
        ("all.jsonl.gz#12", "", "", "article"),
        ("Q17-1010.json", "Q17-1010", "2017", "article"),
    ],
)
def test_the_file_name_identifies_acl_papers(locator: str, value: str, year: str, kind: str) -> None:
    record = read(paper(), locator)
    assert next((i.value for i in record.identifiers if i.scheme == "acl"), "") == value
    assert (record.issued, record.kind) == (year, kind)


def test_other_layouts_and_missing_keys(check_document: Check) -> None:
    whole = paper()
    cord = {
        **whole["pdf_parse"],
        "paper_id": "ab12",
        "metadata": {"title": "Corona", "authors": []},
        "abstract": [{"text": "A."}],
    }
    record = read(cord, "x.json")
    assert (record.key, record.title, record.abstract) == ("ab12", "Corona", "A.")
    assert record.document is not None
    check_document(record.document)
    latex = {"paper_id": "1", "title": "T", "doi": "10.5555/x", "latex_parse": {"body_text": [{"text": "From TeX."}]}}
    assert of(read(latex, "x").document, "p/1")[1] == "From TeX."
    assert read({"paper_id": "1", "title": "Only a title", "pdf_parse": None}, "x").document is not None


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"title": 7}, "$.title"),
        ({"authors": {"first": "A"}}, "$.authors"),
        ({"pdf_parse": {"body_text": [{"text": None}]}}, "$.pdf_parse.body_text[0].text"),
        ({"pdf_parse": {"bib_entries": {"BIBREF0": {"year": []}}}}, "$.pdf_parse.bib_entries[...].year"),
    ],
)
def test_wrong_types_name_their_place(change: dict[str, Any], place: str) -> None:
    with pytest.raises(MalformedPayload) as caught:
        read({**paper(), **change})
    assert caught.value.place == place


def test_what_is_no_paper() -> None:
    with pytest.raises(EmptyPayload):
        list(FORMAT.parse(Payload(source="t", locator="x", body=b"")))
    for body in (b"[]", b'{"paper_id": "1"}', b'{"paper_id": '):
        with pytest.raises(MalformedPayload):
            list(FORMAT.parse(Payload(source="t", locator="x", body=body)))


def test_recognises_only_s2orc() -> None:
    assert FORMAT.recognises(json.dumps(paper()).encode()[:4096], ".json")
    for other in (b"", b"[1]", b'{"id": "https://openalex.org/W1"}', b'{"paper_id": 1}', b"<article>"):
        assert not FORMAT.recognises(other, ".json")


OFFSETS = st.integers(-3, 30)
TARGETS = st.sampled_from(["BIBREF0", "X", None])
SPANS = st.lists(st.fixed_dictionaries({"start": OFFSETS, "end": OFFSETS, "ref_id": TARGETS}), max_size=4)


@settings(max_examples=150)
@given(st.text(max_size=25), SPANS, st.text(max_size=8), st.text(alphabet="1234A.x ", max_size=12))
def test_any_spans_and_numbers_keep_the_invariants(
    check_document: Check, text: str, spans: list[dict[str, Any]], section: str, number: str
) -> None:
    data = paper()
    data["pdf_parse"]["body_text"].insert(1, block(text, section, number, cite_spans=spans))
    try:
        record = read(data)
    except FormatError as error:
        assert error.place
    else:
        assert record.document is not None
        check_document(record.document)


@pytest.mark.shared
def test_every_real_paper(shared: Path, check_document: Check) -> None:
    counts: Counter[str] = Counter()
    for path in sorted(shared.glob("aclsum/paper_jsons/*.json.gz")):
        body = gzip.decompress(path.read_bytes())
        assert FORMAT.recognises(body[:4096], ".json")
        record = read(json.loads(body), str(path))
        assert record.document is not None
        check_document(record.document)
        counts["papers"] += 1
        counts["acl"] += record.key.startswith("acl:")
        counts["dated"] += 1990 < record.year < 2024
        counts["references"] += len(record.references)
        counts.update(f.kind for f in record.document.fragments)
        counts["pointing"] += sum(bool(f.refs) for f in record.document.fragments)
        counts["introductions"] += any(f.role == "introduction" for f in record.document.fragments)
    assert counts["papers"] == counts["acl"] == counts["dated"] == counts["introductions"] == 250
    assert counts["references"] == 7_367
    assert (counts["figure"], counts["table"]) == (825, 1_027)
    assert counts["pointing"] > 9_700


@pytest.mark.parametrize(
    "annotations",
    ['[{"start":0,"end":9999}]', '[{"start":"x","end":2}]', "{", '[{"start":-5,"end":-1}]', None, "[]", '[{"end":1}]'],
)
def test_annotations_that_do_not_fit_end_in_a_typed_error_or_a_record(annotations: str | None) -> None:
    told = {"title": '[{"start":0,"end":4}]', "paragraph": annotations, "bibentry": annotations, "author": annotations}
    paper = {"corpusid": 7, "externalids": {"doi": None}, "content": {"text": "Dial and shade.", "annotations": told}}
    try:
        (record,) = FORMAT.parse(Payload(source="s", locator="l", body=json.dumps(paper).encode()))
    except FormatError:
        return
    assert isinstance(record, Record)
    assert record.title == "Dial"

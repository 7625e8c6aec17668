"""Payloads as services hand them over: what is around the records, and what tells whose they are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ingest.formats.detect import detect
from ingest.formats.fields import apart
from ontology.records import Payload
from tests.ingest.reading import read

HALF = {"id": "1", "source": "MED", "pmid": "1", "title": "A.", "authorString": "Nomon AB.", "isOpenAccess": "N"}
PAPER = {"paperId": "0" * 40, "externalIds": {"DOI": "10.5555/a"}, "title": "A", "authors": []}
CSL = {"id": "a", "title": "A", "author": [{"family": "Nomon"}], "issued": {"date-parts": [[2020]]}}
WORK = '<work:work-summary put-code="1"><work:title><c:title>A</c:title></work:title></work:work-summary>'
NAMED = 'path="/0000-0002-1825-0097/{}" xmlns:{}="http://www.orcid.org/ns/{}" xmlns:work="w" xmlns:c="c"'


def orcid(prefix: str, root: str, inside: str) -> str:
    return f"<{prefix}:{root} {NAMED.format(root, prefix, prefix)}>{inside}</{prefix}:{root}>"


WRAPPED: dict[str, tuple[str, str]] = {
    "a list": ("europepmc", json.dumps([HALF])),
    "a link to a DOI": ("europepmc", json.dumps(HALF | {"fullTextUrlList": {"fullTextUrl": [{"site": "DOI"}]}})),
    "references": ("semantic_scholar", json.dumps({"offset": 0, "data": [{"contexts": [], "citedPaper": PAPER}]})),
    "recommendations": ("semantic_scholar", json.dumps({"recommendedPapers": [PAPER]})),
    "titles alone": ("semantic_scholar", json.dumps({"total": 1, "data": [{"paperId": "0" * 40, "title": "A"}]})),
    **{f"a mere {kind}": ("csl", json.dumps([CSL | {"type": kind}])) for kind in ("book", "article", "report")},
    "works": ("orcid_xml", orcid("activities", "works", f"<group>{WORK}</group>")),
    "bulk": ("orcid_xml", orcid("bulk", "bulk", WORK.replace("work-summary", "work"))),
    "all that somebody did": (
        "orcid_xml",
        orcid("activities", "activities-summary", f"<works><group>{WORK}</group></works>"),
    ),
    "a long comment": ("web_page", f"<!-- {'x' * 3000} --><!doctype html><html><meta name=dc.title content=A></html>"),
    "qualified": (
        "oai_dc",
        '<q:qualifieddc xmlns:q="q" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:t="http://purl.org/dc/terms/">'
        "<dc:title>A</dc:title><t:issued>2020-01-02</t:issued><t:abstract>Noon.</t:abstract></q:qualifieddc>",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRAPPED)
def test_a_wrapped_record_is_read(name: str) -> None:
    reader, body = WRAPPED[name]
    assert detect(Payload(source="test", locator="x", body=body.encode())).name == reader
    record = read(body)
    assert record.title == "A"
    if name == "qualified":
        assert (record.issued, record.abstract) == ("2020-01-02", "Noon.")
    if reader == "orcid_xml":
        assert [str(i) for one in record.contributors for i in one.identifiers] == ["orcid:0000-0002-1825-0097"]


def test_an_answer_of_crossref_with_parts_of_dates_is_not_csl() -> None:
    body = json.dumps({"DOI": "10.5555/a", "type": "book", "title": ["A"], "issued": {"date-parts": [[2020]]}})
    assert detect(Payload(source="test", locator="x", body=body.encode())).name == "crossref"


@pytest.mark.parametrize(
    ("name", "parts"),
    [("J. van der Zon Jr", ("J.", "van der Zon", "Jr")), ("Ada B. Nomon", ("Ada B.", "Nomon", "")),
     ("Nomon", ("", "Nomon", "")), ("Van Nomon", ("Van", "Nomon", "")), ("Jan de", ("Jan", "de", ""))],
)  # fmt: skip
def test_a_name_in_print_order(name: str, parts: tuple[str, str, str]) -> None:
    assert apart(name) == parts


def test_a_suffix_in_full_names_of_medline() -> None:
    (one,) = read("PMID- 1\nTI  - A\nFAU - Noonday, Martin L Jr\n").contributors
    assert (one.given, one.family, one.name) == ("Martin L", "Noonday", "Martin L Noonday Jr")


def dataset(**fields: Any) -> Any:
    return read(json.dumps({"@context": "https://schema.org/", "@type": "Dataset", "name": "A", **fields}))


def test_creators_of_schema_org_who_say_more_than_its_authors() -> None:
    person = {"@type": "Person", "name": "Midi, Élise"}
    record = dataset(author=[person], creator=[person | {"affiliation": {"name": "Noon"}}], description=["B.", "C."])
    assert [place.name for one in record.contributors for place in one.affiliations] == ["Noon"]
    assert record.abstract == "B.\nC."


def test_a_doi_within_a_citation_and_a_free_licence_of_schema_org() -> None:
    record = dataset(
        citation="Still. https://doi.org/10.5555/b", license="https://creativecommons.org/licenses/by/4.0/"
    )
    assert [str(i) for one in record.references for i in one.identifiers] == ["doi:10.5555/b"]
    assert record.open_access is True


def test_what_stands_in_a_book_of_marc_is_a_chapter() -> None:
    record = read(
        '<record xmlns="http://www.loc.gov/MARC21/slim"><leader>00000naa a2200000 a 4500</leader><datafield tag="245">'
        '<subfield code="a">A</subfield></datafield><datafield tag="773"><subfield code="t">Festschrift</subfield>'
        '<subfield code="z">9783161484100</subfield><subfield code="g">Jahrgang 15, Nummer 3 (2019), Seite 45-60'
        "</subfield></datafield></record>"
    )
    assert (record.kind, record.volume, record.issue, record.pages) == ("chapter", "15", "3", "45-60")

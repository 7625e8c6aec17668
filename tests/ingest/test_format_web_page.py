"""Web pages: what JSON-LD and `meta` tags say of one work and of two (whole pages: `data/checked/web_page.toml`)."""

from __future__ import annotations

import time

import pytest

from ingest.formats.detect import parse
from ontology.errors import MalformedPayload
from ontology.records import Payload, Record

TAGS = '<meta name="citation_title" content="Noon"><meta name="citation_doi" content="10.5555/noon">'
OTHER = '{"@context": "https://schema.org", "@type": "Article", "headline": "News of the day", "sameAs": "%s"}'


def read(head: str) -> Record:
    body = f"<!DOCTYPE html><html><head>{head}</head></html>".encode()
    (found,) = parse(Payload(source="test", locator="page.html", body=body))
    assert isinstance(found, Record)
    return found


def scripted(json: str) -> str:
    return f'<script type="application/ld+json">{json}</script>'


@pytest.mark.parametrize("doi", ["https://doi.org/10.5555/other", ""])
def test_json_ld_of_another_work_is_not_mixed_with_the_tags(doi: str) -> None:
    assert read(TAGS + scripted(OTHER % doi)).title == "Noon"


def test_the_date_of_an_archive_is_not_that_of_publication() -> None:
    dates = '<meta name="citation_date" content="2011-09"><meta name="citation_online_date" content="{}">'
    assert read(TAGS + dates.format("2019/01/02")).issued == "2011-09"
    assert read(TAGS + dates.format("2011/06/02")).issued == "2011-06-02"


def test_funders_and_references_of_tags() -> None:
    record = read(
        TAGS + '<meta name="citation_funding_source" content="citation_funder=Dial Fund;citation_grant_number=D 1">'
        '<meta name="citation_reference" content="citation_title=Hours;citation_author=A Nomon;citation_author=B Dial;'
        'citation_arxiv_id=1506.06579;citation_year=2015">'
    )
    assert [(one.funder, one.awards) for one in record.funding] == [("Dial Fund", ("D 1",))]
    (one,) = record.references
    assert (one.raw, str(one.identifiers[0])) == ("A Nomon, B Dial. 2015. Hours", "arxiv:1506.06579")


def test_a_page_of_open_graph_alone_describes_no_work() -> None:
    with pytest.raises(MalformedPayload, match="describes no work"):
        read('<meta property="og:title" content="Home">')


def test_tags_that_never_end_take_no_longer() -> None:
    begun = time.monotonic()
    for hostile in ('<meta "', "<meta ' \" ", '<meta content="' + "x" * 60):
        with pytest.raises(MalformedPayload):
            read(hostile * 20_000)
    assert time.monotonic() - begun < 5

"""What was wrong in articles that were read by eye beside their fragments (`python -m bench.fragments`)."""

from __future__ import annotations

from bench.fragments import lost, tree
from ingest.formats.detect import detect
from ontology.records import Document, Payload, Record


def document(body: str, back: str = "") -> Document:
    article = (
        "<article><front><article-meta><title-group><article-title>T</article-title></title-group></article-meta>"
        f"</front><body>{body}</body><back>{back}</back></article>"
    )
    payload = Payload(source="test", locator="test", body=article.encode())
    record = next(iter(detect(payload).parse(payload)))
    assert isinstance(record, Record) and record.document is not None
    return record.document


def test_parts_of_a_taxons_name_are_words_of_their_own() -> None:
    name = "".join(f'<named-content content-type="{kind}">{word}</named-content>' for kind, word in NAME)
    found = document(f'<p>We saw <italic><named-content content-type="taxon-name">{name}</named-content></italic>.</p>')
    assert "We saw Coccinella septempunctata." in found.text


NAME = (("genus", "Coccinella"), ("species", "septempunctata"))


def test_who_made_a_table_or_figure_is_part_of_its_caption() -> None:
    found = document(
        "<p>x</p><table-wrap><label>Table 1</label><caption><p>Targets.</p></caption><table><tr><td>1</td></tr></table>"
        "<attrib>Source: A Programme.</attrib></table-wrap>"
        "<fig><caption><p>A map.</p></caption><attrib>By B.</attrib></fig>"
    )
    captions = {f.path: found.text[f.begin : f.end].partition("\n")[0] for f in found.fragments if f.path in CAPTIONED}
    assert captions == {"tab/1": "Targets. Source: A Programme.", "fig/1": "A map. By B."}


CAPTIONED = ("tab/1", "fig/1")


def test_a_dash_that_is_marked_up_as_a_citation_joins_its_neighbours() -> None:
    references = "".join(f'<ref id="B{n}"><mixed-citation>Work {n}</mixed-citation></ref>' for n in range(1, 7))
    markers = [("B2", "2"), ("B3", "–"), ("B5", "5")]
    cited = "".join(f'<xref ref-type="bibr" rid="{key}">{text}</xref>' for key, text in markers)
    found = document(f"<p>As shown ({cited}).</p>", f"<ref-list>{references}</ref-list>")
    (marker,) = (f for f in found.fragments if f.kind == "citation")
    assert (found.text[marker.begin : marker.end], marker.refs) == ("2–5", ("B2", "B3", "B4", "B5"))


def test_an_accession_number_is_no_award() -> None:
    found = document("<p>x</p>", "<ack><p>Data are at GEO under accession number GSE55257.</p></ack>")
    (statement,) = (f for f in found.fragments if f.kind == "statement")
    assert statement.refs == ("geo:GSE55257",)


def test_the_reading_view_shows_what_was_kept_and_what_was_lost() -> None:
    body = b"<article><front><article-meta><title-group><article-title>T</article-title></title-group>"
    body += b"<counts>Nobody reads this at all.</counts></article-meta></front>"
    body += b"<body><sec><title>Results</title><p>What we saw there.</p></sec></body></article>"
    payload = Payload(source="test", locator="test", body=body)
    record = next(iter(detect(payload).parse(payload)))
    assert isinstance(record, Record) and record.document is not None
    assert "  section sec/1 role='results' title='Results' What we saw there." in tree(record.document, 80, ())
    assert list(lost(record, payload)) == ["Nobody reads this at all."]
